"""Segmentation as an estimator: what it was told, it knows, and keeps."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.features import Feature
from customer_chunks.errors import ModelError
from customer_chunks.models.saved import document, from_document
from customer_chunks.models.segmentation import Segmentation
from tests.unit.models.planted import groups


def test_customers_are_drawn_by_the_column_that_is_named(spark: SparkSession) -> None:
    asked = Segmentation(declared=[Feature("x"), Feature("y")], seed=1, fewest=2, most=3, idCol="customer")
    assert from_document(document(asked), [Segmentation]).id_col == asked.id_col == "customer"
    assert Segmentation(declared=[Feature("x")], seed=1).id_col is None
    rows, _ = groups((60, 40), 2, apart=30.0)
    told = [(n, float(x), float(y)) for n, (x, y) in enumerate(rows)]
    frame = spark.createDataFrame(told, "customer long, x double, y double")
    assert np.sum(asked.fit(frame).clusters.sizes) == 100
    with pytest.raises(ModelError, match="There is no column 'customer'"):
        asked.fit(frame.drop("customer"))
