"""gold.churn_scores and gold.high_value_scores, and the versions behind them -> what the report says."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.gold.reasons import in_parts
from customer_chunks.gold.temporal_features import FEATURES
from customer_chunks.serving.models import champion_of
from customer_chunks.serving.report.data import CHANCE_BANDS, Chances
from customer_chunks.storage.warehouse import Warehouse

TABLES = {"churn": "gold.churn_scores", "high_value": "gold.high_value_scores"}
_PROFILES = "gold.segment_profiles"
_MOST_SEGMENTS = 1_000
_REASONS = 5
_LIKELIEST = 0.1
_FEWEST = 10
"""Customers behind a typical value: of fewer it would be next to a personal one."""


def collect_chances(warehouse: Warehouse) -> list[Chances]:
    """Return what is foretold by the models that have a champion."""
    found = []
    for model, table in TABLES.items():
        version = champion_of(warehouse, model)
        if version is not None and warehouse.exists(table):
            found.append(_chances(version, warehouse.read(table), _segments(warehouse)))
    return found


def chances_of(version: dict[str, Any]) -> Chances:
    """Return what a version tells of itself, without the table that only a champion fills."""
    learnt, params = version["document"]["learnt"], version["document"]["params"]
    place = (learnt["baseline"] or {}).get("place")
    return Chances(
        model=version["model"],
        version=version["version"],
        horizon_days=params.get("horizonDays") or 0,
        learner=learnt["learner"]["kind"],
        compared=len(learnt["metrics"].keys() - {"baseline"}),
        baseline="" if place is None else FEATURES[params["featureNames"][place]].label,
        metrics=dict(version["metrics"]),
        holdout=learnt.get("holdout") or {},  # versions of earlier days kept none
        groups=pd.DataFrame(),
        reasons=pd.DataFrame(),
    )


def _chances(version: dict[str, Any], rows: DataFrame, segments: DataFrame | None) -> Chances:
    told = rows.agg(F.count("*").alias("customers"), F.max("horizon_days").alias("days")).collect()[0]
    is_first = F.col("rank") <= math.ceil(told["customers"] * _LIKELIEST)
    raising = raising_reasons(rows.where(is_first)).persist()
    try:
        return replace(
            chances_of(version),
            horizon_days=told["days"] or 0,
            groups=groups_of(rows, raising, segments, is_first),
            reasons=most_frequent(raising),
        )
    finally:
        raising.unpersist()


def _segments(warehouse: Warehouse) -> DataFrame | None:
    if not warehouse.exists(_PROFILES):
        return None
    return warehouse.read(_PROFILES).select("segment_number", "segment")  # one row a segment


def raising_reasons(rows: DataFrame) -> DataFrame:
    """Return what raises it: segment_number, label, unit and value, a row a customer and reason."""
    said = rows.select("segment_number", F.explode("reasons").alias("_said"))
    parts = said.select("segment_number", in_parts(F.col("_said")).alias("_part")).where("_part.is_raising")
    return parts.select("segment_number", "_part.label", "_part.unit", "_part.value")


def most_frequent(raising: DataFrame) -> pd.DataFrame:
    """Return label, unit, typical value (the median, where ten have one) and customers of five reasons."""
    median = F.percentile_approx("value", 0.5)
    told = raising.groupBy("label").agg(
        F.count("*").alias("customers"),
        F.max("unit").alias("unit"),
        F.when(F.count("value") >= _FEWEST, median).alias("typical"),
    )
    return told.orderBy(F.desc("customers"), "label").limit(_REASONS).toPandas()


def groups_of(
    rows: DataFrame, raising: DataFrame, segments: DataFrame | None, is_first: Column
) -> pd.DataFrame:
    """Return the groups of ``Chances``, the likeliest first.

    Args:
        rows: gold.churn_scores or gold.high_value_scores.
        raising: Of the likeliest customers.
        segments: segment_number and segment, one row a segment; None where there are none.
        is_first: Whether a row is one of the likeliest customers.
    """
    counts = rows.groupBy("segment_number").agg(
        F.count("*").alias("customers"),
        F.avg("probability").alias("probability"),
        F.count_if(is_first).alias("likeliest"),
        F.count_if(is_first & F.col("reasons").isNotNull()).alias("explained"),
        *_bands(),
    )
    by_reason = raising.groupBy("segment_number", "label").agg(F.count("*").alias("_customers"))
    # The label too, so that equal counts name the same reason every time.
    first = F.max_by("label", F.struct("_customers", "label")).alias("reason")
    reasons = by_reason.groupBy("segment_number").agg(first).withColumnRenamed("segment_number", "_number")
    is_same = F.col("segment_number").eqNullSafe(F.col("_number"))  # one row a segment, and one of none
    told = counts.join(reasons, on=is_same, how="left").drop("_number")
    if segments is None:
        named = told.withColumn("segment", F.lit(None).cast("string"))
    else:
        named = told.join(segments, on="segment_number", how="left")
    ordered = named.orderBy(F.desc("probability"), "segment_number").limit(_MOST_SEGMENTS)
    return ordered.drop("segment_number").toPandas()


def _bands() -> list[Column]:
    edges = (0.0, *CHANCE_BANDS, math.inf)
    chance = F.col("probability")
    return [
        F.count_if((chance >= low) & (chance < high)).alias(f"band_{n}")
        for n, (low, high) in enumerate(pairwise(edges))
    ]
