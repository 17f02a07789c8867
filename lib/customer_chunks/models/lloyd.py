"""The arithmetic of k-means on rows in memory: assignment, sums, starts, and iterations of a sample.

Rows are 32-bit numbers in fits; sums and costs are kept in 64 bits. Nothing here knows of Spark.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.rows import Counting, Doubles, Floats, Keys, drawn_by

_AT_ONCE = 8192
"""Rows whose distances to a few centres fit into a core's cache."""
_MANY = 128
"""From so many centres on, the nearest is found row by row, and sums are made column by column."""
_CELLS_AT_ONCE = 2**19
"""Distances to many centres that fit into a core's cache."""
_LOSSY = 1e-3
"""A squared distance that is less than this share of the row's own square has lost digits of 32 bits."""


class Assigned(NamedTuple):
    """For every row its nearest centre and the squared distance to it."""

    labels: npt.NDArray[np.int32]
    distances: Floats | Doubles


class Round(NamedTuple):
    """One assignment of all rows, summed up: by centre the rows and their sum, and the cost of them all."""

    counts: Doubles
    sums: Doubles
    cost: float

    @classmethod
    def of(cls, totals: Doubles, k: int) -> Round:
        """Read a round from the vector that ``summed`` makes."""
        width = (len(totals) - 1) // k - 1
        return cls(totals[:k], totals[k:-1].reshape(k, width), float(totals[-1]))

    def moved(self, centres: Floats) -> Floats:
        """Return the means of the rows; a centre without rows stays where it is."""
        filled = self.counts > 0
        means = centres.astype(np.float64)
        means[filled] = self.sums[filled] / self.counts[filled, None]
        return means.astype(np.float32)

    def gain(self, centres: Floats) -> float:
        """Return what the cost falls by at least where the centres move: rows times squared way."""
        filled = self.counts > 0
        way = self.sums[filled] / self.counts[filled, None] - centres[filled]
        return float(self.counts[filled] @ (way**2).sum(axis=1))


