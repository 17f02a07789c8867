"""Which columns of a frame the expressions of a mapping read, found by Spark's own analysis."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed


def expressions_of(feed: Feed) -> list[tuple[str, str]]:
    """Return the name of each field and rule of a feed with its expression; constants read nothing."""
    fields = [(name, f.expression) for e in feed.entities for name, f in e.fields if not f.is_constant]
    return [*fields, *[(f"exclude.{name}", rule) for name, rule in feed.exclude]]


def as_sql(text: str, columns: Sequence[str]) -> str:
    """Return an expression as SQL; a bare column name may hold blanks and differ in case."""
    bare = text.strip("`") if text.count("`") == 2 and text.startswith("`") and text.endswith("`") else text  # noqa: PLR2004
    near = [c for c in columns if c == bare] or [
        c for c in columns if c.strip().casefold() == bare.strip().casefold()
    ]
    return quoted(near[0]) if near else text


def can_be_meant(frame: DataFrame, expressions: Sequence[str]) -> bool:
    """Return whether every expression, written as SQL, has a meaning on the frame."""
    try:
        _ = frame.selectExpr(*[f"({e}) AS _c{n}" for n, e in enumerate(expressions)]).columns
    except PySparkException:
        return False
    return True


def is_read(frame: DataFrame, column: str, expressions: Sequence[str]) -> bool:
    """Return whether one of the expressions, all of which have a meaning, loses it without the column."""
    return not can_be_meant(frame.drop(column), expressions)
