"""Which of the new segments is which of the old ones? The one with whom it shares most customers.

Enters: how many customers are in each pair of an old and a new segment. Leaves: for new segments the old one
whose number and name it keeps. Source of the assignment: Kuhn (1955), as scipy solves it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import linear_sum_assignment

LEAST_SHARED = 0.3
"""Customers in both, as a share of those in either, below which two segments are not the same one."""


def matched(shared: Mapping[tuple[int, int], int], *, least: float = LEAST_SHARED) -> dict[int, int]:
    """Return the old segment of every new one that has one; each old one at most once.

    Args:
        shared: Customers by (old, new); of pairs that share none there need be no entry.
        least: Least Jaccard index (Jaccard, 1912) of two segments that are the same.
    """
    olds, news = sorted({old for old, _ in shared}), sorted({new for _, new in shared})
    if not olds:
        return {}
    table = np.array([[float(shared.get((old, new), 0)) for new in news] for old in olds])
    either = table.sum(axis=1)[:, None] + table.sum(axis=0)[None] - table
    index = np.divide(table, either, out=np.zeros_like(table), where=either > 0)
    index[index < least] = 0  # such a pair is none, and takes nobody's place
    rows, columns = linear_sum_assignment(-index)
    return {news[c]: olds[r] for r, c in zip(rows, columns, strict=True) if index[r, c] > 0}
