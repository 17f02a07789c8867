"""Rows that are there often, and exactly how often.

Nothing depends on how rows are partitioned. A row that is frequent in all is so in one block at least, so
blocks bring the candidates, and one more pass counts these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from customer_chunks.models.points import Points
from customer_chunks.models.rows import ONE_IN, Doubles, Floats, draws, frequent_in, keys_of


class Weighed(NamedTuple):
    """Different rows, and how many rows each stands for."""

    rows: Floats
    weights: Doubles


def grouped(rows: Floats, weights: Doubles | None = None) -> Weighed:
    """Return the different ones of some rows, and what each of them weighs."""
    kinds, which = np.unique(rows + np.float32(0), axis=0, return_inverse=True)
    return Weighed(kinds, np.bincount(which.ravel(), weights, len(kinds)).astype(np.float64))


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


def candidates(points: Points) -> Weighed:
    """Return the rows that are frequent in some block, and how many there are in such blocks."""
    width = points.width
    if points.drawn is not None and not points.has_ids:  # they were counted while blocks were packed
        found = points.drawn.often.astype(np.float64)
    else:

        def work(rows: Floats) -> Doubles:
            return frequent_in(rows, keys_of(rows))[1].astype(np.float64).ravel()

        def join(parts: Sequence[Doubles]) -> Doubles:
            both = np.concatenate(parts).reshape(-1, width + 1)
            kinds = grouped(both[:, :width].astype(np.float32), both[:, width])
            return np.column_stack([kinds.rows, kinds.weights]).ravel()

        found = points.merged(work, join).reshape(-1, width + 1)
    return grouped(found[:, :width].astype(np.float32), found[:, width])


def frequent(points: Points, among: Weighed) -> Weighed:
    """Return those of the candidates that are one in 500 of all rows or more, with their exact counts.

    In blocks that did not tell of it, such a row is less than one in 1,000. So it is one in 1,000 of all by
    what the others told, or it need not be counted.
    """
    likely = among.rows[among.weights * ONE_IN >= points.count]
    if not len(likely):
        return Weighed(likely, np.zeros(0))
    counts = counted(points, likely)
    is_frequent = counts * ONE_IN >= 2 * points.count
    return Weighed(likely[is_frequent], counts[is_frequent])
