"""Rows of some keys are found where they lie, however many keys there are and whatever type they have."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.storage import keys as module
from customer_chunks.storage.keys import Keys
from tests.plans import plan


@pytest.fixture
def lines(spark: SparkSession) -> DataFrame:
    rows = [("o1", 1), ("o1", 2), ("o2", 1), (None, 1), ("", 4)]
    return spark.createDataFrame(rows, "order_id string, line int")


@pytest.fixture
def keys(spark: SparkSession) -> Keys:
    return Keys.of(spark.createDataFrame([("o1",), ("o1",), ("",), ("1",), (None,)], "_key string"))


@pytest.fixture(params=[(10, 10), (0, 10), (0, 0)], ids=["as they are", "by hashes", "sent about"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    few, hashed = request.param
    monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(module, "HASHED", hashed)
    return few, hashed


def test_keys_are_distinct_and_null_is_none(keys: Keys) -> None:
    assert keys.count == 3
    assert sorted(row["_key"] for row in keys.frame.collect()) == ["", "1", "o1"]


def test_what_keys_were_made_of_is_not_told_with_them(spark: SparkSession, keys: Keys) -> None:
    found = Keys.of(keys.rows_of(spark.range(3).selectExpr("id", "'o1' as _key"), "_key"))
    assert found.count == 1
    assert "Join" not in plan(found.frame)
    assert "Range" not in plan(found.frame)


def test_rows_of_keys_are_found_as_they_are(lines: DataFrame, keys: Keys, ways: tuple[int, int]) -> None:
    mine = keys.rows_of(lines, "order_id")
    assert mine.columns == ["order_id", "line"]
    assert sorted(tuple(row) for row in mine.collect()) == [("", 4), ("o1", 1), ("o1", 2)]
    assert ("_mark" in plan(mine)) == (ways == (0, 10))


@pytest.mark.usefixtures("ways")
def test_numbers_are_found_by_their_text(lines: DataFrame, keys: Keys) -> None:
    mine = keys.rows_of(lines, "line")
    assert sorted(row["line"] for row in mine.collect()) == [1, 1, 1]


@pytest.mark.usefixtures("ways")
def test_two_keys_of_one_hash_are_told_apart(
    lines: DataFrame, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.sql import functions as F  # noqa: PLC0415 - the very function that the module calls

    monkeypatch.setattr(F, "xxhash64", lambda *_: F.lit(1).cast("bigint"))
    assert sorted(row["line"] for row in keys.rows_of(lines, "order_id").collect()) == [1, 2, 4]


def test_no_other_row_is_sent_about(lines: DataFrame, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEW", 0)
    _, marked = plan(keys.rows_of(lines, "order_id")).split("BroadcastHashJoin [xxhash64(", 1)
    found, _ = marked.split("BroadcastExchange", 1)  # the side that is looked through
    assert "hashpartitioning(order_id" not in found
    assert "hashpartitioning(xxhash64" not in found
