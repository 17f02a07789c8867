"""Assignments, profiles and what sets segments apart -> gold.segment_profiles."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import SEGMENT_PROFILES
from customer_chunks.gold.purchases import money


def segment_profiles(
    segments: DataFrame, profiles: DataFrame, traits: DataFrame, *, as_of: date, version: int
) -> DataFrame:
    """Put every segment on one row.

    Args:
        segments: gold.segments.
        profiles: gold.customer_profiles.
        traits: One row per segment: segment_number, description and traits, as of D.
        as_of: D.
        version: Of the model.

    Returns:
        gold.segment_profiles, one row per segment with a customer; money in the reporting currency.
    """
    worth = profiles.select("customer_id", "net_amount")  # one row a customer
    counted = (
        segments.join(worth, on="customer_id", how="left")
        .groupBy("segment_number", "segment")
        .agg(
            F.count("*").alias("customers"),
            money(F.sum("net_amount")).alias("net_amount"),
            F.count_if("is_at_border").alias("at_border"),
            F.count_if("is_far_off").alias("far_off"),
        )
    )
    totals = counted.agg(F.sum("customers").alias("_customers"), F.sum("net_amount").alias("_net_amount"))
    share = F.col("net_amount").cast("double") / F.col("_net_amount").cast("double")
    return (
        counted.crossJoin(F.broadcast(totals))  # one row
        .join(traits, on="segment_number", how="left")  # one row a segment
        .withColumns(
            {
                "as_of": F.lit(as_of),
                "customer_share": F.col("customers") / F.col("_customers"),
                "net_amount_share": F.when(F.col("_net_amount") > 0, share),
                "model_version": F.lit(version).cast("int"),
            }
        )
        .select(*[c for c in SEGMENT_PROFILES.column_names if c != "_row_hash"])
    )
