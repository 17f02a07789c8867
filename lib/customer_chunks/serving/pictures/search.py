"""Why so many segments: cost, silhouette and stability of every candidate, the chosen one marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_chunks.serving.formats import MINUS
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

_MOST_TICKS = 24
_ASIDE = 0.07


@dataclass(frozen=True)
class Candidate:
    """A method with a number of clusters, and how it did; None where it was not measured.

    Attributes:
        method: As the legend has it.
        k: Clusters.
        cost: Sum of squared distances to the own centre; less is better.
        silhouette: From -1 to 1; more is better.
        stability: Mean adjusted Rand index between repeated fits; 1 is the same every time.
        spread: Standard deviation of those.
    """

    method: str
    k: int
    cost: float | None = None
    silhouette: float | None = None
    stability: float | None = None
    spread: float | None = None


def _stability(candidate: Candidate) -> float | None:
    return candidate.stability


_Measure = Callable[[Candidate], float | None]
_PANELS: tuple[tuple[str, _Measure], ...] = (
    ("Cost\n(squared distance,\nless is better)", lambda c: c.cost),
    (f"Silhouette\n({MINUS}1 to 1,\nmore is better)", lambda c: c.silhouette),
    ("Stability (adjusted\nRand index, mean ±\nstandard deviation)", _stability),
)


@drawn
def search_curves(
    candidates: Sequence[Candidate], chosen: Candidate | None, *, title: str = "", why: str = ""
) -> Figure:
    """Draw a panel for each measure that any candidate has, with a line for each method.

    Args:
        candidates: All that were tried.
        chosen: Marked in every panel; None where none was.
        title: Of the picture; "Why k = ..." where it is empty.
        why: The reason, in a sentence or two.
    """
    title = title or (f"Why k = {chosen.k} ({chosen.method})" if chosen else "How many segments")
    panels = [panel for panel in _PANELS if any(_finite(panel[1](c)) for c in candidates)]
    if not panels:
        return nothing(title, "No candidate was measured.")
    methods = list(dict.fromkeys(c.method for c in candidates))
    figure = sheet(title, height=1.5 + 2.05 * len(panels), note=why)
    grid = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (name, measure) in zip(grid, panels, strict=True):
        plain_axes(axes, "", name, grid="y", numbers="y")
        if chosen:
            axes.axvline(chosen.k, color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
        for place, method in enumerate(methods):
            aside = (place - (len(methods) - 1) / 2) * _ASIDE if measure is _stability else 0.0
            _line(axes, [c for c in candidates if c.method == method], measure, place, aside)
            if chosen and chosen.method == method:
                _ring(axes, chosen.k + aside, measure(chosen))
    _name_k(grid[-1], sorted({c.k for c in candidates}))
    figure.align_ylabels()
    if len(methods) > 1:
        _legend(grid[0], methods)
    return figure


def _finite(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))


def _line(axes: Axes, tried: Sequence[Candidate], measure: _Measure, place: int, aside: float) -> None:
    """Draw one method; stabilities have their spread, and stand aside so that all are seen."""
    found = sorted((c.k, measure(c) or 0.0, c.spread or 0.0) for c in tried if _finite(measure(c)))
    if not found:
        return
    ks, values, spreads = np.array(found, dtype=float).T
    colour = colour_of(place)
    axes.plot(
        ks + aside, values, color=colour, marker=shape_of(place), markersize=5, linewidth=1.8,
        linestyle=dashes_of(place),
    )  # fmt: skip
    if measure is _stability:
        axes.errorbar(
            ks + aside, values, yerr=spreads, fmt="none", ecolor=colour, elinewidth=1.1, capsize=2.5
        )


def _ring(axes: Axes, k: float, value: float | None) -> None:
    """Draw a ring around what was chosen."""
    if value is not None and _finite(value):
        axes.plot(
            [k], [value], marker="o", markersize=14, markerfacecolor="none", markeredgecolor=INK,
            markeredgewidth=1.6, linestyle="none", zorder=4,
        )  # fmt: skip


def _name_k(axes: Axes, ks: list[int]) -> None:
    every = -(-len(ks) // _MOST_TICKS)
    axes.set_xticks(ks[::every], labels=[str(k) for k in ks[::every]])
    axes.set_xlabel("k (number of segments)", color=INK)


def _legend(axes: Axes, methods: Sequence[str]) -> None:
    """Name the methods above the panels."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - an optional extra

    handles = [
        Line2D([], [], color=colour_of(n), marker=shape_of(n), linestyle=dashes_of(n), markersize=5,
               linewidth=1.8, label=wrapped(method, 30, lines=1))
        for n, method in enumerate(methods)
    ]  # fmt: skip
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.02), borderaxespad=0, frameon=False,
        ncols=min(len(methods), 3), fontsize=SMALL, labelcolor=INK, handlelength=3.2,
    )  # fmt: skip
