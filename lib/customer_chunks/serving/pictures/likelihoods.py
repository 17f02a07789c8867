"""Probabilities of customers by segment -> bars parted by how likely it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from customer_chunks.errors import ModelError
from customer_chunks.serving.formats import count_of, percent, short
from customer_chunks.serving.pictures.arrays import Doubles, doubles
from customer_chunks.serving.pictures.names import wrapped
from customer_chunks.serving.pictures.style import (
    INK,
    LINE,
    MUTED,
    SEQUENTIAL,
    SMALL,
    drawn,
    ink_on,
    legend_beside,
    nothing,
    plain_axes,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PALEST, _DARKEST = 0.12, 0.95
_NARROWEST = 6.5
"""Percent of a bar that a number has room in."""


@dataclass(frozen=True)
class ChanceGroup:
    """A bar.

    Attributes:
        name: Of the segment.
        probability: Mean of its customers, from 0 to 1.
        customers: In each band of probability, the least likely first.
    """

    name: str
    probability: float
    customers: Sequence[float]


@drawn
def chance_bars(groups: Sequence[ChanceGroup], edges: Sequence[float], *, title: str) -> Figure:
    """Draw a bar a segment, parted by how likely it is for its customers, and their mean probability.

    Args:
        groups: In the order to show, top first; those without customers are left out.
        edges: Where bands end, ascending, from 0 to 1; the last band goes to 1.
        title: Of the picture.

    Raises:
        ModelError: a group has not one number for each band.
    """
    if any(len(group.customers) != len(edges) + 1 for group in groups):
        raise ModelError(
            f"{len(edges)} edges part {len(edges) + 1} bands, but a group has another number.",
            "Give the customers of each band.",
        )
    shown = [group for group in groups if sum(group.customers) > 0]
    if not shown:
        return nothing(title, "There are no customers.")
    counts = doubles([group.customers for group in shown])
    note = "Length: the share of the segment's customers. Numbers: customers."
    figure = sheet(title, height=2.1 + 0.52 * len(shown), note=note)
    axes = figure.subplots()
    plain_axes(axes, "Customers of the segment (%)", "", grid="x")
    _draw_bands(axes, counts, band_names(edges))
    texts = [
        f"{wrapped(group.name, 26)}\n{count_of(float(sum(group.customers)), 'customer')}, "
        f"mean {percent(group.probability)}"
        for group in shown
    ]
    axes.set_yticks(np.arange(len(shown)), labels=texts, color=INK, fontsize=SMALL)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    return figure


def band_names(edges: Sequence[float]) -> list[str]:
    """Return what bands are called: ``below 10%``, ``10 to 25%``, ``25% or more``."""
    percents = [f"{edge * 100:g}" for edge in edges]
    between = [f"{low} to {high}%" for low, high in pairwise(percents)]
    return [f"below {percents[0]}%", *between, f"{percents[-1]}% or more"]


def _draw_bands(axes: Axes, counts: Doubles, names: Sequence[str]) -> None:
    """Draw the bands beside each other, the likeliest at the left, with a number where it has room."""
    import matplotlib as mpl  # noqa: PLC0415 - an optional extra

    shades = mpl.colormaps[SEQUENTIAL](np.linspace(_PALEST, _DARKEST, len(names)))
    shares = counts / counts.sum(axis=1, keepdims=True) * 100
    # The likeliest stand at the zero line of all bars, so that segments can be compared by them.
    starts = 100 - np.cumsum(shares, axis=1)
    handles = []
    for band in reversed(range(len(names))):
        bars = axes.barh(
            np.arange(len(counts)), shares[:, band], left=starts[:, band], height=0.58, color=shades[band],
            edgecolor=LINE, linewidth=0.6,
        )  # fmt: skip
        texts = [
            short(float(count)) if share >= _NARROWEST else ""
            for count, share in zip(counts[:, band], shares[:, band], strict=True)
        ]
        axes.bar_label(
            bars, labels=texts, label_type="center", fontsize=SMALL, color=ink_on(list(shades[band]))
        )
        handles.append(bars[0])
    key = legend_beside(axes, handles, names[::-1])
    key.set_title("Probability")
    key.get_title().set(fontsize=SMALL, color=MUTED)
