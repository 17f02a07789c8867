"""Assignments now and before -> gold.segment_flows: who moved where."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold import GONE, NEW
from customer_chunks.contracts.gold_models import SEGMENT_FLOWS
from customer_chunks.gold.purchases import money

_PAIR = ("from_segment_number", "to_segment_number")
_TOLD = ("from_segment", "to_segment", "from_as_of")


def segment_flows(
    now: DataFrame, before: DataFrame, profiles: DataFrame, told: DataFrame, *, as_of: date, version: int
) -> DataFrame:
    """Count the customers of every pair of segments, and keep the counts of other days.

    Args:
        now: gold.segments of this run.
        before: gold.segments as it was before this run.
        profiles: gold.customer_profiles.
        told: gold.segment_flows as it is.
        as_of: D.
        version: Of the model.

    Returns:
        gold.segment_flows, one row per D and pair of segments; those of other days are as they were. Who has
        left is told by the first run for a D alone, as nobody knows them afterwards.
    """
    moves = now.select(
        "customer_id",
        F.coalesce("previous_segment_number", F.lit(0)).alias("from_segment_number"),
        F.col("segment_number").alias("to_segment_number"),
        F.coalesce("previous_segment", F.lit(NEW)).alias("from_segment"),
        F.col("segment").alias("to_segment"),
        F.col("previous_as_of").alias("from_as_of"),
    )
    left = before.where(F.col("as_of") < F.lit(as_of)).join(now, on="customer_id", how="left_anti")
    gone = left.select(
        "customer_id",
        F.col("segment_number").alias("from_segment_number"),
        F.lit(0).alias("to_segment_number"),
        F.col("segment").alias("from_segment"),
        F.lit(GONE).alias("to_segment"),
        F.col("as_of").alias("from_as_of"),
    )
    worth = profiles.select("customer_id", "net_amount")  # one row a customer
    counted = (
        moves.unionByName(gone)
        .join(worth, on="customer_id", how="left")
        .groupBy(*_PAIR)
        .agg(
            F.count("*").alias("customers"),
            money(F.sum("net_amount")).alias("net_amount"),
            *[F.max(name).alias(name) for name in _TOLD],  # one name a number, one day before
        )
        .withColumns({"as_of": F.lit(as_of), "model_version": F.lit(version).cast("int")})
    )
    columns = [c for c in SEGMENT_FLOWS.column_names if c != "_row_hash"]
    others = told.where(F.col("as_of") != F.lit(as_of))
    return (
        counted.select(*columns)
        .unionByName(others.select(*columns))
        .unionByName(_still_gone(told, before, as_of).select(*columns))
    )


def _still_gone(told: DataFrame, before: DataFrame, as_of: date) -> DataFrame:
    """Return who has left as of this D, where an earlier run placed customers for it already."""
    placed = before.where(F.col("as_of") == F.lit(as_of)).select("as_of").limit(1)
    gone = told.where((F.col("as_of") == F.lit(as_of)) & (F.col("to_segment_number") == 0))
    return gone.join(placed, on="as_of", how="left_semi")
