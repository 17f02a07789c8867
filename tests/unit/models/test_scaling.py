"""Columns on comparable scales."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models.scaling import fit_scale

X = [1.0, 2.0, 3.0, 4.0, 100.0]
Y = [0.0, 0.0, 0.0, 0.0, 9.0]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(
        list(zip(X, Y, [7.0] * 5, [None] * 5, strict=True)), "x double, y double, c double, n double"
    )


def features(frame: DataFrame, kind: str, *columns: str) -> np.ndarray:  # type: ignore[type-arg]
    scaled = fit_scale(frame, columns, kind)
    return np.array([row[0] for row in frame.select(scaled.features()).collect()])


def test_none_leaves_the_numbers_alone(frame: DataFrame) -> None:
    assert features(frame, "none", "y", "x").T.tolist() == [Y, X]


def test_standard_has_mean_zero_and_deviation_one(frame: DataFrame) -> None:
    found = features(frame, "standard", "x", "y")
    assert np.allclose(found, (np.array([X, Y]).T - np.mean([X, Y], axis=1)) / np.std([X, Y], axis=1))


def test_robust_takes_median_and_middle_half_and_the_deviation_where_that_is_nothing(
    frame: DataFrame,
) -> None:
    found = features(frame, "robust", "x", "y")
    assert np.allclose(found[:, 0], (np.array(X) - 3) / 2)
    assert np.allclose(found[:, 1], np.array(Y) / np.std(Y))


def test_columns_without_numbers_or_with_one_value_are_named(frame: DataFrame) -> None:
    with pytest.raises(ModelError, match="Column 'n' has no number"):
        fit_scale(frame, ["x", "n"], "none")
    with pytest.raises(ModelError, match="Column 'c' has one value only"):
        fit_scale(frame, ["c"], "standard")
    with pytest.raises(ModelError, match=r"scale cannot be 'robst'. Did you mean 'robust'"):
        fit_scale(frame, ["x"], "robst")


def test_spreads_that_differ_tenfold_are_uneven(frame: DataFrame) -> None:
    assert fit_scale(frame, ["x", "y"], "none").is_uneven
    assert not fit_scale(frame, ["x", "c"], "none").is_uneven
