"""CSV, TSV and fixed-width text -> frames of text columns.

Files of equal header and encoding enter together; one row a record leaves, exactly as received.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.sources.frames import CORRUPT, FILE, finished, origin, position, rescued, spark_path
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.names import POSITION, RESCUED
from customer_chunks.sources.staging import path_for_spark, spark_encodings

_CHARSETS = {"utf-8": "UTF-8", "latin-1": "ISO-8859-1"}
_MAX_COLUMNS = 20480
_MAX_CHARACTERS = 16 << 20


def read_delimited(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> DataFrame:
    """Read CSV or TSV files that share header and encoding.

    A record with too few or too many fields is kept once, its fields filled as far as they go,
    and ``_rescued`` holds its whole text. Blank lines are no records.
    """
    names = files[0].header or ()
    paths = {path_for_spark(item, feed, staging): item.file.path for item in files}
    schema = T.StructType([T.StructField(name, T.StringType()) for name in (*names, CORRUPT)])
    reader = spark.read.schema(schema).options(**_options(feed, files[0], len(names)))
    frame = reader.csv([spark_path(path) for path in paths])
    placed = frame.select(*map(quoted, names), rescued(names[0]), *origin()).select("*", position())
    return finished(placed, names, paths)


def _options(feed: Feed, item: Inspected, width: int) -> dict[str, str]:
    layout = feed.layout
    native = item.encoding in spark_encodings(layout.format) and layout.skip_rows == 0
    return {
        "mode": "PERMISSIVE",
        "columnNameOfCorruptRecord": CORRUPT,
        "columnPruning": "false",  # else the number of fields is not checked when few columns are asked for
        "header": str(layout.has_header).lower(),
        "enforceSchema": "true",
        "sep": layout.delimiter,
        "quote": layout.quote,
        "escape": layout.escape,
        "multiLine": str(layout.multi_line).lower(),
        "encoding": _CHARSETS[item.encoding] if native else "UTF-8",
        "maxColumns": str(max(_MAX_COLUMNS, 2 * width)),
        "maxCharsPerColumn": str(_MAX_CHARACTERS),
    }


def read_fixed_width(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> DataFrame:
    """Read fixed-width files: spans of characters from 1, padding spaces removed, blank fields null.

    What a short line lacks is null; a line with nothing in any span is kept in ``_rescued``.
    """
    paths = {path_for_spark(item, feed, staging): item.file.path for item in files}
    # lineSep stays unset: \n, \r\n and \r all end a line.
    lines = spark.read.text([spark_path(path) for path in paths])
    placed = lines.select("value", *origin()).where(F.trim("value") != "").select("*", position())
    if feed.layout.has_header:
        placed = placed.where(F.col(POSITION) > 0).withColumn(POSITION, F.col(POSITION) - 1)
    fields = [
        F.nullif(F.trim(F.substring("value", first, last - first + 1)), F.lit("")).alias(name)
        for name, first, last in feed.layout.spans
    ]
    names = [name for name, _, _ in feed.layout.spans]
    is_filled = F.coalesce(*map(quoted, names)).isNotNull()
    cut = placed.select(*fields, "value", FILE, POSITION)
    return finished(cut.withColumn(RESCUED, F.when(~is_filled, F.col("value"))), names, paths)
