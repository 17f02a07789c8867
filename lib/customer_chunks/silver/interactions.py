"""Mapped web and app events -> silver.interactions."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_events import INTERACTIONS
from customer_chunks.silver.events import accepted_events
from customer_chunks.silver.keyed import namespaced

ID_FIELD = "interaction_id"
_COLUMNS = tuple(c for c in INTERACTIONS.column_names if c != "_row_hash")


def interactions(judged: DataFrame, customer_links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.interactions of one source: the accepted rows, one per interaction_id."""
    named = judged.withColumn("product_id", namespaced(prefix, F.col("product_id")))
    return accepted_events(named, customer_links, _COLUMNS, source, prefix)
