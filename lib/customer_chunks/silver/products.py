"""Catalogue rows and order lines -> silver.products."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import namespaced, row_key


def prepared_products(mapped: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return mapped catalogue rows with ids and first category; ``_key`` is the namespaced product id."""
    identifier = namespaced(prefix, F.col("product_id"))
    return mapped.withColumns(
        {
            "source": F.lit(source),
            "source_product_id": F.col("product_id"),
            "product_id": identifier,
            "_key": F.coalesce(identifier, row_key()),
            "category": F.nullif(F.trim(F.split_part("category_path", F.lit(">"), F.lit(1))), F.lit("")),
        }
    )


def products(judged: DataFrame | None, order_lines: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.products of one source: its catalogue, and what only its order lines name.

    Args:
        judged: Judged catalogue rows; None where the source has no catalogue.
        order_lines: silver.order_lines; several descriptions of a product: the most frequent names it.
        source: The source.
        prefix: Its id prefix.
    """
    seen = _from_lines(order_lines, source, prefix)
    if judged is None:
        return seen
    listed = judged.where("_disposition = 'accepted'").select(
        "product_id",
        "source",
        "source_product_id",
        "product_name",
        "category",
        "category_path",
        "brand",
        "list_price",
        F.lit(False).alias("is_inferred"),
    )
    names = seen.select("product_id", F.col("product_name").alias("_seen_name"))
    named = listed.join(names, on="product_id", how="left")
    named = named.withColumn("product_name", F.coalesce("product_name", "_seen_name")).drop("_seen_name")
    unlisted = seen.join(listed.select("product_id"), on="product_id", how="left_anti")
    return named.unionByName(unlisted)


def _from_lines(order_lines: DataFrame, source: str, prefix: str) -> DataFrame:
    own = order_lines.where((F.col("source") == source) & F.col("product_id").isNotNull())
    counted = own.groupBy("product_id", "product_name").agg(F.count("*").alias("_lines"))
    often = Window.partitionBy("product_id").orderBy(
        F.col("product_name").isNull(), F.desc("_lines"), F.asc("product_name")
    )
    return (
        counted.withColumn("_rank", F.row_number().over(often))
        .where("_rank = 1")
        .select(
            "product_id",
            F.lit(source).alias("source"),
            F.substring("product_id", len(prefix) + 1, 10_000).alias("source_product_id"),
            "product_name",
            F.lit(None).cast("string").alias("category"),
            F.lit(None).cast("string").alias("category_path"),
            F.lit(None).cast("string").alias("brand"),
            F.lit(None).cast("decimal(18,6)").alias("list_price"),
            F.lit(True).alias("is_inferred"),
        )
    )
