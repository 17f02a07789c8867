"""silver.orders and their lines -> gold.kpi_daily."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import MONEY
from customer_chunks.gold.purchases import categories, is_purchase, money

UNKNOWN = "unknown"
_COUNTED = ("day", "_is_purchase", "_is_first", "_is_only", "_again")
"""What every row of an order says of it."""


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
    return kpi_rows(kpi_parts(orders, order_lines, products))


def kpi_parts(orders: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    """Return what can be added up: of all orders, or of those of some customers and guests.

    Returns:
        One row per day, dimension and value: revenue, returns and the four counts, from which ``kpi_rows``
        makes the rest. Parts of other customers and guests can be added to them, number by number.
    """
    counted = _with_customers(orders).where("_is_purchase or is_return")
    facts = ("order_id", *_COUNTED)
    by_order = counted.select(
        *facts, F.explode(_dimensions()).alias("d"), F.col("order_amount_base").alias("_amount")
    )
    by_order = by_order.select(*_COUNTED, "d.dimension", "d.value", "_amount")
    by_category = _category_rows(counted.select(*facts), order_lines, products)
    return _totals(by_order.unionByName(by_category))


def _with_customers(orders: DataFrame) -> DataFrame:
    """Mark purchases, and of each known customer the first one ever (earliest instant, then order id).

    ``_again``: the customer, where it is one of several purchases of theirs on that day; null else. Most
    days of a customer have one, which counts its customer by itself: few have to be told apart. No task has
    to hold all orders of a customer, of whom a marketplace may be one.
    """
    slim = orders.select(
        "order_id",
        "customer_id",
        "ordered_at",
        F.col("ordered_on").alias("day"),
        "order_amount",
        "order_amount_base",
        "country",
        "channel",
        "is_return",
    ).withColumn("_is_purchase", is_purchase())
    is_counted = F.col("_is_purchase") & F.col("customer_id").isNotNull()
    bought = slim.where(is_counted)
    # Local days follow instants (but for a clock that is put back over midnight, as one was until 2011).
    first_days = (
        bought.groupBy("customer_id").agg(F.min("day").alias("day")).withColumn("_is_new", F.lit(True))
    )
    that_day = Window.partitionBy("customer_id", "day")
    in_time = that_day.orderBy("ordered_at", "order_id")
    told = bought.withColumns(
        {
            "_rank": F.row_number().over(in_time),
            "_purchases": F.count("*").over(that_day),  # in the order that is there already
        }
    ).join(first_days, on=["customer_id", "day"], how="left")
    known = told.select(
        *slim.columns,
        (F.col("_is_new").isNotNull() & (F.col("_rank") == 1)).alias("_is_first"),
        (F.col("_purchases") == 1).alias("_is_only"),
        F.when(F.col("_purchases") > 1, F.col("customer_id")).alias("_again"),
    )
    others = slim.where(~is_counted).withColumns(
        {"_is_first": F.lit(False), "_is_only": F.lit(False), "_again": F.lit(None).cast("string")}
    )
    return known.unionByName(others)


def _dimensions() -> Column:
    def entry(name: str, value: Column) -> Column:
        return F.struct(F.lit(name).alias("dimension"), value.alias("value"))

    return F.array(
        entry("all", F.lit("all")),
        entry("country", F.coalesce("country", F.lit(UNKNOWN))),
        entry("channel", F.coalesce("channel", F.lit(UNKNOWN))),
    )


def _category_rows(facts: DataFrame, order_lines: DataFrame, products: DataFrame) -> DataFrame:
    """One row per order and category that it touches."""
    lines = order_lines.where("line_kind = 'product'").select("order_id", "product_id", "line_amount_base")
    named = lines.join(categories(products), on="product_id", how="left").select(
        "order_id", F.coalesce("category", F.lit(UNKNOWN)).alias("value"), "line_amount_base"
    )
    # By order alone: so they lie with their orders, too.
    sums = (
        named.repartition("order_id")
        .groupBy("order_id", "value")
        .agg(F.sum("line_amount_base").cast(MONEY).alias("_amount"))
    )
    return facts.join(sums, on="order_id", how="inner").select(
        *_COUNTED, F.lit("category").alias("dimension"), "value", "_amount"
    )


def kpi_rows(parts: DataFrame) -> DataFrame:
    """Return gold.kpi_daily from added parts: one row where a purchase or return is left."""
    average = F.when(F.col("orders") > 0, (F.col("gross_revenue") / F.col("orders")).cast(MONEY))
    return parts.where("orders > 0 or returns > 0").withColumns(
        {
            "net_revenue": (F.col("gross_revenue") - F.col("returns_amount")).cast(MONEY),
            "average_order_value": average,
        }
    )


def _totals(rows: DataFrame) -> DataFrame:
    bought, group = F.col("_is_purchase"), ("day", "dimension", "value")
    # A customer's several purchases of a day come together first: one customer, however many of them.
    parts = rows.groupBy(*group, "_again").agg(
        F.sum(F.when(bought, F.col("_amount"))).alias("_bought"),
        F.sum(F.when(~bought, -F.col("_amount"))).alias("_returned"),
        F.count_if(bought).alias("_orders"),
        F.count_if(~bought).alias("_returns"),
        F.count_if(F.col("_is_only")).alias("_alone"),
        F.count_if(F.col("_is_first")).alias("_first"),
    )
    return parts.groupBy(*group).agg(
        money(F.sum("_bought")).alias("gross_revenue"),
        money(F.sum("_returned")).alias("returns_amount"),
        F.sum("_orders").alias("orders"),
        F.sum("_returns").alias("returns"),
        (F.sum("_alone") + F.count("_again")).alias("active_customers"),
        F.sum("_first").alias("new_customers"),
    )
