"""Mapped wallet preferences -> silver.wallet_preferences: the newest choice of each."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import row_key, with_customer


def prepared_preferences(mapped: DataFrame, source: str) -> DataFrame:
    """Return mapped preferences with their key: customer and name of the preference."""
    is_named = F.col("customer_id").isNotNull() & F.col("preference").isNotNull()
    key = F.concat_ws("|", F.col("customer_id"), F.col("preference"))
    return mapped.withColumns(
        {
            "source": F.lit(source),
            "source_customer_id": F.col("customer_id"),
            "_key": F.when(is_named, key).otherwise(row_key()),
        }
    ).drop("customer_id")


def wallet_preferences(judged: DataFrame, customer_links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.wallet_preferences of one source."""
    accepted = judged.where("_disposition = 'accepted'")
    return with_customer(accepted, customer_links, source, prefix).select(
        "customer_id", "source_customer_id", "preference", "preference_value", "saved_at", "source"
    )
