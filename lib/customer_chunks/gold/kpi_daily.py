"""silver.orders and their lines -> gold.kpi_daily."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import MONEY
from customer_chunks.gold.purchases import categories, is_purchase, money

UNKNOWN = "unknown"


def kpi_daily(orders: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    """Total purchases and returns by day and by all, country, channel and category.

    Args:
        orders: silver.orders, guests included.
        order_lines: silver.order_lines.
        products: silver.products; a line of an unknown product or category counts as ``unknown``.

    Returns:
        gold.kpi_daily, one row per day, dimension and value with a purchase or a return; reporting
        currency and time zone. Category values do not add up to ``all``: an order counts in each.
    """
    counted = _with_first_purchase(orders).where("_is_purchase or is_return")
    by_order = counted.select(
        F.col("ordered_on").alias("day"),
        F.explode(_dimensions()).alias("d"),
        "order_id",
        "customer_id",
        "_is_purchase",
        "_is_first",
        F.col("order_amount_base").alias("_amount"),
    ).select(
        "day",
        F.col("d.dimension"),
        F.col("d.value"),
        "order_id",
        "customer_id",
        "_is_purchase",
        "_is_first",
        "_amount",
    )
    by_category = _category_rows(counted, order_lines, products)
    return _totals(by_order.unionByName(by_category))


def _with_first_purchase(orders: DataFrame) -> DataFrame:
    """Mark purchases, and of each known customer the first one ever (earliest instant, then order id)."""
    slim = orders.select(
        "order_id",
        "customer_id",
        "ordered_at",
        "ordered_on",
        "order_amount",
        "order_amount_base",
        "country",
        "channel",
        "is_return",
    ).withColumn("_is_purchase", is_purchase())
    ranked = Window.partitionBy("customer_id", "_is_purchase").orderBy("ordered_at", "order_id")
    known = slim.where("customer_id is not null").withColumn(
        "_is_first", F.col("_is_purchase") & (F.row_number().over(ranked) == 1)
    )
    return known.unionByName(slim.where("customer_id is null").withColumn("_is_first", F.lit(False)))


def _dimensions() -> Column:
    def entry(name: str, value: Column) -> Column:
        return F.struct(F.lit(name).alias("dimension"), value.alias("value"))

    return F.array(
        entry("all", F.lit("all")),
        entry("country", F.coalesce("country", F.lit(UNKNOWN))),
        entry("channel", F.coalesce("channel", F.lit(UNKNOWN))),
    )


def _category_rows(counted: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    """One row per order and category that it touches."""
    lines = order_lines.where("line_kind = 'product'").select("order_id", "product_id", "line_amount_base")
    named = lines.join(categories(products), on="product_id", how="left")
    sums = named.groupBy("order_id", F.coalesce("category", F.lit(UNKNOWN)).alias("value")).agg(
        F.sum("line_amount_base").cast(MONEY).alias("_amount")
    )
    facts = counted.select("order_id", "ordered_on", "customer_id", "_is_purchase", "_is_first")
    return facts.join(sums, on="order_id", how="inner").select(
        F.col("ordered_on").alias("day"),
        F.lit("category").alias("dimension"),
        "value",
        "order_id",
        "customer_id",
        "_is_purchase",
        "_is_first",
        "_amount",
    )


def _totals(rows: DataFrame) -> DataFrame:
    bought = F.col("_is_purchase")
    totals = rows.groupBy("day", "dimension", "value").agg(
        money(F.sum(F.when(bought, F.col("_amount")))).alias("gross_revenue"),
        money(F.sum(F.when(~bought, -F.col("_amount")))).alias("returns_amount"),
        F.count_if(bought).alias("orders"),
        F.count_distinct(F.when(bought, F.col("customer_id"))).alias("active_customers"),
        F.count_if(F.col("_is_first")).alias("new_customers"),
    )
    average = F.when(F.col("orders") > 0, F.round(F.col("gross_revenue") / F.col("orders"), 4).cast(MONEY))
    return totals.withColumns(
        {
            "net_revenue": (F.col("gross_revenue") - F.col("returns_amount")).cast(MONEY),
            "average_order_value": average,
        }
    )
