"""Bisecting k-means over frames: planted groups, any blocks, a sample, files, and bad rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models.bisecting import BisectingKMeans, BisectingKMeansModel
from tests.unit.models.planted import InMemory, a_frame, agreement, groups

ROWS, TRUTH = groups((900, 500, 300, 60), 3, apart=30.0)
LARGE, LARGE_TRUTH = groups((20_000, 9_000, 900, 100), 3, apart=30.0, seed=4)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_frame(spark, ROWS).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> BisectingKMeansModel:
    return BisectingKMeans(k=4, seed=1).fit(frame)


def test_planted_groups_are_found_the_largest_first(frame: DataFrame, model: BisectingKMeansModel) -> None:
    assert model.sizes == [900, 500, 300, 60]
    told = model.transform(frame).orderBy("id").toPandas()
    assert agreement(told["cluster"].to_numpy().astype(int), TRUTH) == 1
    centres = np.stack([ROWS[n == TRUTH].mean(axis=0) for n in range(4)])
    assert np.allclose(model.centres, centres, atol=1e-4)
    distances = np.linalg.norm(ROWS - centres[TRUTH], axis=1)
    assert np.allclose(told["distance"], distances, atol=1e-3)
    costs = [(distances[n == TRUTH] ** 2).sum() for n in range(4)]
    assert np.allclose(model.costs, costs, rtol=1e-5)
    assert told["margin"].between(0, 1).all()


def test_tree_has_a_split_less_than_clusters_and_ends_in_them(model: BisectingKMeansModel) -> None:
    children = [child for _, *pair in model.splits for child in pair]
    assert len(model.splits) == 3
    assert sorted(children) == [1, 2, 3, 4, 5, 6]
    assert sorted(model.leaves) == sorted(set(children) - {node for node, *_ in model.splits})


def test_sample_is_enough_for_groups_and_all_rows_are_measured() -> None:
    model = BisectingKMeans(k=4, seed=1, sampleSize=1_500).fit_points(InMemory(LARGE))
    assert model.sizes == [20_000, 9_000, 900, 100]
    centres = np.stack([LARGE[n == LARGE_TRUTH].mean(axis=0) for n in range(4)])
    assert np.allclose(model.centres, centres, atol=1e-4)
    assert model.cost == pytest.approx(((LARGE - centres[LARGE_TRUTH]) ** 2).sum(), rel=1e-5)


def test_sizes_are_those_of_the_scores_where_clusters_touch() -> None:
    rows = np.random.default_rng(0).normal(size=(5_000, 4))
    model = BisectingKMeans(k=7, seed=2, sampleSize=1_000).fit_points(InMemory(rows))
    assert np.bincount(model.scores(rows)["cluster"]).tolist() == model.sizes
    assert sum(model.sizes) == 5_000


def test_blocks_and_order_do_not_matter() -> None:
    bisecting = BisectingKMeans(k=6, seed=3, sampleSize=1_000)
    one, other = bisecting.fit_points(InMemory(LARGE, 1)), bisecting.fit_points(InMemory(LARGE[::-1], 7))
    assert (one.places == other.places).all()
    assert one.sizes == other.sizes
    assert np.allclose(one.centres, other.centres)


def test_partitions_of_a_frame_do_not_matter_either(frame: DataFrame) -> None:
    bisecting = BisectingKMeans(k=6, seed=3, sampleSize=1_000)
    one, other = bisecting.fit(frame), bisecting.fit_points(InMemory(ROWS[::-1], 2))
    assert (one.places == other.places).all()
    assert one.sizes == other.sizes


def test_row_at_1e9_is_a_cluster_of_its_own() -> None:
    far = np.concatenate([LARGE, [[1e9, 0.0, 0.0]]])
    model = BisectingKMeans(k=5, seed=0, sampleSize=1_500).fit_points(InMemory(far))
    assert model.sizes == [20_000, 9_000, 900, 100, 1]


def test_model_and_estimator_save_and_load(
    frame: DataFrame, model: BisectingKMeansModel, tmp_path: Path
) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = BisectingKMeansModel.load(str(tmp_path / "model"))
    assert loaded.learnt() == model.learnt()
    assert loaded.transform(frame).collect() == model.transform(frame).collect()
    BisectingKMeans(k=4, seed=1, restarts=2).write().save(str(tmp_path / "estimator"))
    assert BisectingKMeans.load(str(tmp_path / "estimator")).getOrDefault("restarts") == 2


def test_fewer_different_rows_than_clusters() -> None:
    few = InMemory(np.repeat(ROWS[:3], 20, axis=0))
    with pytest.raises(ModelError, match=r"k=4, but there are only 3 different rows among 60\. Choose"):
        BisectingKMeans(k=4, seed=0).fit_points(few)
    with pytest.raises(ModelError, match=r"only 1 different rows among 9\. Choose other features"):
        BisectingKMeans(k=2, seed=0).fit_points(InMemory(np.ones((9, 2))))


def test_rows_that_lack_a_number(spark: SparkSession, model: BisectingKMeansModel) -> None:
    rows = spark.createDataFrame([([1.0, 2.0, 3.0],), ([1.0, float("nan"), 3.0],)], "features array<double>")
    with pytest.raises(ModelError, match="1 rows of 'features' lack a number"):
        BisectingKMeans(k=2, seed=0).fit(rows)
    assert [row["cluster"] is None for row in model.transform(rows).collect()] == [False, True]
