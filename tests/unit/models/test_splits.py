"""Splits in memory: planted halves, weights, borders, and rows that cannot be split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import BisectingKMeans

from customer_chunks.models.splits import Splits, descended, grown
from customer_chunks.models.tally import Tally, tallied
from tests.unit.models.planted import agreement, groups

ROWS, TRUTH = groups((400, 300, 200, 100), 3, apart=30.0, seed=2)
FLOATS, ONES = ROWS.astype(np.float32), np.ones(1000)


def test_clusters_are_those_of_scikit_learn() -> None:
    tree = grown(FLOATS, ONES, 4, 0, 3)
    found, _ = descended(FLOATS, tree)
    theirs = BisectingKMeans(4, random_state=0, n_init=3, bisecting_strategy="biggest_inertia").fit(ROWS)
    assert agreement(found.astype(int), theirs.labels_) == 1
    assert agreement(found.astype(int), TRUTH) == 1
    assert sorted(set(found)) == tree.leaves().tolist()


def test_the_dearest_leaf_is_split_first() -> None:
    rows = np.array([[0.0], [1.0], [100.0], [110.0], [120.0]], dtype=np.float32)
    tree = grown(rows, np.ones(5), 3, 0, 2)
    right = 1 + int(tree.places[2, 0] > 50)
    assert tree.splits.tolist() == [[0, 1, 2], [right, 3, 4]]


def test_weight_counts_like_copies() -> None:
    weights = np.random.default_rng(1).integers(1, 4, 1000)
    one = grown(FLOATS, weights.astype(float), 4, 0, 4)
    other = grown(np.repeat(FLOATS, weights, axis=0), np.ones(weights.sum()), 4, 0, 4)
    assert np.allclose(np.sort(one.places, axis=0), np.sort(other.places, axis=0), rtol=1e-4)


def test_fewer_different_rows_make_fewer_leaves() -> None:
    assert len(grown(np.repeat(FLOATS[:3], 5, axis=0), np.ones(15), 9, 0, 2).leaves()) == 3
    assert grown(np.ones((5, 2), dtype=np.float32), np.ones(5), 2, 0, 2).leaves().tolist() == [0]


def test_margin_is_that_of_the_nearest_border_on_the_way() -> None:
    places = np.array([[0.0], [-10.0], [10.0], [8.0], [14.0]], dtype=np.float32)
    tree = Splits(places, np.array([[0, 1, 2], [2, 3, 4]], dtype=np.int32))
    nodes, margin = descended(np.array([[-10.0], [0.0], [11.0], [8.0]], dtype=np.float32), tree)
    assert nodes.tolist() == [1, 1, 3, 3]
    assert margin.tolist() == [1, 0, 0, pytest.approx(1 - 2 / 18)]


def test_row_at_1e9_is_split_off_and_the_others_then() -> None:
    tree = grown(np.concatenate([FLOATS, [[1e9, 0, 0]]]).astype(np.float32), np.ones(1001), 5, 0, 3)
    found, _ = descended(FLOATS, tree)
    assert agreement(np.unique(found, return_inverse=True)[1], TRUTH) == 1


def test_tally_is_counts_means_and_costs() -> None:
    near = np.stack([FLOATS[n == TRUTH][0] for n in range(4)] + [FLOATS[0]])
    labels = TRUTH.astype(np.int32)
    parts = [tallied(FLOATS[a:b], labels[a:b], near) for a, b in ((0, 600), (600, 1000))]
    found = Tally.of(parts[0] + parts[1], near)
    means = np.stack([ROWS[n == TRUTH].mean(axis=0) for n in range(4)])
    assert found.counts.tolist() == [400, 300, 200, 100, 0]
    assert np.allclose(found.means[:4], means, atol=1e-5)
    assert found.means[4].tolist() == near[4].tolist()
    costs = [((ROWS[n == TRUTH] - means[n]) ** 2).sum() for n in range(4)]
    assert np.allclose(found.costs, [*costs, 0], rtol=1e-5)
