"""Space cut into boxes of about as many points each, and which boxes' surroundings a point lies in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from customer_chunks.models.rows import Doubles

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Boxes:
    """Boxes side by side that fill space: box i holds what is at least ``low[i]`` and below ``high[i]``."""

    low: Doubles
    high: Doubles

    def __len__(self) -> int:
        return len(self.low)

    def home(self, rows: Doubles) -> npt.NDArray[np.int32]:
        """Return the box of every row."""
        found = np.zeros(len(rows), dtype=np.int32)
        for box in range(len(self)):
            found[((rows >= self.low[box]) & (rows < self.high[box])).all(axis=1)] = box
        return found

    def near(self, rows: Doubles, box: int, reach: float) -> Flags:
        """Return which rows are at most ``reach`` away from a box, those inside among them."""
        away = np.maximum(np.maximum(self.low[box] - rows, rows - self.high[box]), 0)
        # A hair more: a row at exactly that distance must not be lost to rounding.
        return np.asarray(np.einsum("ij,ij->i", away, away) <= reach**2 * (1 + 1e-9))


def cut(sample: Doubles, count: int) -> Boxes:
    """Cut space where a sample lies into at most ``count`` boxes: the fullest in two, at the median."""
    width = sample.shape[1]
    boxes = [(np.full(width, -np.inf), np.full(width, np.inf), sample)]
    while len(boxes) < count:
        fullest = max(range(len(boxes)), key=lambda n: len(boxes[n][2]))
        low, high, inside = boxes[fullest]
        pieces = _halves(low, high, inside)
        if pieces is None:
            break
        boxes[fullest : fullest + 1] = pieces
    return Boxes(np.array([b[0] for b in boxes]), np.array([b[1] for b in boxes]))


def _halves(low: Doubles, high: Doubles, inside: Doubles) -> list[tuple[Doubles, Doubles, Doubles]] | None:
    """Return both halves of a box, cut across its longest side; None where its points lie in one place."""
    if len(inside) < 2:  # noqa: PLR2004 - a pair
        return None
    spans = inside.max(axis=0) - inside.min(axis=0)
    side = int(np.argmax(spans))
    at = float(np.median(inside[:, side]))
    if at <= inside[:, side].min():
        above = inside[:, side][inside[:, side] > at]
        if not len(above):
            return None
        at = float(above.min())
    below, over = high.copy(), low.copy()
    below[side] = over[side] = at
    lower = inside[:, side] < at
    return [(low, below, inside[lower]), (over, high, inside[~lower])]
