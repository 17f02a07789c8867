"""Maintenance changes files, not rows; bookmarks and change feeds do not notice."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_orders import EXCHANGE_RATES, ORDERS
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
    assert warehouse.changes(NAME, before.version, after.version).count() == 0

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
    files = set(Path(warehouse.location(NAME)).glob("*.parquet"))
    maintain(warehouse, NAME)
    assert [o.split()[0] for o in operations(warehouse)][-2:] == ["MERGE", "REORG"]
    assert "C00" not in held(warehouse)
    assert files < set(Path(warehouse.location(NAME)).glob("*.parquet")), "versions of 30 days stay readable"

    now = "'delta.deletedFileRetentionDuration' = 'interval 0 hours'"
    warehouse.spark.sql(f"ALTER TABLE {warehouse.identifier(NAME)} SET TBLPROPERTIES ({now})")
    before = operations(warehouse)
    maintain(warehouse, NAME)
    assert not files & set(Path(warehouse.location(NAME)).glob("*.parquet")), "nothing needs them"
    assert operations(warehouse) == before, "what only removes old files is no version of the table"


@pytest.mark.slow
def test_rows_of_a_large_table_are_laid_side_by_side_until_it_has_hardly_grown(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "FILE_BYTES", 20_000)
    place = Path(warehouse.location(ORDERS.full_name))
    names = [c.name for c in ORDERS.columns]
    day = "date_add(DATE'2024-01-01', CAST(id % 365 AS int))"

    def bring(first: int, last: int) -> None:
        told = {"order_id": "CAST(id AS string)", "ordered_on": day}
        typed = [f"CAST({told.get(c, 'NULL')} AS {ORDERS.types[c]}) AS `{c}`" for c in names]
        rows = warehouse.spark.range(first, last, 1, 4).selectExpr("id", "sha1(CAST(id AS string)) AS x")
        append(warehouse, ORDERS.full_name, rows.selectExpr(*typed), None)

    warehouse.create(replace(ORDERS, columns=tuple(replace(c, required=False) for c in ORDERS.columns)))
    bring(0, 20_000)
    before = warehouse.last_commit(ORDERS.full_name)
    maintain(warehouse, ORDERS.full_name)
    by_file = F.col("_metadata.file_name")
    told = warehouse.spark.read.format("delta").load(str(place)).groupBy(by_file)
    spans = sorted(tuple(r)[1:] for r in told.agg(F.min("ordered_on"), F.max("ordered_on")).collect())
    assert len(spans) > 2
    assert all(last <= first for (_, last), (first, _) in pairwise(spans)), "a day lies in few files"
    after = Warehouse(warehouse.spark, warehouse.target).last_commit(ORDERS.full_name)
    assert before is not None
    assert after is not None
    assert after.rows_changed_in == before.version
    bring(20_000, 20_500)
    maintain(warehouse, ORDERS.full_name)
    clustered = [o for o in warehouse.history(ORDERS.full_name).collect() if o["operation"] == "OPTIMIZE"]
    by = [o["operationParameters"]["zOrderBy"] for o in clustered]
    assert [b for b in by if b != "[]"] == ['["ordered_on"]'], "so few new rows are not worth it"
