"""Columns on comparable scales."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.config.features import Feature
from customer_chunks.errors import ModelError
from customer_chunks.models.features import Features
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


def test_robust_is_what_a_run_makes_of_its_features(frame: DataFrame) -> None:
    found = features(frame, "robust", "x", "y")
    model = Features(declared=[Feature("x"), Feature("y")]).fit(frame)
    assert np.allclose(found, [row[0] for row in model.transform(frame).select("features").collect()])


def test_one_of_a_billion_is_held_at_the_bound_if_robust_and_counted_else(spark: SparkSession) -> None:
    values = [(float(n), -1.0 * n) for n in range(1000)] + [(1e9, 0.0)]
    rows = spark.createDataFrame(values, "x double, y double")
    scaled = fit_scale(rows, ["x", "y"], "robust")
    assert rows.agg(F.max(scaled.features()[0])).collect()[0][0] < 3
    assert scaled.far == {}
    assert fit_scale(rows, ["x", "y"], "standard").far == fit_scale(rows, ["x", "y"], "none").far == {"x": 1}


@pytest.mark.parametrize(
    ("values", "far"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0] * 20, {}),
        ([0.0] * 990 + [1.0] * 10, {}),
        ([0.0] * 80 + [90.0, 100.0, 110.0] * 6 + [1e9], {"x": 1}),
        ([10.0, 20.0, 30.0, 40.0] * 10 + [-5e6, 5e6], {"x": 2}),
        ([7.0] * 10, {}),
        ([1.0, 2.0, 3.0, None], {}),
    ],
)
def test_values_out_of_all_proportion_are_counted(
    spark: SparkSession, values: list[float | None], far: dict[str, int]
) -> None:
    rows = spark.createDataFrame([(value,) for value in values], "x double")
    assert fit_scale(rows, ["x"], "none").far == far


def test_null_stays_null_beside_a_bound(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(1.0,), (2.0,), (None,)], "x double")
    scaled = fit_scale(rows, ["x"], "robust")
    assert [row[0] is None for row in rows.select(scaled.features()[0]).collect()] == [False, False, True]


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
