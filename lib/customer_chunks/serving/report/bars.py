"""Names with amounts -> horizontal bars; every value is printed beside its bar."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_chunks.serving.formats import display_width, shorten
from customer_chunks.serving.theme import COLOURS, box, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT = 12
LETTER = 6.9  # pixels a letter of FONT takes at most, in the fonts that the page asks for
BAR = 12
STEP = 16  # from one bar of a group to the next


@dataclass(frozen=True)
class Bar:
    """A name with one or more values and the text printed beside each."""

    label: str
    values: tuple[float, ...]
    texts: tuple[str, ...]


def draw_bars(bars: list[Bar], colours: tuple[str, ...], width: float, *, label_width: float = 0) -> Figure:
    """Draw one group of bars a name, all from one zero line.

    Args:
        bars: In the order to show, top first.
        colours: One a value.
        width: Pixels.
        label_width: Pixels left of the bars for the name; 0 puts the name above its bars.
    """
    above = 0 if label_width else 18
    group = above + len(colours) * STEP + (12 if label_width else 9)
    figure, axes = canvas(width, group * len(bars))
    text_width = max((display_width(text) for bar in bars for text in bar.texts), default=0) * LETTER + 8
    low, high = _range(bars)
    scale = max(width - label_width - text_width, 40) / (high - low)
    zero = label_width - low * scale
    letters = (label_width - 12 if label_width else width) / LETTER
    for index, bar in enumerate(bars):
        top = index * group + 3
        middle = top + (len(colours) * STEP - (STEP - BAR)) / 2 if label_width else top + 8
        write(axes, 0, middle, shorten(bar.label, letters), "ink")
        for line, (value, text, colour) in enumerate(zip(bar.values, bar.texts, colours, strict=True)):
            y = top + above + line * STEP
            length = (value if math.isfinite(value) else 0.0) * scale
            box(axes, (zero + min(length, 0), y), max(abs(length), 1), BAR, colour)
            write(axes, zero + max(length, 0) + 6, y + BAR / 2, text, "muted")
    return figure


def draw_shares(bars: list[Bar], colours: tuple[str, ...], width: float) -> Figure:
    """Draw one stacked bar a name, each as long as the picture is wide; the first text stands at its right.

    Values are counts; a part above zero is at least two pixels wide, so that a few rows among millions show.
    """
    group = 46
    figure, axes = canvas(width, group * len(bars))
    for index, bar in enumerate(bars):
        top = index * group + 2
        text = bar.texts[0]
        write(axes, 0, top + 8, shorten(bar.label, width / LETTER - display_width(text) - 3), "ink")
        muted = COLOURS["muted"]
        axes.text(width, top + 8, text, ha="right", va="center_baseline", fontsize=FONT, color=muted)
        x = 0.0
        for length, colour in zip(_lengths(bar.values, width), colours, strict=True):
            if length:
                box(axes, (x, top + 20), length, 14, colour)
            x += length
    return figure


def _lengths(values: tuple[float, ...], width: float) -> list[float]:
    """Share the width out in proportion, with a least width for what is there at all."""
    total = sum(abs(value) for value in values)
    if not total:
        return [0.0 for _ in values]
    lengths = [max(abs(value) / total * width, 2.0) if value else 0.0 for value in values]
    widest = lengths.index(max(lengths))
    lengths[widest] -= sum(lengths) - width
    return lengths


def _range(bars: list[Bar]) -> tuple[float, float]:
    """Return the least and the greatest value, zero included."""
    finite = [value for bar in bars for value in bar.values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if high > low else (0.0, 1.0)


def write(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write text that starts at x and is centred on y."""
    axes.text(x, y, text, ha="left", va="center_baseline", fontsize=FONT, color=COLOURS[colour])
