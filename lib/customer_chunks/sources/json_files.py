"""JSON and JSON lines -> frames of text, structs and arrays.

Every plain value is text as it was written; objects stay structs and lists stay arrays.
``explode: items`` makes one row of each element: the array gives way to its element in the
place where it stood, so ``items.sku`` (or ``order.items.sku`` for ``explode: order.items``)
names a field of it. A record without elements is kept once, with null there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, DataFrameReader, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.errors import SourceError, did_you_mean
from customer_chunks.sources.frames import CORRUPT, FILE, finished, origin, position, rescued, spark_path
from customer_chunks.sources.inspected import DOCUMENT, Inspected
from customer_chunks.sources.names import RESCUED, check_names
from customer_chunks.sources.staging import path_for_spark


def read_json(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> list[DataFrame]:
    """Read JSON files under one schema that fits them all; one frame for lines, one for documents.

    Text that is no JSON is kept in ``_rescued``, the other columns null.

    Raises:
        SourceError: nothing is JSON, names collide, or ``explode`` names no array.
    """
    groups: dict[str, dict[str, str]] = {}
    for item in files:
        groups.setdefault(item.shape, {})[path_for_spark(item, feed, staging)] = item.file.path
    schema = _common_schema(spark, feed, groups)
    return [_read_group(spark, feed, shape, paths, schema) for shape, paths in groups.items()]


def merged(left: T.DataType, right: T.DataType) -> T.DataType:
    """Return the type that holds both: structs by name, arrays by element, else text."""
    if isinstance(left, T.StructType) and isinstance(right, T.StructType):
        fields = {f.name: f.dataType for f in left.fields}
        for field in right.fields:
            known = fields.get(field.name)
            fields[field.name] = field.dataType if known is None else merged(known, field.dataType)
        return T.StructType([T.StructField(name, kind) for name, kind in fields.items()])
    if isinstance(left, T.ArrayType) and isinstance(right, T.ArrayType):
        return T.ArrayType(merged(left.elementType, right.elementType))
    return left if left == right else T.StringType()


def _reader(spark: SparkSession, shape: str) -> DataFrameReader:
    return spark.read.options(
        mode="PERMISSIVE",
        primitivesAsString="true",
        columnNameOfCorruptRecord=CORRUPT,
        multiLine=str(shape == DOCUMENT).lower(),
    )


def _common_schema(spark: SparkSession, feed: Feed, groups: dict[str, dict[str, str]]) -> T.StructType:
    example = next(iter(next(iter(groups.values())).values()))
    whole: T.DataType = T.StructType([])
    for shape, paths in groups.items():
        try:
            found = _reader(spark, shape).json([spark_path(path) for path in paths]).schema
        except AnalysisException as error:
            if error.getCondition() != "COLUMN_ALREADY_EXISTS":
                raise
            raise SourceError(
                f"{example}: an object has two fields whose names are equal, or equal but for case.",
                "Rename one of them.",
            ) from None
        whole = merged(whole, T.StructType([f for f in found.fields if f.name != CORRUPT]))
    if not isinstance(whole, T.StructType) or not whole.fields:
        raise SourceError(
            f"{example}: holds no JSON object.", "Correct `format:` in the feed, or fetch it again."
        )
    check_names(whole.names, example)
    _check_explode(whole, feed, example)
    return T.StructType([*whole.fields, T.StructField(CORRUPT, T.StringType())])


def _check_explode(schema: T.StructType, feed: Feed, example: str) -> None:
    here: T.DataType = schema
    met_array = feed.layout.explode is None
    for part in (feed.layout.explode or "").split(".") if feed.layout.explode else []:
        fields = {f.name: f.dataType for f in here.fields} if isinstance(here, T.StructType) else {}
        if part not in fields:
            raise SourceError(
                f"{example}: `explode: {feed.layout.explode}` finds no '{part}'.", did_you_mean(part, fields)
            )
        here = fields[part]
        if isinstance(here, T.ArrayType):
            met_array, here = True, here.elementType
    if not met_array:
        raise SourceError(
            f"{example}: `explode: {feed.layout.explode}` is no array.", "Name the array, or drop `explode`."
        )


def _read_group(
    spark: SparkSession, feed: Feed, shape: str, paths: dict[str, str], schema: T.StructType
) -> DataFrame:
    frame = _reader(spark, shape).schema(schema).json([spark_path(path) for path in paths])
    names = [name for name in schema.names if name != CORRUPT]
    placed = frame.select(*map(quoted, names), rescued(names[0]), *origin())
    if feed.layout.explode:
        placed = _exploded(placed, feed.layout.explode.split("."))
    # Numbered after the explode: an element takes at least two bytes, so positions still fit their block.
    return finished(placed.select(*map(quoted, names), RESCUED, FILE, position()), names, paths)


def _exploded(frame: DataFrame, path: list[str]) -> DataFrame:
    """Replace each array on the path by its elements, from the outside in."""
    for depth in range(1, len(path) + 1):
        here = path[:depth]
        column = _field(here)
        if isinstance(frame.select(column).schema.fields[0].dataType, T.ArrayType):
            frame = frame.select("*", F.explode_outer(column).alias("_element"))
            frame = frame.withColumn(path[0], _replaced(here)).drop("_element")
    return frame


def _field(path: list[str]) -> Column:
    return F.col(".".join(map(quoted, path)))


def _replaced(path: list[str]) -> Column:
    if len(path) == 1:
        return F.col("_element")
    return _field(path[:1]).withField(".".join(map(quoted, path[1:])), F.col("_element"))
