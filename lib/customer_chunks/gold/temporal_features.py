"""silver.orders -> what a customer's orders before a day tell, and what the days from there brought.

Features look at orders before ``as_of`` alone, outcomes at orders from ``start`` on: with ``start`` no
earlier than ``as_of`` nothing of what is to be foretold is among the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.gold.purchases import is_purchase

WINDOWS = (30, 90, 180, 365)
"""Days that are looked back on, besides all."""
_TREND = 90
_SUNDAY, _SATURDAY = 1, 7
MONEY = "in the reporting currency"
"""Unit of amounts."""


class Feature(NamedTuple):
    """What a feature is called in a sentence, and what its numbers count."""

    label: str
    unit: str


FEATURES = {
    "recency_days": Feature("last purchase", "days ago"),
    "tenure_days": Feature("first purchase", "days ago"),
    "purchase_count": Feature("purchases in all", "orders"),
    "purchase_days": Feature("days with a purchase", "days"),
    **{f"purchases_{n}": Feature(f"purchases in the last {n} days", "orders") for n in WINDOWS},
    "spend_ever": Feature("spent in all", MONEY),
    **{f"spend_{n}": Feature(f"spent in the last {n} days", MONEY) for n in WINDOWS},
    "mean_spend": Feature("spent in a purchase", MONEY),
    "mean_gap_days": Feature("time between purchase days", "days"),
    "gap_deviation_days": Feature("deviation of the time between purchase days", "days"),
    "recency_in_gaps": Feature("time since the last purchase", "times the usual time between two"),
    "return_count": Feature("returns", "orders"),
    "return_share": Feature("returns", "for a purchase"),
    "discounted_share": Feature("purchases with a discount", "of all"),
    "mean_item_count": Feature("pieces in a purchase", "pieces"),
    "weekend_share": Feature("purchases on Saturday or Sunday", "of all"),
    "purchases_trend": Feature(f"purchases in the last {_TREND} days less those before", "orders"),
    "spend_trend": Feature(f"spent in the last {_TREND} days less what was before", MONEY),
}
"""Every feature in its order."""
_GROWING = ("tenure_days", "purchase_count", "purchase_days", "spend_ever", "return_count")
"""These grow with the days that are on file, whatever a customer does."""


def temporal_features(orders: DataFrame, *, as_of: date) -> DataFrame:
    """Tell what the orders before a day say of every known customer with a purchase before it.

    Args:
        orders: silver.orders; guests are left out.
        as_of: D, the first day not counted. The last n days are the n days before it.

    Returns:
        One row per customer: customer_id and the columns of ``FEATURES`` as doubles, null where orders do not
        tell (no gap with one purchase day). Amounts are purchases, in the reporting currency.
    """
    known = orders.where(F.col("customer_id").isNotNull() & (F.col("ordered_on") < F.lit(as_of)))
    by_day = known.groupBy("customer_id", "ordered_on").agg(*_of_a_day())
    totals = _with_gaps(by_day).groupBy("customer_id").agg(*_of_all_days(as_of)).where("purchase_count > 0")
    told = totals.withColumns(_derived(as_of))
    return told.select("customer_id", *[F.col(name).cast("double").alias(name) for name in FEATURES])


def outcomes(orders: DataFrame, *, start: date, days: int) -> DataFrame:
    """Tell what known customers did from ``start`` on, for so many days.

    Args:
        orders: silver.orders; guests are left out.
        start: The first day that counts.
        days: How many count.

    Returns:
        One row per customer with an order then: ``bought``, the days with a purchase, ``purchase_amount``,
        what the purchases came to, and ``spent``, purchases less returns; in the reporting currency.
    """
    day = F.col("ordered_on")
    within = (day >= F.lit(start)) & (day < F.lit(start + timedelta(days=days)))
    bought = is_purchase()
    amount = F.col("order_amount_base")
    return (
        orders.where(F.col("customer_id").isNotNull() & within)
        .groupBy("customer_id")
        .agg(
            F.count_distinct(F.when(bought, day)).alias("bought"),
            _total(F.when(bought, amount)).alias("purchase_amount"),
            _total(F.when(bought | F.col("is_return"), amount)).alias("spent"),
        )
    )


def _total(amounts: Column) -> Column:
    return F.coalesce(F.sum(amounts).cast("double"), F.lit(0.0))


def with_churn(customers: DataFrame, orders: DataFrame, *, start: date, days: int) -> DataFrame:
    """Add ``label``: whether a customer has no purchase from ``start`` on, for so many days.

    Args:
        customers: One row per customer.
        orders: silver.orders.
        start: The first day that counts.
        days: How many count.
    """
    came = outcomes(orders, start=start, days=days).select("customer_id", "bought")
    joined = customers.join(came, on="customer_id", how="left")
    return joined.withColumn("label", F.coalesce("bought", F.lit(0)) == 0).drop("bought")


def with_high_value(
    customers: DataFrame, orders: DataFrame, *, start: date, days: int, share: float = 0.1
) -> DataFrame:
    """Add ``label``: whether a customer is of the share that spends most from ``start`` on.

    Who spends more than the cut, and more than nothing, is: equal amounts fare alike, so that it may be a
    smaller share. The cut's rank is off by 1 in 10,000 of these customers at most.

    Args:
        customers: One row per customer; the share is one of these.
        orders: silver.orders.
        start: The first day that counts.
        days: How many count.
        share: Above 0, below 1.
    """
    came = outcomes(orders, start=start, days=days).select("customer_id", F.col("spent").alias("_spent"))
    spent = customers.join(came, on="customer_id", how="left").fillna(0.0, ["_spent"])
    cut = spent.agg(F.percentile_approx("_spent", 1 - share, 10_000).alias("_cut"))
    labelled = spent.crossJoin(F.broadcast(cut))  # one row
    is_high = F.col("_spent") > F.greatest("_cut", F.lit(0.0))
    return labelled.withColumn("label", is_high).drop("_spent", "_cut")


def steady_features(history: int) -> tuple[str, ...]:
    """Return the features that mean the same whenever there are ``history`` days of orders before a day.

    Others tell the length of the file with the customer: a model that was fitted to them where the file was
    short foretells badly where it is long.
    """
    longer = {f"{kind}_{n}" for kind in ("purchases", "spend") for n in WINDOWS if n > history}
    trends = {"purchases_trend", "spend_trend"} if history < 2 * _TREND else set()
    return tuple(name for name in FEATURES if name not in longer | trends | {*_GROWING})


def feature_array(names: Sequence[str] = tuple(FEATURES)) -> Column:
    """Return the features as an array, in the order of the names."""
    return F.array(*[F.col(name) for name in names])


def _of_a_day() -> list[Column]:
    bought = is_purchase()
    pieces = F.when(bought, F.col("item_count"))
    return [
        F.count_if(bought).alias("_bought"),
        F.count_if(F.col("is_return")).alias("_returned"),
        F.sum(F.when(bought, F.col("order_amount_base"))).alias("_spent"),
        F.count_if(bought & (F.col("discount_amount") > 0)).alias("_discounted"),
        F.sum(pieces).alias("_pieces"),
        F.count(pieces).alias("_counted"),
    ]


def _with_gaps(by_day: DataFrame) -> DataFrame:
    """Add ``_purchased_on``, and ``_gap``: days from the purchase day before; null on others."""
    by_customer = Window.partitionBy("customer_id").orderBy("ordered_on")
    before = by_customer.rowsBetween(Window.unboundedPreceding, -1)
    purchased_on = F.when(F.col("_bought") > 0, F.col("ordered_on"))
    marked = by_day.withColumn("_purchased_on", purchased_on)
    gap = F.datediff("_purchased_on", F.last("_purchased_on", ignorenulls=True).over(before))
    return marked.withColumn("_gap", gap.cast("long"))


def _of_all_days(as_of: date) -> list[Column]:
    day = F.col("ordered_on")

    def total(name: str, first: int | None = None, last: int = 0) -> Column:
        """Sum up the days from ``first`` days before D until ``last`` days before it."""
        value = F.col(name)
        if first is not None:
            since, until = (F.lit(as_of - timedelta(days=n)) for n in (first, last))
            value = F.when((day >= since) & (day < until), value)
        return F.coalesce(F.sum(value), F.lit(0))

    on_weekend = F.when(F.dayofweek(day).isin(_SUNDAY, _SATURDAY), F.col("_bought"))
    return [
        F.min("_purchased_on").alias("_first"),
        F.max("_purchased_on").alias("_last"),
        F.count("_purchased_on").alias("purchase_days"),
        total("_bought").alias("purchase_count"),
        *[total("_bought", n).alias(f"purchases_{n}") for n in WINDOWS],
        total("_spent").alias("spend_ever"),
        *[total("_spent", n).alias(f"spend_{n}") for n in WINDOWS],
        total("_bought", 2 * _TREND, _TREND).alias("_bought_before"),
        total("_spent", 2 * _TREND, _TREND).alias("_spent_before"),
        total("_returned").alias("return_count"),
        total("_discounted").alias("_discounted"),
        F.sum("_pieces").alias("_pieces"),
        F.sum("_counted").alias("_counted"),
        F.sum(on_weekend).alias("_on_weekend"),
        F.count("_gap").alias("_gaps"),
        F.sum("_gap").alias("_gap_sum"),
        F.sum(F.col("_gap") * F.col("_gap")).alias("_gap_squares"),
    ]


def _derived(as_of: date) -> dict[str, Column]:
    def share(of: str, all_of: str) -> Column:
        return F.try_divide(F.col(of).cast("double"), F.col(all_of).cast("double"))

    gaps, squares = F.col("_gaps"), F.col("_gap_squares")
    # Of whole numbers, so that no digit is lost and no order of rows matters.
    over = (gaps * squares - F.col("_gap_sum") * F.col("_gap_sum")).cast("double")
    recency = F.datediff(F.lit(as_of), "_last")
    return {
        "recency_days": recency,
        "tenure_days": F.datediff(F.lit(as_of), "_first"),
        "mean_spend": share("spend_ever", "purchase_count"),
        "mean_gap_days": share("_gap_sum", "_gaps"),
        "gap_deviation_days": F.when(gaps > 1, F.sqrt(over / (gaps * (gaps - 1)))),
        "recency_in_gaps": F.try_divide(recency.cast("double"), share("_gap_sum", "_gaps")),
        "return_share": share("return_count", "purchase_count"),
        "discounted_share": share("_discounted", "purchase_count"),
        "mean_item_count": share("_pieces", "_counted"),
        "weekend_share": F.coalesce(share("_on_weekend", "purchase_count"), F.lit(0.0)),
        "purchases_trend": F.col(f"purchases_{_TREND}") - F.col("_bought_before"),
        "spend_trend": F.col(f"spend_{_TREND}") - F.col("_spent_before"),
    }
