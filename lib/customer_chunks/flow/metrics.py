"""What each step of a run took and wrote -> ops.metrics, in one commit at the end of the run.

A run that was killed leaves no line here; its accounts tell that it was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import functions as F

import customer_chunks
from customer_chunks.contracts.ops import METRICS
from customer_chunks.flow.outcome import Outcome
from customer_chunks.storage.converge import append
from customer_chunks.storage.effort import Effort, efforts
from customer_chunks.storage.warehouse import Warehouse, faults

_WAITING = ("held", "warned")


def record(warehouse: Warehouse, run_id: str, outcomes: Sequence[Outcome]) -> None:
    """Append a row for every step that did something; where none did, write nothing.

    What merely waits, or warns, as it was told the last time is nothing new.
    """
    did = [o for o in outcomes if o.state != "idle"]
    if all(o.state in _WAITING for o in did) and _are_told(warehouse, did):
        return
    took = efforts(warehouse.session)
    rows = [_row(warehouse, run_id, o, took.get(work_of(run_id, o.step))) for o in did]
    warehouse.create(METRICS)
    schema = ", ".join(f"`{c.name}` {c.type}" for c in METRICS.columns)
    with faults(METRICS.full_name, warehouse):
        append(warehouse, METRICS.full_name, warehouse.spark.createDataFrame(rows, schema), None)


def _are_told(warehouse: Warehouse, outcomes: Sequence[Outcome]) -> bool:
    """Return whether the newest row of each step says the same already; true of none."""
    if not outcomes:
        return True
    if not warehouse.exists(METRICS.full_name):
        return False
    newest = F.max_by(F.struct("state", "detail"), "started_at").alias("said")
    mine = warehouse.read(METRICS.full_name).where(F.col("step").isin([o.step for o in outcomes]))
    told = {r["step"]: tuple(r["said"]) for r in mine.groupBy("step").agg(newest).collect()}  # few steps
    return all(told.get(o.step) == (o.state, o.detail) for o in outcomes)


def work_of(run_id: str, step: str) -> str:
    """Return the name of what a thread works at that brings a step up to date."""
    return f"{run_id} {step}"


def _row(warehouse: Warehouse, run_id: str, outcome: Outcome, took: Effort | None) -> tuple[Any, ...]:
    is_written = outcome.state == "done" and not outcome.verdicts  # judging a table writes none of its rows
    commit = warehouse.last_commit(outcome.table) if is_written else None
    accounts = outcome.accounts
    return (
        run_id,
        outcome.step,
        outcome.table,
        outcome.state,
        outcome.detail,
        outcome.error.exit_code if outcome.error else 0,
        outcome.started_at,
        outcome.seconds,
        sum(a.rows_read for a in accounts) if accounts else None,
        commit.rows_written if commit else None,
        sum(a.quarantined for a in accounts) if accounts else None,
        commit.bytes_written if commit else None,
        commit.files_written if commit else None,
        took.cpu_seconds if took else None,
        took.shuffle_bytes if took else None,
        took.spilled_bytes if took else None,
        customer_chunks.__version__,
    )
