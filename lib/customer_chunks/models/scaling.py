"""Columns of numbers -> features on comparable scales, and how many values lie far from all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.features import Feature
from customer_chunks.errors import ModelError
from customer_chunks.models.feature_learning import learnt_numbers
from customer_chunks.models.feature_parts import typical_of, with_values
from customer_chunks.models.params import one_of

NONE, STANDARD, ROBUST = "none", "standard", "robust"
SCALES = (NONE, STANDARD, ROBUST)
FAR = 20.0
"""So many widths of the middle half away from the median nothing lies: 27 deviations of normal numbers."""
_APART = 10.0


@dataclass(frozen=True)
class Part:
    """How one column is scaled.

    Attributes:
        name: The column.
        low, high: Bounds that its values are held at.
        centre: Taken off.
        unit: Divided by.
    """

    name: str
    low: float = -inf
    high: float = inf
    centre: float = 0.0
    unit: float = 1.0

    def held(self) -> Column:
        """Return the column, held within its bounds; null stays null."""
        value = F.col(f"`{self.name}`")
        low, high = F.lit(self.low), F.lit(self.high)
        return F.when(value < low, low).when(value > high, high).otherwise(value)


@dataclass(frozen=True)
class Scaled:
    """What was learnt of the columns.

    Attributes:
        parts: How each is scaled.
        is_uneven: Whether the columns' own spreads differ tenfold or more.
        far: Of columns that have such, how many values lie out of all proportion, though held at a bound.
        constant: Columns with one value only.
    """

    parts: tuple[Part, ...]
    is_uneven: bool
    far: Mapping[str, int]
    constant: tuple[str, ...] = ()

    def features(self) -> Column:
        """Return the features as an array, in the order of the columns."""
        return F.array(*[(part.held() - F.lit(part.centre)) / F.lit(part.unit) for part in self.parts])


def fit_scale(
    frame: DataFrame, columns: Sequence[str], kind: str, called: Mapping[str, str] | None = None
) -> Scaled:
    """Look at the columns and return how they come to comparable scales.

    Args:
        frame: Columns of doubles; nulls are passed over.
        columns: Which.
        kind: none; standard, by mean and standard deviation (of the population); or robust: bounds, medians
            and units as a run learns them for its features.
        called: What people call the columns, where that is something else.

    Raises:
        ModelError: a column has no number, or only one value where it is to be scaled.
    """
    one_of("scale", *SCALES)(kind)
    told = _told(frame, columns)
    for n, name in enumerate(columns):
        _require(told, n, kind, (called or {}).get(name, name))
    parts = _parts(frame, columns, kind, told)
    if len(parts) < len(columns):
        lost = next(name for name in columns if name not in {part.name for part in parts})
        raise _one_value((called or {}).get(lost, lost))
    filled = [told[f"s{n}"] for n in range(len(columns)) if told[f"s{n}"]]
    uneven = bool(filled) and max(filled) > _APART * min(filled)
    constant = tuple(name for n, name in enumerate(columns) if told[f"s{n}"] == 0)
    return Scaled(parts, uneven, _far(frame, parts, told), constant)


def _told(frame: DataFrame, columns: Sequence[str]) -> dict[str, Any]:
    asked = [F.count("*").alias("rows")]
    for n, name in enumerate(columns):
        value = F.col(f"`{name}`")
        quarters = F.percentile_approx(value, F.array(*map(F.lit, (0.25, 0.5, 0.75))), 10_000)
        asked += [
            F.avg(value).alias(f"m{n}"), F.stddev_pop(value).alias(f"s{n}"), quarters.alias(f"q{n}"),
            typical_of(value).alias(f"t{n}"),
        ]  # fmt: skip
    return frame.agg(*asked).collect()[0].asDict()


def _require(told: Mapping[str, Any], n: int, kind: str, said: str) -> None:
    if told[f"m{n}"] is None:
        raise ModelError(f"Column '{said}' has no number.", "Leave it out.")
    if told[f"s{n}"] == 0 and kind != NONE:
        raise _one_value(said)


def _one_value(said: str) -> ModelError:
    return ModelError(f"Column '{said}' has one value only.", "Leave it out.")


def _parts(frame: DataFrame, columns: Sequence[str], kind: str, told: Mapping[str, Any]) -> tuple[Part, ...]:
    if kind == NONE:
        return tuple(Part(name) for name in columns)
    if kind == STANDARD:
        return tuple(Part(name, centre=told[f"m{n}"], unit=told[f"s{n}"]) for n, name in enumerate(columns))
    features = [Feature(name) for name in columns]
    found, _ = learnt_numbers(with_values(frame, features), features, told["rows"])
    return tuple(Part(n.name, n.low, n.high, n.centre, n.unit) for n in found)


def _far(frame: DataFrame, parts: Sequence[Part], told: Mapping[str, Any]) -> dict[str, int]:
    """Count, by column, what would make a cluster of its own."""
    asked = []
    for n, part in enumerate(parts):
        low, middle, high = told[f"q{n}"]
        # Where half of all rows have one value, mostly 0, the others' size is what they are measured by.
        width = (high - low) or told[f"t{n}"] or 0.0
        is_far = F.abs(part.held() - F.lit(middle)) > F.lit(FAR * width)
        asked.append(F.count_if(is_far).alias(part.name))
    counts = frame.agg(*asked).collect()[0].asDict()
    return {name: count for name, count in counts.items() if count}
