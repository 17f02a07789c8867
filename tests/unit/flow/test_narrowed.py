"""Of a table whose rows belong to another's, only those of the other's rows are read, where they lie."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.flow.narrowed import Narrowed
from customer_chunks.storage.keys import rows_with


@pytest.fixture
def lines(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("o1", 1), ("o1", 2), ("o2", 1), (None, 1)], "order_id string, line int")


@pytest.fixture
def orders(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([("o1",), ("o1",), ("o3",), (None,)], "order_id string")


def test_rows_of_the_owners_stay_each_once(lines: DataFrame, orders: DataFrame) -> None:
    mine = rows_with(lines, orders, "order_id")
    assert sorted(tuple(row) for row in mine.collect()) == [("o1", 1), ("o1", 2)]


def test_what_is_kept_is_let_go_by_whoever_asked(lines: DataFrame) -> None:
    narrowed = Narrowed(None)
    kept = narrowed.kept(lines)
    assert kept.is_cached
    narrowed.let_go()
    assert not kept.is_cached
