"""Judged lines, and headers where a source has them -> silver.orders."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import local_day, namespaced, row_key, with_customer
from customer_chunks.silver.order_lines import LineRules, source_order_id

_MONEY = "decimal(18,4)"
_ATTRIBUTES = ("country", "channel", "store")


def prepared_headers(mapped: DataFrame, rules: LineRules) -> DataFrame:
    """Return mapped order headers with ids; ``_key`` is the namespaced order id, or the row's place."""
    named = source_order_id(rules, local_day(F.col("ordered_at"), rules.reporting_zone))
    return (
        mapped.withColumn("_named", named)
        .withColumns(
            {
                "source": F.lit(rules.source),
                "source_order_id": F.col("_named"),
                "source_customer_id": F.col("customer_id"),
                "_own_currency": F.upper("currency"),
                "currency": F.coalesce(F.upper("currency"), F.lit(rules.currency)),
                "ordered_on": local_day(F.col("ordered_at"), rules.reporting_zone),
                "order_id": namespaced(rules.prefix, F.col("_named")),
                "_key": F.coalesce(namespaced(rules.prefix, F.col("_named")), row_key()),
            }
        )
        .drop("_named")
    )


def orders(judged: DataFrame, headers: DataFrame | None, links: DataFrame, rules: LineRules) -> DataFrame:
    """Assemble one row per order that stands.

    Args:
        judged: Judged lines of one source, whole orders; may be without rows.
        headers: Accepted order headers with exchange_rate, one per order_id; None where there are none.
        links: silver.customer_links.
        rules: The mapping's rules.

    Returns:
        silver.orders: amounts in the order's and in the reporting currency, instants UTC.
    """
    assembled = _from_lines(judged)
    if headers is not None:
        assembled = assembled.unionByName(_without_lines(headers, assembled))
    amount = F.col("order_amount")
    known = with_customer(assembled, links, rules.source, rules.prefix)
    return known.select(
        "order_id",
        "customer_id",
        F.lit(rules.source).alias("source"),
        "source_order_id",
        "source_customer_id",
        "ordered_at",
        local_day(F.col("ordered_at"), rules.reporting_zone).alias("ordered_on"),
        "order_amount",
        "currency",
        F.round(amount * F.col("exchange_rate"), 4).cast(_MONEY).alias("order_amount_base"),
        "charges_amount",
        "discount_amount",
        *_ATTRIBUTES,
        "item_count",
        "line_count",
        (F.col("_is_marked") | (amount < 0)).alias("is_return"),
        "quarantined_line_count",
    )


def _from_lines(judged: DataFrame) -> DataFrame:
    accepted = F.col("_disposition") == "accepted"
    is_product = accepted & (F.col("line_kind") == "product")
    sign = F.when(F.col("_is_negated"), F.lit(-1)).otherwise(F.lit(1))

    def total(column: str, where: Column) -> Column:
        summed = F.sum(F.when(where, F.col(column) * sign))
        return F.coalesce(summed.cast(_MONEY), F.lit(0).cast(_MONEY))

    def earliest(column: str) -> Column:
        known = accepted & F.col(column).isNotNull()
        return F.min_by(column, F.when(known, F.struct("_feed", "_delivery", "_position"))).alias(column)

    grouped = judged.groupBy("_key").agg(
        F.count_if(accepted).cast("int").alias("line_count"),
        F.count_if(F.col("_disposition") == "quarantined").cast("int").alias("quarantined_line_count"),
        earliest("source_order_id"),
        earliest("source_customer_id"),
        F.min(F.when(accepted, F.col("ordered_at"))).alias("ordered_at"),
        total("line_amount", is_product).alias("order_amount"),
        total("line_amount", accepted & (F.col("line_kind") == "charge")).alias("charges_amount"),
        total("discount_amount", is_product).alias("discount_amount"),
        F.when(F.count_if(is_product) == 0, F.lit(0))
        .otherwise(F.sum(F.when(is_product, F.col("quantity") * sign)))
        .cast(_MONEY)
        .alias("item_count"),
        earliest("currency"),
        F.max(F.when(accepted, F.col("exchange_rate"))).alias("exchange_rate"),
        F.coalesce(F.max(F.when(accepted, F.col("_is_marked"))), F.lit(False)).alias("_is_marked"),
        *[earliest(c) for c in _ATTRIBUTES],
    )
    return grouped.where("line_count > 0").withColumnRenamed("_key", "order_id")


def _without_lines(headers: DataFrame, assembled: DataFrame) -> DataFrame:
    """Return the orders that have a header and no standing line; without an amount they come to 0."""
    alone = headers.join(assembled.select("order_id"), on="order_id", how="left_anti")
    alone = alone.withColumn("order_amount", F.coalesce("order_amount", F.lit(0).cast(_MONEY)))
    is_marked = F.coalesce("is_return", F.lit(False))
    sign = F.when(is_marked & (F.col("order_amount") > 0), F.lit(-1)).otherwise(F.lit(1))
    zero = F.lit(0).cast(_MONEY)
    return alone.select(
        "order_id",
        F.lit(0).alias("line_count"),
        F.coalesce("_quarantined_lines", F.lit(0)).cast("int").alias("quarantined_line_count"),
        "source_order_id",
        "source_customer_id",
        "ordered_at",
        (F.col("order_amount") * sign).cast(_MONEY).alias("order_amount"),
        F.coalesce((F.col("charges_amount") * sign).cast(_MONEY), zero).alias("charges_amount"),
        zero.alias("discount_amount"),
        (F.col("item_count") * sign).cast(_MONEY).alias("item_count"),
        "currency",
        "exchange_rate",
        is_marked.alias("_is_marked"),
        *_ATTRIBUTES,
    )
