"""Any one file -> a frame of its rows, without a mapping: how it is written is told by its first rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns import parsing
from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.errors import SourceError, did_you_mean
from customer_chunks.sources.draft.dates_coded import DateStyle
from customer_chunks.sources.draft.files import load
from customer_chunks.sources.draft.model import MAX_ROWS, Sample
from customer_chunks.sources.draft.numbers import NumberStyle
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import Inspected, inspect
from customer_chunks.sources.names import PATH, POSITION, RESCUED
from customer_chunks.sources.one_column import (
    TELLS_DAYS,
    TELLS_MARKS,
    as_number,
    built,
    days_written,
    doubt_of_days,
    doubt_of_numbers,
    finite,
    is_missing,
    numbers_written,
    says_nothing,
    with_decimal,
    writes_commas,
)
from customer_chunks.sources.one_layout import TREES, for_one, layout_of, renamed, take_header
from customer_chunks.sources.read import SPARK_FAILURES, read
from customer_chunks.sources.text import other_encoding

Style = TypeVar("Style", NumberStyle, DateStyle)
_NUMBERS = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal")
_TEXT = ("string", "varchar", "char", "void")
_DAYS = ("date", "timestamp", "timestamp_ntz")
_LONGEST = 60
_MORE = 1000
_MADE_BY_HAND = {"csv", "tsv", "fixed_width"}


@dataclass(frozen=True)
class OneFile:
    """The rows of a file as received, and ``_position``, which rises from row to row.

    Attributes:
        rows: The raw columns; text formats give text.
        columns: Their names, in order.
        sample: First rows, and how the text is to be read.
        is_comma_file: Whether decimal commas are to be expected.
        notes: What is doubtful about the file and the columns asked for so far, a sentence each.
    """

    rows: DataFrame
    columns: tuple[str, ...]
    sample: Sample
    is_comma_file: bool = False
    notes: list[str] = field(default_factory=list)

    def number(self, column: str, *, decimal: str | None = None) -> Column:
        """Return the column as double; null where it holds no number, or none that is finite.

        Args:
            column: Its name.
            decimal: The decimal mark of text, "." or ","; None finds it out.

        Raises:
            SourceError: there is no such column, or it is of a type that holds no numbers.
        """
        value, kind = self._typed(column, (*_NUMBERS, "boolean", *_TEXT), "numbers")
        if not kind.startswith(_TEXT):
            return finite(value.cast("double"))
        style = self._written(column, TELLS_MARKS, self._numbers_written)
        if decimal is not None:
            return as_number(value, with_decimal(decimal, style))
        if style is not None:
            self._note(doubt_of_numbers(column, style))
        return as_number(value, style or NumberStyle())

    def day(self, column: str, *, formats: Sequence[str] = ()) -> Column:
        """Return the column as a date; null where it holds none.

        Args:
            column: Its name.
            formats: Spark datetime patterns of text, tried in order; none finds them out.

        Raises:
            SourceError: there is no such column, no dates are in it, or a pattern is none.
        """
        value, kind = self._typed(column, (*_DAYS, *_NUMBERS, *_TEXT), "dates")
        if kind in _DAYS:
            return value.cast("date")
        text = parsing.as_text(value, kind)
        if formats:
            self._check(formats)
            return parsing.day(text, "string", formats=formats)
        style = self._written(column, TELLS_DAYS, days_written)
        if style is None:
            raise self._no_dates(column)
        self._note(doubt_of_days(column, style))
        return parsing.day(text, "string", formats=style.patterns)

    def text(self, column: str) -> Column:
        """Return the column as trimmed text, 17850.0 as 17850.

        Raises:
            SourceError: there is no such column, or it holds lists or records.
        """
        value, kind = self._typed(column, (*_DAYS, *_NUMBERS, *_TEXT, "boolean", "binary"), "single values")
        return F.trim(parsing.as_text(value, kind))

    def called(self, column: str) -> str:
        """Return the column's exact name; blanks around it and case do not matter where one alone is meant.

        Raises:
            SourceError: there is no such column.
        """
        if column in self.columns:
            return column
        for key in (str.strip, lambda name: name.strip().casefold()):
            alike = [name for name in self.columns if key(name) == key(column)]
            if len(alike) == 1:
                return alike[0]
        known = [name.strip() for name in self.columns]
        raise SourceError(f"{self.sample.path.name}: has no column '{column}'.", did_you_mean(column, known))

    def _typed(self, column: str, wanted: Sequence[str], what: str) -> tuple[Column, str]:
        """Return the column and its type, which is one of those wanted."""
        name = self.called(column)
        kind = self.rows.schema[name].dataType.simpleString()
        if re.match(r"\w+", kind)[0] not in wanted:  # type: ignore[index]
            shown = kind if len(kind) <= _LONGEST else f"{kind[:_LONGEST]}..."
            raise SourceError(
                f"{self.sample.path.name}: column '{column}' holds {shown}.", f"Name a column of {what}."
            )
        return F.col(quoted(name)), kind

    def _numbers_written(self, values: Sequence[str]) -> NumberStyle | None:
        return numbers_written(values, comma_file=self.is_comma_file)

    def _written(
        self, column: str, telling: str, style_of: Callable[[Sequence[str]], Style | None]
    ) -> Style | None:
        """Return how the sample writes a column; rows beyond it are asked where it leaves a doubt."""
        values: list[str] = [v for v in self._values(column) if not says_nothing(v)]
        style = style_of(values)
        is_partial = not self.sample.complete or len(self.sample.rows) >= MAX_ROWS
        if is_partial and (style is None or style.doubtful):
            more: list[str] = self._beyond(column, telling if values else ".")
            return style_of([*values, *more]) if more else style
        return style

    def _beyond(self, column: str, telling: str) -> list[str]:
        """Return some values of the whole file that match a pattern."""
        value, kind = self._typed(column, (*_NUMBERS, *_TEXT), "text")
        text = F.trim(parsing.as_text(value, kind)).alias("text")
        rows = self.rows.select(text).where(~is_missing(F.col("text")) & F.col("text").rlike(telling))
        return [row[0] for row in rows.limit(_MORE).collect()]

    def _values(self, column: str) -> Sequence[str]:
        """Return the sample's values; names of text stand at their places, those of records may not."""
        name = self.called(column)
        if self.sample.layout.get("format") not in TREES:
            return self.sample.values(self.columns.index(name))
        known = self.sample.columns
        return self.sample.values(known.index(name)) if name in known else []

    def _no_dates(self, column: str) -> SourceError:
        filled = (v for v in self._values(column) if not says_nothing(v))
        first = next(filled, None)
        such = f", but such as '{built(first)}'" if first is not None else ""
        return SourceError(
            f"{self.sample.path.name}: column '{column}' holds no dates that can be read{such}.",
            "Name another column, write dates as 2024-01-31, or tell how they are written: "
            "--date-format dd.MM.yyyy",
        )

    def _check(self, formats: Sequence[str]) -> None:
        for pattern in formats:
            tried = F.try_to_timestamp(F.lit("2024-01-31"), F.lit(pattern))
            try:
                if {"d", "M", "y"} <= set(pattern):
                    self.rows.sparkSession.range(1).select(tried).collect()
                    continue
            except SPARK_FAILURES:
                pass
            raise SourceError(
                f"'{pattern}' is no pattern of a date.", "Write y, M and d: dd.MM.yyyy reads 31.01.2024."
            )

    def _note(self, said: str) -> None:
        if said and said not in self.notes:
            self.notes.append(said)


