"""silver.orders and their lines -> gold.customer_facts: what a customer's own orders fix."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import MONEY
from customer_chunks.gold.purchases import categories, is_purchase, money


def customer_facts(orders: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    """Total every known customer's orders.

    Args:
        orders: silver.orders; all orders of the customers asked for. Guests are left out.
        order_lines: silver.order_lines.
        products: silver.products; a line of an unknown product or category counts as ``unknown``.

    Returns:
        gold.customer_facts, one row per customer with an order; money in the reporting currency.
    """
    known = orders.where("customer_id is not null").withColumn("_is_purchase", is_purchase())
    totals = known.groupBy("customer_id").agg(*_totals())
    return totals.join(_channels(known), on="customer_id", how="left").join(
        _categories(known, order_lines, products), on="customer_id", how="left"
    )


def _totals() -> list:  # type: ignore[type-arg]
    bought, returned = F.col("_is_purchase"), F.col("is_return")
    base = F.col("order_amount_base")
    has_discount = bought & (F.col("discount_amount") > 0)
    return [
        F.min(F.when(bought, F.col("ordered_on"))).alias("first_purchase_on"),
        F.max(F.when(bought, F.col("ordered_on"))).alias("last_purchase_on"),
        F.count_if(bought).alias("purchase_count"),
        F.count_distinct(F.when(bought, F.col("ordered_on"))).alias("purchase_days"),
        F.count_if(returned).alias("return_count"),
        money(F.sum(F.when(bought, base))).alias("gross_amount"),
        money(F.sum(F.when(returned, -base))).alias("returns_amount"),
        money(F.sum(F.when(bought | returned, base))).alias("net_amount"),
        F.sum(F.when(bought | returned, F.col("item_count"))).cast(MONEY).alias("item_count"),
        money(F.sum(F.when(bought, F.col("discount_amount")))).alias("discount_amount"),
        F.count_if(has_discount).alias("discounted_purchase_count"),
    ]


def _channels(known: DataFrame) -> DataFrame:
    counted = known.where("_is_purchase").groupBy(
        "customer_id", F.coalesce("channel", F.lit("unknown")).alias("_name")
    )
    entries = counted.agg(F.count("*").alias("_value")).groupBy("customer_id")
    return entries.agg(
        F.map_from_entries(F.array_sort(F.collect_list(F.struct("_name", "_value")))).alias("channel_counts")
    )


def _categories(known: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    counted = known.where("_is_purchase or is_return").select("order_id", "customer_id")
    lines = order_lines.where("line_kind = 'product'").select("order_id", "product_id", "line_amount_base")
    named = lines.join(counted, on="order_id", how="inner").join(
        categories(products), on="product_id", how="left"
    )
    sums = named.groupBy("customer_id", F.coalesce("category", F.lit("unknown")).alias("_name")).agg(
        F.sum("line_amount_base").cast(MONEY).alias("_value")
    )
    return sums.groupBy("customer_id").agg(
        F.map_from_entries(F.array_sort(F.collect_list(F.struct("_name", "_value")))).alias(
            "category_amounts"
        )
    )
