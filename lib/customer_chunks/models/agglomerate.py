"""The arithmetic of Ward's clustering on weighted points in memory: the tree, cuts, and nearest leaves.

Source: Ward (1963); the chain of nearest neighbours is Murtagh (1983). Heights are those of scipy: for
clusters A and B of nA and nB rows sqrt(2 nA nB / (nA + nB)) times the distance of their means. A merge adds
half of its squared height to the sum of squared distances. Nothing here knows of Spark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.rows import Doubles, Floats

_CELLS_AT_ONCE = 2**19
Labels = npt.NDArray[np.int64]


class Nearest(NamedTuple):
    """For every row its nearest leaf's cluster, how far that leaf is, and the nearest of another cluster."""

    cluster: Labels
    own: Doubles
    other: Doubles


def merged(points: Doubles, weights: Doubles) -> Doubles:
    """Return Ward's tree of weighted points in scipy's format: left, right, height, rows below; lowest first.

    Rows below are sums of the weights, where scipy counts leaves: see ``by_leaves``.
    """
    count = len(points)
    at, mass, heights = points.T.copy(), weights.astype(np.float64), np.zeros(count)
    merges, chain = np.zeros((max(count - 1, 0), 3)), [0]
    for n in range(count - 1):
        left, right, gain = _next_pair(at, mass, chain)
        height = max(float(np.sqrt(gain)), heights[left], heights[right])
        total = mass[left] + mass[right]
        at[:, left] += (at[:, right] - at[:, left]) * (mass[right] / total)
        mass[left], mass[right], heights[left] = total, 0.0, height
        chain[:] = [c for c in chain if c not in (left, right)] or [left]
        merges[n] = left, right, height
    return _numbered(merges[np.argsort(merges[:, 2], kind="stable")], weights)


def cut(tree: Doubles, k: int) -> Labels:
    """Return the cluster of every leaf, of k in all: from 0, in the order of their first leaves."""
    leaves = len(tree) + 1
    parent = np.arange(2 * leaves - 1)
    for n in range(leaves - k):
        parent[tree[n, :2].astype(int)] = leaves + n
    for node in range(2 * leaves - 2, -1, -1):
        parent[node] = parent[parent[node]]
    _, first, found = np.unique(parent[:leaves], return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[found], dtype=np.int64)


def by_leaves(tree: Doubles) -> Doubles:
    """Return the tree with leaves below instead of rows, as scipy's ``dendrogram`` takes it."""
    leaves = len(tree) + 1
    below = np.ones(2 * leaves - 1)
    for n, (left, right) in enumerate(tree[:, :2].astype(int)):
        below[leaves + n] = below[left] + below[right]
    return np.column_stack([tree[:, :3], below[leaves:]])


def nearest(rows: Floats | Doubles, leaves: Floats | Doubles, clusters: Labels) -> Nearest:
    """Return each row's nearest leaf's cluster, and the nearest of the others; both are of one type."""
    members = [np.flatnonzero(clusters == c) for c in range(clusters.max() + 1)]
    found = Nearest(np.empty(len(rows), dtype=np.int64), np.empty(len(rows)), np.empty(len(rows)))
    at_once = max(32, _CELLS_AT_ONCE // len(leaves))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        here = np.arange(len(some))
        best, far = (np.stack(told, axis=1) for told in zip(*_by_cluster(some, leaves, members), strict=True))
        own = far.argmin(axis=1)
        far[here, own] = np.inf
        other = far.argmin(axis=1)
        found.cluster[start : start + at_once] = own
        found.own[start : start + at_once] = _distances(some, leaves[best[here, own]])
        found.other[start : start + at_once] = _distances(some, leaves[best[here, other]])
    return found


def _by_cluster(
    some: Floats | Doubles, leaves: Floats | Doubles, members: list[Labels]
) -> Iterator[tuple[Labels, Floats | Doubles]]:
    """Yield of each cluster the leaf that is nearest to each row, and leaf^2 / 2 - row x leaf there."""
    for member in members:
        inside = leaves[member]
        half = (inside.astype(np.float64) ** 2).sum(axis=1).astype(inside.dtype) / 2
        far = half - some @ inside.T
        best = far.argmin(axis=1)
        yield member[best], far[np.arange(len(some)), best]


def _next_pair(at: Doubles, mass: Doubles, chain: list[int]) -> tuple[int, int, float]:
    """Lengthen the chain until its last two are each other's nearest; return both, and its square."""
    while True:
        last = chain[-1]
        gains = _gains(at, mass, last)
        best = int(np.argmin(gains))
        # A tie goes to the one before: else the chain might go in a circle.
        if len(chain) > 1 and gains[chain[-2]] <= gains[best]:
            left, right = sorted((chain[-2], last))
            return left, right, float(gains[chain[-2]])
        chain.append(best)


def _gains(at: Doubles, mass: Doubles, one: int) -> Doubles:
    """Return the squared heights of one cluster with each; without end where there is none, and with itself.

    Column by column, so that both of a pair find the very same number.
    """
    apart = at - at[:, [one]]
    apart *= apart
    gains = 2 * (mass * mass[one]) / (mass + mass[one]) * apart.sum(axis=0)
    gains[mass == 0] = np.inf
    gains[one] = np.inf
    return np.asarray(gains)


def _numbered(merges: Doubles, weights: Doubles) -> Doubles:
    """Return merges of places as merges of nodes: numbers of leaves, and behind them those of merges."""
    leaves = len(merges) + 1
    node, up, below = np.arange(leaves), np.arange(leaves), weights.astype(np.float64)
    tree = np.empty((leaves - 1, 4))
    for n, (one, other, height) in enumerate(merges):
        left, right = _top(up, int(one)), _top(up, int(other))
        below[left] += below[right]
        tree[n] = *sorted((node[left], node[right])), height, below[left]
        up[right], node[left] = left, leaves + n
    return tree


def _top(up: Labels, place: int) -> int:
    while up[place] != place:
        up[place] = up[up[place]]
        place = int(up[place])
    return place


def _distances(rows: Floats | Doubles, others: Floats | Doubles) -> Doubles:
    apart = rows.astype(np.float64) - others
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", apart, apart)))
