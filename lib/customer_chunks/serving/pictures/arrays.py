"""What callers hand over -> arrays that are safe to draw."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from customer_chunks.errors import ModelError
from customer_chunks.serving.formats import number

MOST_CLUSTERS = 20
"""Clusters that a picture tells apart: of more, nobody tells the colours, and it is taller than a screen."""
OTHER = -2
"""Label of all clusters together that are not told apart; -1 is noise."""
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


def few(labels: Labels, most: int = MOST_CLUSTERS) -> tuple[Labels, str]:
    """Return labels of which the largest clusters alone are left, and a sentence that says so.

    Args:
        labels: Below zero is noise, which stays.
        most: Clusters that are told apart, those of lower numbers first among equals; the others become
            OTHER. Where there are no more, nothing changes and the sentence is empty.
    """
    sizes = {label: size for label, size in counted(labels).items() if label >= 0}
    if len(sizes) <= most:
        return labels, ""
    kept = sorted(sizes, key=lambda label: (-sizes[label], label))[:most]
    merged = np.where((labels < 0) | np.isin(labels, kept), labels, OTHER)
    return merged, few_note(len(sizes), most)


def few_note(clusters: int, most: int = MOST_CLUSTERS) -> str:
    """Say that not all clusters are told apart."""
    return f"Of {number(clusters)} clusters here the {most} largest are told apart; the others are one grey."


def shown_order(labels: Iterable[int]) -> list[int]:
    """Return labels in the order of their numbers, what is no cluster of its own last."""
    return sorted(labels, key=lambda label: (label < 0, label))


def counted(labels: Labels) -> dict[int, int]:
    """Return how many rows each label has, clusters ascending and noise first."""
    found, counts = np.unique(labels, return_counts=True)
    return {int(label): int(count) for label, count in zip(found, counts, strict=True)}
