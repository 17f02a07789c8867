"""What is a purchase and what is a return, in one place."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F


def is_purchase() -> Column:
    """Return whether an order of silver.orders is a purchase: no return, and an amount above zero."""
    return ~F.col("is_return") & (F.col("order_amount") > 0)


def money(value: Column) -> Column:
    """Return the value as decimal(18,4); null as zero."""
    return F.coalesce(value.cast("decimal(18,4)"), F.lit(0).cast("decimal(18,4)"))
