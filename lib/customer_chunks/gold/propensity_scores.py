"""Features and a fitted propensity -> gold.churn_scores and gold.high_value_scores."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import CHURN_SCORES
from customer_chunks.gold.ranking import with_rank
from customer_chunks.gold.reasons import in_words
from customer_chunks.models.propensity_model import PropensityModel

_REASONS = "array<string>"


class Scoring(NamedTuple):
    """What is the same for all rows: D, the horizon, the version, how many customers are told reasons for."""

    as_of: date
    horizon_days: int
    version: int
    explained: int


def propensity_scores(
    customers: DataFrame, segments: DataFrame | None, model: PropensityModel, told: Scoring
) -> DataFrame:
    """Say how likely it is of every customer, who is likeliest, and why.

    Args:
        customers: One row per customer: customer_id and the model's features as of D.
        segments: gold.segments; None where there are none.
        model: Fitted.
        told: D, horizon, version and how many are explained.

    Returns:
        The columns of gold.churn_scores, one row per customer.
    """
    plain = model.copy({model.reasons: 0})
    scored = plain.transform(customers)
    placed = _with_segment(scored, segments)
    ranked = with_rank(placed, by="score", key="customer_id", name="rank")
    ranked = with_rank(ranked, by="score", key="customer_id", name="_within", within=["segment_number"])
    why = _explained(ranked, model, told.explained)
    rows = ranked.join(why, on="customer_id", how="left")  # one a customer
    has_segment = F.col("segment_number").isNotNull()
    columns = {
        "rank_in_segment": F.when(has_segment, F.col("_within")),
        "as_of": F.lit(told.as_of),
        "horizon_days": F.lit(told.horizon_days).cast("int"),
        "model_version": F.lit(told.version).cast("int"),
    }
    return rows.withColumns(columns).select(*[c for c in CHURN_SCORES.column_names if c != "_row_hash"])


def _with_segment(scored: DataFrame, segments: DataFrame | None) -> DataFrame:
    if segments is None:
        return scored.withColumn("segment_number", F.lit(None).cast("int"))
    own = segments.select("customer_id", "segment_number")  # one row a customer
    return scored.join(own, on="customer_id", how="left")


def _explained(ranked: DataFrame, model: PropensityModel, count: int) -> DataFrame:
    """Return the reasons for the most likely customers; reasons cost far more than scores."""
    features = model.getOrDefault("featuresCol")
    few = ranked.where(F.col("rank") <= count).select("customer_id", features)
    return model.transform(few).select(
        "customer_id", in_words(F.col("reasons")).cast(_REASONS).alias("reasons")
    )
