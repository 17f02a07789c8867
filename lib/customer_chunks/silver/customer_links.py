"""silver.customer_records -> silver.customer_links: which customer each record belongs to."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def customer_links(customer_records: DataFrame) -> DataFrame:
    """Link every record to a customer of its own: the namespaced source id.

    This is the seam of identity resolution: whatever links records to customers stands
    here, and everything behind it follows the links.
    """
    prefix = F.when(F.col("namespace") != "", F.concat("namespace", F.lit(":"))).otherwise(F.lit(""))
    return customer_records.select(
        "source",
        "source_customer_id",
        F.concat(prefix, F.col("source_customer_id")).alias("customer_id"),
        F.lit("identity").alias("evidence"),
    )
