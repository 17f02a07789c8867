"""Maintenance changes files, not rows; bookmarks and change feeds do not notice."""

from __future__ import annotations

import pytest

from customer_chunks.contracts.silver_orders import EXCHANGE_RATES
from customer_chunks.storage import maintain as maintenance
from customer_chunks.storage.conform import conform
from customer_chunks.storage.converge import append
from customer_chunks.storage.maintain import maintain
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, held, operations, put, rates

TEN = {f"C{n:02}": "1" for n in range(10)}


@pytest.mark.slow
def test_files_are_compacted_and_rows_bookmarks_and_changes_stay(warehouse: Warehouse) -> None:
    rows = dict(TEN)
    put(warehouse, rows)
    for turn in range(3):
        rows[f"N{turn}"] = "1"
        rows["C00"] = str(turn + 2)
        put(warehouse, rows, note=turn)
    before = warehouse.last_commit(NAME)
    assert before is not None
    done = maintain(warehouse, NAME)
    assert (done.files_after, done.table) == (1, NAME)
    assert done.files_before > 1
    assert done.bytes_before > done.bytes_after > 0
    assert held(warehouse) == {k: ("a", v) for k, v in rows.items()}

    after = Warehouse(warehouse.spark, warehouse.target).last_commit(NAME)
    assert after is not None
    assert after.version > before.version
    assert warehouse.last_commit(NAME) == after
    assert (after.rows_changed_in, after.table_id) == (before.version, before.table_id)
    assert after.notes["said"] == before.notes["said"]
    changes = warehouse.changes(NAME, before.version, after.version)
    assert changes is not None
    assert changes.count() == 0

    again = maintain(warehouse, NAME)
    assert (again.files_before, again.files_after) == (1, 1)
    put(warehouse, {**rows, "LATE": "1"}, note="goes on")
    assert held(warehouse)["LATE"] == ("a", "1")


def test_bookmark_that_comes_while_a_table_is_maintained_is_not_hidden(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(warehouse, {"A": "1"}, note="first")
    put(warehouse, {"A": "1", "B": "1"}, note="second")
    beside = Warehouse(warehouse.spark, warehouse.target)
    detail = maintenance._detail

    def with_a_writer(store: Warehouse, table: str) -> object:
        """Let another writer commit after maintenance has looked at the table."""
        found = detail(store, table)
        if warehouse.last_commit(table) == beside.last_commit(table):
            put(Warehouse(warehouse.spark, warehouse.target), {"A": "1", "B": "1", "C": "1"}, note="third")
        return found

    monkeypatch.setattr(maintenance, "_detail", with_a_writer)
    maintain(warehouse, NAME)
    last = Warehouse(warehouse.spark, warehouse.target).last_commit(NAME)
    assert last is not None
    assert last.notes["said"] == "third"
    assert last.rows_changed_in == 3


def test_deleted_row_is_purged_from_its_file_and_old_files_are_asked_for(warehouse: Warehouse) -> None:
    """One row of forty leaves its file as it is, with a vector of deletion beside it, until it is purged."""
    many = {f"C{n:02}": "1" for n in range(40)}
    warehouse.create(EXCHANGE_RATES)
    warehouse.spare_rewrites(NAME)
    append(warehouse, NAME, conform(rates(warehouse, many), EXCHANGE_RATES).coalesce(1), None)
    put(warehouse, {k: v for k, v in many.items() if k != "C00"})
    maintain(warehouse, NAME)
    assert [o.split()[0] for o in operations(warehouse)][-4:] == ["MERGE", "REORG", "VACUUM", "VACUUM"]
    assert "C00" not in held(warehouse)
