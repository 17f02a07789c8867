"""Rows that are equal in their keys, found without sorting them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from customer_chunks.models.rows import Doubles

_NARROW = 250_000
"""Whole numbers that lie so near each other need no table to be numbered."""
_MOST = 2.0**62
"""What a number for all keys of a row has to stay below."""


def numbered(keys: Doubles) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return by row the number of its group, and by group the first of its rows.

    Args:
        keys: A line for each key, a column for each row; no NaN.
    """
    whole = np.zeros(keys.shape[1], dtype=np.int64)
    size = 1.0
    for key in keys:
        codes, widest = _codes(key)
        size *= widest
        if size > _MOST:  # too large for one number: those that are there are numbered anew
            whole, different = pd.factorize(whole)
            size = float(len(different)) * widest
        whole = whole * widest + codes
    groups, different = pd.factorize(whole)
    first = np.empty(len(different), dtype=np.int64)
    first[groups[::-1]] = np.arange(len(groups))[::-1]
    return groups, first


def _codes(key: Doubles) -> tuple[npt.NDArray[np.int64], int]:
    """Return a whole number for each value, and more than the largest of them."""
    if len(key) and (key == np.floor(key)).all() and key.max() - key.min() < _NARROW:
        least = key.min()
        return (key - least).astype(np.int64), int(key.max() - least) + 1
    codes, different = pd.factorize(key)
    return codes, max(1, len(different))
