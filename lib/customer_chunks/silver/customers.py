"""Customer records and their links -> silver.customers: the golden record."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.silver.customer_records import ATTRIBUTES


def customers(customer_records: DataFrame, customer_links: DataFrame) -> DataFrame:
    """Return one row per customer.

    Args:
        customer_records: silver.customer_records.
        customer_links: silver.customer_links, exactly one link per record.

    Returns:
        silver.customers: of several records the first known value counts, own records before inferred
        ones, then by source and id.
    """
    linked = customer_records.join(customer_links, on=["source", "source_customer_id"], how="inner")
    rank = F.struct("is_inferred", "source", "source_customer_id")

    def first_known(column: str) -> Column:
        return F.min_by(column, F.when(F.col(column).isNotNull(), rank)).alias(column)

    return linked.groupBy("customer_id").agg(
        *[first_known(c) for c in ATTRIBUTES], F.count("*").cast("int").alias("record_count")
    )
