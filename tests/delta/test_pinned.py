"""A warehouse that keeps to chosen versions: what it reads, and which commit it takes for the newest."""

from __future__ import annotations

from customer_chunks.storage.pinned import pinned
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, held, put


def test_reader_of_a_pinned_version_takes_its_commit_for_the_newest(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    put(warehouse, {"A": "2"}, note="second")
    put(warehouse, {"A": "2"}, note="third")
    newest = warehouse.last_commit(NAME)
    assert newest is not None
    assert (newest.version, newest.rows_changed_in) == (3, 2)

    older = pinned(warehouse, {NAME: 1})
    last = older.last_commit(NAME)
    assert last is not None
    assert (last.version, last.rows_changed_in, last.table_id) == (1, 1, newest.table_id)
    assert held(older) == {"A": ("a", "1")}
    assert [str(r["rate"].normalize()) for r in older.read(NAME, 2).collect()] == ["2"], "asked for by number"

    for same in (pinned(warehouse, {NAME: 2}), pinned(warehouse, {"silver.orders": 1})):
        assert same.last_commit(NAME) == newest
        assert held(same) == {"A": ("a", "2")}
    assert pinned(warehouse, {"silver.orders": 1}).last_commit("silver.orders") is None
