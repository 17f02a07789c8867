"""Places by score: by hand, with ties, in groups, and for more rows than there are ranges."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from customer_chunks.gold.ranking import with_rank


def test_highest_is_first_and_equal_ones_go_by_key(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("d", 0.5), ("a", 0.1), ("c", 0.5), ("b", 9.0)], "id string, score double")
    told = with_rank(rows, by="score", key="id", name="rank").collect()
    assert {row["id"]: row["rank"] for row in told} == {"b": 1, "c": 2, "d": 3, "a": 4}


def test_every_group_has_places_of_its_own_and_so_have_those_without_one(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [("a", 1, 5.0), ("b", 1, 7.0), ("c", 2, 1.0), ("d", None, 3.0), ("e", None, 2.0)],
        "id string, kind int, score double",
    )
    told = with_rank(rows, by="score", key="id", name="rank", within=["kind"]).collect()
    assert {row["id"]: row["rank"] for row in told} == {"b": 1, "a": 2, "c": 1, "d": 1, "e": 2}


@pytest.mark.parametrize("parts", [1, 5])
def test_thousand_rows_have_a_thousand_places(spark: SparkSession, parts: int) -> None:
    rows = spark.range(1000).selectExpr("id", "double(pmod(id * 7919, 250)) as score").repartition(parts)
    told = with_rank(rows, by="score", key="id", name="rank").collect()
    expected = sorted(told, key=lambda row: (-row["score"], row["id"]))
    assert [row["rank"] for row in expected] == list(range(1, 1001))


def test_no_row_has_no_place(spark: SparkSession) -> None:
    rows = spark.createDataFrame([], "id string, score double")
    assert with_rank(rows, by="score", key="id", name="rank").collect() == []
