"""Reasons as sentences, and the parts of these sentences."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from customer_chunks.gold.reasons import in_parts, in_words

KIND = "array<struct<feature:string,value:double,effect:double>>"


def test_reasons_are_sentences(spark: SparkSession) -> None:
    told = [("recency_days", 1045.0, 0.4), ("mean_gap_days", 12.345, -0.1), ("return_share", None, 0.2)]
    (row,) = spark.createDataFrame([(told,)], f"r {KIND}").select(in_words(F.col("r"))).collect()
    assert row[0] == [
        "last purchase: 1,045 days ago (raises it)",
        "time between purchase days: 12.35 days (lowers it)",
        "returns: unknown (raises it)",
    ]
    (other,) = (
        spark.createDataFrame([([("x", 1.0, 1.0)],)], f"r {KIND}").select(in_words(F.col("r"))).collect()
    )
    assert other[0] == ["x: 1  (raises it)"]


@pytest.mark.parametrize(
    ("reason", "parts"),
    [
        (("recency_days", 1045.0, 0.4), ("last purchase", 1045.0, "days ago", True)),
        (("spend_trend", -1234.5, -0.4), (
            "spent in the last 90 days less what was before", -1234.5, "in the reporting currency", False,
        )),
        (("return_share", None, 0.2), ("returns", None, None, True)),
        (("x", 1.0, 1.0), ("x", 1.0, None, True)),
    ],
    ids=["a number with a comma", "below zero", "unknown", "without a unit"],
)  # fmt: skip
def test_sentence_is_told_apart_again(
    spark: SparkSession, reason: tuple[object, ...], parts: tuple[object, ...]
) -> None:
    words = spark.createDataFrame([([reason],)], f"r {KIND}").select(in_words(F.col("r"))[0].alias("said"))
    (row,) = words.select(in_parts(F.col("said"))).collect()
    assert tuple(row[0]) == parts


def test_what_is_no_such_sentence_has_no_parts(spark: SparkSession) -> None:
    rows = spark.createDataFrame([("seldom here",), (None,)], "said string")
    assert [tuple(row[0]) for row in rows.select(in_parts(F.col("said"))).collect()] == [(None,) * 4] * 2
