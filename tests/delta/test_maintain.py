"""Maintenance changes files, not rows; bookmarks and change feeds do not notice."""

from __future__ import annotations

from customer_chunks.storage.maintain import maintain
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, held, put

TEN = {f"C{n:02}": "1" for n in range(10)}


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
    assert held(warehouse) == {k: ("a", v) for k, v in rows.items()}

    after = Warehouse(warehouse.spark, warehouse.target).last_commit(NAME)
    assert after is not None
    assert after.version > before.version
    assert (after.rows_changed_in, after.table_id) == (before.version, before.table_id)
    assert after.notes["said"] == before.notes["said"]
    changes = warehouse.changes(NAME, before.version, after.version)
    assert changes is not None
    assert changes.count() == 0

    again = maintain(warehouse, NAME)
    assert (again.files_before, again.files_after) == (1, 1)
    put(warehouse, {**rows, "LATE": "1"}, note="goes on")
    assert held(warehouse)["LATE"] == ("a", "1")
