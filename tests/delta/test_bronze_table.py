"""The bronze table of a feed follows its files: columns and fields are added, types widened or swapped."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.flow.bronze_table import prepare, read_anew
from customer_chunks.storage.converge import append
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import bronze

TABLE = "bronze.shop_sales"
FEED: Any = SimpleNamespace(table=TABLE, name="sales", source="shop")
FIRST = ("1 AS n", "named_struct('a', 'x') AS s", "array(named_struct('x-y', 1)) AS l")
WIDER = (
    "3000000000 AS N",
    "named_struct('a', 'x', 'b', 2) AS s",
    "array(named_struct('x-y', 1L, 'z', 'q')) AS l",
    "map('k', array(1)) AS m",
    "'w' AS new_name",
)


def rows(warehouse: Warehouse, columns: tuple[str, ...], delivery: int = 0) -> DataFrame:
    """Return one received row of a delivery."""
    lineage = bronze(warehouse.spark, (), [()]).withColumn("_delivery", F.lit(delivery).cast("bigint"))
    return lineage.selectExpr(*columns, "*")


def shape(warehouse: Warehouse) -> dict[str, str]:
    """Return the types of the columns that are not ours."""
    ours = {c.name for c in BRONZE_COLUMNS}
    return {
        n: t for n, t in Warehouse(warehouse.session, warehouse.target).read(TABLE).dtypes if n not in ours
    }


def test_table_takes_in_columns_fields_and_wider_types_and_keeps_what_was_noted(warehouse: Warehouse) -> None:
    prepare(warehouse, FEED, rows(warehouse, FIRST))
    append(warehouse, TABLE, rows(warehouse, FIRST), {"table": "t", "deliveries": [1], "last_delivery": 4})
    prepare(warehouse, FEED, rows(warehouse, FIRST))
    before = warehouse.last_commit(TABLE)

    prepare(warehouse, FEED, rows(warehouse, WIDER))
    assert shape(warehouse) == {
        "n": "bigint", "s": "struct<a:string,b:int>", "l": "array<struct<x-y:bigint,z:string>>",
        "m": "map<string,array<int>>", "new_name": "string",
    }  # fmt: skip
    after = warehouse.last_commit(TABLE)
    assert before is not None
    assert after is not None
    assert after.version > before.version
    assert after.notes["last_delivery"] == 4
    assert after.notes["deliveries"] == [], "its files are not delivered once more"

    append(warehouse, TABLE, rows(warehouse, WIDER, 1), dict(after.notes))
    held = warehouse.read(TABLE).orderBy("_delivery").select("n", "s.b", "m").collect()
    assert [tuple(row) for row in held] == [(1, None, None), (3_000_000_000, 2, {"k": [1]})]
    settled = warehouse.last_commit(TABLE)
    prepare(warehouse, FEED, rows(warehouse, WIDER))
    assert warehouse.last_commit(TABLE) == settled, "the table is wide enough"


def test_rows_read_anew_take_the_place_of_all_and_another_type_makes_another_table(
    warehouse: Warehouse,
) -> None:
    prepare(warehouse, FEED, rows(warehouse, FIRST))
    append(warehouse, TABLE, rows(warehouse, FIRST), {"table": "t"})
    same = rows(warehouse, ("7 AS n", *FIRST[1:]), 2)
    assert read_anew(warehouse, FEED, same, {"table": "t"}) == 1
    assert [(r["n"], r["_delivery"]) for r in warehouse.read(TABLE).collect()] == [(7, 2)]

    other = rows(warehouse, ("'seven' AS n", *FIRST[1:]), 3)
    assert read_anew(warehouse, FEED, other, {"table": "t"}) == 1
    assert [(r["n"], r["_delivery"]) for r in warehouse.read(TABLE).collect()] == [("seven", 3)]
    last = warehouse.last_commit(TABLE)
    assert last is not None
    assert last.table_id not in ("", "t"), "whatever was made of it is computed anew"
