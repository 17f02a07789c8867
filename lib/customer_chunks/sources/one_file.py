"""Any one file -> a frame of its rows, without a mapping: how it is written is told by its first rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns import parsing
from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.config.source_mapping import FileLayout
from customer_chunks.errors import SourceError, did_you_mean
from customer_chunks.sources.draft.dates import date_style
from customer_chunks.sources.draft.files import load
from customer_chunks.sources.draft.model import Sample
from customer_chunks.sources.draft.numbers import number_style
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect
from customer_chunks.sources.names import POSITION
from customer_chunks.sources.read import read

_DIGITS = "decimal(38,12)"
_TYPED = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "boolean")


@dataclass(frozen=True)
class OneFile:
    """The rows of a file as received, and ``_position``, which rises from row to row.

    Attributes:
        rows: The raw columns; text formats give text.
        columns: Their names, in order.
        sample: First rows, and how the text is to be read.
    """

    rows: DataFrame
    columns: tuple[str, ...]
    sample: Sample

    def number(self, column: str) -> Column:
        """Return the column as double; null where it holds no number.

        Raises:
            SourceError: there is no such column.
        """
        kind = self.rows.schema[self.called(column)].dataType.simpleString()
        value = F.col(quoted(self.called(column)))
        if kind.startswith(_TYPED):
            return value.cast("double")
        style = number_style([v for v in dict.fromkeys(self._values(column)) if v])
        if style is None or (style.decimal == "." and not style.thousands):
            plain = F.trim(value).try_cast("double")
            return F.coalesce(plain, parsing.number(value, _DIGITS).cast("double"))
        return parsing.number(value, _DIGITS, decimal=style.decimal, thousands=style.thousands).cast("double")

    def day(self, column: str) -> Column:
        """Return the column as a date; null where it holds none.

        Raises:
            SourceError: there is no such column, or no dates are in it.
        """
        kind = self.rows.schema[self.called(column)].dataType.simpleString()
        value = F.col(quoted(self.called(column)))
        if kind.startswith(("date", "timestamp")):
            return value.cast("date")
        values = [v for v in self._values(column) if v]
        style = date_style(values, dict(Counter(values)))
        if style is None or style.kind.startswith("epoch"):
            raise SourceError(
                f"{self.sample.path.name}: column '{column}' holds no dates that can be read.",
                "Write them as 2024-01-31.",
            )
        return parsing.day(value.cast("string"), "string", formats=style.patterns)

    def called(self, column: str) -> str:
        """Return the column's exact name; case does not matter where one column alone is meant.

        Raises:
            SourceError: there is no such column.
        """
        if column in self.columns:
            return column
        alike = [name for name in self.columns if name.casefold() == column.casefold()]
        if len(alike) == 1:
            return alike[0]
        raise SourceError(
            f"{self.sample.path.name}: has no column '{column}'.", did_you_mean(column, self.columns)
        )

    def _values(self, column: str) -> Sequence[str]:
        return self.sample.values(self.sample.columns.index(self.called(column)))


def open_one(spark: SparkSession, path: Path, staging: Path) -> OneFile:
    """Open a file of any format that a feed may have.

    Args:
        spark: The session.
        path: The file.
        staging: A folder for copies, which must stay until the rows have been used.

    Raises:
        SourceError: it does not exist, is empty, or is no table.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise SourceError(f"{path}: {what}.", "Name a file: CSV, Parquet, Excel, JSON.")
    sample = load(path, one_column=True)
    feed = Feed("given", "file", (str(path),), _layout(sample), ())
    rows = read(spark, feed, [inspect(file, feed) for file in list_files(feed)], staging=staging)
    columns = tuple(name for name in rows.columns if not name.startswith("_") or name in sample.columns)
    return OneFile(rows.select(*map(quoted, columns), POSITION), columns, sample)


def _layout(sample: Sample) -> FileLayout:
    told = {key: str(value) for key, value in sample.layout.items()}
    return FileLayout(
        format=told["format"],
        delimiter=told.get("delimiter", "\t" if told["format"] == "tsv" else ",").replace("\\t", "\t"),
        quote=told.get("quote", '"'),
        escape=told.get("escape", told.get("quote", '"')),
        has_header=told.get("header") != "false" and not sample.spans,
        multi_line=told.get("multi_line") == "true",
        encoding=told.get("encoding", "utf-8"),
        skip_rows=int(told.get("skip_rows", 0)),
        sheets=tuple(told["sheet"].split("\n")) if "sheet" in told else (),
        columns=() if sample.named and not sample.spans else tuple(sample.columns),
        spans=tuple((c, a + 1, b) for c, (a, b) in zip(sample.columns, sample.spans, strict=False)),
        explode=told.get("explode"),
    )
