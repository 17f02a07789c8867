"""Orders -> histories of purchases, and with a fitted model -> gold.customer_values."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import CUSTOMER_VALUES
from customer_chunks.gold.purchases import is_purchase
from customer_chunks.models.lifetime_value import LifetimeValueModel, histories_of


def purchase_histories(orders: DataFrame, *, as_of: date) -> DataFrame:
    """Tell what lifetime values are learnt from.

    Args:
        orders: silver.orders; guests are left out, and all orders of one day are one purchase.
        as_of: D, the first day not counted.

    Returns:
        One row per known customer with a purchase before D: ``repeats``, ``last_days``, ``age_days`` (to the
        day before D), and ``spend``, the mean amount of repeat days in the reporting currency, null without.
    """
    bought = orders.where(
        F.col("customer_id").isNotNull() & (F.col("ordered_on") < F.lit(as_of)) & is_purchase()
    )
    days = bought.groupBy("customer_id", "ordered_on").agg(F.sum("order_amount_base").alias("amount"))
    return histories_of(days, key="customer_id", day="ordered_on", until=as_of - timedelta(days=1))


def customer_values(
    histories: DataFrame, model: LifetimeValueModel, *, as_of: date, version: int
) -> DataFrame:
    """Value every customer.

    Args:
        histories: One row per customer, as ``purchase_histories`` tells.
        model: Fitted to such histories.
        as_of: Their D.
        version: Of the model.

    Returns:
        gold.customer_values, one row per customer; money in the reporting currency.
    """
    scored = model.transform(histories)
    told = {
        "as_of": F.lit(as_of),
        "repeat_spend": F.col("spend"),
        "horizon_days": F.lit(model.getOrDefault("horizonDays")).cast("int"),
        "model_version": F.lit(version).cast("int"),
    }
    return scored.withColumns(told).select(*[c for c in CUSTOMER_VALUES.column_names if c != "_row_hash"])
