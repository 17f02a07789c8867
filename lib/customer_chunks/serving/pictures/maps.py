"""Customers as points in a plane (PCA, t-SNE), coloured by segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_chunks.serving.formats import count_of, number, percent
from customer_chunks.serving.pictures.arrays import (
    Doubles,
    Labels,
    counted,
    doubles,
    few,
    same_length,
    shown_order,
    thinned,
)
from customer_chunks.serving.pictures.names import segment_name, wrapped
from customer_chunks.serving.pictures.style import (
    TEXT,
    colour_of,
    drawn,
    ink_on,
    legend_beside,
    marker_of,
    nothing,
    plain_axes,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

MOST_POINTS = 20_000
RASTER_ABOVE = 2_000
"""More points than this are a picture inside an SVG, which stays small."""
TSNE_NOTE = "Neighbours are alike; distances between far groups, and how wide a group is, mean nothing."
_APART = 0.055
"""How far badges are apart, as a share of the picture."""
_BADGES = {1: (300, TEXT), 2: (300, TEXT), 3: (480, 8.5), 4: (760, 8.5)}
"""Size of a badge in square points, and of its letters, by the digits that it has room for."""
_FEW, _LEAST = 100, 16
"""A cluster of few rows has dots that are not too small to see."""
_SIZES = ((500, 26, 0.85), (5_000, 11, 0.7), (MOST_POINTS, 5, 0.55))


def pca_map(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    names: Mapping[int, str],
    explained: Sequence[float],
    *,
    title: str = "Customers by segment, on the two principal components",
) -> Figure:
    """Draw customers on the first two principal components.

    Args:
        points: Customers x 2.
        labels: Cluster of each; below zero is noise.
        names: Of the clusters.
        explained: Shares of the variance that the components explain, from 0 to 1.
        title: Of the picture.
    """
    first, second = (f"Component {n + 1} ({percent(explained[n])} of the variance)" for n in range(2))
    told = percent(explained[0] + explained[1])
    note = f"Both axes together show {told} of the variance; groups that overlap here may differ in the rest."
    return segment_map(points, labels, names, title=title, axes=(first, second), note=note)


def tsne_map(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    names: Mapping[int, str],
    *,
    title: str = "Customers by segment, neighbours side by side (t-SNE)",
) -> Figure:
    """Draw customers where t-SNE put them, and say what that does not mean."""
    axes = ("t-SNE 1 (no unit)", "t-SNE 2 (no unit)")
    return segment_map(points, labels, names, title=title, axes=axes, note=TSNE_NOTE)


@drawn
def segment_map(
    points: npt.ArrayLike,
    labels: npt.ArrayLike,
    names: Mapping[int, str],
    *,
    title: str,
    axes: tuple[str, str],
    note: str = "",
) -> Figure:
    """Draw a dot a customer, the rarest segments on top, and each cluster's number where its middle is.

    Args:
        points: Customers x 2; of more than 20,000 a fixed lot is drawn, and the note says so.
        labels: Cluster of each; below zero is noise. Of more than 20 clusters the largest are told apart.
        names: Of the clusters; a missing one is called by its number.
        title: Of the picture.
        axes: Titles of both axes, with units.
        note: What to know when reading it.

    Raises:
        ModelError: there are not as many labels as points.
    """
    where, of = doubles(points, columns=2), np.asarray(labels, dtype=np.int64)
    same_length(points=where, labels=of)
    finite = np.asarray(np.isfinite(where).all(axis=1))
    if not finite.any():
        return nothing(title, "There are no customers to draw.")
    of, merged = few(of)
    note, told = f"{note} {merged}".strip(), counted(of)
    drawable = np.flatnonzero(finite)
    kept = drawable[thinned(of[drawable], MOST_POINTS, _FEW)]
    figure = sheet(title, height=max(6.4, 0.9 + 0.36 * len(told)), note=_note(note, finite, len(kept)))
    plane = figure.subplots()
    plain_axes(plane, *axes, grid="both", numbers="both")
    plane.set_aspect("equal", adjustable="datalim")
    dots = _dots(plane, where[kept], of[kept])
    _badges(plane, where[kept], of[kept])
    _legend(plane, dots, {label: _entry(label, names, told) for label in dots})
    return figure


def _note(note: str, finite: npt.NDArray[np.bool_], drawn_count: int) -> str:
    """Add to a note what is not drawn."""
    told, placed = [note], int(finite.sum())
    if drawn_count < placed:
        drawn_of_all = f"{number(drawn_count)} of {number(placed)} customers"
        told.append(f"{drawn_of_all} are drawn, by lot; of a segment {_FEW} at least, or all.")
    if placed < len(finite):
        left_out = len(finite) - placed
        told.append(f"{count_of(left_out, 'customer has', 'customers have')} no place on the axes.")
    return " ".join(told).strip()


def _entry(label: int, names: Mapping[int, str], told: Mapping[int, int]) -> str:
    """Return the words of the legend: number, name and share of customers."""
    share = percent(told[label] / sum(told.values()))
    name = wrapped(segment_name(label, names), 24)
    return f"{name} ({share})" if label < 0 else f"{label}  {name} ({share})"


def _dots(axes: Axes, where: Doubles, of: Labels) -> dict[int, PathCollection]:
    """Draw noise first, then the clusters from the largest to the smallest.

    All lie within the axes; clipped ones would each have a group of their own in an SVG.
    """
    told = counted(of)
    size, alpha = next((size, alpha) for most, size, alpha in _SIZES if len(of) <= most)
    dots = {}
    for label in sorted(told, key=lambda n: (n >= 0, -told[n])):
        x, y = where[of == label].T
        own = size if told[label] > _FEW else max(size, _LEAST)
        dots[label] = axes.scatter(
            x, y, s=own, color=colour_of(label), marker=marker_of(label), alpha=alpha, linewidths=0,
            rasterized=len(of) > RASTER_ABOVE, clip_on=False,
        )  # fmt: skip
    return dots


def _badges(axes: Axes, where: Doubles, of: Labels) -> None:
    """Write each cluster's number at its middle, moved apart where two middles are close."""
    labels = [label for label in counted(of) if label >= 0]
    middles = np.array([np.median(where[of == label], axis=0) for label in labels]).reshape(-1, 2)
    width = max(float(np.ptp(where, axis=0).max()), 1e-9)
    for label, (x, y) in zip(labels, apart(middles / width, _APART) * width, strict=True):
        back, digits = colour_of(label), len(str(label))
        area, letters = _BADGES.get(digits, _BADGES[4])
        axes.scatter([x], [y], s=area, color=back, edgecolors="white", linewidths=1.2, zorder=4)
        axes.text(
            x, y, str(label), ha="center", va="center_baseline", fontsize=letters, fontweight="bold",
            color=ink_on(back), zorder=5,
        )  # fmt: skip


def apart(places: Doubles, least: float) -> Doubles:
    """Push places away from each other until they are ``least`` apart, or nearly so."""
    none_alike = np.arange(len(places))[:, None] * np.array([1e-7, 2e-7])
    moved: Doubles = places + none_alike
    for _ in range(100):
        between = moved[:, None] - moved[None]
        distance = np.sqrt((between**2).sum(axis=2)) + np.eye(len(moved)) * least
        push = np.maximum(least - distance, 0) / 2
        if push.max(initial=0) < least * 1e-3:
            break
        moved = moved + (between / distance[:, :, None] * push[:, :, None]).sum(axis=1)
    return moved


def _legend(axes: Axes, dots: Mapping[int, PathCollection], entries: Mapping[int, str]) -> None:
    """Name the clusters at the right, in the order of their numbers, noise and others last."""
    order = shown_order(dots)
    legend = legend_beside(axes, [dots[label] for label in order], [entries[label] for label in order])
    for handle in legend.legend_handles:
        handle.set_alpha(1)  # type: ignore[union-attr]  # none is missing
        handle.set_sizes([46])  # type: ignore[union-attr]  # all are of scatter
