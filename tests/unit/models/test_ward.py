"""Ward over frames: scipy's clusters where exact, planted groups where not, cuts, and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from scipy.cluster import hierarchy
from sklearn.cluster import AgglomerativeClustering

from customer_chunks.errors import ModelError
from customer_chunks.models.ward import Ward, WardModel
from tests.unit.models.planted import InMemory, a_frame, agreement, groups

ROWS, TRUTH = groups((300, 200, 80, 20), 3, apart=30.0)
DOUBLED = np.concatenate([ROWS, ROWS[:50], ROWS[:50]])
LARGE, LARGE_TRUTH = groups((6000, 3000, 900, 100), 4, apart=20.0, seed=1)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_frame(spark, DOUBLED).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> WardModel:
    return Ward(k=4, seed=1).fit(frame)


def test_tree_and_clusters_are_those_of_scipy_and_scikit_learn(frame: DataFrame, model: WardModel) -> None:
    scipys = hierarchy.linkage(DOUBLED.astype(np.float32).astype(float), "ward")
    assert np.allclose(model.tree[:, 2:], scipys[100:, 2:], rtol=1e-6)
    told = model.transform(frame).orderBy("id").toPandas()
    theirs = AgglomerativeClustering(4, linkage="ward").fit(DOUBLED).labels_
    found = told["cluster"].to_numpy().astype(int)
    assert agreement(found, theirs) == 1
    assert model.sizes == np.bincount(found).tolist() == sorted(model.sizes, reverse=True)
    centres = np.stack([DOUBLED[found == c].mean(axis=0) for c in range(4)])
    assert np.allclose(model.centres, centres, atol=1e-4)
    distances = np.linalg.norm(DOUBLED - centres[found], axis=1)
    assert np.allclose(told["distance"], distances, atol=1e-3)
    assert model.cost == pytest.approx((distances**2).sum(), rel=1e-5)
    assert model.inner_cost == 0


def test_another_cut_is_what_another_fit_is(model: WardModel) -> None:
    for k in (1, 2, 9):
        refitted = Ward(k=max(k, 2), seed=1).fit_points(InMemory(DOUBLED, 5)).cut(k)
        assert model.cut(k).learnt() == refitted.learnt()
    scipys = hierarchy.linkage(DOUBLED, "ward")
    nine = hierarchy.fcluster(scipys, 9, "maxclust")
    assert agreement(model.cut(9).scores(DOUBLED)["cluster"], nine - 1) == 1
    assert model.cut(9).cost < model.cost


def test_margin_is_0_at_a_border_and_1_on_a_leaf(model: WardModel) -> None:
    two = model.cut(2)
    sides = [two.leaves[two.scores(two.leaves)["cluster"] == c] for c in range(2)]
    apart = np.linalg.norm(sides[0][:, None] - sides[1][None], axis=2)
    one, other = np.unravel_index(apart.argmin(), apart.shape)
    border = (sides[0][one] + sides[1][other]) / 2
    margin = two.scores(np.stack([border, sides[0][one]]))["margin"]
    assert margin.tolist() == [pytest.approx(0, abs=1e-5), pytest.approx(1, abs=1e-5)]


def test_micro_clusters_find_planted_groups_with_exact_sizes_and_costs() -> None:
    points = InMemory(LARGE, 4)
    model = Ward(k=4, seed=1, microClusters=60).fit_points(points)
    assert model.sizes == [6000, 3000, 900, 100]
    assert len(model.leaves) <= 60
    told = model.scores(LARGE)
    assert agreement(told["cluster"], LARGE_TRUTH) == 1
    centres = np.stack([LARGE[n == LARGE_TRUTH].mean(axis=0) for n in range(4)])
    assert np.allclose(model.centres, centres, atol=1e-4)
    assert model.cost == pytest.approx(((LARGE - centres[LARGE_TRUTH]) ** 2).sum(), rel=1e-5)
    assert 0 < model.inner_cost < model.cost
    assert sum(model.weights) == model.tree[-1, 3] == 10_000


def test_blocks_and_order_do_not_matter() -> None:
    ward = Ward(k=5, seed=3, microClusters=40)
    one, other = ward.fit_points(InMemory(LARGE, 1)), ward.fit_points(InMemory(LARGE[::-1], 6))
    assert (one.leaves == other.leaves).all()
    assert one.sizes == other.sizes
    assert np.allclose(one.tree, other.tree)


def test_partitions_of_a_frame_do_not_matter_either(frame: DataFrame) -> None:
    ward = Ward(k=4, seed=3, microClusters=20)
    one, other = ward.fit(frame), ward.fit_points(InMemory(DOUBLED[::-1], 2))
    assert 4 < len(one.leaves) <= 20
    assert (one.leaves == other.leaves).all()
    assert one.sizes == other.sizes


def test_row_at_1e9_is_a_cluster_of_its_own() -> None:
    far = np.concatenate([LARGE, [[1e9, 0.0, 0.0, 0.0]]])
    model = Ward(k=5, seed=0, microClusters=60).fit_points(InMemory(far))
    assert model.sizes == [6000, 3000, 900, 100, 1]


def test_model_saves_and_loads(frame: DataFrame, model: WardModel, tmp_path: Path) -> None:
    model.write().save(str(tmp_path / "ward"))
    loaded = WardModel.load(str(tmp_path / "ward"))
    assert loaded.learnt() == model.learnt()
    assert loaded.transform(frame).collect() == model.transform(frame).collect()


def test_fewer_different_rows_than_clusters_and_a_cut_below_the_leaves() -> None:
    few = InMemory(np.repeat(ROWS[:3], 20, axis=0))
    with pytest.raises(ModelError, match=r"k=4, but the tree has 3 leaves\. Choose a k from 1 to 3"):
        Ward(k=4, seed=0).fit_points(few)
    with pytest.raises(ModelError, match="k=9, but the tree has 3 leaves"):
        Ward(k=2, seed=0).fit_points(few).cut(9)
    with pytest.raises(ModelError, match=r"the tree has 1 leaves\. Choose other features"):
        Ward(k=2, seed=0).fit_points(InMemory(np.ones((9, 2))))


def test_feature_without_variance_changes_nothing() -> None:
    wide = np.column_stack([ROWS, np.full(len(ROWS), 7.0)])
    one, other = (Ward(k=4, seed=0).fit_points(InMemory(rows)) for rows in (ROWS, wide))
    assert np.allclose(one.tree, other.tree)


def test_rows_that_lack_a_number_are_said(spark: SparkSession) -> None:
    frame = spark.createDataFrame([([1.0, 2.0],), ([1.0, float("nan")],), (None,)], "features array<double>")
    with pytest.raises(ModelError, match="rows of 'features' lack a number"):
        Ward(k=2, seed=0).fit(frame)
    with pytest.raises(ModelError, match="microClusters must be a whole number of at least 2, got 1"):
        Ward(k=2, seed=0, microClusters=1)
