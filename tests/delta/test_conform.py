"""A frame is what its contract says, or every difference is told at once; the hash of a row."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from customer_chunks.contracts.table import HASH, Col, Table
from customer_chunks.errors import ContractError
from customer_chunks.storage.conform import conform, row_hash
from tests.builders import frame

THINGS = Table(
    "silver",
    "things",
    "one thing",
    ("id",),
    (
        Col("id", "string", "id"),
        Col("a", "string", "a"),
        Col("b", "string", "b"),
        Col("m", "map<string,int>", "m"),
        Col("seen", "int", "when", volatile=True),
        HASH,
    ),
)
TYPES = {n: t for n, t in THINGS.types.items() if n != "_row_hash"}


def hashes(spark: SparkSession, *rows: dict[str, object]) -> list[int]:
    """Return the hash of each row over a, b and m."""
    made = frame(spark, TYPES, rows)
    hashed = {name: TYPES[name] for name in ("a", "b", "m")}
    return [row["h"] for row in made.select(row_hash(hashed).alias("h")).collect()]


def test_columns_come_in_the_contracts_order(spark: SparkSession) -> None:
    shuffled = frame(spark, dict(reversed(TYPES.items())), [{"id": "1"}])
    assert conform(shuffled, THINGS).columns == list(THINGS.column_names)


def test_every_difference_is_told_at_once_and_nothing_is_cast(spark: SparkSession) -> None:
    wrong = frame(
        spark,
        {"id": "string", "b": "int", "m": "map<string,int>", "seen": "bigint", "x": "int", "w": "int"},
        [],
    )
    with pytest.raises(ContractError) as raised:
        conform(wrong, THINGS)
    assert str(raised.value) == (
        "silver.things: the frame breaks its contract (missing: a; extra: w, x; mistyped: b is int, "
        "not string, seen is bigint, not int). Mend its builder."
    )


def test_given_hash_is_made_anew(spark: SparkSession) -> None:
    rows = frame(spark, TYPES, [{"id": "1", "a": "x"}])
    own = conform(rows, THINGS).collect()[0]["_row_hash"]
    again = conform(rows.withColumn("_row_hash", F.lit(5).cast("bigint")), THINGS).collect()[0]["_row_hash"]
    assert own == again != 5


def test_value_that_moves_to_its_neighbour_is_a_change(spark: SparkSession) -> None:
    first, second, both = hashes(spark, {"a": "x"}, {"b": "x"}, {"a": "x", "b": "x"})
    assert len({first, second, both}) == 3


def test_order_within_a_map_is_no_change(spark: SparkSession) -> None:
    one, other, changed = hashes(
        spark, {"m": {"p": 1, "q": 2}}, {"m": {"q": 2, "p": 1}}, {"m": {"p": 2, "q": 1}}
    )
    assert one == other != changed


def test_volatile_column_is_no_change(spark: SparkSession) -> None:
    made = conform(frame(spark, TYPES, [{"id": "1", "seen": 1}, {"id": "1", "seen": 2}, {"id": "2"}]), THINGS)
    one, other, third = [row["_row_hash"] for row in made.collect()]
    assert one == other != third
