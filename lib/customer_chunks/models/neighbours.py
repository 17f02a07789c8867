"""How far the neighbours of a row are: the curve that eps of DBSCAN is read from, and its knee.

Enters: a frame with a column of features on comparable scales. Leaves: distances, sorted, and the one at the
knee. Sources: Ester, Kriegel, Sander and Xu (1996), section 4.2; Satopaa, Albrecht, Irwin and Raghavan,
"Finding a Kneedle in a Haystack", 2011.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from scipy import spatial

from customer_chunks.errors import ModelError
from customer_chunks.models.coreset import different
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles, Floats

_FAR, _FEW = 20.0, 0.01
"""Distances so many widths of the middle half above the median bend no curve, if they are so few a share."""


@dataclass(frozen=True)
class Neighbours:
    """The curve of a sample of rows that differ.

    Attributes:
        min_points: Neighbours that were counted, the row itself among them.
        distances: By row of the sample, to the last of so many neighbours among all rows; the smallest first.
        knee: The place in ``distances`` where the curve bends most.
        eps: The distance there; above 0.
    """

    min_points: int
    distances: Doubles
    knee: int
    eps: float


def neighbour_distances(
    frame: DataFrame, features: str, *, min_points: int, size: int = 1000, seed: int = 0
) -> Neighbours:
    """Measure how far the ``min_points``-th neighbour is, among all rows, for rows of a sample.

    Args:
        frame: Has the column of features.
        features: Array or vector.
        min_points: Of DBSCAN: a row is its own neighbour, and equal rows are too.
        size: Rows of the sample, all different; all different rows where there are no more.
        seed: Of the sample.

    Raises:
        ModelError: there are fewer rows than neighbours, a row lacks a number, or all distances are 0.
    """
    if min_points < 1 or size < 1:
        raise ModelError(f"min_points is {min_points} and size {size}.", "Both are at least 1.")
    with packed(frame, features) as points:
        if points.count < min_points:
            raise ModelError(
                f"min_points={min_points}, but there are only {points.count:,} rows.",
                f"Choose at most {points.count:,}.",
            )
        sample = different(points, size, seed)
        distances = np.sort(_nearest(points, sample, min_points)[:, -1])
    if not distances[-1] > 0:
        raise ModelError(
            f"Each row of the sample has {min_points} neighbours at distance 0.",
            "Choose a greater min_points, or other features.",
        )
    place = max(knee(_in_proportion(distances)), int(np.argmax(distances > 0)))
    return Neighbours(min_points, distances, place, float(distances[place]))


def knee(curve: Doubles) -> int:
    """Return where a rising curve is farthest below its chord, both axes made 0 to 1; 0 if it is flat."""
    rise = curve[-1] - curve[0]
    if not rise > 0:
        return 0
    return int(np.argmax(np.linspace(0, 1, len(curve)) - (curve - curve[0]) / rise))


def _in_proportion(distances: Doubles) -> Doubles:
    """Return sorted distances without the last few that would draw the chord up beyond all others."""
    low, middle, high = np.quantile(distances, (0.25, 0.5, 0.75))
    within = distances[distances <= middle + _FAR * (high - low)]
    return within if len(within) >= (1 - _FEW) * len(distances) else distances


def _nearest(points: Points, sample: Floats, count: int) -> Doubles:
    """Return the smallest distances of each row of the sample, sorted: sample x count."""
    shape = (len(sample), -1)

    def work(rows: Floats) -> Doubles:
        # A tree subtracts before it squares: a row is at 0 from itself.
        found, _ = spatial.cKDTree(rows).query(sample, k=list(range(1, count + 1)))
        return np.asarray(found).ravel()

    def join(parts: Sequence[Doubles]) -> Doubles:
        together = np.concatenate([part.reshape(shape) for part in parts], axis=1)
        return np.sort(together, axis=1)[:, :count].ravel()

    return points.merged(work, join).reshape(shape)
