"""A few rows that stand for all: different ones, frequent ones, and a weighted sample of the rest.

Nothing depends on how rows are partitioned: a row is chosen by its id, or else by its own numbers, so that
equal rows are chosen together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from customer_chunks.models.frequent import Weighed, candidates, frequent, grouped
from customer_chunks.models.points import Points
from customer_chunks.models.rows import Doubles, Floats, Keys, drawn_by, draws, in_order


def different(points: Points, most: int, seed: int) -> Floats:
    """Return different rows by their numbers, at most so many: drawn, each as likely as any other."""
    width = points.width

    def least(rows: Floats) -> Doubles:
        _, first = np.unique(draws(rows, seed), return_index=True)
        return np.asarray(rows[first[:most]] + np.float32(0), dtype=np.float64).ravel()

    def join(parts: Sequence[Doubles]) -> Doubles:
        return least(np.concatenate(parts).astype(np.float32).reshape(-1, width))

    return in_order(points.merged(least, join).astype(np.float32).reshape(-1, width))


def coreset(points: Points, size: int, seed: int) -> Weighed:
    """Return about ``size`` weighted rows, all where there are no more; centres cost about as much on them.

    Half of the chances are equal, half go by the squared distance to the mean, so that no far row is missed
    (lightweight coresets: Bachem, Lucic and Krause, KDD 2018). Frequent rows are there with their exact
    weight.
    """
    if points.count <= size:
        return grouped(points.chosen(lambda rows, _: rows))
    often = frequent(points, candidates(points))
    known = draws(often.rows, 0)
    count, mean = points.count, points.mean - points.offset
    scatter = float(points.totals(lambda rows: np.array([_squares(rows, mean).sum()]))[0])

    def chances(rows: Floats) -> Doubles:
        far = _squares(rows, mean) / scatter if scatter > 0 else np.zeros(len(rows))
        return np.minimum(1, size * (0.5 / count + 0.5 * far))

    def work(rows: Floats, keys: Keys) -> Floats:
        drawn = rows[drawn_by(keys, seed) < chances(rows)]
        return drawn[~np.isin(draws(drawn, 0), known)]

    others = grouped(points.chosen(work))
    weights = others.weights / chances(others.rows)
    return Weighed(np.concatenate([often.rows, others.rows]), np.concatenate([often.weights, weights]))


def _squares(rows: Floats, row: Doubles) -> Doubles:
    apart: npt.NDArray[np.float64] = rows - row
    return np.asarray(np.einsum("ij,ij->i", apart, apart))
