"""Mapped events of the loyalty programme -> silver.loyalty_events."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_events import LOYALTY_EVENTS
from customer_chunks.silver.events import accepted_events
from customer_chunks.silver.keyed import namespaced

ID_FIELD = "event_id"
_COLUMNS = tuple(c for c in LOYALTY_EVENTS.column_names if c != "_row_hash")


def loyalty_events(judged: DataFrame, customer_links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.loyalty_events of one source: the accepted rows, one per event_id."""
    named = judged.withColumn("order_id", namespaced(prefix, F.col("order_id")))
    return accepted_events(named, customer_links, _COLUMNS, source, prefix)
