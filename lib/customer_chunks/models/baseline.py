"""What one feature alone foretells: rows ranked by it, with the share of its tenths where it came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from customer_chunks.models.foretold import auc, measured
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Sample

_TENTHS = 10


@dataclass(frozen=True)
class Tenths:
    """The naive guess that a model has to beat.

    Attributes:
        place: Which feature it looks at, from 0.
        cuts: Upper ends of the tenths but the last; fewer where many values are equal.
        shares: Probability of each tenth, and of rows where the feature is unknown.
        way: 1 where it comes more often as the feature rises, else -1.
        middle: Stands for an unknown number where rows are ranked.
    """

    place: int
    cuts: tuple[float, ...]
    shares: tuple[float, ...]
    way: int
    middle: float

    def probabilities(self, rows: Doubles) -> Doubles:
        """Return each row's probability."""
        return np.asarray(np.take(self.shares, _tenths(rows[:, self.place], self.cuts)))

    def scores(self, rows: Doubles) -> Doubles:
        """Return what rows are ranked by: the feature itself, which tells more of them apart than tenths."""
        values = rows[:, self.place]
        return np.asarray(self.way * np.where(np.isnan(values), self.middle, values))

    def measures(self, sample: Sample) -> dict[str, float]:
        """Measure the guess on rows that it was not made from."""
        return measured(sample.labels, self.probabilities(sample.rows), self.scores(sample.rows))


def tenths(sample: Sample, place: int) -> Tenths:
    """Count what came by tenths of a feature; a tenth of n rows has the overall share as one row more."""
    values = sample.rows[:, place]
    is_known = ~np.isnan(values)
    known = values[is_known]
    inner = np.arange(1, _TENTHS) / _TENTHS
    cuts = tuple(map(float, np.unique(np.quantile(known, inner, method="lower")))) if len(known) else ()
    at = _tenths(values, cuts)
    rows = np.bincount(at, minlength=len(cuts) + 2)
    came = np.bincount(at, weights=sample.labels, minlength=len(cuts) + 2)
    shares = (came + sample.labels.mean()) / (rows + 1)
    way = 1 if auc(sample.labels[is_known], known) >= 1 / 2 else -1
    middle = float(np.median(known)) if len(known) else 0.0
    return Tenths(place, cuts, tuple(map(float, shares)), way, middle)


def _tenths(values: Doubles, cuts: tuple[float, ...]) -> npt.NDArray[np.int64]:
    found = np.searchsorted(cuts, values, side="left")
    return np.asarray(np.where(np.isnan(values), len(cuts) + 1, found), dtype=np.int64)
