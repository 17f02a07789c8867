"""Of a table whose rows belong to another's, only those of the other's rows are read, where they lie."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.flow import narrowed as narrowing
from customer_chunks.flow.narrowed import Narrowed
from tests.plans import plan


@pytest.fixture
def lines(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("o1", 1), ("o1", 2), ("o2", 1), (None, 1)], "order_id string, line int")


@pytest.fixture
def orders(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("o1",), ("o1",), ("o3",), (None,)], "order_id string")


@pytest.mark.parametrize("few", [10, 0], ids=["looked up in memory", "sent about"])
def test_rows_of_the_owners_stay_each_once(
    monkeypatch: pytest.MonkeyPatch, lines: DataFrame, orders: DataFrame, few: int
) -> None:
    monkeypatch.setattr(narrowing, "FEW_OWNERS", few)
    mine = Narrowed(None).belonging(lines, orders, "order_id")
    assert sorted(tuple(row) for row in mine.collect()) == [("o1", 1), ("o1", 2)]
    assert ("_mark" in plan(mine)) == bool(few)


def test_what_is_kept_is_let_go_by_whoever_asked(lines: DataFrame, orders: DataFrame) -> None:
    narrowed = Narrowed(None)
    narrowed.belonging(lines, orders, "order_id")
    (kept,) = narrowed.scratch
    assert kept.is_cached
    kept.unpersist()
