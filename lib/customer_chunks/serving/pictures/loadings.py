"""Loadings of principal components -> a heat map beneath what each component explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_chunks.errors import ModelError
from customer_chunks.serving.formats import number, percent
from customer_chunks.serving.pictures.arrays import Doubles, doubles
from customer_chunks.serving.pictures.cells import Scale, draw_cells, strongest
from customer_chunks.serving.pictures.names import wrapped
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

MOST_FEATURES, MOST_COMPONENTS = 20, 10


@drawn
def feature_loadings(
    loadings: npt.ArrayLike,
    features: Sequence[str],
    explained: Sequence[float],
    *,
    title: str = "What the principal components are made of",
) -> Figure:
    """Draw what each component explains and, below it, how much each feature weighs in it.

    Args:
        loadings: Components x features; the first ten components are drawn.
        features: Names; of more than twenty, those that weigh most in what is explained are drawn.
        explained: Share of the variance that each component explains, from 0 to 1.
        title: Of the picture.

    Raises:
        ModelError: the numbers of components or features differ.
    """
    if not len(explained) or not features:
        return nothing(title, "There are no components.")
    values = doubles(loadings)
    if values.shape != (len(explained), len(features)):
        raise ModelError(
            f"Loadings are {values.shape}, but there are {len(explained)} components and {len(features)} "
            "features.",
            "Give components x features.",
        )
    values, shares = values[:MOST_COMPONENTS], list(explained)[:MOST_COMPONENTS]
    # A loading counts by what its component explains.
    kept = strongest(values * np.sqrt(np.maximum(shares, 0))[:, None], MOST_FEATURES)
    figure = sheet(title, height=4 + 0.3 * len(kept), note=_note(values, explained, kept))
    above, below = figure.subplots(2, 1, height_ratios=[1.5, 0.3 * len(kept) + 0.4], sharex=True)
    _explained_bars(above, shares)
    cells = values[:, kept].T
    texts = [[number(value, 2) for value in row] for row in cells]
    draw_cells(below, cells, texts, Scale("Loading (no unit)", around_zero=True, within=(0.5, 1.0)))
    below.set_xticks(np.arange(len(shares)) + 0.5, labels=[f"PC {n + 1}" for n in range(len(shares))])
    below.set_yticks(np.arange(len(kept)) + 0.5, labels=[wrapped(features[n], 30, lines=1) for n in kept])
    below.set_xlabel("Principal component", color=INK)
    below.tick_params(colors=INK)
    return figure


def _explained_bars(axes: Axes, shares: Sequence[float]) -> None:
    places = np.arange(len(shares)) + 0.5
    plain_axes(axes, "", "Explained\nvariance (%)", grid="y")
    axes.bar(places, [share * 100 for share in shares], width=0.6, color=colour_of(0))
    for place, share in zip(places, shares, strict=True):
        axes.annotate(
            percent(share), (place, share * 100), (0, 3), textcoords="offset points", ha="center",
            fontsize=SMALL, color=MUTED,
        )  # fmt: skip
    axes.set_ylim(0, max(shares) * 125 or 1)
    axes.tick_params(axis="x", labelbottom=False)


def _note(loadings: Doubles, explained: Sequence[float], kept: Sequence[int]) -> str:
    """Say what is explained together, and what is left out."""
    told = f"Together they explain {percent(min(sum(explained[: len(loadings)]), 1.0))} of the variance."
    told += " The sign of a component has no meaning of its own."
    if len(loadings) < len(explained):
        told += f" The first {len(loadings)} of {len(explained)} components."
    if len(kept) < loadings.shape[1]:
        told += f" The {len(kept)} of {loadings.shape[1]} features that weigh most."
    return told