def open_one(spark: SparkSession, path: Path, staging: Path, names: Sequence[str] = ()) -> OneFile:
    """Open a file of any format that a feed may have.

    Args:
        spark: The session.
        path: The file.
        staging: A folder for copies, which must stay until the rows have been used.
        names: Columns that will be asked for: a first line that holds them all is a header.

    Raises:
        SourceError: it does not exist, is empty, or is no table.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise SourceError(f"{path}: {what}.", "Name a file: CSV, Parquet, Excel, JSON.")
    sample = load(path, one_column=True)
    take_header(sample, names)
    notes = renamed(sample)
    try:
        feed, files = _inspected(path, sample, notes)
        rows = read(spark, feed, files, staging=staging)
    except SourceError as error:
        raise for_one(error) from None
    columns = tuple(name for name in rows.columns if name not in {PATH, POSITION, RESCUED})
    if sample.layout["format"] in _MADE_BY_HAND:
        notes += [f"{path.name}: {said}." for said in sample.warnings]
    return OneFile(
        rows.select(*map(quoted, columns), POSITION), columns, sample, writes_commas(sample), notes
    )


def _inspected(path: Path, sample: Sample, notes: list[str]) -> tuple[Feed, list[Inspected]]:
    """Inspect the file; one whose first bytes tell another encoding than the rest is read by the rest's."""
    feed = Feed("given", "file", (str(path),), layout_of(sample), ())
    files = list_files(feed)
    try:
        return feed, [inspect(file, feed) for file in files]
    except SourceError as error:
        if "encoding:" not in error.remedy:
            raise
        other = other_encoding(files[0].path, feed.layout.encoding)
        if other is None:
            raise
        notes.append(
            f"{path.name}: is not {feed.layout.encoding} throughout, and is read as {other}: look at names "
            "with accents."
        )
        feed = replace(feed, layout=replace(feed.layout, encoding=other))
        return feed, [inspect(file, feed) for file in files]
