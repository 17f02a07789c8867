"""Mapped consents -> silver.consents: the newest state of each."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import row_key, with_customer


def prepared_consents(mapped: DataFrame, source: str) -> DataFrame:
    """Return mapped consents with their key: customer, purpose and channel (any where none is given)."""
    channel = F.coalesce("channel", F.lit("any"))
    is_named = F.col("customer_id").isNotNull() & F.col("purpose").isNotNull()
    key = F.concat_ws("|", F.col("customer_id"), F.col("purpose"), channel)
    return mapped.withColumns(
        {
            "source": F.lit(source),
            "source_customer_id": F.col("customer_id"),
            "channel": channel,
            "_key": F.when(is_named, key).otherwise(row_key()),
        }
    ).drop("customer_id")


def consents(judged: DataFrame, customer_links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.consents of one source."""
    accepted = judged.where("_disposition = 'accepted'")
    return with_customer(accepted, customer_links, source, prefix).select(
        "customer_id", "source_customer_id", "purpose", "channel", "is_granted", "changed_at", "source"
    )
