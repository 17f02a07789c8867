"""Distances to neighbours, next to all distances, and the knee of a curve by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession
from scipy.spatial import distance

from customer_chunks.errors import ModelError
from customer_chunks.models.neighbours import Neighbours, knee, neighbour_distances
from tests.unit.models.planted import Rows, a_frame, groups

random = np.random.default_rng(2)
ROWS = np.concatenate([groups((500, 300), 3)[0], random.uniform(-40, 40, (60, 3))])


def theirs(rows: Rows, count: int) -> Rows:
    """Return the distances from the whole table of them."""
    return np.sort(np.sort(distance.cdist(rows, rows), axis=1)[:, count - 1])  # type: ignore[no-any-return]


def measured(spark: SparkSession, rows: Rows, partitions: int = 3, **how: int) -> Neighbours:
    return neighbour_distances(a_frame(spark, rows).repartition(partitions, "id"), "features", **how)


def test_distances_are_those_of_the_whole_table_and_the_knee_parts_groups_from_noise(
    spark: SparkSession,
) -> None:
    found = measured(spark, ROWS, min_points=5)
    assert np.allclose(found.distances, theirs(ROWS, 5), rtol=1e-4, atol=1e-5)
    inside = theirs(ROWS[:800], 5)
    assert np.quantile(inside, 0.9) < found.eps < 10
    assert found.eps == found.distances[found.knee]


def test_sample_is_drawn_by_the_rows_and_sees_all_of_them(spark: SparkSession) -> None:
    one = measured(spark, ROWS, 2, min_points=4, size=50)
    other = measured(spark, ROWS[::-1], 5, min_points=4, size=50)
    assert one.distances.tolist() == other.distances.tolist()
    assert len(one.distances) == 50
    assert np.isin(np.round(one.distances, 4), np.round(theirs(ROWS, 4), 4)).mean() > 0.9


def test_row_is_its_own_neighbour_at_0_far_from_zero_too(spark: SparkSession) -> None:
    far = np.concatenate([ROWS[:50] + 1e6, [[1e9, 0.0, 0.0]]])
    with pytest.raises(ModelError, match="has 1 neighbours at distance 0"):
        measured(spark, far, min_points=1)


def test_copies_are_neighbours_at_0_and_eps_is_above(spark: SparkSession) -> None:
    rows = np.concatenate([np.repeat([[1.0, 1.0]], 9, axis=0), [[2.0, 1.0], [5.0, 1.0]]])
    found = measured(spark, rows, min_points=3)
    assert found.distances.tolist() == [0, pytest.approx(1), pytest.approx(4)]
    assert found.eps == found.distances[1]


def test_one_row_far_beyond_all_bends_no_curve(spark: SparkSession) -> None:
    rows = np.concatenate([np.random.default_rng(5).normal(size=(600, 2)), [[1e9, 1e9]]])
    found = neighbour_distances(a_frame(spark, rows), "features", min_points=5)
    without = neighbour_distances(a_frame(spark, rows[:-1]), "features", min_points=5)
    assert found.distances[-1] > 1e9
    assert found.eps == pytest.approx(without.eps, rel=0.1)


def test_knee_by_hand() -> None:
    assert knee(np.array([0.0, 0.1, 0.2, 0.3, 4.0])) == 3
    assert knee(np.array([2.0, 2.0, 2.0])) == 0
    assert knee(np.array([0.0, 1.0, 2.0, 1e9])) == 2
    assert knee(np.array([5.0])) == 0


def test_too_few_rows_and_what_cannot_be_are_said(spark: SparkSession) -> None:
    with pytest.raises(ModelError, match=r"min_points=9, but there are only 4 rows\. Choose at most 4"):
        measured(spark, ROWS[:4], min_points=9)
    with pytest.raises(ModelError, match="min_points is 0 and size 1000"):
        measured(spark, ROWS[:4], min_points=0)
    spoilt = spark.createDataFrame([([1.0, None],), ([1.0, 2.0],)], "features array<double>")
    with pytest.raises(ModelError, match="1 rows of 'features' lack a number"):
        neighbour_distances(spoilt, "features", min_points=1)
