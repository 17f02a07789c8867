"""Inspected files -> one lazy frame of raw columns.

Files are grouped by what decides how they are read (header, encoding, schema), each group
is read by its own schema, and the groups are put together by column name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.sources.excel import read_excel
from customer_chunks.sources.failures import as_source_error
from customer_chunks.sources.frames import keep_blocks_apart, nothing
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.json_files import read_json
from customer_chunks.sources.names import PATH, POSITION, RESCUED, storage_key
from customer_chunks.sources.parquet_files import read_parquet
from customer_chunks.sources.tabular import read_delimited, read_fixed_width
from customer_chunks.sources.widening import common_type, shaped

__all__ = ["SPARK_FAILURES", "as_source_error", "read"]
Reader = Callable[[SparkSession, Feed, Sequence[Inspected], Path], DataFrame]
_OURS = {PATH, POSITION, RESCUED}
_READERS: dict[str, Reader] = {
    "csv": read_delimited, "tsv": read_delimited, "fixed_width": read_fixed_width, "parquet": read_parquet,
    "excel": read_excel,
}  # fmt: skip


def read(spark: SparkSession, feed: Feed, files: Sequence[Inspected], *, staging: Path) -> DataFrame:
    """Return the rows of the files as received, once each.

    Args:
        spark: Its session is given ``frames.READ_CONF`` where it keeps no blocks apart yet.
        feed: How the files are laid out.
        files: What ``inspect`` returned.
        staging: A folder for copies, seen by the driver and all executors. It must stay until the
            frame has been used; the caller removes it.

    Returns:
        The raw columns under their names in the files, then ``_path`` (as in ``SourceFile.path``),
        ``_position`` (unique and rising within a file) and ``_rescued`` (the whole text of a record
        that does not fit, else null). Columns of text formats are text; a column that a file does not
        have is null there; names that differ only in case or in forbidden characters are one column.

    Raises:
        SourceError: the files cannot be read together.
    """
    keep_blocks_apart(spark)
    filled = [item for item in files if not item.is_empty]
    try:
        frames = _frames(spark, feed, filled, staging)
    except SPARK_FAILURES as error:
        raise as_source_error(error, feed) from None
    headers = [item.header for item in files if item.header] or [feed.layout.columns]
    return _together(frames) if frames else nothing(spark, headers[0])


def _frames(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> list[DataFrame]:
    if not files:
        return []
    if feed.layout.format in {"json", "jsonl"}:
        return read_json(spark, feed, files, staging)
    groups: dict[tuple[object, ...], list[Inspected]] = {}
    for item in files:
        groups.setdefault((item.header, item.encoding, item.shape), []).append(item)
    return [_READERS[feed.layout.format](spark, feed, group, staging) for group in groups.values()]


def _together(frames: Sequence[DataFrame]) -> DataFrame:
    """Put frames together by column name; a column of several types gets one that holds them, else text."""
    names: dict[str, str] = {}
    kinds: dict[str, T.DataType] = {}
    for frame in frames:
        for field in frame.schema.fields:
            key = storage_key(field.name)
            if field.name in _OURS:
                continue
            names.setdefault(key, field.name)
            known = kinds.setdefault(key, field.dataType)
            if known != field.dataType:
                kinds[key] = common_type(known, field.dataType) or T.StringType()
    aligned = [_aligned(frame, names, kinds) for frame in frames]
    whole = aligned[0]
    for frame in aligned[1:]:
        whole = whole.unionByName(frame, allowMissingColumns=True)
    return whole.select(*[quoted(name) for name in names.values()], PATH, POSITION, RESCUED)


def _aligned(frame: DataFrame, names: dict[str, str], kinds: dict[str, T.DataType]) -> DataFrame:
    columns = []
    for field in frame.schema.fields:
        key, value = storage_key(field.name), F.col(quoted(field.name))
        wanted = field.dataType if field.name in _OURS else kinds[key]
        if wanted != field.dataType:
            value = shaped(value, field.dataType, wanted)
        columns.append(value.alias(names.get(key, field.name)))
    return frame.select(*columns)
