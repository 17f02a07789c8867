"""Parquet as rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from tests.unit.sources.feeds import a_feed, frame_of


def test_parquet_keeps_types_and_row_numbers(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    at = datetime(2024, 5, 1, 12, 30)
    table = pa.table({"order id": [1, 2, 3], "at": [at, None, at], "x": [1.5, None, 2.0]})
    pq.write_table(table, path, row_group_size=2)

    frame = frame_of(spark, a_feed(path, fmt="parquet"), tmp_path / "staging")

    assert dict(frame.dtypes)["order id"] == "bigint"
    assert [
        (row[0], row["x"], row["_path"], row["_position"], row["_rescued"]) for row in frame.collect()
    ] == [
        (1, 1.5, str(path), 0, None),
        (2, None, str(path), 1, None),
        (3, 2.0, str(path), 2, None),
    ]


def test_parquet_files_of_several_schemas_come_together(spark: SparkSession, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([1], pa.int32()), "v": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"V": [7], "id": pa.array([2], pa.int64())}), tmp_path / "2.parquet")

    frame = frame_of(spark, a_feed(tmp_path, fmt="parquet"), tmp_path / "staging")

    assert frame.dtypes[:2] == [("id", "bigint"), ("v", "string")]
    assert sorted(tuple(row)[:2] for row in frame.collect()) == [(1, "x"), (2, "7")]


def test_parquet_column_of_several_types_loses_nothing(spark: SparkSession, tmp_path: Path) -> None:
    digits = 9007199254740993  # no double
    at = datetime(2024, 5, 1, 12, 30)
    nothing = pa.array([None], pa.null())
    pq.write_table(
        pa.table({"id": [digits], "at": [at], "s": [{"a": 1}], "v": nothing}), tmp_path / "1.parquet"
    )
    instants = pa.array([at], pa.timestamp("us", tz="UTC"))
    pq.write_table(
        pa.table({"id": [2.5], "at": instants, "s": [{"a": 2, "b": "x"}], "v": [7]}), tmp_path / "2.parquet"
    )

    frame = frame_of(spark, a_feed(tmp_path, fmt="parquet"), tmp_path / "staging")

    kinds = [("id", "string"), ("at", "string"), ("s", "struct<a:bigint,b:string>"), ("v", "bigint")]
    assert frame.dtypes[:4] == kinds
    first, second = sorted(frame.collect(), key=lambda row: str(row["_path"]))
    assert (first["id"], first["at"], tuple(first["s"]), first["v"]) == (
        str(digits), "2024-05-01 12:30:00", (1, None), None,
    )  # fmt: skip
    assert (second["id"], second["at"], tuple(second["s"]), second["v"]) == (
        "2.5", "2024-05-01T12:30:00.000000Z", (2, "x"), 7,
    )  # fmt: skip
