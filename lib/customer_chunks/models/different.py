"""A column of numbers by its different values: what is dear is worked out once for each of them."""

from __future__ import annotations

import numpy as np

from customer_chunks.models.rows import Doubles


class Values:
    """A column; ``different`` holds each of its values once, sorted."""

    def __init__(self, column: Doubles) -> None:
        self.different, self._at = np.unique(column, return_inverse=True)

    def of(self, worked_out: Doubles) -> Doubles:
        """Return by row what was worked out by value."""
        return np.asarray(worked_out[self._at])

    def sums(self, by_row: Doubles) -> Doubles:
        """Return by value the sum of its rows."""
        return np.asarray(np.bincount(self._at, by_row, minlength=len(self.different)), dtype=np.float64)
