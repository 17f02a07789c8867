"""What the readers share: raw columns plus ``_path``, ``_position`` and ``_rescued``.

Position. Spark numbers the rows of a partition; a file block's offset is larger than the number
of records in all blocks before it. With one block a partition, offset + number is therefore unique
and rising within a file, needs no shuffle, and does not depend on the number of cores; in a file of
one block it is the index of the record, from 0. ``READ_CONF`` keeps blocks apart: with an open cost
as large as the block, Spark never packs a second one into a partition and never cuts by cores. It is
read when a query runs, so it must stay set while a frame from ``read`` is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.sources.names import PATH, POSITION, RESCUED

BLOCK_BYTES = 32 << 20
READ_CONF = {
    "spark.sql.files.maxPartitionBytes": str(BLOCK_BYTES),
    "spark.sql.files.openCostInBytes": str(BLOCK_BYTES),
}
CORRUPT = "_unreadable_record"
FILE, START = "_read_file", "_read_start"
_ROW_BITS = (1 << 33) - 1  # of monotonically_increasing_id: the row within the partition
_URI_KEEPS = "/:@&=+$,;~!*'()-_."


def keep_blocks_apart(spark: SparkSession) -> None:
    """Set ``READ_CONF`` on the session, unless it already keeps blocks apart (with a size of its own)."""
    limit, cost = (spark.conf.get(key, None) for key in READ_CONF)
    if limit is None or limit != cost:
        for key, value in READ_CONF.items():
            spark.conf.set(key, value)


def origin() -> tuple[Column, Column]:
    """Return where a scanned record comes from, to be selected right above the scan."""
    return F.col("_metadata.file_path").alias(FILE), F.col("_metadata.file_block_start").alias(START)


def position() -> Column:
    """Return the position of a record; no row may be dropped or moved between the scan and this column."""
    return (F.col(START) + F.monotonically_increasing_id().bitwiseAND(_ROW_BITS)).alias(POSITION)


def rescued(first: str) -> Column:
    """Return the corrupt record; ``first`` takes part because Spark refuses queries of the record alone."""
    needed = F.col(CORRUPT).isNotNull() | F.col(quoted(first)).isNotNull()
    return F.when(needed, F.col(CORRUPT)).alias(RESCUED)


def finished(frame: DataFrame, names: Sequence[str], paths: dict[str, str]) -> DataFrame:
    """Return the raw columns, then ``_path``, ``_position`` and ``_rescued``.

    Args:
        frame: The named columns, ``_read_file``, ``_position`` and ``_rescued``.
        names: The raw columns in order.
        paths: The path given to Spark -> the path of the source file.
    """
    raw = [F.col(quoted(name)) for name in names]
    if len(paths) == 1:
        return frame.select(*raw, F.lit(next(iter(paths.values()))).alias(PATH), POSITION, RESCUED)
    rows = [(scheme + spelt, path) for read, path in paths.items() for scheme, spelt in _spellings(read)]
    known = frame.sparkSession.createDataFrame(rows, f"{FILE} string, {PATH} string")
    found = F.coalesce(F.col(PATH), F.raise_error(F.lit("A file was read that nobody listed.")))
    joined = frame.join(F.broadcast(known), on=FILE, how="left")
    return joined.select(*raw, found.alias(PATH), POSITION, RESCUED)


def spark_path(path: str) -> str:
    """Return an absolute local path as Spark must be told it, whatever its default file system is."""
    if path.startswith("/dbfs/"):
        return "dbfs:" + path.removeprefix("/dbfs")
    return path if path.startswith("/Volumes/") else "file://" + path


def _spellings(path: str) -> list[tuple[str, str]]:
    """Return how ``_metadata.file_path`` may spell a path: URI-quoted, letters beyond ASCII kept."""
    spelt = "".join(c if not c.isascii() else quote(c, safe=_URI_KEEPS) for c in path.removeprefix("/dbfs"))
    return [("file:", spelt), ("file://", spelt), ("dbfs:", spelt), ("", spelt)]


def nothing(spark: SparkSession, names: Sequence[str]) -> DataFrame:
    """Return a frame without rows: the named columns as text, then the three columns of every reader."""
    raw = [T.StructField(name, T.StringType()) for name in names]
    own = [T.StructField(PATH, T.StringType()), T.StructField(POSITION, T.LongType())]
    return spark.createDataFrame([], T.StructType([*raw, *own, T.StructField(RESCUED, T.StringType())]))
