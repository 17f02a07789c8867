"""Golden records, facts and events -> gold.customer_profiles: the 360 as of D."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, GroupedData
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import MONEY
from customer_chunks.gold.purchases import money

RESPONSES = ("open", "click", "coupon_redemption", "response", "conversion")
REDEMPTION = "coupon_redemption"
_DAYS = 30.0


def customer_profiles(
    customers: DataFrame,
    customer_facts: DataFrame,
    engagements: DataFrame,
    loyalty_events: DataFrame,
    interactions: DataFrame,
    *,
    as_of: date,
) -> DataFrame:
    """Describe every known customer.

    Args:
        customers: silver.customers: the population.
        customer_facts: gold.customer_facts of the orders before ``as_of``.
        engagements: silver.engagements.
        loyalty_events: silver.loyalty_events.
        interactions: silver.interactions.
        as_of: D, the first day not counted.

    Returns:
        gold.customer_profiles, one row per customer; null where nothing is known, money in the
        reporting currency, days as whole days up to D.
    """
    rows = customers.join(customer_facts, on="customer_id", how="left")
    rows = _with_shares(rows, "category_amounts", "category_shares")
    rows = _with_shares(rows, "channel_counts", "channel_mix")
    for events in (_engaged(engagements, as_of), _loyalty(loyalty_events, as_of), _seen(interactions, as_of)):
        rows = rows.join(events, on="customer_id", how="left")
    return rows.select(*_features(as_of))


def _features(as_of: date) -> list[Column]:
    tenure = F.datediff(F.lit(as_of), "first_purchase_on")
    span = F.datediff("last_purchase_on", "first_purchase_on")
    bought = F.coalesce("purchase_count", F.lit(0))
    purchases = F.nullif(F.col("purchase_count"), F.lit(0))
    known = (
        "age_band",
        "income_band",
        "household_size",
        "household_kind",
        "gender",
        "country",
        "city",
        "loyalty_tier",
    )
    return [
        F.col("customer_id"),
        F.lit(as_of).alias("as_of"),
        *[F.col(c) for c in known],
        F.col("first_purchase_on"),
        F.col("last_purchase_on"),
        F.datediff(F.lit(as_of), "last_purchase_on").alias("recency_days"),
        tenure.alias("tenure_days"),
        bought.alias("purchase_count"),
        F.coalesce("return_count", F.lit(0)).alias("return_count"),
        (purchases * _DAYS / tenure).alias("purchase_frequency"),
        (F.col("gross_amount") / purchases).cast(MONEY).alias("average_order_value"),
        money(F.col("gross_amount")).alias("gross_amount"),
        money(F.col("net_amount")).alias("net_amount"),
        (F.col("return_count") / purchases).alias("return_rate"),
        F.when(F.col("purchase_days") > 1, span / (F.col("purchase_days") - 1)).alias(
            "average_days_between_purchases"
        ),
        (F.col("discounted_purchase_count") / purchases).alias("discount_affinity"),
        _largest("category_shares").alias("favourite_category"),
        F.col("category_shares"),
        _largest("channel_mix").alias("favourite_channel"),
        F.col("channel_mix"),
        F.coalesce("_engagements", F.lit(0)).alias("engagement_count"),
        F.coalesce("_responses", F.lit(0)).alias("response_count"),
        _engagement_score().alias("engagement_score"),
        F.col("_last_engaged_on").alias("last_engaged_on"),
        F.coalesce("_loyalty_events", F.lit(0)).alias("loyalty_event_count"),
        F.col("_points").cast(MONEY).alias("points_balance"),
        F.coalesce("_redemptions", F.lit(0)).alias("coupon_redemption_count"),
        F.coalesce("_interactions", F.lit(0)).alias("interaction_count"),
    ]


def _engagement_score() -> Column:
    """Campaigns answered per campaign received, at most 1; null for whoever was never contacted."""
    share = F.least(F.lit(1.0), F.col("_answered") / F.nullif(F.col("_contacted"), F.lit(0)))
    return F.when(F.col("_contacted") > 0, share)  # least() alone would pass over the null


def _engaged(engagements: DataFrame, as_of: date) -> DataFrame:
    is_response = F.col("engagement_type").isin(*RESPONSES)
    return _before(engagements, as_of).agg(
        F.count("*").alias("_engagements"),
        F.count_if(is_response).alias("_responses"),
        F.count_distinct(F.when(is_response, F.col("campaign_id"))).alias("_answered"),
        F.count_distinct(F.when(F.col("engagement_type") == "send", F.col("campaign_id"))).alias(
            "_contacted"
        ),
        F.max(F.when(is_response, F.col("occurred_on"))).alias("_last_engaged_on"),
        F.count_if(F.col("engagement_type") == REDEMPTION).alias("_redemptions"),
    )


def _loyalty(loyalty_events: DataFrame, as_of: date) -> DataFrame:
    return _before(loyalty_events, as_of).agg(
        F.count("*").alias("_loyalty_events"), F.sum("points").alias("_points")
    )


def _before(events: DataFrame, as_of: date) -> GroupedData:
    return events.where(F.col("customer_id").isNotNull() & (F.col("occurred_on") < F.lit(as_of))).groupBy(
        "customer_id"
    )


def _seen(interactions: DataFrame, as_of: date) -> DataFrame:
    return _before(interactions, as_of).agg(F.count("*").alias("_interactions"))


def _with_shares(rows: DataFrame, amounts: str, shares: str) -> DataFrame:
    """Add the shares of the positive amounts by name; null where none is positive.

    Step by step, because what is written twice in one expression on a map is computed twice.
    """
    value = F.col("_total")
    rows = rows.withColumn("_positive", F.map_filter(F.col(amounts), lambda _, amount: amount > 0))
    rows = rows.withColumn(
        "_total",
        F.aggregate(F.map_values("_positive"), F.lit(0.0), lambda total, v: total + v.cast("double")),
    )
    share = F.transform_values("_positive", lambda _, amount: amount.cast("double") / value)
    return rows.withColumn(shares, F.when(value > 0, share)).drop("_positive", "_total")


def _largest(shares: str) -> Column:
    """Return the name with the largest share; of equal ones the first by name."""
    entries = F.transform(
        F.map_entries(shares), lambda e: F.struct((-e["value"]).alias("v"), e["key"].alias("k"))
    )
    return F.array_min(entries)["k"]
