"""What callers hand over -> arrays that are safe to draw."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from customer_chunks.errors import ModelError

Doubles = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def doubles(values: npt.ArrayLike, *, columns: int = 0) -> Doubles:
    """Return numbers as an array, or as rows of so many columns where that is said."""
    found = np.asarray(values, dtype=np.float64)
    return found.reshape(-1, columns) if columns else found


def same_length(**arrays: npt.ArrayLike) -> None:
    """Raise ModelError unless all have as many entries."""
    counts = {name: np.shape(values)[0] for name, values in arrays.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        raise ModelError(f"A picture needs as many of each: {told}.", "Give one for each.")


def thinned(labels: Labels, most: int, of_each: int) -> Labels:
    """Return which rows are drawn, in ascending order: all, or ``most`` by a fixed lot.

    Args:
        labels: Of the rows.
        most: Rows to return, about.
        of_each: So many of each label are drawn before others are.
    """
    if len(labels) <= most:
        return np.arange(len(labels))
    lot = np.random.default_rng(0).permutation(len(labels))
    ordered = lot[np.argsort(labels[lot], kind="stable")]
    starts = np.searchsorted(labels[ordered], labels[ordered])
    is_first = np.arange(len(ordered)) - starts < of_each
    rest = ordered[~is_first]
    others = np.random.default_rng(1).permutation(rest)[: max(most - int(is_first.sum()), 0)]
    return np.sort(np.concatenate([ordered[is_first], others]))


def counted(labels: Labels) -> dict[int, int]:
    """Return how many rows each label has, clusters ascending and noise first."""
    found, counts = np.unique(labels, return_counts=True)
    return {int(label): int(count) for label, count in zip(found, counts, strict=True)}
