"""What a feature is once it is learnt: raw values of rows, and numbers on comparable scales."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.config.features import CATEGORY, Feature
from customer_chunks.errors import ModelError

_ACCURACY = 10_000
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Number:
    """A learnt number: filled, held within bounds, as a logarithm where asked, moved and divided.

    Attributes:
        fill: For who has none.
        low, high: Bounds, in the number's own unit.
        log: Whether the logarithm counts: of 1 + x, with the sign of x.
        centre, unit: Taken off, and divided by.
        typical: The median of those who have one that is not zero.
        known: Share of the customers who have one.
    """

    name: str
    fill: float
    low: float
    high: float
    log: bool
    centre: float
    unit: float
    weight: float
    typical: float | None
    known: float


@dataclass(frozen=True)
class Level:
    """One value of a category, as a number: 1 for who has it."""

    name: str
    value: str
    weight: float
    share: float


def held(name: str) -> str:
    """Return the column that holds a feature's raw value, while features are made."""
    return f"_value_{name}"


def with_values(frame: DataFrame, features: Iterable[Feature]) -> DataFrame:
    """Add the raw value of every feature: numbers as doubles, null where not finite; categories as text.

    Raises:
        ModelError: an expression cannot be computed from these columns.
    """
    features = tuple(features)
    columns = {held(f.name): _value(f) for f in features}
    try:
        rows = frame.withColumns(columns)
        _ = rows.schema  # over Spark Connect this is when expressions are looked at
    except SPARK_FAILURES:
        raise ModelError(_blame(frame, features), f"Columns: {', '.join(frame.columns)}.") from None
    return rows


def scaled(part: Number | Level) -> Column:
    """Return a learnt number of a row that has its raw value, on its scale, before its weight."""
    value = F.col(held(part.name))
    if isinstance(part, Level):
        return (F.coalesce(value, F.lit(UNKNOWN)) == F.lit(part.value)).cast("double")
    filled = F.coalesce(value, F.lit(part.fill))
    bounded = F.least(F.greatest(filled, F.lit(part.low)), F.lit(part.high))
    return (_logged(bounded, log=part.log) - F.lit(part.centre)) / F.lit(part.unit)


def _value(feature: Feature) -> Column:
    value = F.expr(feature.sql)
    if feature.kind == CATEGORY:
        return F.nullif(F.trim(value.cast("string")), F.lit(""))
    number = value.cast("double")
    return F.when(F.abs(number) < F.lit(float("inf")), number)  # not NaN either, which is above all


def _blame(frame: DataFrame, features: Sequence[Feature]) -> str:
    for feature in features:
        try:
            _ = frame.select(_value(feature)).schema
        except SPARK_FAILURES:
            return f"Feature '{feature.name}' cannot be computed: {feature.sql}."
    return "The features cannot be computed."


def _logged(value: Column, *, log: bool) -> Column:
    return F.signum(value) * F.log1p(F.abs(value)) if log else value


def typical_of(value: Column) -> Column:
    """Return the median size of the values that are not zero."""
    return F.percentile_approx(F.abs(F.nullif(value, F.lit(0.0))), 0.5, _ACCURACY)
