"""What MLflow is told of a model: the columns that it reads, and what it returns."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.features import CATEGORY, Feature
from customer_chunks.flow.signatures import signature_of

mlflow: Any = pytest.importorskip("mlflow")

FEATURES = (
    Feature("purchase_count"),
    Feature("recency_days"),
    Feature("web", value="channel_mix['web'] * purchase_count"),
    Feature("weekday", value="weekday(last_purchase_on)"),
    Feature("average_order_value"),
    Feature("country", kind=CATEGORY, weight=0),
)
SEGMENTS = {
    "class": "SegmentationModel",
    "params": {},
    "learnt": {"features": {"learnt": {"declared": [asdict(f) for f in FEATURES]}}},
}


def types(schema: Any) -> dict[str, str]:
    return {column.name: str(column.type) for column in schema.inputs}


def test_segments_are_given_the_columns_that_their_features_read(spark: SparkSession) -> None:
    signature = signature_of(mlflow, SEGMENTS, spark)
    assert types(signature.inputs) == {
        "country": "DataType.string", "last_purchase_on": "DataType.datetime",
        "recency_days": "DataType.double", "purchase_count": "DataType.long",
        "average_order_value": "DataType.double", "channel_mix": "Map(str -> DataType.double)",
    }  # fmt: skip
    assert list(types(signature.outputs)) == [
        "segment_number", "segment", "distance", "margin", "is_at_border", "is_far_off",
    ]  # fmt: skip


def test_chances_are_given_their_features_by_name(spark: SparkSession) -> None:
    document = {"class": "PropensityModel", "params": {"featureNames": ["recency_days", "spend_90"]}}
    signature = signature_of(mlflow, document, spark)
    assert types(signature.inputs) == dict.fromkeys(("recency_days", "spend_90"), "DataType.double")
    assert types(signature.outputs) == {"probability": "DataType.double"}
