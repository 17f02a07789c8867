"""Mixtures of Gaussians next to scikit-learn's: slanted groups, any partitioning, saved and loaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn import mixture as peer

from customer_chunks.errors import ModelError
from customer_chunks.models.drawn import sample
from customer_chunks.models.gaussian_mixture import GaussianMixture, GaussianMixtureModel
from customer_chunks.models.kmeans import KMeans
from customer_chunks.models.mixture import Mixture, Sums, weighed
from tests.unit.models.planted import InMemory, a_frame, agreement


def slanted(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Return two long groups side by side and a small round one, and whose each row is."""
    random = np.random.default_rng(seed)
    long = random.normal(size=(2 * count, 2)) * (6, 0.4)
    long[count:, 1] += 3
    turned = long @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    small = random.normal(size=(count // 4, 2)) * 0.5 + (0, 25)
    truth = np.repeat([0, 1, 2], [count, count, count // 4])
    order = random.permutation(len(truth))
    return np.concatenate([turned, small])[order], truth[order]


ROWS, TRUTH = slanted(800)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_frame(spark, ROWS).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> GaussianMixtureModel:
    return GaussianMixture(k=3, seed=1).fit(frame)


def test_slanted_groups_are_found_where_centres_alone_fail(
    frame: DataFrame, model: GaussianMixtureModel
) -> None:
    found = model.transform(frame).orderBy("id").toPandas()["cluster"].to_numpy(dtype=np.int64)
    assert agreement(found, TRUTH) > 0.97
    by_centres = KMeans(k=3, seed=1).fit_points(InMemory(ROWS)).scores(ROWS)["cluster"].astype(np.int64)
    assert agreement(by_centres, TRUTH) < 0.6
    assert sum(model.sizes) == len(ROWS)
    assert model.sizes == sorted(model.sizes, reverse=True)


def test_components_are_those_of_scikit_learn(model: GaussianMixtureModel) -> None:
    theirs = peer.GaussianMixture(3, random_state=1, tol=1e-7, max_iter=1000, n_init=3).fit(ROWS)
    near = [int(np.argmin(((theirs.means_ - mean) ** 2).sum(axis=1))) for mean in model.centres]
    assert sorted(near) == [0, 1, 2]
    assert model.centres == pytest.approx(theirs.means_[near], abs=0.05)
    assert model.covariances == pytest.approx(theirs.covariances_[near], rel=0.05, abs=0.05)
    assert model.shares == pytest.approx(theirs.weights_[near], abs=0.01)
    assert model.log_likelihood == pytest.approx(theirs.score(ROWS), abs=1e-3)


def test_chances_and_distances_are_those_of_the_formula(model: GaussianMixtureModel) -> None:
    theirs = peer.GaussianMixture(3)
    theirs.weights_, theirs.means_, theirs.covariances_ = model.shares, model.centres, model.covariances
    theirs.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(model.covariances))
    found = Mixture(model.shares, model.centres, model.covariances).judged(ROWS)
    assert found.chances == pytest.approx(theirs.predict_proba(ROWS), abs=1e-9)
    assert found.log_likelihood == pytest.approx(theirs.score_samples(ROWS), abs=1e-9)
    told = model.scores(ROWS[:50])
    apart = ROWS[:50] - model.centres[told["cluster"]]
    inverse = np.linalg.inv(model.covariances)[told["cluster"]]
    assert told["distance"] == pytest.approx(np.sqrt(np.einsum("ni,nij,nj->n", apart, inverse, apart)))
    assert ((told["margin"] >= 0) & (told["margin"] <= 1)).all()


def test_blocks_add_up() -> None:
    start = Mixture(np.array([0.5, 0.5]), ROWS[:2].copy(), np.tile(np.eye(2), (2, 1, 1)))
    whole = weighed(ROWS.astype(np.float32), start)
    parts = sum(weighed(part, start) for part in np.array_split(ROWS.astype(np.float32), 4))
    assert parts == pytest.approx(whole, rel=1e-9)
    sums = Sums.of(whole, 2)
    assert sums.rows.sum() == pytest.approx(len(ROWS))
    assert sums.squares.shape == (2, 2, 2)


@pytest.mark.parametrize("width", [1, 2, 3, 7, 40])
def test_sums_know_how_many_numbers_a_row_has(width: int) -> None:
    k = 3
    assert Sums.of(np.zeros(k * (2 + width + width**2) + 1), k).apart.shape == (k, width)


def test_partitions_and_order_do_not_matter(frame: DataFrame, model: GaussianMixtureModel) -> None:
    other = GaussianMixture(k=3, seed=1).fit(frame.orderBy(F.desc("features")).repartition(5))
    assert other.centres == pytest.approx(model.centres, rel=1e-9)
    assert other.covariances == pytest.approx(model.covariances, rel=1e-7)


def test_saved_model_scores_the_same(frame: DataFrame, model: GaussianMixtureModel, tmp_path: Path) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = GaussianMixtureModel.load(str(tmp_path / "model"))
    assert loaded.transform(frame).collect() == model.transform(frame).collect()


def test_rows_far_from_zero_keep_their_digits(spark: SparkSession) -> None:
    far = GaussianMixture(k=3, seed=1).fit(a_frame(spark, ROWS + 1.7e9))
    found = far.scores(ROWS + 1.7e9)["cluster"].astype(np.int64)
    assert agreement(found, TRUTH) > 0.97


def test_columns_that_follow_each_other_do_not_collapse() -> None:
    twice = np.concatenate([ROWS, ROWS[:, :1]], axis=1)
    model = GaussianMixture(k=3, seed=1).fit_points(InMemory(twice))
    assert np.isfinite(model.log_likelihood)
    assert np.isfinite(model.scores(twice)["distance"]).all()


def test_columns_of_other_units_keep_their_own_widths() -> None:
    random = np.random.default_rng(4)
    age = np.where(np.arange(2000) < 1000, 30, 50) + random.normal(size=2000) * 3
    rows = np.column_stack([random.normal(size=2000) * 1e5, age])
    model = GaussianMixture(k=2, seed=1).fit_points(InMemory(rows))
    assert model.covariances[:, 1, 1] == pytest.approx([9, 9], rel=0.15)


def test_one_row_beyond_all_others_breaks_nothing() -> None:
    random = np.random.default_rng(5)
    rows = np.concatenate([random.normal(size=(3000, 2)), random.normal(size=(3000, 2)) + 8, [[1e12, -7e11]]])
    model = GaussianMixture(k=2, seed=1, sampleSize=1000).fit_points(InMemory(rows))
    assert np.isfinite(model.scores(rows)["distance"]).all()


@pytest.mark.parametrize("seed", range(4))
def test_few_kinds_of_many_rows_are_all_looked_at(seed: int) -> None:
    rows = np.random.default_rng(6).poisson((0.7, 3.0), size=(60_000, 2)).astype(float)
    points = InMemory(rows)
    some = sample(points, 5_000, seed)
    assert len(np.unique(some, axis=0)) == len(np.unique(rows, axis=0))
    assert some.mean(axis=0) == pytest.approx(rows.mean(axis=0), rel=0.03)
    for fitted in (
        GaussianMixture(k=3, seed=seed, sampleSize=5_000),
        KMeans(k=3, seed=seed, sampleSize=5_000),
    ):
        assert sum(fitted.fit_points(points).sizes) == 60_000


def test_fewer_different_rows_than_components() -> None:
    few = np.repeat(ROWS[:3], 20, axis=0)
    with pytest.raises(ModelError, match=r"k=4, but there are only 3 different rows in a sample of 60"):
        GaussianMixture(k=4, seed=0).fit_points(InMemory(few))
