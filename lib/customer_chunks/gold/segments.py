"""Profiles, a fitted segmentation and the assignments before -> gold.segments."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import SEGMENTS
from customer_chunks.models.segmentation_model import SegmentationModel

_KEPT = ("segment_number", "segment", "segment_since", "as_of")


def segments(
    population: DataFrame, before: DataFrame, model: SegmentationModel, *, as_of: date, version: int
) -> DataFrame:
    """Say of every customer in which segment they are, and in which they were.

    Args:
        population: Rows of gold.customer_profiles: who is put into segments.
        before: gold.segments as it is; rows of a later D count for nothing.
        model: Fitted.
        as_of: D.
        version: Of the model.

    Returns:
        gold.segments, one row per customer. A second run for the same D keeps what was before the first.
    """
    placed = model.transform(population)
    rows = placed.join(_past(before, as_of), on="customer_id", how="left")  # one past a customer
    stays = F.col("segment_number") == F.col("previous_segment_number")
    since = F.when(stays, F.col("previous_segment_since")).otherwise(F.lit(as_of))
    told = {"as_of": F.lit(as_of), "segment_since": since, "model_version": F.lit(version).cast("int")}
    return rows.withColumns(told).select(*[c for c in SEGMENTS.column_names if c != "_row_hash"])


def _past(before: DataFrame, as_of: date) -> DataFrame:
    """Return where customers were at the newest D before this one."""
    is_same_day = F.col("as_of") == F.lit(as_of)
    then = {
        f"previous_{name}": F.when(is_same_day, F.col(f"previous_{name}")).otherwise(F.col(name))
        for name in _KEPT
    }
    return before.where(F.col("as_of") <= F.lit(as_of)).select(
        "customer_id", *[value.alias(name) for name, value in then.items()]
    )
