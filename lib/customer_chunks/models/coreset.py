"""A few rows that stand for all: different ones, frequent ones, and a weighted sample of the rest.

Nothing depends on how rows are partitioned: a row is chosen by its own numbers, so equal rows are chosen
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.points import Points
from customer_chunks.models.rows import Doubles, Floats, draws, in_order

_FREQUENT = 200
"""A row that is one in so many is always chosen: at most so many such rows are in a block."""


class Weighed(NamedTuple):
    """Different rows, and how many rows each stands for."""

    rows: Floats
    weights: Doubles


def different(points: Points, most: int, seed: int) -> Floats:
    """Return different rows by their numbers, at most so many: drawn, each as likely as any other."""
    width = points.width

    def least(rows: Floats) -> Doubles:
        _, first = np.unique(draws(rows, seed), return_index=True)
        return np.asarray(rows[first[:most]] + np.float32(0), dtype=np.float64).ravel()

    def join(parts: Sequence[Doubles]) -> Doubles:
        return least(np.concatenate(parts).astype(np.float32).reshape(-1, width))

    return in_order(points.merged(least, join).astype(np.float32).reshape(-1, width))


def counted(points: Points, rows: Floats) -> Doubles:
    """Return how many of all rows equal each of some different ones."""
    keys = draws(rows, 0)
    order = np.argsort(keys)
    ranked = keys[order]

    def work(block: Floats) -> Doubles:
        found, counts = np.unique(draws(block, 0), return_counts=True)
        at = np.minimum(np.searchsorted(ranked, found), len(ranked) - 1)
        same = ranked[at] == found
        told = np.zeros(len(ranked))
        told[order[at[same]]] = counts[same]
        return told

    return points.totals(work)


def coreset(points: Points, size: int, seed: int) -> Weighed:
    """Return about ``size`` weighted rows, all where there are no more; centres cost about as much on them.

    Half of the chances are equal, half go by the squared distance to the mean, so that no far row is missed
    (lightweight coresets: Bachem, Lucic and Krause, KDD 2018). Frequent rows are there with their exact
    weight.
    """
    if points.count <= size:
        return _grouped(points.sample(points.count, seed))
    often = _frequent(points)
    keys = draws(often.rows, 0)
    count, mean = points.count, points.mean - points.offset
    scatter = float(points.totals(lambda rows: np.array([_squares(rows, mean).sum()]))[0])

    def chances(rows: Floats) -> Doubles:
        far = _squares(rows, mean) / scatter if scatter > 0 else np.zeros(len(rows))
        return np.minimum(1, size * (0.5 / count + 0.5 * far))

    found = points.chosen(
        lambda rows: rows[(draws(rows, seed) < chances(rows)) & ~np.isin(draws(rows, 0), keys)]
    )
    others = _grouped(found)
    weights = others.weights / chances(others.rows)
    return Weighed(np.concatenate([often.rows, others.rows]), np.concatenate([often.weights, weights]))


def _frequent(points: Points) -> Weighed:
    """Return the rows that are at least one in 200; such a row is so frequent in one block at least."""

    def work(rows: Floats) -> Floats:
        _, first, counts = np.unique(draws(rows, 0), return_index=True, return_counts=True)
        return rows[first[counts * _FREQUENT >= len(rows)]]

    candidates = _grouped(points.chosen(work)).rows
    if not len(candidates):
        return Weighed(candidates, np.zeros(0))
    counts = counted(points, candidates)
    kept = counts * _FREQUENT >= points.count
    return Weighed(candidates[kept], counts[kept])


def _grouped(rows: Floats) -> Weighed:
    kinds, counts = np.unique(rows + np.float32(0), axis=0, return_counts=True)
    return Weighed(kinds, counts.astype(np.float64))


def _squares(rows: Floats, row: Doubles) -> Doubles:
    apart: npt.NDArray[np.float64] = rows - row
    return np.asarray(np.einsum("ij,ij->i", apart, apart))
