"""What is a purchase, and which category a product has: what gold tables share."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import MONEY


def is_purchase() -> Column:
    """Return whether an order of silver.orders is a purchase: no return, and an amount above zero."""
    return ~F.col("is_return") & (F.col("order_amount") > 0)


def money(value: Column) -> Column:
    """Return the value as decimal(18,4); null as zero."""
    return F.coalesce(value.cast(MONEY), F.lit(0).cast(MONEY))


def categories(products: DataFrame) -> DataFrame:
    """Return product_id and category, one row per product.

    Where several sources list a product, a known category counts before none, then the first source by name.
    """
    known_first = F.struct(F.col("category").isNull(), "source")
    return products.groupBy("product_id").agg(F.min_by("category", known_first).alias("category"))
