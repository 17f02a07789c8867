"""A table of numbers -> coloured cells with a text in each, and the scale of colours beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_chunks.serving.formats import tick
from customer_chunks.serving.pictures.arrays import Doubles
from customer_chunks.serving.pictures.names import wrapped
from customer_chunks.serving.pictures.style import DIVERGING, INK, LINE, MUTED, SEQUENTIAL, SMALL, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh

_LETTER = 7.6  # pixels of a letter of the size SMALL
_FEWEST_LETTERS = 9


@dataclass(frozen=True)
class Scale:
    """What colours mean.

    Attributes:
        title: Of the scale, with the unit.
        around_zero: Whether zero is the pale middle; it is anyway where a value is negative.
        within: The least and the greatest value that is darkest; between them it is the largest one there is.
    """

    title: str
    around_zero: bool = False
    within: tuple[float, float] = (0.0, np.inf)


def draw_cells(
    axes: Axes, values: Doubles, texts: Sequence[Sequence[str]], scale: Scale, *, size: float = SMALL
) -> None:
    """Fill axes with a cell a value, the first row on top; a value that is missing is grey."""
    mesh = _mesh(axes, values, scale)
    for (row, column), value in np.ndenumerate(values):
        is_there = bool(np.isfinite(value))
        colour = ink_on(mesh.to_rgba(value)) if is_there else MUTED  # type: ignore[arg-type]  # four numbers
        axes.text(
            column + 0.5, row + 0.5, texts[row][column], ha="center", va="center", fontsize=size, color=colour
        )
    axes.set_ylim(len(values), 0)
    axes.set_facecolor(LINE)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)


def _mesh(axes: Axes, values: Doubles, scale: Scale) -> QuadMesh:
    """Colour the cells and draw the scale."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0))
    around_zero = scale.around_zero or bool((finite < 0).any())
    top = float(np.clip(largest, *scale.within)) or 1.0
    shown = np.ma.masked_invalid(values)
    mesh = axes.pcolormesh(
        shown, cmap=DIVERGING if around_zero else SEQUENTIAL, vmin=-top if around_zero else 0, vmax=top,
        edgecolors="white", linewidth=1.5,
    )  # fmt: skip
    bar = axes.figure.colorbar(
        mesh, ax=axes, location="bottom", shrink=0.6, aspect=36, pad=0.03,
        extend="both" if largest > top else "neither",
    )  # fmt: skip
    bar.set_label(wrapped(scale.title, 60), color=INK, fontsize=SMALL)
    bar.outline.set_visible(False)
    if bar.solids is not None:
        bar.solids.set_rasterized(False)  # an image in an SVG is nothing that a page of ours may load
    bar.ax.tick_params(colors=MUTED, labelsize=SMALL, length=0)
    bar.formatter = lambda value, _: tick(round(value, 10))  # type: ignore[assignment]
    return mesh


def strongest(values: Doubles, most: int) -> list[int]:
    """Return the columns with the largest values, positive or negative, in their own order."""
    strength = np.nan_to_num(np.abs(values)).max(axis=0)
    return sorted(int(n) for n in np.argsort(-strength, kind="stable")[:most])


def name_columns(axes: Axes, names: Sequence[str], width: float) -> None:
    """Name the columns above the cells: upright where the names fit, else slanted.

    Args:
        axes: Of the cells.
        names: One a column.
        width: Pixels of all columns together.
    """
    letters = width / len(names) / _LETTER
    places = np.arange(len(names)) + 0.5
    axes.xaxis.tick_top()
    if letters >= _FEWEST_LETTERS:
        texts = [wrapped(name, letters, lines=4) for name in names]
        axes.set_xticks(places, labels=texts, color=INK, fontsize=SMALL)
    else:
        texts = [wrapped(name, 28, lines=1) for name in names]
        axes.set_xticks(
            places, labels=texts, color=INK, fontsize=SMALL, rotation=45, ha="left", rotation_mode="anchor"
        )
