"""DBSCAN within one box: which points are core, which of them belong together, and whom the others follow.

Source: Ester, Kriegel, Sander and Xu, "A Density-Based Algorithm for Discovering Clusters", KDD 1996, with
scikit-learn's reading of it: a point is its own neighbour, and a neighbour is at most eps away.

Neighbours are not listed, which takes most of the time where points lie dense. A point is core if the last of
so many nearest ones is near enough. Core points are joined to a few nearest ones; what that leaves apart and
could still be joined lies in cells next to each other, and only there every pair is looked at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse, spatial
from scipy.sparse import csgraph

from customer_chunks.models.boxes import Flags
from customer_chunks.models.rows import Doubles

NOISE = -1
_PAIRS_AT_ONCE = 4_000_000
_HAIR = 1e-15
"""Share of eps within which a distance is compared by its square."""
_JOINED = 8
"""Nearest core points that each is joined to at first."""
_COUNTED_ABOVE = 32
"""So many nearest ones are found faster than counted."""
_CELLED_BELOW = 7
"""Numbers of a point below which cells of side eps hold several points, and have few neighbours."""
Labels = npt.NDArray[np.int64]


class Local(NamedTuple):
    """What is known of the points of one box: whether core, and the component each belongs to, or noise."""

    is_core: Flags
    component: Labels


def local_clusters(points: Doubles, judged: Flags, eps: float, at_least: int) -> Local:
    """Cluster the points of a box and its surroundings.

    Args:
        points: All points at most 2 eps from the box.
        judged: Which of them lie at most eps from it: of these all neighbours are here.
        eps: Greatest distance of neighbours.
        at_least: Neighbours that make a point core, itself among them.
    """
    is_core = np.zeros(len(points), dtype=np.bool_)
    component = np.full(len(points), NOISE, dtype=np.int64)
    tree = spatial.cKDTree(points)
    places = tree.indices[judged[tree.indices]]  # in the tree's order: one after the other is near
    is_core[places] = _crowded(tree, points[places], eps, at_least)
    if not is_core.any():
        return Local(is_core, component)
    cores = spatial.cKDTree(points[is_core])
    own = _together(cores, eps)
    component[is_core] = own
    followers = places[~is_core[places]]
    distance, nearest = cores.query(points[followers], distance_upper_bound=_within(eps))
    near = np.isfinite(distance)
    pairs = (points, followers[near]), (cores.data, nearest[near])
    near[near] = _are_near(*pairs, distance[near], eps)
    component[followers[near]] = own[nearest[near]]
    return Local(is_core, component)


def _within(eps: float) -> float:
    """Return the bound for searches that leave out what lies on it."""
    return float(np.nextafter(eps, np.inf))


def _are_near(
    left: tuple[Doubles, Labels], right: tuple[Doubles, Labels], distance: Doubles, eps: float
) -> Flags:
    """Tell which pairs (points and places) are at most eps apart, by squares, as scikit-learn compares.

    A search by distance takes those a hair farther away too: in data that is rounded, many lie at eps itself.
    """
    near = np.ones(len(distance), dtype=np.bool_)
    edge = np.flatnonzero(distance >= eps * (1 - _HAIR))
    squares = np.zeros(len(edge))
    ones, others = (points[places[edge]] for points, places in (left, right))
    for one, other in zip(ones.T, others.T, strict=True):
        squares += (one - other) ** 2
    near[edge] = squares <= eps * eps
    return near


def _crowded(tree: spatial.cKDTree, points: Doubles, eps: float, at_least: int) -> Flags:
    if at_least > tree.n or not len(points):
        return np.zeros(len(points), dtype=np.bool_)
    if at_least > _COUNTED_ABOVE:
        return np.asarray(tree.query_ball_point(points, eps, return_length=True) >= at_least)
    distance, _ = tree.query(points, k=[at_least], distance_upper_bound=_within(eps))
    crowded = np.isfinite(distance[:, 0])
    edge = np.flatnonzero(crowded & (distance[:, 0] >= eps * (1 - _HAIR)))
    if len(edge):
        crowded[edge] = tree.query_ball_point(points[edge], eps, return_length=True) >= at_least
    return np.asarray(crowded)


def _together(cores: spatial.cKDTree, eps: float) -> Labels:
    """Return a number for every core point, equal for those that a chain of neighbours joins."""
    label = _nearest_joined(cores, eps)
    for some in _undecided(cores, label, eps):
        found = spatial.cKDTree(cores.data[some]).sparse_distance_matrix(cores, eps, output_type="ndarray")
        label = _joined(label, label[some[found["i"]]], label[found["j"]])
    return label


def _nearest_joined(cores: spatial.cKDTree, eps: float) -> Labels:
    count, places = cores.n, cores.indices
    label = np.arange(count, dtype=np.int64)
    ranks = list(range(2, 2 + min(_JOINED, count - 1)))  # the first is the point itself
    if not ranks:
        return label
    distance, nearest = cores.query(cores.data[places], k=ranks, distance_upper_bound=_within(eps))
    near = np.isfinite(distance)
    left, right = np.repeat(places, near.sum(axis=1)), nearest[near]
    are_near = _are_near((cores.data, left), (cores.data, right), distance[near], eps)
    return _joined(label, left[are_near], right[are_near])


def _joined(label: Labels, left: Labels, right: Labels) -> Labels:
    """Return the labels with those of ``left`` and ``right`` made one, pair by pair."""
    apart = left != right
    if not apart.any():
        return label
    ones = np.ones(int(apart.sum()), dtype=np.int8)
    graph = sparse.coo_matrix((ones, (left[apart], right[apart])), shape=(len(label), len(label)))
    _, renamed = csgraph.connected_components(graph, directed=False)
    return np.asarray(renamed[label], dtype=np.int64)


def _undecided(cores: spatial.cKDTree, label: Labels, eps: float) -> list[Labels]:
    """Return the core points that may have a neighbour of another label, a few at a time."""
    places = np.asarray(cores.indices, dtype=np.int64)
    if cores.m < _CELLED_BELOW:
        places = places[_mixed(cores.data, label, eps)[places]]
    if not len(places):
        return []
    pairs = np.cumsum(cores.query_ball_point(cores.data[places], eps, return_length=True))
    ends = np.searchsorted(pairs, np.arange(_PAIRS_AT_ONCE, pairs[-1], _PAIRS_AT_ONCE))
    return [some for some in np.split(places, np.unique(ends)) if len(some)]


def _mixed(points: Doubles, label: Labels, eps: float) -> Flags:
    """Return which points lie in a cell of side eps that holds, or is next to, points of several labels."""
    # A hair wider: neighbours at exactly eps must not come two cells apart by rounding.
    cells = np.floor((points - points.min(axis=0)) / (eps * (1 + 1e-9)))
    kinds, cell = np.unique(cells, axis=0, return_inverse=True)
    cell = cell.ravel()
    low, high = np.full(len(kinds), len(label)), np.full(len(kinds), -1)
    np.minimum.at(low, cell, label)
    np.maximum.at(high, cell, label)
    next_to = spatial.cKDTree(kinds).query_pairs(1.5, p=np.inf, output_type="ndarray")
    lowest, highest = low.copy(), high.copy()
    for here, there in ((next_to[:, 0], next_to[:, 1]), (next_to[:, 1], next_to[:, 0])):
        np.minimum.at(lowest, here, low[there])
        np.maximum.at(highest, here, high[there])
    return np.asarray((lowest != highest)[cell])
