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
