"""Ward's tree in memory, next to scipy's: weights, ties, cuts, and which leaf is nearest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from customer_chunks.models.agglomerate import by_leaves, cut, merged, nearest

random = np.random.default_rng(3)


@pytest.mark.parametrize(("rows", "width"), [(2, 1), (60, 1), (400, 3), (150, 12)])
def test_tree_is_that_of_scipy(rows: int, width: int) -> None:
    points = random.normal(size=(rows, width))
    assert np.allclose(merged(points, np.ones(rows)), hierarchy.linkage(points, "ward"))


def test_weight_counts_like_copies_that_merge_at_height_0() -> None:
    points, weights = random.normal(size=(90, 4)), random.integers(1, 6, 90)
    scipys = hierarchy.linkage(np.repeat(points, weights, axis=0), "ward")
    tree = merged(points, weights.astype(float))
    assert np.allclose(scipys[:-89, 2], 0)
    assert np.allclose(tree[:, 2:], scipys[-89:, 2:])
    for k in (2, 7, 40):
        ours = np.repeat(cut(tree, k), weights)
        assert len(set(zip(ours, hierarchy.fcluster(scipys, k, "maxclust"), strict=True))) == k


def test_height_of_two_weighted_points_by_hand() -> None:
    tree = merged(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([2.0, 6.0]))
    assert tree.tolist() == [[0, 1, pytest.approx(np.sqrt(2 * 12 / 8) * 5), 8]]


def test_far_point_comes_last_and_takes_no_digits_from_others() -> None:
    points = np.concatenate([random.normal(size=(50, 2)), [[1e9, 0.0]]])
    tree, without = merged(points, np.ones(51)), merged(points[:50], np.ones(50))
    assert np.allclose(tree[:-1, 2], without[:, 2], rtol=1e-12)
    assert tree[-1, 0] == 50


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=25, unique=True))
def test_ties_leave_heights_rising_and_every_leaf_below_the_top(places: list[tuple[int, int]]) -> None:
    points = np.array(places, dtype=float)
    tree = merged(points, np.ones(len(points)))
    assert (np.diff(tree[:, 2]) >= 0).all()
    assert hierarchy.is_valid_linkage(tree)
    # Half the squared heights add up to the squared distances to the mean, whichever pair came first.
    assert (tree[:, 2] ** 2).sum() / 2 == pytest.approx(((points - points.mean(axis=0)) ** 2).sum())


def test_cut_numbers_clusters_by_their_first_leaves() -> None:
    tree = merged(np.array([[9.0], [0.0], [9.5], [0.2], [50.0]]), np.ones(5))
    assert cut(tree, 3).tolist() == [0, 1, 0, 1, 2]
    assert cut(tree, 1).tolist() == [0] * 5
    assert cut(tree, 5).tolist() == [0, 1, 2, 3, 4]
    assert cut(np.zeros((0, 4)), 1).tolist() == [0]


def test_tree_with_leaves_counted_is_one_that_scipy_draws() -> None:
    tree = merged(random.normal(size=(20, 2)), np.full(20, 1000.0))
    assert not hierarchy.is_valid_linkage(tree)
    assert hierarchy.is_valid_linkage(by_leaves(tree))


def test_nearest_leaf_and_the_nearest_of_another_cluster() -> None:
    leaves, rows = (random.normal(size=(n, 3)).astype(np.float32) for n in (40, 500))
    clusters = random.permutation(np.arange(40) % 4)
    apart = np.linalg.norm(rows[:, None].astype(float) - leaves[None], axis=2)
    by_cluster = np.stack([apart[:, clusters == c].min(axis=1) for c in range(4)], axis=1)
    found = nearest(rows, leaves, clusters)
    assert (found.cluster == by_cluster.argmin(axis=1)).all()
    ranked = np.sort(by_cluster, axis=1)
    assert np.allclose(found.own, ranked[:, 0])
    assert np.allclose(found.other, ranked[:, 1])
