"""Mapped campaign contacts and responses -> silver.engagements."""

from __future__ import annotations

from pyspark.sql import DataFrame

from customer_chunks.contracts.silver_events import ENGAGEMENTS
from customer_chunks.silver.events import accepted_events

ID_FIELD = "engagement_id"
_COLUMNS = tuple(c for c in ENGAGEMENTS.column_names if c != "_row_hash")


def engagements(judged: DataFrame, customer_links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Return silver.engagements of one source: the accepted rows, one per engagement_id."""
    return accepted_events(judged, customer_links, _COLUMNS, source, prefix)
