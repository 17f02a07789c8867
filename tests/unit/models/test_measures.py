"""Measures of a segmentation, next to their formulas written out row by row."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn import metrics

from customer_chunks.models import measures
from customer_chunks.models.measures import Quality, quality
from tests.unit.models.planted import a_frame, groups

ROWS, LABELS = groups((60, 40, 25), 2, apart=2.0, seed=5)


def silhouette() -> float:
    apart = np.sqrt(((ROWS[:, None] - ROWS[None]) ** 2).sum(axis=2))
    told = []
    for n, label in enumerate(LABELS):
        means = {k: apart[n][(k == LABELS) & (np.arange(len(ROWS)) != n)].mean() for k in range(3)}
        inside, outside = means.pop(label), min(means.values())
        told.append((outside - inside) / max(inside, outside))
    return float(np.mean(told))


def test_measures_are_those_of_the_formulas_and_noise_is_left_out(spark: SparkSession) -> None:
    centres = np.stack([ROWS[k == LABELS].mean(axis=0) for k in range(3)])
    distances = [np.linalg.norm(ROWS[k == LABELS] - centres[k], axis=1) for k in range(3)]
    worst = []
    for i in range(3):
        others = [j for j in range(3) if j != i]
        spreads = [distances[i].mean() + distances[j].mean() for j in others]
        worst.append(
            max(a / np.linalg.norm(centres[i] - centres[j]) for a, j in zip(spreads, others, strict=True))
        )
    within = sum((d**2).sum() for d in distances)
    between = sum(
        len(d) * ((c - ROWS.mean(axis=0)) ** 2).sum() for d, c in zip(distances, centres, strict=True)
    )
    frame = a_frame(spark, np.concatenate([ROWS, [[500.0, 0.0]]]))
    sign = {n: int(label) * 7 for n, label in enumerate(LABELS)} | {len(ROWS): -1}
    labelled = frame.withColumn(
        "label", F.create_map(*[F.lit(x) for pair in sign.items() for x in pair])[F.col("id").cast("int")]
    )
    found = quality(labelled, "features", "label")
    assert (found.rows, found.clusters, found.noise, found.silhouette_rows) == (125, 3, 1, 125)
    assert found.silhouette == pytest.approx(silhouette(), abs=1e-5)
    assert found.davies_bouldin == pytest.approx(np.mean(worst), rel=1e-5)
    assert found.calinski_harabasz == pytest.approx(between / 2 / (within / 122), rel=1e-5)


def test_fifty_clusters_are_measured_as_scikit_learn_does(spark: SparkSession) -> None:
    rows, labels = groups((9,) * 50, 3, apart=3.0, seed=2)
    frame = a_frame(spark, rows)
    numbers = spark.createDataFrame([(n, int(k)) for n, k in enumerate(labels)], "id long, label int")
    found = quality(frame.join(numbers, on="id", how="inner"), "features", "label")
    assert found.clusters == 50
    assert found.silhouette == pytest.approx(metrics.silhouette_score(rows, labels), abs=1e-5)
    assert found.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(rows, labels), rel=1e-5)
    assert found.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(rows, labels), rel=1e-5)


@pytest.mark.slow
def test_thousands_of_clusters_are_measured_and_too_many_are_counted(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = spark.range(12_000).select(
        F.array((F.col("id") % 4_000).cast("double"), F.col("id").cast("double")).alias("features"),
        (F.col("id") % 4_000).cast("int").alias("label"),
    )
    found = quality(rows, "features", "label")
    assert (found.rows, found.clusters) == (12_000, 4_000)
    assert found.davies_bouldin is not None
    monkeypatch.setattr(measures, "MOST_CLUSTERS", 3_999)
    assert quality(rows, "features", "label") == Quality(12_000, 4_000, 0)


def test_one_cluster_has_no_measures(spark: SparkSession) -> None:
    frame = a_frame(spark, ROWS).withColumn("label", F.when(F.col("id") < 3, -1).otherwise(0))
    assert quality(frame, "features", "label") == Quality(122, 1, 3)
