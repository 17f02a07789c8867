"""A map of clusters: whom it shows, that groups stay together, and what it cannot do."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from customer_chunks.errors import ModelError
from customer_chunks.models.tsne import TsneMap, _weights, placed, quotas, tsne_map
from tests.unit.models.planted import groups

ROWS, TRUTH = groups((260, 120, 20), 5, apart=20.0, seed=3)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads that wait for each other on a busy machine take far longer than one."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    told = [
        (f"c{n}", int(label), row.tolist()) for n, (row, label) in enumerate(zip(ROWS, TRUTH, strict=True))
    ]
    rows = [*told, ("unlabelled", None, ROWS[0].tolist()), ("spoilt", None, None)]
    return spark.createDataFrame(rows, "id string, label int, features array<double>").persist()


@pytest.fixture(scope="module")
def found(frame: DataFrame) -> TsneMap:
    return tsne_map(frame, "features", "label", "id", size=100, perplexity=10)


def test_sample_has_some_of_each_label_and_the_rest_in_proportion(found: TsneMap) -> None:
    assert np.bincount(found.labels).tolist() == [10 + 47, 10 + 20, 10 + 1]  # 70 of the 370 beyond ten each
    assert len(set(found.ids)) == 98
    assert all(TRUTH[int(name[1:])] == label for name, label in zip(found.ids, found.labels, strict=True))


def test_groups_lie_apart_on_the_plane(found: TsneMap) -> None:
    places = np.stack([found.x, found.y], axis=1)
    assert silhouette_score(places, found.labels) > 0.5
    assert 0 < found.kl_divergence < 2
    assert found.perplexity == 10


def test_partitions_do_not_matter_and_another_seed_draws_others(frame: DataFrame, found: TsneMap) -> None:
    turned = frame.orderBy(F.desc("id")).repartition(5)
    shuffled = tsne_map(turned, "features", "label", "id", size=100, perplexity=10)
    assert shuffled.ids.tolist() == found.ids.tolist()
    assert np.allclose(shuffled.x, found.x)
    other = tsne_map(frame, "features", "label", "id", size=40, seed=1)
    assert set(other.ids) - set(found.ids)
    assert other.perplexity == (len(other.ids) - 1) / 3


def test_quotas_by_hand() -> None:
    assert quotas({0: 5, 1: 1000, -1: 100_000}, 1000) == {0: 5, 1: 10 + 9, -1: 10 + 965}
    assert quotas({0: 3, 1: 4}, 100) == {0: 3, 1: 4}
    assert quotas(dict.fromkeys(range(30), 50), 60) == dict.fromkeys(range(30), 2)


def test_one_number_a_row_copies_and_a_far_row_can_be_shown(spark: SparkSession) -> None:
    values = [0.0, 0.0, 1.0, 1.0, 2.0, 1e9]
    told = [(n, 0, [v]) for n, v in enumerate(values)]
    rows = spark.createDataFrame(told, "id long, label int, f array<double>")
    shown = tsne_map(rows, "f", "label", "id")
    assert shown.ids.tolist() == [0, 1, 2, 3, 4, 5]
    assert np.isfinite([shown.x, shown.y]).all()


def test_what_cannot_be_shown_is_said(spark: SparkSession, frame: DataFrame) -> None:
    with pytest.raises(ModelError, match=r"There is no column 'cluster'"):
        tsne_map(frame, "features", "cluster", "id")
    with pytest.raises(ModelError, match=r"size is 9000 and perplexity 30\. A size is from 4 to 5,000"):
        tsne_map(frame, "features", "label", "id", size=9000)
    with pytest.raises(ModelError, match="1 rows of 'features' lack a number"):
        tsne_map(frame.fillna(0, ["label"]), "features", "label", "id")
    with pytest.raises(ModelError, match="There are 1 rows with a label"):
        tsne_map(frame.where("id = 'c1'"), "features", "label", "id")
    length = F.when(F.col("label") > 0, 2).otherwise(3)
    uneven = frame.where("id != 'spoilt'").withColumn("short", F.slice("features", 1, length))
    with pytest.raises(ModelError, match="Rows of 'short' differ in their count of numbers"):
        tsne_map(uneven, "short", "label", "id", size=20)
    alike = spark.range(9).select("id", F.lit(0).alias("label"), F.array(F.lit(1.0)).alias("features"))
    with pytest.raises(ModelError, match="All 9 rows of the sample are alike"):
        tsne_map(alike, "features", "label", "id")


def test_missing_package_is_named(frame: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(ModelError, match=r"needs scikit-learn.*customer-chunks\[models\]"):
        tsne_map(frame, "features", "label", "id", size=20)


def test_rows_outside_the_sample_find_their_group(frame: DataFrame, found: TsneMap) -> None:
    told = placed(frame, "features", found).where("label is not null").orderBy("id").toPandas()
    places, labels = told[["x", "y"]].to_numpy(), told["label"].to_numpy()
    on_map = np.stack([found.x, found.y], axis=1)
    middles = np.stack([on_map[found.labels == n].mean(axis=0) for n in range(3)])
    nearest = ((places[:, None, :] - middles) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == labels).all()
    own = told.set_index("id").loc[found.ids, ["x", "y"]].to_numpy()
    off = np.hypot(*(own - on_map).T)
    assert np.median(off) < 0.25 * np.hypot(np.ptp(found.x), np.ptp(found.y))
    lost = placed(frame.where("id = 'spoilt'"), "features", found).collect()[0]
    assert (lost["x"], lost["y"]) == (None, None)


def test_neighbours_weigh_as_the_perplexity_asks() -> None:
    apart = np.random.default_rng(1).chisquare(5, size=(50, 90)) * 1e6
    shares = _weights(apart, 20.0)
    assert shares.sum(axis=1) == pytest.approx(1)
    assert np.exp(-(shares * np.log(shares)).sum(axis=1)) == pytest.approx(20.0, rel=1e-6)
    assert (np.argsort(-shares, axis=1) == np.argsort(apart, axis=1)).all()
    alike = _weights(np.zeros((1, 5)), 30.0)
    assert alike == pytest.approx(0.2)
