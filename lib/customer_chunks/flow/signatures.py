"""Versions of models -> what MLflow is told that they are given, and what they return.

A model is given these columns and no others: MLflow takes all others off. Each may be left out of a row, but
for the history of lifetime values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import SparkSession

from customer_chunks.columns.used import can_be_meant, is_read
from customer_chunks.config.features import Feature
from customer_chunks.contracts.gold import CUSTOMER_PROFILES

_RETURNED = {
    "SegmentationModel": {
        "segment_number": "integer", "segment": "string", "distance": "double", "margin": "double",
        "is_at_border": "boolean", "is_far_off": "boolean",
    },
    "LifetimeValueModel": dict.fromkeys(
        ("probability_alive", "expected_purchases", "expected_spend", "lifetime_value"), "double"
    ),
    "PropensityModel": {"probability": "double"},
}  # fmt: skip
_SHARES = "map<string,double>"
_TYPES = {"string": "string", "date": "datetime", "bigint": "long", _SHARES: _SHARES}
"""MLflow's types by Spark's. Other numbers are doubles: pandas has no whole number that may be missing."""


def signature_of(mlflow: Any, document: Mapping[str, Any], spark: SparkSession) -> Any:
    """Return MLflow's signature of a model: columns and types that it is given, and that it returns.

    Args:
        mlflow: The package.
        document: The model as ops.models has it.
        spark: Tells which columns the features of segments read.
    """
    from customer_chunks.serving.mlflow_model import NEEDED  # noqa: PLC0415 - an extra

    types, schema = mlflow.types, mlflow.types.Schema
    needed = NEEDED if document["class"] == "LifetimeValueModel" else ()
    shares = types.schema.Map(types.DataType.double)
    given = [
        types.ColSpec(shares if of == _SHARES else of, name, required=name in needed)
        for name, of in _given(document, spark).items()
    ]
    returned = [types.ColSpec(of, name) for name, of in _RETURNED[document["class"]].items()]
    return mlflow.models.ModelSignature(inputs=schema(given), outputs=schema(returned))


def _given(document: Mapping[str, Any], spark: SparkSession) -> dict[str, str]:
    from customer_chunks.serving.mlflow_model import HISTORY  # noqa: PLC0415 - an extra

    if document["class"] == "LifetimeValueModel":
        return dict.fromkeys(HISTORY, "double")
    if document["class"] == "PropensityModel":
        return dict.fromkeys(document["params"]["featureNames"], "double")
    features = [Feature(**told) for told in document["learnt"]["features"]["learnt"]["declared"]]
    return columns_read(features, spark)


def columns_read(features: Iterable[Feature], spark: SparkSession) -> dict[str, str]:
    """Return the columns of gold.customer_profiles that features are computed from, with MLflow's types.

    All of them where a feature has no meaning there.
    """
    types = CUSTOMER_PROFILES.types
    rows = spark.createDataFrame([], ", ".join(f"`{name}` {of}" for name, of in types.items()))
    told = [feature.sql for feature in features]
    is_meant = can_be_meant(rows, told)
    read = [name for name in types if not is_meant or is_read(rows, name, told)]
    return {name: _TYPES.get(types[name], "double") for name in read}
