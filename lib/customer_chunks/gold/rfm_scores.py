"""Orders, or facts that cover them -> gold.rfm_scores.

Recency, frequency and monetary value after A. M. Hughes, Strategic Database Marketing
(1994): five scores of each by the 20/40/60/80 percentiles of the population.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.settings import OTHERS, RfmSettings
from customer_chunks.gold.purchases import is_purchase, money

MEASURES = ("recency_days", "frequency", "monetary_amount")
SHARES = (0.2, 0.4, 0.6, 0.8)
_NEARNESS = 100_000
"""Accuracy of percentile_approx: the rank is off by 1 in so many at most."""
_MARGIN = 3 / _NEARNESS
"""So far to either side of a share two approximate percentiles have the exact one between them."""


def rfm_scores(orders: DataFrame, *, as_of: date, rfm: RfmSettings) -> DataFrame:
    """Score every known customer with a purchase before ``as_of`` from 1 to 5.

    Args:
        orders: silver.orders, one row per order; guests are left out.
        as_of: D, the first day not counted.
        rfm: Window, treatment of returns, cut points and segment names.

    Returns:
        gold.rfm_scores, one row per customer; recency in days, money in the reporting currency.
    """
    measured = _measured(orders, as_of, rfm)
    cuts = cut_points(measured, rfm)
    scored = measured.crossJoin(F.broadcast(cuts)).withColumns(
        {
            "r_score": F.lit(5) - _below(F.col("recency_days"), "recency_days"),
            "f_score": F.lit(1) + _below(F.col("frequency"), "frequency"),
            "m_score": F.lit(1) + _below(F.col("monetary_amount").cast("double"), "monetary_amount"),
        }
    )
    return scored.select(
        "customer_id",
        F.lit(as_of).alias("as_of"),
        "recency_days",
        "frequency",
        "monetary_amount",
        "r_score",
        "f_score",
        "m_score",
        _segment(rfm).alias("rfm_segment"),
    )


def cut_points(measured: DataFrame, rfm: RfmSettings) -> DataFrame:
    """Return one row: for each measure an array of its four cut points.

    Exact percentiles with linear interpolation, found in one go up to ``exact_up_to`` customers, and beyond
    it, where one task would have to hold all different values, by looking near them alone. Fixed cut points
    of the settings come first.
    """
    fixed = {name: F.array(*[F.lit(float(c)) for c in cuts]) for name, cuts in rfm.cut_points}
    asked = [name for name in MEASURES if name not in fixed]
    if asked and measured.limit(rfm.exact_up_to + 1).count() <= rfm.exact_up_to:
        shares = F.array(*[F.lit(s) for s in SHARES])
        exact = {name: F.percentile(F.col(name).cast("double"), shares) for name in asked}
        return measured.agg(*[(fixed | exact)[name].alias(f"_cuts_{name}") for name in MEASURES])
    looked_up = _looked_up(measured, asked) if asked else {}
    found = fixed | {name: F.array(*map(F.lit, cuts)) for name, cuts in looked_up.items()}
    return measured.sparkSession.range(1).select(*[found[name].alias(f"_cuts_{name}") for name in MEASURES])


def _looked_up(measured: DataFrame, names: Sequence[str]) -> dict[str, list[float]]:
    """Return the exact cut points of each measure, of as many customers as there are."""
    kept = measured.select(*[F.col(name).cast("double").alias(name) for name in names]).persist()
    try:
        count = kept.count()
        margin = _MARGIN + 2 / count  # percentile_approx counts ranks from 1
        near = [F.lit(min(max(share + side, 0.0), 1.0)) for share in SHARES for side in (-margin, margin)]
        told = [F.percentile_approx(name, F.array(*near), F.lit(_NEARNESS)).alias(name) for name in names]
        bounds = kept.agg(*told).collect()[0]
        spans = [(name, low, high) for name, b in zip(names, bounds, strict=True) for low, high in _pairs(b)]
        below = kept.agg(*[F.count_if(F.col(name) < low) for name, low, _ in spans]).collect()[0]
        inside = [
            F.when(F.col(name).between(low, high), F.struct(F.lit(n).alias("span"), F.col(name).alias("at")))
            for n, (name, low, high) in enumerate(spans)
        ]
        each = kept.select(F.explode(F.array_compact(F.array(*inside))).alias("_in")).select("_in.*")
        # Some 6 of 100,000 different values for each cut point, at most.
        values = each.groupBy("span", "at").count().orderBy("span", "at").toPandas()
    finally:
        kept.unpersist()
    cuts = []
    for n in range(len(spans)):
        mine = values[values["span"] == n]
        ranks = below[n] + np.cumsum(mine["count"].to_numpy())
        cuts.append(_interpolated(SHARES[n % len(SHARES)] * (count - 1), ranks, mine["at"].to_numpy()))
    return {name: cuts[n * len(SHARES) : (n + 1) * len(SHARES)] for n, name in enumerate(names)}


def _pairs(bounds: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(bounds[::2], bounds[1::2], strict=True))


def _interpolated(position: float, ranks: Any, values: Any) -> float:
    """Return what lies at a position, from 0, of sorted values; ``ranks`` count those up to each."""
    lower, upper = math.floor(position), math.ceil(position)
    one, other = (float(values[np.searchsorted(ranks, at, side="right")]) for at in (lower, upper))
    # Between equal values lies that value itself, not what rounding makes of it: ties are below no cut.
    return one if one == other else (upper - position) * one + (position - lower) * other


def _measured(orders: DataFrame, as_of: date, rfm: RfmSettings) -> DataFrame:
    counted = orders.where(F.col("customer_id").isNotNull() & (F.col("ordered_on") < F.lit(as_of)))
    if rfm.window_days is not None:
        counted = counted.where(F.col("ordered_on") >= F.lit(as_of - timedelta(days=rfm.window_days)))
    bought = is_purchase()
    worth = bought | F.col("is_return") if rfm.net_of_returns else bought
    return (
        counted.groupBy("customer_id")
        .agg(
            F.max(F.when(bought, F.col("ordered_on"))).alias("_last"),
            F.count_if(bought).alias("frequency"),
            money(F.sum(F.when(worth, F.col("order_amount_base")))).alias("monetary_amount"),
        )
        .where("frequency > 0")
        .withColumn("recency_days", F.datediff(F.lit(as_of), "_last"))
        .drop("_last")
    )


def _below(value: Column, measure: str) -> Column:
    """Count the cut points strictly below the value."""
    return F.size(F.filter(F.col(f"_cuts_{measure}"), lambda cut: cut < value))


def _segment(rfm: RfmSettings) -> Column:
    named: Column | None = None
    for rule in rfm.segments:
        fits = (
            F.col("r_score").between(*rule.r)
            & F.col("f_score").between(*rule.f)
            & F.col("m_score").between(*rule.m)
        )
        named = F.when(fits, rule.name) if named is None else named.when(fits, rule.name)
    return F.lit(OTHERS) if named is None else named.otherwise(OTHERS)
