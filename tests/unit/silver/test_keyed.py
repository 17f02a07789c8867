"""Of several rows of one key the newest counts; ids, days and customers that every entity shares."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import judged_by_key, local_day, namespaced
from tests.builders import Row, by, frame

TYPES = {
    "name": "string", "_key": "string", "_excluded": "string", "_reasons": "array<string>", "_copy": "bigint",
    "_delivery": "bigint", "_position": "bigint", "at": "timestamp",
}  # fmt: skip
ROWS = [
    ("old", "a", 0, 0, 1, None),
    ("same as newest", "a", 0, 1, 2, None),
    ("newest", "a", 1, 0, 2, None),
    ("bad", "a", 2, 0, 3, None),
    ("left out", "a", 3, 0, 4, None),
    ("earlier in the file", "b", 0, 5, 5, None),
    ("later in the file", "b", 0, 6, 6, None),
    ("dated", "c", 0, 7, 7, "2024-01-02"),
    ("dated before", "c", 1, 8, 8, "2024-01-01"),
    ("undated", "c", 2, 9, 9, None),
]


def verdicts(spark: SparkSession, newest_by: tuple[str, ...]) -> dict[str, str]:
    rows: list[Row] = [
        {
            "name": name,
            "_key": key,
            "_delivery": delivery,
            "_position": position,
            "_copy": copy,
            "at": at,
            "_reasons": ["x.bad"] if name == "bad" else [],
            "_excluded": "rule" if name == "left out" else None,
        }
        for name, key, delivery, position, copy, at in ROWS
    ]
    found = by(judged_by_key(frame(spark, TYPES, rows), newest_by), "name")
    return {name: row["_disposition"] for name, row in found.items()}


@pytest.fixture(scope="module")
def by_arrival(spark: SparkSession) -> dict[str, str]:
    return verdicts(spark, ())


def test_newest_delivery_counts_and_older_ones_are_superseded_or_copies(by_arrival: dict[str, str]) -> None:
    assert by_arrival["newest"] == "accepted"
    assert by_arrival["old"] == "superseded"
    assert by_arrival["same as newest"] == "duplicate"


def test_later_place_counts_within_a_delivery(by_arrival: dict[str, str]) -> None:
    assert (by_arrival["earlier in the file"], by_arrival["later in the file"]) == ("superseded", "accepted")


def test_bad_and_excluded_rows_supersede_nothing(by_arrival: dict[str, str]) -> None:
    assert (by_arrival["bad"], by_arrival["left out"]) == ("quarantined", "excluded")


def test_named_time_counts_before_arrival_and_no_time_is_oldest(spark: SparkSession) -> None:
    found = verdicts(spark, ("at",))
    assert (found["dated"], found["dated before"], found["undated"]) == (
        "accepted",
        "superseded",
        "superseded",
    )
    assert verdicts(spark, ())["undated"] == "accepted"


def test_namespace_goes_before_the_id_and_null_stays_null(spark: SparkSession) -> None:
    rows = frame(spark, {"id": "string"}, [{"id": "1"}, {"id": None}])
    found = rows.select(namespaced("w:", F.col("id")), namespaced("", F.col("id"))).collect()
    assert [tuple(r) for r in found] == [("w:1", "1"), (None, None)]


def test_day_of_an_instant_depends_on_the_zone(spark: SparkSession) -> None:
    at = F.lit("2024-03-10 15:00").cast("timestamp")
    days = [local_day(at, z) for z in ("UTC", "Asia/Tokyo", "America/New_York")]
    row = spark.range(1).select(*days).collect()[0]
    assert tuple(row) == (date(2024, 3, 10), date(2024, 3, 11), date(2024, 3, 10))
