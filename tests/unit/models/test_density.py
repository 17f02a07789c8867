"""DBSCAN within a box, next to its definition: any density, any width, borders and ties."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from customer_chunks.models.density import local_clusters
from tests.unit.models.dbscan_oracle import assert_same


def clustered(points: np.ndarray, eps: float, at_least: int) -> None:  # type: ignore[type-arg]
    found = local_clusters(points, np.ones(len(points), dtype=np.bool_), eps, at_least)
    assert_same(found.component, found.is_core, points, eps, at_least)


@pytest.mark.parametrize("width", [1, 2, 4, 7, 9])
@pytest.mark.parametrize("at_least", [1, 4, 12, 40])
def test_clusters_of_several_densities(width: int, at_least: int) -> None:
    random = np.random.default_rng(width * 100 + at_least)
    centres = random.uniform(-5, 5, (6, width))
    spreads = np.repeat([0.1, 0.3, 0.8], 2)
    points = np.concatenate(
        [c + random.normal(0, s, (110, width)) for c, s in zip(centres, spreads, strict=True)]
    )
    points = np.concatenate([points, random.uniform(-6, 6, (60, width))])
    clustered(points, 0.5 * np.sqrt(width), at_least)


def test_dense_groups_that_one_far_pair_joins() -> None:
    """Each point's nearest ones lie in its own group: only the last look finds the bridge."""
    random = np.random.default_rng(0)
    left, right = random.normal(0, 0.02, (80, 2)), random.normal([1.0, 0.0], 0.02, (80, 2))
    gap = right[:, 0].min() - left[:, 0].max()
    for eps in (gap * 0.9, gap * 1.2):
        clustered(np.concatenate([left, right]), eps, 5)


def test_neighbours_at_exactly_eps_are_neighbours() -> None:
    clustered(np.array([[0.0], [1.0], [2.0], [4.0]]), 1.0, 2)
    grid = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    clustered(grid, 1.0, 5)


@pytest.mark.parametrize("step", [0.1, 0.01])
@pytest.mark.parametrize("widest", [4, 12])
def test_rounded_numbers_at_eps_are_those_that_scikit_learn_has(step: float, widest: int) -> None:
    for seed in range(24):
        random = np.random.default_rng(seed)
        width, at_least = int(random.integers(widest - 3, widest + 1)), int(random.integers(3, 45))
        points = np.round(random.normal(size=(300, width)) * step * 3, int(-np.log10(step)))
        eps = float(np.round(step * random.integers(1, 4) * np.ceil(np.sqrt(width)), 2))
        found = local_clusters(points, np.ones(len(points), dtype=np.bool_), eps, at_least)
        theirs = DBSCAN(eps=eps, min_samples=at_least).fit(points)
        assert np.flatnonzero(found.is_core).tolist() == theirs.core_sample_indices_.tolist()
        assert ((found.component < 0) == (theirs.labels_ < 0)).all()
        cores, ours = found.is_core, found.component
        pairs = set(zip(ours[cores], theirs.labels_[cores], strict=True))
        assert len(pairs) == len(set(ours[cores])) == theirs.labels_.max() + 1


def test_border_rows_go_to_the_first_of_the_nearest_core_rows() -> None:
    ties = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        points = random.integers(0, 12, (60, 2)).astype(float)
        found = local_clusters(points, np.ones(len(points), dtype=np.bool_), 2.0, 6)
        cores = np.flatnonzero(found.is_core)
        for row in np.flatnonzero(~found.is_core):
            squares = ((points[row] - points[cores]) ** 2).sum(axis=1)
            is_near = len(cores) > 0 and squares.min() <= 4
            nearest = cores[squares == squares.min()] if is_near else cores[:0]
            first = min(nearest, key=lambda core: tuple(points[core]), default=-1)
            assert found.component[row] == (found.component[first] if is_near else -1)
            ties += len(set(found.component[nearest])) > 1
    assert ties > 10, "some lie between clusters"


def test_many_equal_rows_are_looked_at_once() -> None:
    many = np.concatenate([np.zeros((200_000, 2)), np.tile([1.0, 0.0], (150, 1))])
    points = np.concatenate([many, [[3.0, 0.0], [2.0, 0.0]]])
    tracemalloc.start()
    found = local_clusters(points, np.ones(len(points), dtype=np.bool_), 1.0, 200)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.is_core.tolist() == [True] * len(many) + [False] * 2
    assert found.component.tolist() == [0] * len(many) + [-1, 0]
    assert most < 100e6, "the pairs of 150 rows with 200,000 alone would take a gigabyte"


@pytest.mark.parametrize("at_least", [3, 40])
def test_copies_count_as_neighbours(at_least: int) -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        points = random.integers(0, 30, (80, 2)).astype(float)
        points = np.repeat(points, random.integers(1, 12, len(points)), axis=0)
        clustered(random.permutation(points), 2.0, at_least)


def test_copies_of_one_point_are_each_others_neighbours() -> None:
    clustered(np.concatenate([np.zeros((9, 3)), np.full((3, 3), 5.0)]), 0.5, 4)


def test_no_core_point_makes_all_noise() -> None:
    found = local_clusters(np.arange(5.0)[:, None] * 10, np.ones(5, dtype=np.bool_), 1.0, 2)
    assert found.component.tolist() == [-1] * 5


def test_points_that_are_not_judged_are_no_core() -> None:
    judged = np.array([True, True, True, False])
    found = local_clusters(np.array([[0.0], [0.1], [0.2], [0.3]]), judged, 0.15, 3)
    assert found.is_core.tolist() == [False, True, True, False]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=60),
    st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    st.integers(1, 6),
)
def test_whole_numbers_with_many_ties(places: list[tuple[int, int]], eps: float, at_least: int) -> None:
    clustered(np.array(places, dtype=float), eps, at_least)
