"""RFM cells -> a heat map of recency by frequency, the values printed in the cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from customer_chunks.serving.formats import DASH
from customer_chunks.serving.theme import COLOURS, HEAT_LEVELS, box, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCORES = (1, 2, 3, 4, 5)
CELL_HEIGHT = 42
LEFT = 84
BOTTOM = 50


def level(value: float, greatest: float) -> int:
    """Return the colour step of a value: equal steps from zero to the greatest; below zero is the palest."""
    if not math.isfinite(value) or greatest <= 0:
        return 0
    return min(max(int(value / greatest * HEAT_LEVELS), 0), HEAT_LEVELS - 1)


def draw_heatmap(
    cells: Mapping[tuple[int, int], float],
    text: Callable[[float], str],
    recency: list[str],
    frequency: list[str],
    width: float,
) -> Figure:
    """Draw recent customers on top and frequent ones at the right.

    Args:
        cells: (r_score, f_score) -> value; a cell without customers is absent.
        text: Writes a value.
        recency: What r_score 1 to 5 mean, in this order.
        frequency: What f_score 1 to 5 mean.
        width: Pixels.
    """
    figure, axes = canvas(width, CELL_HEIGHT * 5 + BOTTOM)
    cell_width = (width - LEFT) / 5
    greatest = max(cells.values(), default=0.0)
    for row, r_score in enumerate(reversed(SCORES)):
        y = row * CELL_HEIGHT
        _label(axes, (LEFT - 10, y + CELL_HEIGHT / 2), f"R {r_score}", recency[r_score - 1], "right")
        for f_score in SCORES:
            x = LEFT + (f_score - 1) * cell_width
            value = cells.get((r_score, f_score))
            step = level(value, greatest) if value is not None else None
            back = "line" if step is None else f"heat-{step}"
            box(axes, (x + 1, y + 1), cell_width - 2, CELL_HEIGHT - 2, back)
            colour = "muted" if step is None else f"on-heat-{step}"
            axes.text(
                x + cell_width / 2,
                y + CELL_HEIGHT / 2,
                DASH if value is None else text(value),
                ha="center",
                va="center_baseline",
                fontsize=12,
                color=COLOURS[colour],
            )
    for f_score in SCORES:
        x = LEFT + (f_score - 0.5) * cell_width
        _label(axes, (x, CELL_HEIGHT * 5 + 22), f"F {f_score}", frequency[f_score - 1], "center")
    return figure


def _label(axes: Axes, at: tuple[float, float], score: str, meaning: str, side: str) -> None:
    """Write a score and, below it, what it means."""
    x, y = at
    shift = 7 if meaning else 0
    axes.text(x, y - shift, score, ha=side, va="center_baseline", fontsize=12, color=COLOURS["ink"])
    if meaning:
        axes.text(x, y + shift, meaning, ha=side, va="center_baseline", fontsize=10, color=COLOURS["muted"])
