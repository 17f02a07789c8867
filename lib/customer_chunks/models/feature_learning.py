"""How features are learnt from all rows: bounds and fills in one pass, scales in a second one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from customer_chunks.config.features import LEAST, MEDIAN, MOST, ZERO, Feature
from customer_chunks.models.feature_parts import UNKNOWN, Level, Number, held, scaled, typical_of
from customer_chunks.models.some_rows import some_of

_NORMAL_IQR = 1.349
"""Range of the middle half of a normal distribution, in standard deviations."""
_ENOUGH = 200_000
"""Rows whose quantiles tell those of any number of rows: a rank is off by some hundredths of a percent.

Exact quantiles of these are the same in every run; approximate ones of all rows would not be.
"""
_FAR_OFF = 20.0
_LEAST_SHARE = 0.01
"""A value of a category that fewer customers have is not told apart."""


def learnt_numbers(
    rows: DataFrame, features: Sequence[Feature], count: int
) -> tuple[list[Number], dict[str, str]]:
    """Return the learnt numbers, and which features tell nobody apart."""
    if not features:
        return [], {}
    asked = [F.count("*").alias("rows")]
    for f in features:
        value = F.col(held(f.name))
        cuts = F.array(*map(F.lit, (f.clip, 0.5, 1 - f.clip)))
        asked += [
            F.percentile(value, cuts).alias(f"q_{f.name}"),
            F.count(value).alias(f"n_{f.name}"), F.min(value).alias(f"a_{f.name}"),
            F.max(value).alias(f"z_{f.name}"), typical_of(value).alias(f"t_{f.name}"),
        ]  # fmt: skip
    told = some_of(rows, _ENOUGH, count).agg(*asked).collect()[0]
    reaches = _reaches(rows, [f for f in features if _has_one_value(told[f"q_{f.name}"])], told, count)
    bounded, dropped = [], {}
    for f in features:
        if not told[f"n_{f.name}"]:
            dropped[f.name] = "nobody has a value"
            continue
        low, middle, high = told[f"q_{f.name}"]
        if f.name in reaches:
            low = max(told[f"a_{f.name}"], middle - reaches[f.name])
            high = min(told[f"z_{f.name}"], middle + reaches[f.name])
        fills = {MEDIAN: middle, ZERO: 0.0, MOST: high, LEAST: low}
        fill = fills[f.missing] if isinstance(f.missing, str) else f.missing
        low, high = min(low, fill), max(high, fill)
        share = told[f"n_{f.name}"] / told["rows"]
        bounded.append(Number(f.name, fill, low, high, f.log, 0.0, 1.0, f.weight, told[f"t_{f.name}"], share))
    few = some_of(rows, _ENOUGH, count)
    return _with_scales(few, bounded, {f.name: f.scale for f in features}, dropped)


def _has_one_value(cuts: Sequence[float] | None) -> bool:
    return cuts is not None and cuts[0] == cuts[-1]


def _reaches(rows: DataFrame, features: Sequence[Feature], told: Row, count: int) -> dict[str, float]:
    """Return how far from the value that nearly all have the few others count, of features that are so.

    Then these few are what there is to compare, and bounds are theirs: as many of them as of all rows lie
    beyond, and none counts as more than 20 times as far off as the one in their middle.
    """
    if not features:
        return {}
    asked = []
    for f in features:
        off = F.abs(F.col(held(f.name)) - F.lit(told[f"q_{f.name}"][1]))
        asked.append(F.percentile(F.when(off > 0, off), F.array(F.lit(0.5), F.lit(1 - f.clip))).alias(f.name))
    found = some_of(rows, _ENOUGH, count).agg(*asked).collect()[0]
    halves = {f.name: found[f.name] for f in features if found[f.name] is not None}
    return {name: min(far, _FAR_OFF * middle) for name, (middle, far) in halves.items()}


def _with_scales(
    rows: DataFrame, bounded: Sequence[Number], scales: Mapping[str, str], dropped: dict[str, str]
) -> tuple[list[Number], dict[str, str]]:
    if not bounded:
        return [], dropped
    asked = []
    for n in bounded:
        quarters = F.percentile(scaled(n), F.array(*map(F.lit, (0.25, 0.5, 0.75))))
        asked += [
            quarters.alias(f"q_{n.name}"),
            F.avg(scaled(n)).alias(f"m_{n.name}"),
            F.stddev_pop(scaled(n)).alias(f"s_{n.name}"),
        ]
    told = rows.agg(*asked).collect()[0]
    found = []
    for n in bounded:
        low, middle, high = told[f"q_{n.name}"]
        mean, deviation = told[f"m_{n.name}"], told[f"s_{n.name}"]
        if not deviation > 1e-12 * max(1.0, abs(mean)):
            dropped[n.name] = "all customers have one value"
            continue
        # Where half of all have one value, there is no such range.
        spread = (high - low) / _NORMAL_IQR or deviation
        centre, unit = {"robust": (middle, max(spread, deviation / 3)), "standard": (mean, deviation)}.get(
            scales[n.name], (0.0, 1.0)
        )
        found.append(Number(**{**asdict(n), "centre": _steady(centre), "unit": _steady(unit)}))
    return found, dropped


def _steady(value: float) -> float:
    """Return the number to ten digits: the last ones depend on the order in which rows were summed up."""
    return float(f"{value:.10g}")


def learnt_levels(rows: DataFrame, feature: Feature, count: int) -> tuple[list[Level], str]:
    """Return the values of a category that are told apart, most frequent first; or why there are none."""
    value = F.coalesce(F.col(held(feature.name)), F.lit(UNKNOWN))
    told = (
        rows.groupBy(value.alias("value")).count().orderBy(F.desc("count"), "value")
        .limit(max(feature.levels, 2)).collect()
    )  # fmt: skip
    shares = {str(row["value"]): row["count"] / count for row in told}
    if len(shares) < 2:  # noqa: PLR2004 - one value tells nobody apart
        return [], "all customers have one value, or none"
    told_apart = [
        Level(feature.name, value, feature.weight, share)
        for value, share in list(shares.items())[: feature.levels]
        if share >= _LEAST_SHARE
    ]
    return told_apart, "" if told_apart else f"no value has {_LEAST_SHARE:.0%} of the customers"
