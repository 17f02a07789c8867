"""Orders, or facts that cover them -> gold.rfm_scores.

Recency, frequency and monetary value after A. M. Hughes, Strategic Database Marketing
(1994): five scores of each by the 20/40/60/80 percentiles of the population.
"""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.settings import OTHERS, RfmSettings
from customer_chunks.gold.purchases import is_purchase, money

MEASURES = ("recency_days", "frequency", "monetary_amount")
SHARES = (0.2, 0.4, 0.6, 0.8)
APPROXIMATION = 100_000
"""Accuracy of percentile_approx beyond ``exact_up_to``: the rank is off by 1 in 100,000 at most."""


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

    Exact percentiles with linear interpolation up to ``exact_up_to`` customers; beyond it
    ``percentile_approx``, which takes a value of the population whose rank is off by at most
    1/100,000 of it. Fixed cut points of the settings come first.
    """
    fixed = dict(rfm.cut_points)
    shares = F.array(*[F.lit(s) for s in SHARES])

    def cut(name: str) -> Column:
        if name in fixed:
            return F.array(*[F.lit(float(c)) for c in fixed[name]])
        value = F.col(name).cast("double")
        exact = F.percentile(value, shares)
        near = F.percentile_approx(value, shares, F.lit(APPROXIMATION))
        return near if is_large else exact

    is_large = measured.limit(rfm.exact_up_to + 1).count() > rfm.exact_up_to
    return measured.agg(*[cut(name).alias(f"_cuts_{name}") for name in MEASURES])


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
