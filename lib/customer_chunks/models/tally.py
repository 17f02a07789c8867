"""What a pass over labelled rows finds of each cluster: rows, mean, and squared distances to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from customer_chunks.models.rows import Doubles, Floats


class Tally(NamedTuple):
    """By cluster: rows, mean, and the sum of squared distances to the mean."""

    counts: Doubles
    means: Doubles
    costs: Doubles

    @classmethod
    def of(cls, totals: Doubles, near: Floats) -> Tally:
        """Read a tally from the vector that ``tallied`` makes; the mean of no rows is the place near them."""
        k, width = near.shape
        counts, apart, squares = totals[:k], totals[k:-k].reshape(width, k).T, totals[-k:]
        shift = apart / np.maximum(counts, 1)[:, None]
        costs = np.maximum(squares - counts * (shift**2).sum(axis=1), 0)
        return cls(counts, near + shift, costs)


def tallied(rows: Floats, labels: npt.NDArray[np.int32], near: Floats) -> Doubles:
    """Return counts, and sums of differences from a place near each cluster's rows, in one vector.

    Sums of small differences keep the digits that sums of the rows themselves would lose.
    """
    k = len(near)
    apart = rows.astype(np.float64) - near[labels]
    columns = [*apart.T, np.einsum("ij,ij->i", apart, apart)]
    sums = [np.bincount(labels, weights=column, minlength=k) for column in columns]
    return np.concatenate([np.bincount(labels, minlength=k).astype(np.float64), *sums])
