"""DBSCAN within one box: which points are core, which of them belong together, and whom the others follow.

Source: Ester, Kriegel, Sander and Xu, "A Density-Based Algorithm for Discovering Clusters", KDD 1996, with
scikit-learn's reading of it: a point is its own neighbour, and a neighbour is at most eps away.

Neighbours are not listed, which takes most of the time where points lie dense. Equal points are seen once.
A point is core if the last of so many nearest different ones is near enough; what that leaves open is decided
by how many there are of each. Core points are joined to a few nearest ones; what that leaves apart and could
still be joined lies in cells next to each other, and only there every pair is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse, spatial
from scipy.sparse import csgraph

from customer_chunks.models.boxes import Flags
from customer_chunks.models.rows import Doubles

NOISE = -1
_PAIRS_AT_ONCE, _LISTED_AT_ONCE = 4_000_000, 1_000_000
_HAIR = 1e-12
"""Share of eps within which a distance is judged anew: a search adds up squares in an order of its own."""
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

    Equal points are looked at once: of some there are a hundred thousand, each a neighbour of all others.

    Args:
        points: All points at most 2 eps from the box.
        judged: Which of them lie at most eps from it: of these all neighbours are here.
        eps: Greatest distance of neighbours.
        at_least: Neighbours that make a point core, itself among them.
    """
    kinds = _kinds(points)
    found = _clusters(kinds, judged[kinds.first], eps, at_least)
    return Local(found.is_core[kinds.of], found.component[kinds.of])


class _Kinds(NamedTuple):
    """Different points in their order: where one of each lies, how many there are, which each point is."""

    points: Doubles
    first: Labels
    counts: Labels
    of: Labels


