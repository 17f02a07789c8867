"""How clearly every customer belongs to its segment: the silhouette as knives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_chunks.serving.formats import count_of, number, percent
from customer_chunks.serving.pictures.arrays import Doubles, counted, doubles, few, same_length, shown_order
from customer_chunks.serving.pictures.bands import Band, bands, scale_of
from customer_chunks.serving.pictures.names import segment_name, wrapped
from customer_chunks.serving.pictures.style import (
    INK,
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

_STEPS = 400
_GAP = 0.012
_LABEL, _KNIFE, _AROUND = 0.5, 0.64, 1.3
"""Inches of a label of three lines, of a knife on average, and of what stands around the axes."""


@drawn
def silhouette_plot(
    values: npt.ArrayLike,
    labels: npt.ArrayLike,
    names: Mapping[int, str],
    *,
    title: str = "How clearly customers belong to their segment",
) -> Figure:
    """Draw the silhouettes of each cluster from the best to the worst, as thick as it has customers.

    Args:
        values: Silhouette of each customer, from -1 to 1; those of noise are left out.
        labels: Cluster of each; below zero is noise. Of more than 20 clusters the largest are told apart.
        names: Of the clusters.
        title: Of the picture.

    Raises:
        ModelError: there are not as many labels as values.
    """
    of, at = doubles(values), np.asarray(labels, dtype=np.int64)
    same_length(values=of, labels=at)
    has_one = (at >= 0) & np.isfinite(of)
    if not has_one.any():
        return nothing(title, "No customer has a silhouette: there is no cluster.")
    drawn_of, merged = few(at[has_one])
    mine = {label: of[has_one][drawn_of == label] for label in shown_order(counted(drawn_of))}
    inches = max(2.4, _KNIFE * len(mine))
    said = f"{_note(at, has_one)}{_alone(of[has_one], at[has_one])} {merged}".strip()
    figure = sheet(title, height=inches + _AROUND, note=said)
    axes = figure.subplots()
    plain_axes(axes, "Silhouette (1: far from every other segment; below 0: nearer to another one)", grid="x")
    _knives(axes, mine, names, _LABEL / inches)
    _mean_line(axes, float(of[has_one].mean()))
    axes.set_ylim(1.01, -0.06)
    axes.set_xlim(min(-0.1, float(of[has_one].min()) * 1.05), 1)
    return figure


def _knives(axes: Axes, mine: Mapping[int, Doubles], names: Mapping[int, str], room: float) -> None:
    """Draw a knife for each cluster, named at its left."""
    sizes = [float(len(values)) for values in mine.values()]
    placed = bands(sizes, scale_of(sizes, room, _GAP), room, _GAP)
    for (label, values), band in zip(mine.items(), placed, strict=True):
        _knife(axes, values, band, colour_of(label))
    texts = [f"{wrapped(segment_name(label, names), 26)}\n{_numbers(mine[label])}" for label in mine]
    axes.set_yticks([band.middle for band in placed], labels=texts, color=INK, fontsize=SMALL)


def _knife(axes: Axes, values: Doubles, band: Band, colour: str) -> None:
    """Fill from zero to the values, the best on top."""
    steps = min(len(values), _STEPS)
    # A value at each step of the height: all of them where there are few.
    sorted_down = np.quantile(values, np.linspace(1, 0, steps)) if steps > 1 else np.repeat(values, 2)
    heights = np.linspace(band.start, band.end, len(sorted_down))
    axes.fill_betweenx(heights, 0, sorted_down, color=colour, linewidth=0.6)


def _mean_line(axes: Axes, mean: float) -> None:
    axes.plot([mean, mean], [0, 1.01], color=INK, linewidth=1.3, linestyle=(0, (4, 3)))
    axes.text(mean, -0.008, f"mean {number(mean, 2)}", ha="center", va="bottom", fontsize=SMALL, color=INK)


def _numbers(values: Doubles) -> str:
    return f"{number(len(values))}, mean {number(float(values.mean()), 2)}"


def _alone(values: Doubles, labels: npt.NDArray[np.int64]) -> str:
    """Say how many have no silhouette but by agreement: nobody else of their cluster is there."""
    _, place, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    alone = int(((sizes[place] == 1) & (values == 0)).sum())
    return f" {number(alone)} are here without another one of their segment, and count as 0." if alone else ""


def _note(labels: npt.NDArray[np.int64], has_one: npt.NDArray[np.bool_]) -> str:
    """Say what is not drawn."""
    told = f"{count_of(float(has_one.sum()), 'customer')}."
    if not has_one.all():
        left_out = float((~has_one).sum())
        share = percent(left_out / len(labels))
        told += f" {number(left_out)} more ({share}) are noise or have no silhouette, and are left out."
    return told