def assigned(rows: Floats | Doubles, centres: Floats | Doubles) -> Assigned:
    """Return each row's nearest centre, the first of equally near ones, and its squared distance.

    Both are of one type. The square comes of row^2 - 2 row x centre + centre^2, which is fast; rows that lie
    much nearer to their centre than to zero are looked at again with 64 bits.
    """
    labels = np.empty(len(rows), dtype=np.int32)
    distances = np.empty(len(rows), dtype=rows.dtype)
    half = _half_squares(centres)
    at_once = _AT_ONCE if len(centres) < _MANY else max(32, _CELLS_AT_ONCE // len(centres))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        nearest, best = _nearest(some, centres, half)
        squares = np.einsum("ij,ij->i", some, some)
        apart = np.maximum(squares - 2 * best, 0)
        again = np.flatnonzero(apart < _LOSSY * squares)
        if len(again):
            nearest[again], apart[again] = _exactly(some[again], centres)
        labels[start : start + at_once], distances[start : start + at_once] = nearest, apart
    return Assigned(labels, distances)


def summed(rows: Floats, centres: Floats, weights: Doubles | None = None) -> Doubles:
    """Return counts, sums by centre and the cost, in one vector; of weighted rows where weights are given."""
    return totalled(rows, assigned(rows, centres), len(centres), weights)


def totalled(rows: Floats, found: Assigned, k: int, weights: Doubles | None = None) -> Doubles:
    """Return what ``summed`` does, of rows whose centres among k are found already."""
    sums = _sums(rows, found.labels, k, weights)
    counts = np.bincount(found.labels, weights=weights, minlength=k).astype(np.float64)
    distances = found.distances.astype(np.float64)
    cost = distances.sum() if weights is None else distances @ weights
    return np.concatenate([counts, sums.ravel(), [cost]])


def counting(centres: Floats, odds: float, seed: int) -> Counting:
    """Return what sums rows up, and chooses some by chance: squared distance to the centre times ``odds``."""

    def work(rows: Floats, keys: Keys) -> tuple[Doubles, Floats]:
        found = assigned(rows, centres)
        return totalled(rows, found, len(centres)), rows[drawn_by(keys, seed) < odds * found.distances]

    return work


def spread(
    rows: Floats, k: int, seed: int, weights: Doubles | None = None, *, tries: int | None = None
) -> Floats:
    """Return k of the rows, far from each other by chance: k-means++ (Arthur and Vassilvitskii, 2007).

    The next row is the best of some tries, as scikit-learn's greedy variant has it: of a few, or as many as
    told.
    """
    count = tries or 2 + int(np.log(k))
    random = np.random.default_rng(seed)
    mass = np.ones(len(rows)) if weights is None else weights
    first = int(random.choice(len(rows), p=mass / mass.sum()))
    chosen, nearest = [first], _squares(rows, rows[first])
    while len(chosen) < k:
        odds = nearest * mass
        if not odds.sum() > 0:
            break
        tried = random.choice(len(rows), size=count, p=odds / odds.sum())
        nearer = [np.minimum(nearest, _squares(rows, rows[t])) for t in tried]
        best = int(np.argmin([float(n @ mass) for n in nearer]))
        chosen.append(int(tried[best]))
        nearest = nearer[best]
    return rows[chosen]


def settled(
    rows: Floats, centres: Floats, weights: Doubles | None = None, *, rounds: int = 300
) -> tuple[Floats, float]:
    """Return where the centres come to rest, and the cost there."""
    cost = np.inf
    for _ in range(rounds):
        found = Round.of(summed(rows, centres, weights), len(centres))
        if not found.cost < cost * (1 - 1e-6):
            return centres, min(cost, found.cost)
        cost, centres = found.cost, found.moved(centres)
    return centres, cost


def _exactly(rows: Floats | Doubles, centres: Floats | Doubles) -> tuple[npt.NDArray[np.int32], Doubles]:
    wide, places = rows.astype(np.float64), centres.astype(np.float64)
    nearest, _ = _nearest(wide, places, _half_squares(places))
    apart = wide - places[nearest]
    return nearest, np.asarray(np.einsum("ij,ij->i", apart, apart))


def _half_squares(centres: Floats | Doubles) -> Floats | Doubles:
    return np.asarray((centres.astype(np.float64) ** 2).sum(axis=1).astype(centres.dtype) / 2)


def _nearest(
    some: Floats | Doubles, centres: Floats | Doubles, half: Floats | Doubles
) -> tuple[npt.NDArray[np.int32], Floats | Doubles]:
    """Return by row the centre where row x centre - centre^2 / 2 is greatest, and what it is there."""
    if len(centres) >= _MANY:
        by_row = some @ centres.T - half
        found = by_row.argmax(axis=1)
        return found.astype(np.int32), by_row[np.arange(len(some)), found]
    nearness = centres @ some.T - half[:, None]
    nearest, best = np.zeros(len(some), dtype=np.int32), nearness[0]
    for j in range(1, len(centres)):
        nearest[nearness[j] > best] = j
        best = np.maximum(best, nearness[j])
    return nearest, best


def _sums(rows: Floats, labels: npt.NDArray[np.int32], k: int, weights: Doubles | None) -> Doubles:
    if k >= _MANY:
        mass = np.ones(len(rows)) if weights is None else weights
        return np.stack([np.bincount(labels, mass * column, minlength=k) for column in rows.T], axis=1)
    sums = np.zeros((k, rows.shape[1]))
    for start in range(0, len(rows), _AT_ONCE):
        some = labels[start : start + _AT_ONCE]
        chosen = (some == np.arange(k, dtype=np.int32)[:, None]).astype(np.float64)
        if weights is not None:
            chosen *= weights[start : start + _AT_ONCE]
        sums += chosen @ rows[start : start + _AT_ONCE]
    return sums


def _squares(rows: Floats, row: Floats) -> Doubles:
    apart = rows - row
    return np.asarray(np.einsum("ij,ij->i", apart, apart), dtype=np.float64)
