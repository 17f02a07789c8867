"""Columns of numbers -> features on comparable scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.params import one_of

NONE, STANDARD, ROBUST = "none", "standard", "robust"
SCALES = (NONE, STANDARD, ROBUST)
_APART = 10.0


@dataclass(frozen=True)
class Scaled:
    """What each column is moved and divided by.

    Attributes:
        columns: The columns.
        centre: Taken off: 0, the mean or the median.
        unit: Divided by: 1, the standard deviation (of the population) or the range of the middle half.
        is_uneven: Whether the columns' own spreads differ tenfold or more.
    """

    columns: tuple[str, ...]
    centre: tuple[float, ...]
    unit: tuple[float, ...]
    is_uneven: bool

    def features(self) -> Column:
        """Return the features as an array, in the order of the columns."""
        scaled = [
            (F.col(f"`{name}`") - F.lit(centre)) / F.lit(unit)
            for name, centre, unit in zip(self.columns, self.centre, self.unit, strict=True)
        ]
        return F.array(*scaled)


def fit_scale(
    frame: DataFrame, columns: Sequence[str], kind: str, called: Mapping[str, str] | None = None
) -> Scaled:
    """Look at the columns once and return how they come to comparable scales.

    Args:
        frame: Columns of doubles; nulls are passed over.
        columns: Which.
        kind: none, standard or robust.
        called: What people call the columns, where that is something else.

    Raises:
        ModelError: a column has no number, or only one value where it is to be scaled.
    """
    one_of("scale", *SCALES)(kind)
    asked = []
    for n, name in enumerate(columns):
        value = F.col(f"`{name}`")
        asked += [F.avg(value).alias(f"m{n}"), F.stddev_pop(value).alias(f"s{n}")]
        if kind == ROBUST:
            asked.append(
                F.percentile_approx(value, F.array(*map(F.lit, (0.25, 0.5, 0.75))), 10_000).alias(f"q{n}")
            )
    told = frame.agg(*asked).collect()[0]
    centres, units, spreads = [], [], []
    for n, name in enumerate(columns):
        mean, deviation, said = told[f"m{n}"], told[f"s{n}"], (called or {}).get(name, name)
        if mean is None:
            raise ModelError(f"Column '{said}' has no number.", "Leave it out.")
        if deviation == 0 and kind != NONE:
            raise ModelError(f"Column '{said}' has one value only.", "Leave it out.")
        spreads.append(deviation)
        low, middle, high = told[f"q{n}"] if kind == ROBUST else (0.0, 0.0, 0.0)
        centres.append({NONE: 0.0, STANDARD: mean, ROBUST: middle}[kind])
        # Where half of all rows have one value there is no such range.
        units.append({NONE: 1.0, STANDARD: deviation, ROBUST: (high - low) or deviation}[kind])
    filled = [spread for spread in spreads if spread]
    uneven = bool(filled) and max(filled) > _APART * min(filled)
    return Scaled(tuple(columns), tuple(centres), tuple(units), uneven)
