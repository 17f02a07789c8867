"""What sets each segment apart: typical values in people's units, and effect sizes against the rest.

Enters: rows with raw values of features and a segment. Leaves: for every segment its size, for every feature
what its members have, what the others have, and how far apart that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F

from customer_chunks.models.feature_parts import Level, Number, held, scaled, with_values
from customer_chunks.models.features import FeaturesModel

_ACCURACY = 1_000
_MOST_SEGMENTS = 100


@dataclass(frozen=True)
class Trait:
    """One feature of one segment.

    Attributes:
        feature: Its name.
        level: The value of a category; empty for a number.
        inside, outside: A number's median among the members who have one, and among all others; of a
            category the share of members and of others with that value.
        effect: How far the segment stands from the others. Of a number: difference of means (as the model
            sees them: bounded, logarithm) in standard deviations of all customers (Cohen's d); of a category:
            difference of shares as angles (Cohen's h). Beyond 0.8 is called large (Cohen, 1988).
        any_inside, any_outside: Of a number the share of members, and of others, who have one that is not 0.
        mean_inside, mean_outside: Its mean among those who have one, held within the bounds of the fit. None
            of categories, and in models of earlier releases.
    """

    feature: str
    level: str
    inside: float | None
    outside: float | None
    effect: float
    any_inside: float | None = None
    any_outside: float | None = None
    mean_inside: float | None = None
    mean_outside: float | None = None


@dataclass(frozen=True)
class Described:
    """One segment: its number, its customers, their share of all, and its traits, the strongest first."""

    segment: int
    customers: int
    share: float
    traits: tuple[Trait, ...]


def described(rows: DataFrame, features: FeaturesModel, segment: str) -> list[Described]:
    """Describe every segment.

    Args:
        rows: Rows that the features can be computed from, with their segment; null and negative ones are
            left out.
        features: What was learnt.
        segment: The column with its number.

    Returns:
        One entry per segment, by number.
    """
    parts: list[Number | Level] = [*features.numbers, *features.levels]
    kept = with_values(rows.where(F.col(segment) >= 0), features.declared)
    asked = [F.count("*").alias("customers")]
    for n, part in enumerate(parts):
        asked += [F.sum(scaled(part)).alias(f"s{n}"), F.sum(scaled(part) ** 2).alias(f"q{n}")]
        if isinstance(part, Number):
            asked += _counted(part, n)
    told = kept.groupBy(F.col(segment).alias("segment")).agg(*asked).limit(_MOST_SEGMENTS).collect()
    by_number = sorted(told, key=lambda row: row["segment"])
    medians = _medians_outside(kept, features.numbers, segment, [row["segment"] for row in by_number])
    return [
        Described(
            row["segment"], row["customers"], row["customers"] / sum(r["customers"] for r in by_number),
            _traits(row, by_number, parts, medians),
        )
        for row in by_number
    ]  # fmt: skip


def _traits(
    row: Row, rows: Sequence[Row], parts: Sequence[Number | Level], medians: Mapping[tuple[int, str], float]
) -> tuple[Trait, ...]:
    others = [r for r in rows if r["segment"] != row["segment"]]
    count, rest = row["customers"], sum(r["customers"] for r in others)
    found = []
    for n, part in enumerate(parts):
        mean = row[f"s{n}"] / count
        mean_outside = sum(r[f"s{n}"] for r in others) / rest if rest else mean
        if isinstance(part, Level):
            effect = 2 * float(np.arcsin(np.sqrt(_share(mean))) - np.arcsin(np.sqrt(_share(mean_outside))))
            found.append(Trait(part.name, part.value, mean, mean_outside, effect))
            continue
        total = sum(r[f"s{n}"] for r in rows) / (count + rest)
        variance = sum(r[f"q{n}"] for r in rows) / (count + rest) - total**2
        effect = (mean - mean_outside) / variance**0.5 if variance > 0 else 0.0
        outside = medians.get((row["segment"], part.name))
        found.append(
            Trait(
                part.name, "", row[f"m{n}"], outside, float(effect),
                row[f"a{n}"] / count, _ratio([r[f"a{n}"] for r in others], rest),
                _ratio([row[f"t{n}"]], row[f"k{n}"]),
                _ratio([r[f"t{n}"] for r in others], sum(r[f"k{n}"] for r in others)),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda t: (-abs(t.effect), t.feature, t.level)))


def _counted(part: Number, n: int) -> list[Column]:
    """Return of a number its median, how many have one, how many one that is not 0, and their sum."""
    value = F.col(held(part.name))
    bounded = F.least(F.greatest(value, F.lit(part.low)), F.lit(part.high))
    return [
        F.percentile_approx(value, 0.5, _ACCURACY).alias(f"m{n}"),
        F.count(value).alias(f"k{n}"),
        F.count_if(value != 0).alias(f"a{n}"),
        F.sum(F.when(value.isNotNull(), bounded)).alias(f"t{n}"),
    ]


def _ratio(sums: Sequence[float | None], count: int) -> float | None:
    """Return the sum by the count; None of nobody."""
    return sum(value or 0.0 for value in sums) / count if count else None


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _unless(segment: str, number: int, value: str) -> Column:
    return F.when(F.col(segment) != number, F.col(value))


def _medians_outside(
    rows: DataFrame, numbers: Sequence[Number], segment: str, segments: Sequence[int]
) -> dict[tuple[int, str], float]:
    """Return by segment and feature the median of all other customers."""
    if not numbers:
        return {}
    asked = [
        F.percentile_approx(F.when(F.col(segment) != s, F.col(held(n.name))), 0.5, _ACCURACY).alias(
            f"{s}_{i}"
        )
        for s in segments
        for i, n in enumerate(numbers)
    ]
    told = rows.agg(*asked).collect()[0]
    return {
        (s, n.name): told[f"{s}_{i}"] for s in segments for i, n in enumerate(numbers)
        if told[f"{s}_{i}"] is not None
    }  # fmt: skip
