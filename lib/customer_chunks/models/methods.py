"""The methods of segmentation on rows in memory, for many numbers of clusters at once.

Enters: a sample, numbers of clusters and a seed. Leaves: for each number what labels rows; so a search can
compare methods without a pass over all rows for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from customer_chunks.models.agglomerate import cut, merged, nearest
from customer_chunks.models.lloyd import assigned, settled, spread
from customer_chunks.models.mixture import Mixture, around, floor_of, risen
from customer_chunks.models.rows import Floats
from customer_chunks.models.splits import Splits, descended, grown

Labels = npt.NDArray[np.int64]
Labelled = Callable[[Floats], Labels]
"""What a fit is good for: rows -> their clusters."""
Fit = Callable[[Floats, Sequence[int], int], dict[int, Labelled]]
_STARTS = 2
_LEAVES = 400
_ROUNDS = 5
_FLOOR, _RISES, _TOL = 1e-6, 100, 1e-5


def by_kmeans(rows: Floats, clusters: Sequence[int], seed: int) -> dict[int, Labelled]:
    """Return a fit of k-means for each number of clusters that the rows have places for."""
    fits: dict[int, Labelled] = {}
    for k in clusters:
        starts = [spread(rows, k, seed + n) for n in range(_STARTS)]
        costs = [settled(rows, start) for start in starts if len(start) == k]
        if costs:
            fits[k] = _of_centres(min(costs, key=lambda pair: pair[1])[0])
    return fits


def by_bisecting(rows: Floats, clusters: Sequence[int], seed: int) -> dict[int, Labelled]:
    """Return a fit for each number of clusters: one tree of splits, of which fewer clusters are the top."""
    tree = grown(rows, np.ones(len(rows)), max(clusters), seed, _STARTS)
    deep = [k for k in clusters if k <= len(tree.splits) + 1]
    return {k: _of_splits(Splits(tree.places[: 2 * k - 1], tree.splits[: k - 1])) for k in deep}


def by_ward(rows: Floats, clusters: Sequence[int], seed: int) -> dict[int, Labelled]:
    """Return a fit for each number of clusters: cuts of one tree over some hundred micro-clusters."""
    starts = spread(rows, min(_LEAVES, len(rows)), seed, tries=1)
    leaves, _ = settled(rows, starts, rounds=_ROUNDS)
    counts = np.bincount(assigned(rows, leaves).labels, minlength=len(leaves)).astype(float)
    leaves, counts = leaves[counts > 0], counts[counts > 0]
    tree = merged(leaves.astype(np.float64), counts)
    return {k: _of_leaves(leaves, cut(tree, k)) for k in clusters if k <= len(leaves)}


def by_mixture(rows: Floats, clusters: Sequence[int], seed: int) -> dict[int, Labelled]:
    """Return a mixture of Gaussians for each number of clusters, risen from where k-means rests."""
    floor, fits = floor_of(rows, _FLOOR), {}
    for k in clusters:
        start = spread(rows, k, seed)
        if len(start) == k:
            begun = around(rows, settled(rows, start)[0], floor)
            fits[k] = _of_components(risen(rows, begun, floor, rounds=_RISES, tol=_TOL)[0])
    return fits


def _of_components(mixture: Mixture) -> Labelled:
    return lambda rows: mixture.judged(rows).chances.argmax(axis=1).astype(np.int64)


def _of_centres(centres: Floats) -> Labelled:
    return lambda rows: assigned(rows, centres).labels.astype(np.int64)


def _of_splits(tree: Splits) -> Labelled:
    leaves = tree.leaves()
    return lambda rows: np.searchsorted(leaves, descended(rows, tree)[0]).astype(np.int64)


def _of_leaves(leaves: Floats, clusters: Labels) -> Labelled:
    return lambda rows: nearest(rows, leaves, clusters).cluster


METHODS: Mapping[str, Fit] = {
    "kmeans": by_kmeans,
    "bisecting": by_bisecting,
    "ward": by_ward,
    "mixture": by_mixture,
}
