"""Parquet files -> frames that keep their types."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.errors import SourceError
from customer_chunks.sources.files import opened, split_member
from customer_chunks.sources.frames import FILE, finished, spark_path
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.names import POSITION, RESCUED
from customer_chunks.sources.staging import path_for_spark


def parquet_schema(path: str) -> tuple[tuple[str, ...], str]:
    """Return the column names and the schema as text.

    Raises:
        SourceError: the file is cut off, damaged or no Parquet file.
    """
    with opened(path) as stream:
        source = stream if split_member(path)[1] is None else io.BytesIO(stream.read())
        try:
            schema = pq.read_schema(source)
        except (pa.ArrowInvalid, pa.ArrowIOError):
            raise SourceError(
                f"{path}: is cut off, damaged or no Parquet file.",
                "Fetch it again, or correct `format:` in the feed.",
            ) from None
    return tuple(schema.names), schema.remove_metadata().to_string(show_field_metadata=False)


NANOS_AS_LONG = "spark.sql.legacy.parquet.nanosAsLong"
"""Spark refuses nanoseconds, which pandas writes by default; as numbers they can be cut to microseconds."""


def _columns(names: Sequence[str], path: str) -> list[Column]:
    """Return the columns: nanoseconds cut to microseconds, and those of no type (all null) without one."""
    kinds = {field.name: field.type for field in pq.read_schema(path)}
    return [_column(name, kinds.get(name)) for name in names]


def _column(name: str, kind: pa.DataType | None) -> Column:
    column = F.col(quoted(name))
    if kind is not None and pa.types.is_null(kind):
        return F.lit(None).alias(name)  # pandas writes it so; Spark would call it a whole number
    if kind is None or not pa.types.is_timestamp(kind) or kind.unit != "ns":
        return column
    floored = f"({quoted(name)} - pmod({quoted(name)}, 1000)) div 1000"  # before 1970 too
    instant = F.timestamp_micros(F.expr(floored))
    return (instant if kind.tz else instant.cast("timestamp_ntz")).alias(name)


def read_parquet(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> DataFrame:
    """Read Parquet files that share one schema; ``_position`` is the index of the row in its file."""
    names = files[0].header or ()
    paths = {path_for_spark(item, feed, staging): item.file.path for item in files}
    spark.conf.set(NANOS_AS_LONG, "true")
    frame = spark.read.parquet(*[spark_path(path) for path in paths])
    placed = frame.select(
        *_columns(names, next(iter(paths))),
        F.col("_metadata.file_path").alias(FILE),
        F.col("_metadata.row_index").alias(POSITION),
        F.lit(None).cast("string").alias(RESCUED),
    )
    return finished(placed, names, paths)
