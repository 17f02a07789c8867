"""ops.metrics and ops.run_accounts -> the runs of a warehouse, and the steps of one."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timezone
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import METRICS, RUN_ACCOUNTS
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse

STEP_COLUMNS = (
    "step", "state", "started_at", "duration", "rows_read", "rows_written", "rows_quarantined",
    "files_written", "bytes_written", "cpu_seconds", "shuffle_bytes", "spilled_bytes", "detail",
)  # fmt: skip


def newest_runs(warehouse: Warehouse, limit: int) -> list[dict[str, Any]]:
    """Return the newest runs that did something, one row each, the newest first.

    ``state`` is done, failed (a step of it), or stopped: it committed rows and never came to its end.
    """
    parts = [part for part in (_ended(warehouse), _stopped(warehouse)) if part is not None]
    if not parts:
        return []
    rows = (
        reduce(DataFrame.unionByName, parts).orderBy(F.desc("started_at"), "run_id").limit(limit).collect()
    )  # ``limit`` rows at most
    return [row.asDict() for row in rows]


def newest_ended(warehouse: Warehouse) -> str | None:
    """Return the id of the newest run that did something and came to its end: its steps can be shown."""
    ended = _ended(warehouse)
    newest = ended.orderBy(F.desc("started_at"), "run_id").limit(1).collect() if ended is not None else []
    return newest[0]["run_id"] if newest else None


def steps_of(warehouse: Warehouse, run_id: str) -> list[dict[str, Any]]:
    """Return the steps of a run in the order in which they ran.

    ``begun`` is when, in seconds from the beginning of the run; null where a step was not begun. What the
    table does not hold yet, because an older version made it, is null too.

    Raises:
        ConfigError: no run of that id did anything.
    """
    rows = []
    if warehouse.exists(METRICS.full_name):
        held = warehouse.read(METRICS.full_name).where(F.col("run_id") == run_id)
        asked = [F.col(c) if c in held.columns else F.lit(None).alias(c) for c in STEP_COLUMNS]
        # As a number: Spark would hand out an instant as a clock of this machine's time zone.
        micros = F.unix_micros("started_at").alias("_micros")
        rows = held.orderBy(F.col("started_at").asc_nulls_last(), "step").select(*asked, micros).collect()
    if not rows:
        known = [run["run_id"] for run in newest_runs(warehouse, 20)]
        if run_id in known:
            raise ConfigError(
                f"Run '{run_id}' was stopped before its end, so what its steps took is not known.",
                f"`chunks accounts --run {run_id}` shows the rows that it committed.",
            )
        raise ConfigError(f"There is no run '{run_id}' that did anything.", did_you_mean(run_id, known))
    return _on_one_clock(run_id, [row.asDict() for row in rows])  # one a step


def _on_one_clock(run_id: str, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say of each step when it began, from the beginning of the run: its id's, or that of its first step."""
    known = [step["_micros"] for step in steps if step["_micros"] is not None]
    with suppress(ValueError):  # a run may be named by hand
        named = datetime.strptime(run_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
        known.append(int(named.timestamp()) * 1_000_000)
    first = min(known, default=0)
    for step in steps:
        micros = step.pop("_micros")
        step["begun"] = None if micros is None else (micros - first) / 1e6
    return steps


def _ended(warehouse: Warehouse) -> DataFrame | None:
    if not warehouse.exists(METRICS.full_name):
        return None
    # Steps run side by side, and a run begins before its first step does: its id says when.
    named = F.try_to_timestamp(F.substring("run_id", 1, 16), F.lit("yyyyMMdd'T'HHmmss'Z'"))
    begun = F.least(F.min("started_at"), F.min(named))
    ended = F.max(F.unix_micros("started_at") / 1e6 + F.col("duration"))
    return (
        warehouse.read(METRICS.full_name)
        .groupBy("run_id")
        .agg(
            begun.alias("started_at"),
            F.round(ended - F.unix_micros(begun) / 1e6, 1).alias("seconds"),
            F.when(F.max("exit_code") > 0, F.lit("failed")).otherwise(F.lit("done")).alias("state"),
            F.count_if(F.col("state") == "done").alias("steps"),
            F.sum("rows_read").alias("rows_read"),
            F.sum("rows_written").alias("rows_written"),
            F.sum("rows_quarantined").alias("rows_quarantined"),
        )
    )


def _stopped(warehouse: Warehouse) -> DataFrame | None:
    """Return the runs that have an account and no line of metrics."""
    if not warehouse.exists(RUN_ACCOUNTS.full_name):
        return None
    accounts = warehouse.read(RUN_ACCOUNTS.full_name)
    if warehouse.exists(METRICS.full_name):
        accounts = accounts.join(warehouse.read(METRICS.full_name), on="run_id", how="left_anti")
    return accounts.groupBy("run_id").agg(
        F.min("committed_at").alias("started_at"),
        F.lit(None).cast("double").alias("seconds"),
        F.lit("stopped").alias("state"),
        F.countDistinct("step").alias("steps"),
        F.sum("rows_read").alias("rows_read"),
        F.sum(F.col("inserted") + F.col("updated")).alias("rows_written"),
        F.sum("quarantined").alias("rows_quarantined"),
    )
