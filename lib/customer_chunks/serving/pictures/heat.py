"""Values by two names -> heat maps: segments by features, recency by frequency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_chunks.errors import ModelError
from customer_chunks.serving.formats import percent, short
from customer_chunks.serving.pictures.arrays import doubles
from customer_chunks.serving.pictures.cells import Scale, draw_cells, name_columns, strongest
from customer_chunks.serving.pictures.names import wrapped
from customer_chunks.serving.pictures.style import INK, SMALL, drawn, nothing, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCORES = (1, 2, 3, 4, 5)
MOST_FEATURES = 12
STRENGTHS = (1.0, 2.0)
"""Effects beyond two standard deviations are as dark as those of two; effects near zero stay pale."""


@dataclass(frozen=True)
class SegmentProfile:
    """A row of the heat map of segments.

    Attributes:
        name: Of the segment.
        share: Of all customers, from 0 to 1.
        effects: For each feature, how far the segment is from all customers, in standard deviations.
        typical: For each feature, the segment's own typical value in the feature's unit.
    """

    name: str
    share: float
    effects: Sequence[float]
    typical: Sequence[float]


@drawn
def segment_heat_map(
    segments: Sequence[SegmentProfile],
    features: Sequence[str],
    *,
    title: str = "What sets each segment apart",
    effect: str = "Difference from all customers (standard deviations)",
) -> Figure:
    """Draw a row for each segment: its colour is the effect, its text the segment's own value.

    Args:
        segments: In the order to show.
        features: Names with units; of more than twelve, those of the largest effects are drawn.
        title: Of the picture.
        effect: What the colours mean, with the unit.

    Raises:
        ModelError: a segment has more or fewer values than there are features.
    """
    if any({len(s.effects), len(s.typical)} != {len(features)} for s in segments):
        raise ModelError(
            f"{len(features)} features, but a segment has another number of values.", "Give one for each."
        )
    if not segments or not features:
        return nothing(title, "There are no segments to compare.")
    effects = doubles([s.effects for s in segments])
    kept = strongest(effects, MOST_FEATURES)
    texts = [[short(s.typical[n]) for n in kept] for s in segments]
    figure = sheet(title, height=2.9 + 0.54 * len(segments), note=_segment_note(len(kept), len(features)))
    axes = figure.subplots()
    scale = Scale(effect, around_zero=True, within=STRENGTHS)
    draw_cells(axes, effects[:, kept], texts, scale)
    name_columns(axes, [features[n] for n in kept], 700)
    rows = [f"{wrapped(s.name, 26)}\n{percent(s.share)} of customers" for s in segments]
    axes.set_yticks(np.arange(len(rows)) + 0.5, labels=rows, color=INK, fontsize=SMALL)
    return figure


def _segment_note(drawn_count: int, count: int) -> str:
    told = "Colour: how far the segment is from all customers. Number: the segment's own typical value."
    return told if drawn_count == count else f"{told} The {drawn_count} of {count} features that differ most."


@drawn
def rfm_heat_map(
    cells: Mapping[tuple[int, int], float],
    *,
    measure: str = "Customers",
    title: str = "",
) -> Figure:
    """Draw recent customers on top and frequent ones at the right.

    Args:
        cells: (r_score, f_score) -> value; a cell without customers is absent.
        measure: What the values are, with their unit.
        title: Of the picture; told by the measure where it is empty.
    """
    title = title or f"{measure} by recency and frequency"
    if not any((r, f) in cells for r in SCORES for f in SCORES):
        return nothing(title, "No customer has scores.")
    values = doubles([[cells.get((r, f), np.nan) for f in SCORES] for r in reversed(SCORES)])
    figure = sheet(title, height=5.4)
    axes = figure.subplots()
    draw_cells(axes, values, [[short(v) for v in row] for row in values], Scale(measure), size=12)
    axes.set_xlabel("Frequency score (5: most purchases)", color=INK)
    axes.set_ylabel("Recency score (5: bought last)", color=INK)
    places = np.arange(5) + 0.5
    axes.set_xticks(places, labels=[f"F {score}" for score in SCORES], color=INK)
    axes.set_yticks(places, labels=[f"R {score}" for score in reversed(SCORES)], color=INK)
    return figure
