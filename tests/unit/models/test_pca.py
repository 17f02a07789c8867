"""Principal components next to scikit-learn's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn import decomposition

from customer_chunks.errors import ModelError
from customer_chunks.models.pca import PCA, PCAModel
from tests.unit.models.planted import InMemory, Rows, a_frame

random = np.random.default_rng(6)
ROWS = random.normal(size=(800, 5)) @ random.normal(size=(5, 5)) + [0, 1, 50, -3, 400]


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_frame(spark, ROWS).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> PCAModel:
    return PCA(k=3).fit(frame)


def theirs(rows: Rows, k: int) -> decomposition.PCA:
    return decomposition.PCA(k, svd_solver="full").fit(rows)


def signed(components: Rows) -> Rows:
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return components * np.sign(largest)  # type: ignore[no-any-return]


def assert_like_theirs(model: PCAModel, rows: Rows, k: int) -> None:
    truth = theirs(rows, k)
    assert np.allclose(model.explained_variance, truth.explained_variance_, rtol=1e-5)
    assert np.allclose(model.explained_ratio, truth.explained_variance_ratio_, rtol=1e-5)
    assert np.allclose(model.components, signed(truth.components_), atol=1e-5)
    assert np.allclose(model.mean, truth.mean_, rtol=1e-9)


def test_components_are_those_of_scikit_learn(model: PCAModel) -> None:
    assert_like_theirs(model, ROWS, 3)


def test_rows_get_an_array_of_components(frame: DataFrame, model: PCAModel) -> None:
    told = model.transform(frame).orderBy("id")
    assert told.columns == ["id", "features", "components"]
    truth = theirs(ROWS, 3)
    signs = np.sign((truth.components_ * model.components).sum(axis=1))
    found = np.stack(told.toPandas()["components"].to_list())
    assert np.allclose(found, truth.transform(ROWS) * signs, atol=1e-4)


def test_far_from_zero_digits_are_kept(spark: SparkSession) -> None:
    far = np.round(ROWS * 64) / 64 + 1.7e9  # what a double holds of such numbers
    assert_like_theirs(PCA(k=3).fit(a_frame(spark, far)), far, 3)


def test_features_of_very_different_scales_keep_their_digits() -> None:
    scaled = (random.normal(size=(500, 3)) * [1e6, 1, 1e-3]).astype(np.float32).astype(float)
    assert_like_theirs(PCA(k=3).fit_points(InMemory(scaled)), scaled, 3)


def test_blocks_do_not_matter() -> None:
    one, other = (PCA(k=5).fit_points(InMemory(ROWS, blocks)) for blocks in (1, 9))
    assert np.allclose(one.components, other.components, atol=1e-10)


def test_share_keeps_as_many_components_as_it_takes() -> None:
    shares = np.cumsum(theirs(ROWS, 5).explained_variance_ratio_)
    for share in (0.3, float(shares[1]) - 1e-4, float(shares[1]) + 1e-4, 1.0):
        model = PCA(explained=share).fit_points(InMemory(ROWS))
        assert len(model.components) == int((shares < share - 1e-9).sum()) + 1


def test_constant_feature_has_no_loading_and_a_far_row_makes_the_first_component() -> None:
    constant = np.column_stack([ROWS[:, :2], np.full(800, 3.0)])
    model = PCA(k=3).fit_points(InMemory(constant))
    assert np.allclose(model.components[:2, 2], 0)
    assert model.explained_variance[2] == pytest.approx(0, abs=1e-12)
    far = PCA(k=1).fit_points(InMemory(np.concatenate([ROWS, [[0, 1e9, 0, 0, 0]]])))
    assert np.allclose(far.components, [[0, 1, 0, 0, 0]], atol=1e-5)


def test_model_and_estimator_save_and_load(frame: DataFrame, model: PCAModel, tmp_path: Path) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = PCAModel.load(str(tmp_path / "model"))
    assert loaded.learnt() == model.learnt()
    assert loaded.transform(frame).collect() == model.transform(frame).collect()
    PCA(explained=0.9).write().save(str(tmp_path / "estimator"))
    assert PCA.load(str(tmp_path / "estimator")).getOrDefault("explained") == 0.9


def test_what_cannot_be_kept_is_said() -> None:
    with pytest.raises(ModelError, match="PCA takes either k or explained"):
        PCA(k=2, explained=0.9)
    with pytest.raises(ModelError, match="PCA takes either k or explained"):
        PCA()
    with pytest.raises(ModelError, match="explained must be at most 1, got 90"):
        PCA(explained=90)
    with pytest.raises(ModelError, match=r"k=6, but 800 rows have 5 features\. Choose a k of at most 5"):
        PCA(k=6).fit_points(InMemory(ROWS))
    with pytest.raises(ModelError, match="All 7 rows are alike"):
        PCA(k=1).fit_points(InMemory(np.ones((7, 2))))


def test_row_that_lacks_a_number(spark: SparkSession, model: PCAModel) -> None:
    spoilt = [1.0, float("nan"), 3.0, 4.0, 5.0]
    rows = spark.createDataFrame([([1.0] * 5,), (spoilt,)], "features array<double>")
    with pytest.raises(ModelError, match="1 rows of 'features' lack a number"):
        PCA(k=2).fit(rows)
    assert [row["components"] is None for row in model.transform(rows).collect()] == [False, True]
