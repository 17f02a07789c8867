"""What a reader sees of a figure: its words, where they stand, and which of them hide each other."""

from __future__ import annotations

from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def ticks(axis: Axis) -> list[Text]:
    """Return the labels of ticks that lie on the axis."""
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    return [
        tick.label2 if tick.label2.get_visible() else tick.label1
        for tick in axis.get_major_ticks()
        if low - slack <= tick.get_loc() <= high + slack
    ]


def _of_axes(axes: Axes) -> list[Text]:
    legend = axes.get_legend()
    found = [*axes.texts, axes.title, *(legend.get_texts() if legend else [])]
    if axes.axison:
        found += [axes.xaxis.label, axes.yaxis.label, *ticks(axes.xaxis), *ticks(axes.yaxis)]
    return found


def texts(figure: Figure) -> list[Text]:
    """Return every text that is seen, laid out."""
    figure.draw_without_rendering()
    found = list(figure.texts)
    for axes in figure.axes:
        found += _of_axes(axes)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> list[str]:
    """Return every text that is seen, in one line each."""
    return [" ".join(text.get_text().split()) for text in texts(figure)]


def _place(text: Text) -> Bbox:
    box = text.get_window_extent()
    return Bbox.from_extents(box.x0 + 1, box.y0 + 1, box.x1 - 1, box.y1 - 1)


def clashes(found: list[Text]) -> list[tuple[str, str]]:
    """Return texts that lie on each other; slanted ones have no upright box and are left out."""
    placed = [(text.get_text(), _place(text)) for text in found if text.get_rotation() % 90 == 0]
    return [(a, b) for (a, at), (b, there) in combinations(placed, 2) if at.overlaps(there)]


def cut_off(found: list[Text], figure: Figure) -> list[str]:
    """Return texts that reach beyond the figure."""
    whole, placed = figure.bbox, [(text.get_text(), _place(text)) for text in found]
    return [
        text
        for text, at in placed
        if at.x0 < whole.x0 or at.x1 > whole.x1 or at.y0 < whole.y0 or at.y1 > whole.y1
    ]


def colours(values: object) -> list[str]:
    """Return colours as ``#rrggbb``."""
    return [to_hex(value) for value in values]  # type: ignore[attr-defined]