def _kinds(points: Doubles) -> _Kinds:
    order = np.lexsort(points.T[::-1])
    in_order = points[order]
    is_new = np.ones(len(points), dtype=np.bool_)
    is_new[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
    of = np.empty(len(points), dtype=np.int64)
    of[order] = np.cumsum(is_new) - 1
    return _Kinds(in_order[is_new], order[is_new], np.bincount(of), of)


def _clusters(kinds: _Kinds, judged: Flags, eps: float, at_least: int) -> Local:
    """Cluster different points."""
    points = kinds.points
    is_core = np.zeros(len(points), dtype=np.bool_)
    component = np.full(len(points), NOISE, dtype=np.int64)
    tree = spatial.cKDTree(points)
    places = tree.indices[judged[tree.indices]]  # in the tree's order: one after the other is near
    is_core[places] = _crowded(tree, kinds.counts, places, eps, at_least)
    if not is_core.any():
        return Local(is_core, component)
    cores = spatial.cKDTree(points[is_core])
    own = _together(cores, eps)
    component[is_core] = own
    followers = places[~is_core[places]]
    nearest = _first_nearest(cores, points[followers], eps)
    near = nearest >= 0
    component[followers[near]] = own[nearest[near]]
    return Local(is_core, component)


def _first_nearest(cores: spatial.cKDTree, points: Doubles, eps: float) -> Labels:
    """Return for each point the nearest core point at most eps away, of equally near ones the first; else -1.

    Which of them a search comes upon first depends on what else lies in the box.
    """
    found = np.full(len(points), -1, dtype=np.int64)
    distance, place = cores.query(points, distance_upper_bound=_within(eps))
    near = np.flatnonzero(np.isfinite(distance))
    reach = distance[near] * (1 + _HAIR)
    single = cores.query_ball_point(points[near], reach, return_length=True) == 1
    found[near[single]] = place[near[single]]
    several = near[~single]
    for some, owner, other in _listed(cores, points[several], reach[~single]):
        squares = _squares(points[several[some]][owner], cores.data[other])
        order = np.lexsort((other, squares, owner))
        first = order[np.unique(owner[order], return_index=True)[1]]
        found[several[some]] = other[first]
    told = np.flatnonzero(found >= 0)
    found[told[_squares(points[told], cores.data[found[told]]) > eps * eps]] = -1
    return found


def _listed(
    tree: spatial.cKDTree, points: Doubles, reach: Doubles
) -> Iterator[tuple[Labels, Labels, Labels]]:
    """Yield some of the points, and pairs of them with what the tree has near, a million at a time.

    A pair is the place among these points, and the place in the tree of one within the point's reach.
    """
    if not len(points):
        return
    ends = np.cumsum(tree.query_ball_point(points, reach, return_length=True))
    cuts = np.searchsorted(ends, np.arange(_LISTED_AT_ONCE, ends[-1], _LISTED_AT_ONCE))
    for some in np.split(np.arange(len(points)), np.unique(cuts)):
        if len(some):
            lists = tree.query_ball_point(points[some], reach[some])
            owner = np.repeat(np.arange(len(some)), [len(one) for one in lists])
            yield some, owner, np.concatenate([np.asarray(one, dtype=np.int64) for one in lists])


def _squares(left: Doubles, right: Doubles) -> Doubles:
    """Return the squares of the distances of pairs, added up as scikit-learn does."""
    squares = np.zeros(len(left))
    for one, other in zip(left.T, right.T, strict=True):
        squares += (one - other) ** 2
    return squares


def _within(eps: float) -> float:
    """Return the bound for searches whose finds are judged anew."""
    return eps * (1 + _HAIR)


def _are_near(
    left: tuple[Doubles, Labels], right: tuple[Doubles, Labels], distance: Doubles, eps: float
) -> Flags:
    """Tell which pairs (points and places) are at most eps apart, by squares, as scikit-learn compares.

    A search by distance takes those a hair farther away too: in data that is rounded, many lie at eps itself.
    """
    near = np.ones(len(distance), dtype=np.bool_)
    edge = np.flatnonzero(distance >= eps * (1 - _HAIR))
    ones, others = (points[places[edge]] for points, places in (left, right))
    near[edge] = _squares(ones, others) <= eps * eps
    return near


def _crowded(tree: spatial.cKDTree, counts: Labels, places: Labels, eps: float, at_least: int) -> Flags:
    """Tell which of the tree's points have neighbours enough, by as many as there are of each, and of it.

    Most have so many different ones well within eps. Others are listed where edges or copies decide.
    """
    points = tree.data[places]
    if at_least > counts.sum():
        return np.zeros(len(points), dtype=np.bool_)
    is_open = np.ones(len(points), dtype=np.bool_)
    if at_least > _COUNTED_ABOVE:
        crowded = tree.query_ball_point(points, eps * (1 - _HAIR), return_length=True) >= at_least
    else:
        distance, _ = tree.query(points, k=[at_least], distance_upper_bound=_within(eps))
        crowded = distance[:, 0] < eps * (1 - _HAIR)
        is_open = np.isfinite(distance[:, 0])
    if counts.max(initial=1) > 1:
        is_open[:] = True
    rest = np.flatnonzero(is_open & ~crowded)
    # Neighbours of n kinds are no more than there are of the n largest kinds.
    at_most = np.concatenate([[0], np.cumsum(np.sort(counts)[::-1])])
    kinds_near = tree.query_ball_point(points[rest], _within(eps), return_length=True)
    asked = rest[at_most[kinds_near] >= at_least]
    for some, owner, other in _listed(tree, points[asked], np.full(len(asked), _within(eps))):
        near = _squares(points[asked[some]][owner], tree.data[other]) <= eps * eps
        have = np.bincount(owner, weights=counts[other] * near, minlength=len(some))
        crowded[asked[some]] = have >= at_least
    return np.asarray(crowded)


def _together(cores: spatial.cKDTree, eps: float) -> Labels:
    """Return a number for every core point, equal for those that a chain of neighbours joins."""
    label = _nearest_joined(cores, eps)
    for some in _undecided(cores, label, eps):
        tree = spatial.cKDTree(cores.data[some])
        found = tree.sparse_distance_matrix(cores, _within(eps), output_type="ndarray")
        near = _are_near((cores.data, some[found["i"]]), (cores.data, found["j"]), found["v"], eps)
        label = _joined(label, label[some[found["i"][near]]], label[found["j"][near]])
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
    pairs = np.cumsum(cores.query_ball_point(cores.data[places], _within(eps), return_length=True))
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
