"""Bands at two sides -> bars with names, and curved ribbons between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from customer_chunks.serving.pictures.bands import Band, End
from customer_chunks.serving.pictures.style import INK, SMALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE_BAR = 0.018
"""Width of the bar of a segment; both sides are 1 apart."""


def draw_ribbon(axes: Axes, start: Band, stop: Band, colour: str, alpha: float) -> None:
    """Fill between two curves from a band at the left to one at the right."""
    from matplotlib.patches import PathPatch  # noqa: PLC0415 - an optional extra
    from matplotlib.path import Path  # noqa: PLC0415 - an optional extra

    left, middle, right = WIDE_BAR, 0.5, 1 - WIDE_BAR
    points = [
        (left, start.start), (middle, start.start), (middle, stop.start), (right, stop.start),
        (right, stop.end), (middle, stop.end), (middle, start.end), (left, start.end), (left, start.start),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=alpha, edgecolor="none"))


def draw_bars(
    axes: Axes, ends: Sequence[End], texts: Sequence[str], x: int, colours: Mapping[str, str]
) -> None:
    """Draw the segments of a side, 0 the left one and 1 the right one, with a text outside of each."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415 - an optional extra

    corner, outside, side = (1 - WIDE_BAR, 1.015, "left") if x else (0.0, -0.015, "right")
    for end, text in zip(ends, texts, strict=True):
        height = end.band.end - end.band.start
        axes.add_patch(
            Rectangle((corner, end.band.start), WIDE_BAR, height, facecolor=colours[end.name], linewidth=0)
        )
        axes.text(outside, end.band.middle, text, ha=side, va="center", fontsize=SMALL, color=INK)
