"""DBSCAN over frames: whatever boxes it is cut into, the definition's clusters."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models import dbscan
from customer_chunks.models.boxes import cut
from customer_chunks.models.dbscan import DBSCAN
from tests.unit.models.dbscan_oracle import assert_same
from tests.unit.models.planted import a_frame

random = np.random.default_rng(4)
CENTRES = random.uniform(-4, 4, (5, 2))
ROWS = np.concatenate(
    [c + random.normal(0, s, (150, 2)) for c, s in zip(CENTRES, (0.2, 0.4, 0.6, 0.9, 0.3), strict=True)]
)
RING = np.stack([6 * np.cos(np.linspace(0, 6.28, 300)), 6 * np.sin(np.linspace(0, 6.28, 300))], axis=1)
POINTS = np.concatenate([ROWS, RING, random.uniform(-7, 7, (80, 2))])


@pytest.mark.parametrize("rows_per_box", [100_000, 60])
@pytest.mark.parametrize(("eps", "at_least"), [(0.3, 5), (0.6, 12)])
def test_boxes_do_not_matter(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, rows_per_box: int, eps: float, at_least: int
) -> None:
    monkeypatch.setattr(dbscan, "_longest", lambda boxes, *_: -len(boxes))  # as many as may be
    model = DBSCAN(eps=eps, minPts=at_least, idCol="id", rowsPerBox=rows_per_box)
    told = model.transform(a_frame(spark, POINTS).repartition(3)).orderBy("id").toPandas()
    found, is_core = told["cluster"].to_numpy(), told["is_core"].to_numpy()
    assert_same(found, is_core, POINTS, eps, at_least)
    sizes = np.bincount(found[found >= 0])
    assert sizes.tolist() == sorted(sizes, reverse=True)


def test_border_row_between_two_clusters_goes_to_one_whatever_the_order(spark: SparkSession) -> None:
    rows = np.array([(x, y) for x in (0, 4) for y in (-1, -0.5, 0)] + [(2, 0)], dtype=float)
    found = set()
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(rows))
        told = (
            DBSCAN(eps=2, minPts=4, idCol="id").transform(a_frame(spark, rows[order]).coalesce(1)).toPandas()
        )
        of = {int(order[n]): int(c) for n, c in zip(told["id"], told["cluster"], strict=True)}
        found.add((of[6] == of[0], of[6] == of[3]))
    assert len(found) == 1


def test_boxes_fill_space_and_hold_about_as_many_points_each() -> None:
    boxes = cut(POINTS, 7)
    homes = np.stack([((boxes.low[b] <= POINTS) & (boxes.high[b] > POINTS)).all(axis=1) for b in range(7)])
    assert (homes.sum(axis=0) == 1).all()
    assert (boxes.home(POINTS) == homes.argmax(axis=0)).all()
    assert homes.sum(axis=1).max() < 2.1 * homes.sum(axis=1).min()
    assert np.isinf(boxes.low).any()
    assert len(cut(np.zeros((50, 2)), 4)) == 1


def test_rows_near_a_box_are_those_at_most_so_far_from_it() -> None:
    boxes = cut(np.array([[0.0], [1.0], [2.0], [3.0]]), 2)
    at = float(boxes.high[0][0])
    rows = np.array([[at - 2.0], [at + 1.0], [at + 1.1]])
    assert boxes.near(rows, 0, 1.0).tolist() == [True, True, False]


def test_more_clusters_than_the_driver_holds_are_refused(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = a_frame(spark, np.array([[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]]))
    alone = DBSCAN(eps=1, minPts=1, idCol="id")
    monkeypatch.setattr(dbscan, "_MOST_COMPONENTS", 3)
    assert sorted(row["cluster"] for row in alone.transform(rows).collect()) == [0, 1, 2]
    monkeypatch.setattr(dbscan, "_MOST_COMPONENTS", 2)
    with pytest.raises(ModelError, match="More than 2 clusters with eps 1 and 1 points"):
        alone.transform(rows)


def test_row_that_lacks_a_number_and_missing_id_are_said(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(1, [1.0, None]), (2, [1.0, 2.0])], "id long, features array<double>")
    with pytest.raises(ModelError, match="1 of 2 rows lack a number of 'features'"):
        DBSCAN(eps=1, minPts=2, idCol="id").transform(rows)
    with pytest.raises(ModelError, match="There is no column 'customer'"):
        DBSCAN(eps=1, minPts=2, idCol="customer").transform(rows)
    with pytest.raises(ModelError, match="eps must be a number above 0, got 0"):
        DBSCAN(eps=0, minPts=2, idCol="id")
