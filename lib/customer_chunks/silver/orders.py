"""Judged lines, and headers where a source has them -> silver.orders."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_orders import AMOUNT
from customer_chunks.silver.keyed import local_day, namespaced, row_key, with_customer
from customer_chunks.silver.order_lines import ORDER_ATTRIBUTES, LineRules, in_base, rate_of, source_order_id


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


def orders(
    judged: DataFrame | None, headers: DataFrame | None, links: DataFrame, rules: LineRules
) -> DataFrame:
    """Assemble one row per order that stands.

    Args:
        judged: Judged lines of one source, whole orders; None where it brings headers only.
        headers: Accepted order headers with exchange_rate, one per order_id; None where it brings lines only.
        links: silver.customer_links.
        rules: The mapping's rules.

    Returns:
        silver.orders: amounts in the order's and in the reporting currency, instants UTC.
    """
    assembled = _assembled(judged, headers, rules)
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
        in_base(amount, assembled).alias("order_amount_base"),
        "charges_amount",
        "discount_amount",
        *ORDER_ATTRIBUTES,
        "item_count",
        "line_count",
        (F.col("_is_marked") | (amount < 0)).alias("is_return"),
        "quarantined_line_count",
    )


def _assembled(judged: DataFrame | None, headers: DataFrame | None, rules: LineRules) -> DataFrame:
    parts = [] if judged is None else [_from_lines(judged, rules)]
    if headers is not None:
        alone = headers
        for known in parts:
            alone = alone.join(known.select("order_id"), on="order_id", how="left_anti")
        parts.append(_from_headers(alone))
    return reduce(DataFrame.unionByName, parts)


def _from_lines(judged: DataFrame, rules: LineRules) -> DataFrame:
    """Return the orders that have a standing line: the first of them carries the order."""
    standing = judged.where("_disposition = 'accepted' AND _order IS NOT NULL")
    return standing.select(
        F.col("_key").alias("order_id"),
        F.substr("_key", F.lit(len(rules.prefix) + 1)).alias("source_order_id"),
        "currency",
        *rate_of(judged),
        "_order.*",
    )


def _from_headers(alone: DataFrame) -> DataFrame:
    """Return the orders that have a header and no standing line; without an amount they come to 0."""
    alone = alone.withColumn("order_amount", F.coalesce("order_amount", F.lit(0).cast(AMOUNT)))
    is_marked = F.coalesce("is_return", F.lit(False))
    sign = F.when(is_marked & (F.col("order_amount") > 0), F.lit(-1)).otherwise(F.lit(1))
    zero = F.lit(0).cast(AMOUNT)
    return alone.select(
        "order_id",
        F.lit(0).alias("line_count"),
        F.coalesce("_quarantined_lines", F.lit(0)).cast("int").alias("quarantined_line_count"),
        "source_order_id",
        "source_customer_id",
        "ordered_at",
        (F.col("order_amount") * sign).cast(AMOUNT).alias("order_amount"),
        F.coalesce((F.col("charges_amount") * sign).cast(AMOUNT), zero).alias("charges_amount"),
        zero.alias("discount_amount"),
        (F.col("item_count") * sign).cast(AMOUNT).alias("item_count"),
        "currency",
        *rate_of(alone),
        is_marked.alias("_is_marked"),
        *ORDER_ATTRIBUTES,
    )
