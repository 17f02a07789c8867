"""When runs began and how long they took, from what ops.metrics holds of their steps."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from customer_chunks.flow.metrics import record
from customer_chunks.flow.outcome import Outcome
from customer_chunks.serving.runs import newest_runs, steps_of
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import values

AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


def ran(warehouse: Warehouse, run_id: str, *steps: tuple[float, float]) -> None:
    """Let a run have steps that began so many seconds after AT and took so many."""
    outcomes = [
        Outcome(f"s{n}", f"gold.t{n}", "failed", "", float(took), AT + timedelta(seconds=begun))
        for n, (begun, took) in enumerate(steps)
    ]
    record(warehouse, run_id, outcomes)


def test_run_lasts_from_its_own_beginning_to_the_end_of_its_last_step(warehouse: Warehouse) -> None:
    ran(warehouse, "20240102T030355Z-0a1b", (5, 20), (5, 10), (26, 4))
    ran(warehouse, "named by hand", (100, 3))
    found = {run["run_id"]: run["seconds"] for run in newest_runs(warehouse, 9)}
    assert found == {"20240102T030355Z-0a1b": 40.0, "named by hand": 3.0}
    assert [run["run_id"] for run in newest_runs(warehouse, 9)] == ["named by hand", "20240102T030355Z-0a1b"]
    assert len(values(warehouse.read("ops.metrics"), "step")) == 4


def test_steps_stand_on_the_clock_of_their_run(warehouse: Warehouse) -> None:
    ran(warehouse, "20240102T030355Z-0a1b", (5, 20), (7.5, 10))
    assert [(s["step"], s["begun"]) for s in steps_of(warehouse, "20240102T030355Z-0a1b")] == [
        ("s0", 15.0),
        ("s1", 17.5),
    ]
    ran(warehouse, "named by hand", (100, 3), (102, 1))
    assert [s["begun"] for s in steps_of(warehouse, "named by hand")] == [0.0, 2.0]


def test_what_an_older_version_did_not_note_is_null(warehouse: Warehouse) -> None:
    ran(warehouse, "20240102T030355Z-0a1b", (5, 20))
    place = warehouse.identifier("ops.metrics")
    for change in (
        "SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')",
        "DROP COLUMNS (files_written, cpu_seconds, shuffle_bytes, spilled_bytes)",
    ):
        warehouse.spark.sql(f"ALTER TABLE {place} {change}")
    older = Warehouse(warehouse.session, warehouse.target)
    (step,) = steps_of(older, "20240102T030355Z-0a1b")
    assert (step["step"], step["files_written"], step["cpu_seconds"], step["begun"]) == (
        "s0",
        None,
        None,
        15.0,
    )
