"""The arithmetic of a mixture of Gaussians on rows in memory: what each row is of, sums, and rounds of EM.

Source of the formulas: Bishop, "Pattern Recognition and Machine Learning" (2006), 9.2.2. Sums are kept as
differences from the components' means, which keep their digits. Nothing here knows of Spark.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.lloyd import assigned
from customer_chunks.models.rows import Doubles, Floats

_AT_ONCE = 8192
"""Rows whose distances to all components fit into a core's cache."""
_THINNEST = 1e-14
_LEAST = 1e-10
"""Share of all rows below which a component stays as it is."""


@dataclass(frozen=True)
class Mixture:
    """Components: share of all rows, mean, and covariance (full)."""

    shares: Doubles
    means: Doubles
    covariances: Doubles

    def judged(self, rows: npt.NDArray[np.floating]) -> Judged:
        """Return by row and component the chance to be of it, and the squared Mahalanobis distance to it."""
        k, width = self.means.shape
        apart, volumes = np.empty((len(rows), k)), np.empty(k)
        for j in range(k):
            spread, axes = np.linalg.eigh(self.covariances[j])
            spread = np.maximum(spread, _THINNEST * spread[-1])  # rounding leaves some below zero
            apart[:, j] = (((rows - self.means[j]) @ (axes / np.sqrt(spread))) ** 2).sum(axis=1)
            volumes[j] = np.log(spread).sum()
        logs = np.log(self.shares) - 0.5 * (apart + volumes + width * np.log(2 * np.pi))
        most = logs.max(axis=1)
        odds = np.exp(logs - most[:, None])
        total = odds.sum(axis=1)
        return Judged(odds / total[:, None], apart, most + np.log(total))

    def moved(self, sums: Sums, floor: Doubles) -> Mixture:
        """Return the components that the sums tell; one with hardly a row stays. ``floor`` widens each."""
        shares, means, covariances = self.shares.copy(), self.means.copy(), self.covariances.copy()
        count = sums.rows.sum()
        for j in np.flatnonzero(sums.rows > _LEAST * count):
            shift = sums.apart[j] / sums.rows[j]
            means[j] = self.means[j] + shift
            spread = sums.squares[j] / sums.rows[j] - np.outer(shift, shift)
            covariances[j] = spread + np.diag(floor)
            shares[j] = sums.rows[j] / count
        return Mixture(shares / shares.sum(), means, covariances)


class Judged(NamedTuple):
    """By row and component the chances and squared distances, by row the log-likelihood."""

    chances: Doubles
    distances: Doubles
    log_likelihood: Doubles


class Sums(NamedTuple):
    """What a round needs: by component rows, differences from the mean and their squares; and all rows'.

    ``sizes``: rows whose likeliest component it is. ``log_likelihood``: of all rows, summed up.
    """

    rows: Doubles
    apart: Doubles
    squares: Doubles
    sizes: Doubles
    log_likelihood: float

    @classmethod
    def of(cls, totals: Doubles, k: int) -> Sums:
        """Read them from the vector that ``weighed`` makes."""
        width = int((np.sqrt(1 + 4 * ((len(totals) - 1) / k - 2)) - 1) / 2 + 0.5)
        rows, apart, squares, sizes = np.split(totals[:-1], np.cumsum([k, k * width, k * width**2]))
        shapes = (apart.reshape(k, width), squares.reshape(k, width, width))
        return cls(rows, *shapes, sizes, float(totals[-1]))


def weighed(rows: Floats, mixture: Mixture) -> Doubles:
    """Return the sums of a round over the rows, in one vector."""
    k, width = mixture.means.shape
    told = [np.zeros(k), np.zeros((k, width)), np.zeros((k, width, width)), np.zeros(k), np.zeros(1)]
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE].astype(np.float64)
        found = mixture.judged(some)
        told[0] += found.chances.sum(axis=0)
        for j in range(k):
            apart = some - mixture.means[j]
            by_chance = found.chances[:, j, None] * apart
            told[1][j] += by_chance.sum(axis=0)
            told[2][j] += by_chance.T @ apart
        told[3] += np.bincount(found.chances.argmax(axis=1), minlength=k)
        told[4] += found.log_likelihood.sum()
    return np.concatenate([part.ravel() for part in told])


def around(rows: Floats, centres: Floats, floor: Doubles) -> Mixture:
    """Return a component for each centre, as wide as the rows that are nearest to it."""
    labels = assigned(rows, centres).labels
    k, width = centres.shape
    start = Mixture(np.full(k, 1 / k), centres.astype(np.float64), np.tile(np.diag(floor), (k, 1, 1)))
    sums = Sums(np.zeros(k), np.zeros((k, width)), np.zeros((k, width, width)), np.zeros(k), 0.0)
    for j in range(k):
        apart = rows[labels == j].astype(np.float64) - centres[j]
        sums.rows[j], sums.apart[j], sums.squares[j] = len(apart), apart.sum(axis=0), apart.T @ apart
    return start.moved(sums, floor)


def wide(rows: Floats, centres: Floats, floor: Doubles) -> Mixture:
    """Return components around the centres that are a k-th as wide as all rows together."""
    k = len(centres)
    spread = np.atleast_2d(np.cov(rows.astype(np.float64), rowvar=False)) / k + np.diag(floor)
    return Mixture(np.full(k, 1 / k), centres.astype(np.float64), np.tile(spread, (k, 1, 1)))


def risen(rows: Floats, start: Mixture, floor: Doubles, *, rounds: int, tol: float) -> tuple[Mixture, float]:
    """Return the mixture where the mean log-likelihood of the rows rises no more, and that."""
    mixture, before = start, -np.inf
    for _ in range(rounds):
        sums = Sums.of(weighed(rows, mixture), len(start.shares))
        now = sums.log_likelihood / len(rows)
        if now - before < tol:
            return mixture, now
        mixture, before = mixture.moved(sums, floor), now
    return mixture, before


def floor_of(rows: Floats, share: float) -> Doubles:
    """Return what widens every component so that none collapses: a share of each column's variance."""
    variance = rows.astype(np.float64).var(axis=0)
    return np.asarray(share * np.where(variance > 0, variance, variance.mean() or 1.0))
