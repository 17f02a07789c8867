"""Which files a bronze table holds: told by its commits, kept in ops.deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from functools import reduce

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import Table
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.storage.converge import append, replace_where
from customer_chunks.storage.ledger import (
    Delivery,
    deliveries,
    rows_received,
    settle_deliveries,
    standing,
    standing_rows,
)
from customer_chunks.storage.warehouse import USER_METADATA, Warehouse
from tests.builders import bronze

NAME = "bronze.shop_sales"
AT = datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)


def delivery(number: int, replaces: int | None = None) -> Delivery:
    return Delivery(number, f"/in/{number}.csv", 10 + number, AT, f"hash{number}", replaces=replaces)


def rows(warehouse: Warehouse, *numbers: int) -> DataFrame:
    """Return n + 1 bronze rows for each delivery n."""
    frames = [
        bronze(warehouse.spark, (), [()] * (n + 1)).withColumn("_delivery", F.lit(n).cast("bigint"))
        for n in numbers
    ]
    return reduce(DataFrame.union, frames)


def notes(*found: Delivery) -> dict[str, object]:
    return {"table": "t", "deliveries": [d.noted() for d in found], "last_delivery": found[-1].number}


@pytest.mark.slow
def test_ledger_follows_the_commits_and_is_settled_once(warehouse: Warehouse) -> None:
    assert deliveries(warehouse, NAME) == []
    assert rows_received(warehouse) == 0
    settle_deliveries(warehouse, NAME)
    assert deliveries(warehouse, NAME) == []
    warehouse.create(Table("bronze", "shop_sales", "rows", ("_delivery", "_position"), BRONZE_COLUMNS))
    settle_deliveries(warehouse, NAME)
    assert not warehouse.exists("ops.deliveries") or warehouse.read("ops.deliveries").isEmpty()
    empty = warehouse.last_commit("ops.deliveries")
    settle_deliveries(warehouse, NAME)
    assert warehouse.last_commit("ops.deliveries") == empty, "no delivery is nothing to tell"
    append(warehouse, NAME, rows(warehouse, 0, 1), notes(delivery(0), delivery(1)))
    settle_deliveries(warehouse, NAME)
    held = deliveries(warehouse, NAME)
    assert [(d.number, d.path, d.bytes, d.content_hash, d.row_count, d.replaces) for d in held] == [
        (0, "/in/0.csv", 10, "hash0", 1, None),
        (1, "/in/1.csv", 11, "hash1", 2, None),
    ]
    assert {d.modified_at for d in held} == {AT}
    told = {f.name: f.metadata.get("comment", "") for f in warehouse.read("ops.deliveries").schema.fields}
    assert "SHA-256" in told["content_hash"], "the table is made from its contract"
    before = warehouse.last_commit("ops.deliveries")
    settle_deliveries(warehouse, NAME)
    assert warehouse.last_commit("ops.deliveries") == before

    # Two commits come before anybody settles: the second replaces delivery 1.
    append(warehouse, NAME, rows(warehouse, 2), notes(delivery(2)))
    append(warehouse, NAME, rows(warehouse, 3), notes(delivery(3, replaces=1)))
    settle_deliveries(warehouse, NAME)
    found = deliveries(warehouse, NAME)
    assert rows_received(warehouse) == 1 + 3 + 4, "of the delivery that was replaced no row counts"
    assert [(d.number, d.row_count, d.replaces) for d in found] == [
        (0, 1, None),
        (1, 2, None),
        (2, 3, None),
        (3, 4, 1),
    ]
    versions = {r["delivery"]: r["bronze_version"] for r in warehouse.read("ops.deliveries").collect()}
    assert versions == {0: 1, 1: 1, 2: 2, 3: 3}
    assert deliveries(warehouse, "bronze.shop_other") == []

    # The table is read anew: of what came before nothing counts, whatever replaced what.
    anew = [replace(delivery(4, replaces=0), starts_over=True), delivery(5)]
    replace_where(warehouse, NAME, rows(warehouse, 4, 5), "true", notes(*anew))
    settle_deliveries(warehouse, NAME)
    found = deliveries(warehouse, NAME)
    assert [d.number for d in standing(found)] == [4, 5]
    assert rows_received(warehouse) == 5 + 6 == standing_rows(found) == warehouse.read(NAME).count()
    assert standing_rows(found, after=4) == 6


def test_commits_that_others_made_bring_no_delivery(warehouse: Warehouse) -> None:
    warehouse.create(Table("bronze", "shop_sales", "rows", ("_delivery", "_position"), BRONZE_COLUMNS))
    append(warehouse, NAME, rows(warehouse, 0), notes(delivery(0)))
    alter = f"ALTER TABLE {warehouse.identifier(NAME)} SET TBLPROPERTIES ('a' = 'b')"
    warehouse.spark.sql(alter)
    for said in ("no json", "[1]", '{"chunks": "theirs"}'):
        warehouse.spark.conf.set(USER_METADATA, said)
        warehouse.spark.sql(alter)
    warehouse.spark.conf.unset(USER_METADATA)
    warehouse.forget(NAME)
    settle_deliveries(warehouse, NAME)
    assert [(d.number, d.row_count) for d in deliveries(warehouse, NAME)] == [(0, 1)]


def test_delivery_takes_the_place_of_another(warehouse: Warehouse) -> None:
    warehouse.create(Table("bronze", "shop_sales", "rows", ("_delivery", "_position"), BRONZE_COLUMNS))
    append(warehouse, NAME, rows(warehouse, 0, 1), notes(delivery(0), delivery(1)))
    replaced = replace_where(
        warehouse, NAME, rows(warehouse, 2), "_delivery in (1)", notes(delivery(2, replaces=1))
    )
    assert replaced == 3
    assert sorted(r["_delivery"] for r in warehouse.read(NAME).collect()) == [0, 2, 2, 2]
