"""How good a segmentation is: silhouette, Davies-Bouldin, Calinski-Harabasz, for any labels.

Sources: Rousseeuw (1987); Davies and Bouldin (1979); Calinski and Harabasz (1974), as scikit-learn computes
them. The last two are exact over all rows; the silhouette needs all distances, and is exact over a sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.drawn import sample
from customer_chunks.models.points import numbers_of, packed
from customer_chunks.models.rows import Doubles, Floats

MOST_CLUSTERS = 20_000
"""Of more clusters nothing is measured: every pair of them would be looked at."""
_SILHOUETTE_ROWS = 10_000
_AT_ONCE = 500
_TWO = 2


@dataclass(frozen=True)
class Quality:
    """Measures of labelled rows, noise left out; None of fewer than two clusters or over MOST_CLUSTERS.

    Attributes:
        rows: That have a cluster.
        clusters: With at least one row.
        noise: Rows without a cluster.
        silhouette: From -1 to 1, the more the better.
        silhouette_rows: In the sample behind it.
        davies_bouldin: From 0, the less the better.
        calinski_harabasz: From 0, the more the better.
    """

    rows: int
    clusters: int
    noise: int
    silhouette: float | None = None
    silhouette_rows: int = 0
    davies_bouldin: float | None = None
    calinski_harabasz: float | None = None


def quality(
    frame: DataFrame, features: str, labels: str, *, seed: int = 0, id_col: str | None = None
) -> Quality:
    """Measure labelled rows.

    Args:
        frame: Has both columns.
        features: Array or vector.
        labels: Whole numbers; negative ones are noise.
        seed: Of the sample.
        id_col: Different in every row, which is drawn by it; None to draw rows by their numbers.

    Raises:
        ModelError: a column is missing, or a row lacks a number.
    """
    if labels not in frame.columns:
        raise ModelError(f"There is no column '{labels}'.", f"Columns: {', '.join(frame.columns)}.")
    label = F.col(f"`{labels}`").cast("int")
    told = _sizes(frame.select(label.alias("label")))
    if told.kinds is None or len(told.kinds) < _TWO or told.rows <= told.clusters:
        return Quality(told.rows, told.clusters, told.noise)
    numbers = numbers_of(frame, features)
    places = told.kinds.assign(place=np.arange(told.clusters, dtype=float))
    by_place = F.broadcast(frame.sparkSession.createDataFrame(places, "label int, place double"))
    # One row a label; 32 bits hold a place, not any label. Noise has none.
    ids = [] if id_col is None else [F.col(f"`{id_col}`").alias("id")]
    kept = frame.select(label.alias("label"), numbers.alias("point"), *ids).join(by_place, on="label")
    both = F.concat(F.array("place"), F.col("point"))
    with packed(kept.withColumn("both", both), "both", seed=seed, id_col="id" if ids else None) as points:
        k, shift = told.clusters, points.offset[0]
        first = points.totals(lambda block: _sums(block, k, shift))
        counts = first[:k]
        centres = first[k : k + k * (points.width - 1)].reshape(k, -1) / counts[:, None]
        second = points.totals(lambda block: _spreads(block, centres, shift))
        some = sample(points, _SILHOUETTE_ROWS, seed)
    within, mean_distance = second[:k], second[k:] / counts
    drawn = _labels(some, shift)
    each = silhouettes(some[:, 1:].astype(np.float64), drawn) if len(np.unique(drawn)) > 1 else None
    silhouette = None if each is None else float(each.mean())
    return Quality(
        told.rows, k, told.noise, silhouette, len(some),
        _davies_bouldin(centres, mean_distance), _calinski_harabasz(centres, counts, float(within.sum())),
    )  # fmt: skip


class _Sizes(NamedTuple):
    """Rows in clusters, clusters, rows of noise, and the ``label`` of every cluster; None of too many."""

    rows: int
    clusters: int
    noise: int
    kinds: pd.DataFrame | None


def _sizes(labels: DataFrame) -> _Sizes:
    """Count the rows of every cluster; of more than MOST_CLUSTERS none is brought to the driver."""
    by_label = labels.groupBy("label").count()
    found = by_label.where("label >= 0").orderBy("label").limit(MOST_CLUSTERS + 1).select("label").toPandas()
    is_noise = F.col("label") < 0
    told = by_label.agg(
        F.coalesce(F.sum(F.when(~is_noise, F.col("count"))), F.lit(0)).alias("rows"),
        F.count_if(~is_noise).alias("clusters"),
        F.coalesce(F.sum(F.when(is_noise, F.col("count"))), F.lit(0)).alias("noise"),
    ).collect()[0]
    kinds = found if len(found) <= MOST_CLUSTERS else None
    return _Sizes(told["rows"], told["clusters"], told["noise"], kinds)


def _labels(block: Floats, shift: float) -> npt.NDArray[np.int64]:
    return np.asarray(np.rint(block[:, 0] + shift), dtype=np.int64)


def _sums(block: Floats, k: int, shift: float) -> Doubles:
    labels = _labels(block, shift)
    values = block[:, 1:].astype(np.float64)
    sums = np.stack([np.bincount(labels, weights=column, minlength=k) for column in values.T], axis=1)
    return np.concatenate([np.bincount(labels, minlength=k), sums.ravel()])


def _spreads(block: Floats, centres: Doubles, shift: float) -> Doubles:
    labels, k = _labels(block, shift), len(centres)
    squares = ((block[:, 1:] - centres[labels]) ** 2).sum(axis=1)
    weighed = [np.bincount(labels, weights=w, minlength=k) for w in (squares, np.sqrt(squares))]
    return np.concatenate(weighed)


def _davies_bouldin(centres: Doubles, mean_distance: Doubles) -> float:
    """Compare each centre with all others: memory grows with the clusters, not with their pairs."""
    worst = np.empty(len(centres))
    for n, centre in enumerate(centres):
        apart = np.sqrt(((centres - centre) ** 2).sum(axis=1))
        apart[apart == 0] = np.inf  # itself, and equal centres as scikit-learn has it
        worst[n] = ((mean_distance[n] + mean_distance) / apart).max()
    return float(worst.mean())


def _calinski_harabasz(centres: Doubles, counts: Doubles, within: float) -> float:
    rows, k = counts.sum(), len(centres)
    between = float(counts @ ((centres - counts @ centres / rows) ** 2).sum(axis=1))
    return 1.0 if within == 0 else between * (rows - k) / (within * (k - 1))


def silhouettes(rows: Doubles, labels: npt.NDArray[np.int64]) -> Doubles:
    """Return the silhouette of every row among these rows; 0 for a row alone in its cluster.

    Args:
        rows: Rows x features, some ten thousand at most: all distances are looked at.
        labels: The cluster of each, of two at least.
    """
    kinds, labels = np.unique(labels, return_inverse=True)
    order = np.argsort(labels, kind="stable")
    rows, labels = rows[order], labels[order]
    # Rows of a cluster stand side by side, so that a table of rows x clusters is never built.
    starts, counts = np.searchsorted(labels, np.arange(len(kinds))), np.bincount(labels)
    norms, found = (rows**2).sum(axis=1), np.zeros(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        some, own = rows[start : start + _AT_ONCE], labels[start : start + _AT_ONCE]
        squares = norms[start : start + _AT_ONCE, None] + norms[None] - 2 * some @ rows.T
        here = np.arange(len(some))
        squares[here, start + here] = 0
        sums = np.add.reduceat(np.sqrt(np.maximum(squares, 0)), starts, axis=1)
        inside = sums[here, own] / np.maximum(counts[own] - 1, 1)
        means = sums / counts
        means[here, own] = np.inf
        outside = means.min(axis=1)
        widest = np.maximum(inside, outside)
        alone = (counts[own] == 1) | (widest == 0)
        each = (outside - inside) / np.where(widest > 0, widest, 1)
        found[order[start : start + _AT_ONCE]] = np.where(alone, 0.0, each)
    return found


def spreads_apart(rows: Doubles, labels: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return Davies-Bouldin and Calinski-Harabasz of rows in memory."""
    kinds, labels = np.unique(labels, return_inverse=True)
    counts = np.bincount(labels).astype(float)
    sums = np.zeros((len(kinds), rows.shape[1]))
    np.add.at(sums, labels, rows)
    centres = sums / counts[:, None]
    squares = ((rows - centres[labels]) ** 2).sum(axis=1)
    mean_distance = np.bincount(labels, weights=np.sqrt(squares)) / counts
    within = float(squares.sum())
    return _davies_bouldin(centres, mean_distance), _calinski_harabasz(centres, counts, within)


def agreement(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two labellings of the same rows (Hubert and Arabie, 1985).

    1 where they part the rows alike, about 0 where they agree as by chance.
    """
    _, one = np.unique(one, return_inverse=True)
    _, other = np.unique(other, return_inverse=True)
    both = np.bincount(one * (int(other.max()) + 1) + other).astype(float)

    def pairs(counts: Doubles) -> float:
        return float((counts * (counts - 1) / 2).sum())

    left, right = (pairs(np.bincount(labels).astype(float)) for labels in (one, other))
    expected, most = left * right / max(pairs(np.array([float(len(one))])), 1.0), (left + right) / 2
    return 1.0 if most == expected else (pairs(both) - expected) / (most - expected)
