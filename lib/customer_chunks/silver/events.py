"""What engagements, loyalty events and interactions share: an id, a customer, an instant."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import content_id, local_day, namespaced, row_key, with_customer


def prepared_events(
    mapped: DataFrame, id_field: str, source: str, prefix: str, reporting_zone: str
) -> DataFrame:
    """Return mapped events with id, customer of the source and day; ``_key`` is the event id."""
    identifier = namespaced(prefix, content_id(id_field))
    return mapped.withColumns(
        {
            "source": F.lit(source),
            "source_customer_id": F.col("customer_id"),
            id_field: identifier,
            "_key": F.coalesce(identifier, row_key()),
            "occurred_on": local_day(F.col("occurred_at"), reporting_zone),
        }
    ).drop("customer_id")


def accepted_events(
    judged: DataFrame, links: DataFrame, columns: tuple[str, ...], source: str, prefix: str
) -> DataFrame:
    """Return the accepted events with their customers and the given columns."""
    known = with_customer(judged.where("_disposition = 'accepted'"), links, source, prefix)
    return known.select(*columns)
