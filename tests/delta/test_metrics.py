"""ops.metrics: a row for every step that did something, with what it took and wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

import customer_chunks
from customer_chunks.contracts import contract
from customer_chunks.errors import SourceError
from customer_chunks.flow.accounts import Account
from customer_chunks.flow.metrics import record
from customer_chunks.flow.outcome import Outcome
from customer_chunks.storage.converge import append
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import an_order, orders, values

AT = datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
ORDERS = "silver.orders"


def test_steps_that_did_something_are_told_with_their_rows_bytes_and_errors(warehouse: Warehouse) -> None:
    warehouse.create(contract(ORDERS))
    written = orders(warehouse.spark, an_order("1"), an_order("2")).selectExpr("*", "1L as _row_hash")
    append(warehouse, ORDERS, written, {"table": "t"})
    accounts = (Account("a", "orders", 5, quarantined=2), Account("b", "orders", 7, quarantined=1))
    error = SourceError("a.csv: is empty.", "Export it.")
    record(
        warehouse,
        "run-1",
        [
            Outcome("orders[shop]", ORDERS, "done", "2 inserted", 1.5, AT, accounts),
            Outcome("orders[web]", ORDERS, "failed", str(error), 0.5, AT, error=error),
            Outcome("gold.kpi_daily", "gold.kpi_daily", "idle", "nothing is new", 0.1, AT),
        ],
    )
    rows = warehouse.read("ops.metrics")
    told = values(rows, "run_id", "step", "table_name", "state", "exit_code", "duration", "rows_read",
                  "rows_written", "rows_quarantined")  # fmt: skip
    assert told == [
        ("run-1", "orders[shop]", ORDERS, "done", 0, 1.5, 12, 2, 3),
        ("run-1", "orders[web]", ORDERS, "failed", error.exit_code, 0.5, None, None, None),
    ]
    last = warehouse.last_commit(ORDERS)
    assert last is not None
    assert last.bytes_written > 0
    assert values(rows, "bytes_written", "package_version") == [
        (None, customer_chunks.__version__),
        (last.bytes_written, customer_chunks.__version__),
    ]


@pytest.mark.slow
def test_what_waits_as_before_is_told_once(warehouse: Warehouse) -> None:
    def told() -> int:
        return warehouse.read("ops.metrics").count()

    waits = Outcome("gold.x", "gold.x", "held", "too few customers", 0.1, AT)
    idle = Outcome("gold.y", "gold.y", "idle", "nothing is new", 0.1, AT)
    record(warehouse, "run-1", [waits, idle])
    assert told() == 1
    record(warehouse, "run-2", [idle, waits])
    assert told() == 1
    later = replace(waits, detail="too few purchases", started_at=AT + timedelta(days=1))
    record(warehouse, "run-3", [later])
    assert told() == 2
    record(warehouse, "run-4", [replace(waits, started_at=AT + timedelta(days=2))])
    assert told() == 3, "it waits for something else again"
    failed = replace(waits, state="failed", started_at=AT + timedelta(days=3))
    record(warehouse, "run-5", [failed])
    record(warehouse, "run-6", [replace(failed, started_at=AT + timedelta(days=4))])
    assert told() == 5, "each failure is told"


def test_run_in_which_nothing_was_new_writes_nothing(warehouse: Warehouse) -> None:
    record(warehouse, "run-1", [Outcome("gold.kpi_daily", "gold.kpi_daily", "idle", "nothing is new")])
    assert not warehouse.exists("ops.metrics")
