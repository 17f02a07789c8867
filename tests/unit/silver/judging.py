"""Raw lines and headers -> judged lines, as the order step joins the pieces."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_orders import ORDER_LINES, ORDERS
from customer_chunks.quality.rows import broken, with_reasons
from customer_chunks.silver.keyed import judged_by_key
from customer_chunks.silver.order_lines import (
    LineRules,
    judged_lines,
    prepared_lines,
    with_headers,
    with_rate,
)
from customer_chunks.silver.orders import orders, prepared_headers
from tests.builders import Row, frame, mapped, table_frame

RULES = LineRules("shop", "", "EUR", "UTC")
RATE_TYPES = {"currency": "string", "day": "date", "rate": "decimal(24,12)"}


def a_raw_line(order_id: str | None, **fields: Any) -> Row:
    """Return a mapped line: one p1 for 10.00 by c1 on 10 March 2024 at noon UTC."""
    plain = {
        "order_id": order_id, "ordered_at": "2024-03-10 12:00", "customer_id": "c1", "product_id": "p1",
        "quantity": 1, "unit_price": 10,
    }  # fmt: skip
    return plain | fields


def judged(
    spark: SparkSession,
    *rows: Row,
    rules: LineRules = RULES,
    headers: DataFrame | None = None,
    rates: DataFrame | None = None,
    has_copies: bool = True,
) -> DataFrame:
    """Return the judged lines."""
    lines = prepared_lines(mapped(spark, "order_lines", rows), rules)
    if headers is not None:
        lines = with_headers(lines, headers)
    checked = with_reasons(lines, ORDER_LINES.checks)
    return judged_lines(checked, rates, broken(ORDER_LINES.order_checks), rules=rules, has_copies=has_copies)


def judged_headers(
    spark: SparkSession, *rows: Row, rates: DataFrame | None = None, has_lines: bool = True
) -> DataFrame:
    """Return the judged order headers."""
    prepared = with_rate(prepared_headers(mapped(spark, "orders", rows), RULES), rates)
    told = prepared.withColumn("_has_amount", F.lit(has_lines) | F.col("order_amount").isNotNull())
    judged = judged_by_key(with_reasons(told, ORDERS.checks))
    return judged.drop("exchange_rate") if rates is None else judged


def accepted_headers(spark: SparkSession, *rows: Row, rates: DataFrame | None = None) -> DataFrame:
    """Return the accepted order headers."""
    return judged_headers(spark, *rows, rates=rates).where("_disposition = 'accepted'")


def no_links(spark: SparkSession) -> DataFrame:
    """Return silver.customer_links without rows."""
    return table_frame(spark, "silver.customer_links", [])


def assembled(spark: SparkSession, lines: DataFrame, headers: DataFrame | None = None) -> DataFrame:
    """Return silver.orders of the judged lines."""
    return orders(lines, headers, no_links(spark), RULES)


def rates_of(spark: SparkSession, *rows: tuple[str, str, str]) -> DataFrame:
    """Return daily rates: currency, day, rate."""
    return frame(spark, RATE_TYPES, [dict(zip(RATE_TYPES, row, strict=True)) for row in rows])
