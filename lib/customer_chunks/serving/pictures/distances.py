"""Distances to neighbours -> the curve by which the eps of DBSCAN is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_chunks.serving.formats import count_of, percent, plain
from customer_chunks.serving.pictures.arrays import Doubles, doubles
from customer_chunks.serving.pictures.style import (
    INK,
    MUTED,
    SMALL,
    colour_of,
    drawn,
    nothing,
    plain_axes,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_STEPS = 1_000
_SEEN = 3.0
"""Distances of more than so many eps are beyond the axis, where they are few."""
_HALF = 0.5


@drawn
def distance_curve(
    distances: npt.ArrayLike,
    eps: float,
    *,
    neighbours: int,
    unit: str = "standard deviations",
    title: str = "Which distance tells neighbours from strangers (DBSCAN)",
) -> Figure:
    """Draw each customer's distance to its k-th neighbour in ascending order, and where eps cuts it.

    Args:
        distances: One a customer, in any order.
        eps: The distance chosen.
        neighbours: k, the customer itself counted.
        unit: Of the distances.
        title: Of the picture.
    """
    found = np.sort(doubles(distances))
    found = found[np.isfinite(found)]
    if not len(found):
        return nothing(title, "There are no distances.")
    core = float((found <= eps).mean())
    figure = sheet(title, height=4.6, note=_distance_note(found, neighbours))
    axes = figure.subplots()
    at = np.linspace(0, 1, min(len(found), _STEPS))
    axes.plot(at * 100, np.quantile(found, at), color=colour_of(0), linewidth=2.2)
    axes.axhline(eps, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)))
    axes.plot([core * 100], [eps], marker="o", markersize=9, color=colour_of(3), clip_on=False, zorder=3)
    _name_eps(axes, eps, core)
    y = f"Distance to neighbour {neighbours}\n({unit})"
    plain_axes(axes, "Customers by that distance, nearest first (%)", y, grid="y", numbers="both")
    axes.set_xlim(0, 101)
    axes.set_ylim(0, _highest(found, eps))
    return figure


def _name_eps(axes: Axes, eps: float, core: float) -> None:
    """Write what eps means where the curve is not: above the line at its left, below it at its right."""
    is_late = core > _HALF
    axes.annotate(
        f"eps = {plain(eps)}: {percent(core)} of customers are core", (core * 100, eps),
        (-12, 8) if is_late else (12, -8), textcoords="offset points", ha="right" if is_late else "left",
        va="bottom" if is_late else "top", fontsize=SMALL, color=INK,
    )  # fmt: skip


def _highest(found: Doubles, eps: float) -> float:
    """Return the top of the axis: a few customers far out do not flatten the curve."""
    usual = max(float(np.quantile(found, 0.99)), eps * _SEEN)
    return (min(float(found[-1]), usual) or 1.0) * 1.05


def _distance_note(found: Doubles, neighbours: int) -> str:
    customers, largest = count_of(len(found), "customer"), plain(float(found[-1]))
    return (
        f"{customers}, each with its distance to neighbour {neighbours}, itself counted; "
        f"the largest is {largest}. "
        "Customers above the line are noise, unless a core customer is within eps of them."
    )
