"""Probabilities foretold -> whether they came true, and whom they find first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_chunks.serving.formats import count_of, number, percent, short
from customer_chunks.serving.pictures.arrays import Doubles, doubles, same_length
from customer_chunks.serving.pictures.names import wrapped
from customer_chunks.serving.pictures.style import (
    INK,
    MUTED,
    SMALL,
    colour_of,
    dashes_of,
    drawn,
    nothing,
    plain_axes,
    shape_of,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_Z = 1.96
"""Of a 95% interval."""
_TOP = 0.2
_ASIDE = 0.065
"""How far numbered bars are apart, as a share of the axis."""


@drawn
def probability_calibration(
    predicted: npt.ArrayLike,
    observed: npt.ArrayLike,
    counts: npt.ArrayLike,
    *,
    outcome: str = "bought again",
    title: str = "",
) -> Figure:
    """Draw the share that came against the probability foretold, and the customers behind each point.

    Args:
        predicted: Mean probability of each group, from 0 to 1.
        observed: Share of each group that came.
        counts: Customers in each group; empty groups are left out.
        outcome: What was foretold, in the past tense.
        title: Of the picture.

    Raises:
        ModelError: the numbers of groups differ.
    """
    title = title or f"How true probabilities came: customers who {outcome}"
    foretold, came, customers = doubles(predicted), doubles(observed), doubles(counts)
    same_length(predicted=foretold, observed=came, counts=customers)
    kept = (customers > 0) & np.isfinite(foretold) & np.isfinite(came)
    foretold, came, customers = foretold[kept], came[kept], customers[kept]
    if not len(foretold):
        return nothing(title, "No group has customers.")
    off = float(customers @ np.abs(foretold - came) / customers.sum())
    told = f"{count_of(float(customers.sum()), 'customer')}. Off by {number(off * 100, 1)} percentage points"
    figure = sheet(title, height=6.4, note=f"{told} on average. Intervals are Wilson's.")
    above, below = figure.subplots(2, 1, height_ratios=[3, 1], sharex=True)
    top = min(1.02, float(max(foretold.max(), came.max())) * 1.2 + 1e-3) * 100
    _reliability(above, foretold, came, customers, top)
    plain_axes(above, "", f"Customers who {outcome} (%)", grid="both", numbers="y")
    _counts(below, foretold * 100, customers, top)
    plain_axes(below, "Probability foretold (%)", "Customers", grid="y", numbers="both")
    below.set_xlim(-0.02 * top, top)
    return figure


def _reliability(axes: Axes, foretold: Doubles, came: Doubles, customers: Doubles, top: float) -> None:
    """Draw the points with their intervals, beside the line on which they should lie."""
    low, high = wilson(came, customers)
    axes.plot([0, top], [0, top], color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label="as foretold")
    axes.vlines(foretold * 100, low * 100, high * 100, color=colour_of(0), linewidth=1.4)
    axes.plot(
        foretold * 100, came * 100, color=colour_of(0), marker="o", markersize=6, linewidth=1.2,
        label="came, with 95% interval",
    )  # fmt: skip
    axes.set_ylim(-0.02 * top, top)
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=2.6)


def _counts(axes: Axes, places: Doubles, customers: Doubles, top: float) -> None:
    """Draw a bar a group with its customers; of bars that stand close, not each has a number."""
    width = 0.6 * float(np.diff(np.sort(places)).min(initial=10.0))
    bars = axes.bar(places, customers, width=max(width, top * 0.008), color=colour_of(5))
    numbered, last = set(), -np.inf
    for n in np.argsort(places):
        if places[n] - last >= _ASIDE * top:
            numbered.add(int(n))
            last = float(places[n])
    texts = [short(count) if n in numbered else "" for n, count in enumerate(customers)]
    axes.bar_label(bars, labels=texts, fontsize=8.5, color=MUTED, padding=2)
    axes.margins(y=0.25)


def wilson(shares: Doubles, counts: Doubles) -> tuple[Doubles, Doubles]:
    """Return the 95% interval of each share (Wilson, 1927)."""
    squared = _Z**2 / counts
    middle = (shares + squared / 2) / (1 + squared)
    half = np.sqrt(shares * (1 - shares) * squared + squared**2 / 4) / (1 + squared)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


@drawn
def gain_curve(
    curves: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]],
    *,
    outcome: str = "customers who bought again",
    title: str = "",
) -> Figure:
    """Draw the share of an outcome that is found among the customers who are asked first.

    Args:
        curves: A name for each forecast -> shares of customers, the most promising first, and the share of
            the outcome among them; both rise from 0 to 1, and the point (0, 0) may be left out.
        outcome: What is found, in the plural.
        title: Of the picture.

    Raises:
        ModelError: a curve has not as many shares of customers as of the outcome.
    """
    title = title or f"How soon the forecast finds {outcome}"
    told = {name: _curve(*pair) for name, pair in curves.items() if np.size(pair[0])}
    if not told:
        return nothing(title, "There is no forecast to judge.")
    figure = sheet(title, height=5.4)
    axes = figure.subplots()
    axes.plot([0, 100], [0, 100], color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label="by chance")
    axes.axvline(_TOP * 100, color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)))
    for place, (name, (customers, found)) in enumerate(told.items()):
        share = float(np.interp(_TOP, customers, found))
        axes.plot(
            customers * 100, found * 100, color=colour_of(place), linewidth=2, linestyle=dashes_of(place),
            label=f"{wrapped(name, 30, lines=1)}: {percent(share)} among the first {_TOP:.0%}",
        )  # fmt: skip
        axes.plot([_TOP * 100], [share * 100], marker=shape_of(place), markersize=7, color=colour_of(place))
    plain_axes(axes, "Customers, most promising first (%)", f"Share of {outcome} (%)", grid="both")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 101)
    axes.legend(loc="lower right", frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=3.2)
    return figure


def _curve(customers: npt.ArrayLike, found: npt.ArrayLike) -> tuple[Doubles, Doubles]:
    """Return a curve that begins at (0, 0)."""
    x, y = doubles(customers), doubles(found)
    same_length(customers=x, found=y)
    return (x, y) if x[0] == 0 else (np.insert(x, 0, 0.0), np.insert(y, 0, 0.0))
