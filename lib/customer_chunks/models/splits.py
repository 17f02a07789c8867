"""The arithmetic of bisecting k-means in memory: a tree of splits is grown, and rows go down it.

Source: Steinbach, Karypis and Kumar, "A Comparison of Document Clustering Techniques", 2000; of the clusters
the one that costs most is split. Nothing here knows of Spark.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.lloyd import assigned, settled, spread
from customer_chunks.models.rows import Doubles, Floats

Nodes = npt.NDArray[np.int32]
_PAIR = 2


class Splits(NamedTuple):
    """A tree: ``places`` by node, the root first; ``splits`` are rows of node, left and right child."""

    places: Floats
    splits: Nodes

    def leaves(self) -> Nodes:
        """Return the nodes that are not split."""
        return np.setdiff1d(np.arange(len(self.places), dtype=np.int32), self.splits[:, 0])


class _Leaf(NamedTuple):
    node: int
    rows: npt.NDArray[np.int64]
    cost: float


def grown(rows: Floats, weights: Doubles, k: int, seed: int, restarts: int) -> Splits:
    """Return the tree of k leaves for weighted rows; of fewer where no leaf has two rows that differ."""
    everything = np.arange(len(rows))
    root = (weights @ rows / weights.sum()).astype(np.float32)
    places = [root]
    splits: list[tuple[int, int, int]] = []
    waiting = [_Leaf(0, everything, _cost(rows, weights, root))]
    while len(splits) < k - 1:
        waiting.sort(key=lambda leaf: leaf.cost)
        dearest = waiting.pop()
        if not dearest.cost > 0:
            break
        halves = _halves(rows[dearest.rows], weights[dearest.rows], seed + restarts * len(places), restarts)
        if halves is None:
            waiting.append(dearest._replace(cost=0.0))
            continue
        centres, is_right = halves
        splits.append((dearest.node, len(places), len(places) + 1))
        for centre, some in zip(centres, (dearest.rows[~is_right], dearest.rows[is_right]), strict=True):
            waiting.append(_Leaf(len(places), some, _cost(rows[some], weights[some], centre)))
            places.append(centre)
    return Splits(np.stack(places), np.array(splits, dtype=np.int32).reshape(-1, 3))


def descended(rows: Floats, tree: Splits) -> tuple[Nodes, Doubles]:
    """Return each row's leaf, and how far it keeps from the nearest border on its way: 0 on one, 1 at most.

    At every node a row goes to the nearer child, the left one of equally near ones.
    """
    at, margin = np.zeros(len(rows), dtype=np.int32), np.ones(len(rows))
    for node, left, right in tree.splits:
        here = np.flatnonzero(at == node)
        one, other = (_squares(rows[here], tree.places[child]) for child in (left, right))
        at[here] = np.where(other < one, right, left)
        near, far = np.minimum(one, other), np.maximum(one, other)
        kept = 1 - np.sqrt(near / np.where(far > 0, far, 1))
        margin[here] = np.minimum(margin[here], np.where(far > 0, kept, 0.0))
    return at, margin


def _halves(
    rows: Floats, weights: Doubles, seed: int, restarts: int
) -> tuple[Floats, npt.NDArray[np.bool_]] | None:
    """Return the best pair of centres and which rows are the second one's; None where rows are all alike."""
    starts = [spread(rows, _PAIR, seed + n, weights) for n in range(restarts)]
    tried = [settled(rows, start, weights) for start in starts if len(start) == _PAIR]
    if not tried:
        return None
    centres, _ = min(tried, key=lambda pair: pair[1])
    is_right = assigned(rows, centres).labels == 1
    return None if is_right.all() or not is_right.any() else (centres, is_right)


def _cost(rows: Floats, weights: Doubles, centre: Floats) -> float:
    return float(_squares(rows, centre) @ weights)


def _squares(rows: Floats, centre: Floats) -> Doubles:
    apart = rows.astype(np.float64) - centre
    return np.asarray(np.einsum("ij,ij->i", apart, apart))
