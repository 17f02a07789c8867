"""A map of clusters: rows of a sample as places on a plane where near rows lie near (t-SNE).

Enters: a frame with an id, features and a label. Leaves: arrays, one place a row of the sample, among which
any other row finds its place. Source: van der Maaten and Hinton (2008), as scikit-learn computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.arrays import with_scores
from customer_chunks.models.points import lacks_number, numbers_of
from customer_chunks.models.rows import Doubles

MOST = 5_000
"""Rows of a map: more take minutes and show no more."""
_FEWEST = 4
"""Rows without which there is nothing to arrange."""
_OF_EACH = 10
"""Rows of each label at least, where it has so many."""
_PERPLEXITY_SHARE = 3
"""A row has so many times fewer near neighbours than there are rows, at least."""
_PERPLEXITY = 30.0
_PARTS = 2**30
_AT_ONCE, _NEIGHBOURS, _HALVINGS = 1_000, 3, 40


@dataclass(frozen=True)
class TsneMap:
    """Rows of the sample, sorted by label and id.

    Attributes:
        ids: As they were in the frame.
        labels: Cluster of each.
        x: Place on the plane; only which rows are near each other means something.
        y: The same.
        kl_divergence: What the plane could not show; the less the better, for one number of rows and
        perplexity.
        perplexity: That was used: less than asked for where there are few rows.
        points: Features of the sample, less their mean.
        middle: That mean.
    """

    ids: npt.NDArray[Any]
    labels: npt.NDArray[np.int64]
    x: Doubles
    y: Doubles
    kl_divergence: float
    perplexity: float
    points: Doubles
    middle: Doubles

    def place(self, rows: Doubles) -> Doubles:
        """Return where other rows belong on the map: rows x features in, rows x 2 out.

        A row lies in the middle of its near neighbours in the sample, each of which weighs as much as t-SNE
        has it by their distance and the perplexity. The map itself stays as it is.
        """
        found = [self._among(rows[at : at + _AT_ONCE]) for at in range(0, len(rows), _AT_ONCE)]
        return np.concatenate([np.empty((0, 2)), *found])

    def _among(self, rows: Doubles) -> Doubles:
        moved = rows - self.middle
        apart = (moved**2).sum(axis=1)[:, None] - 2 * moved @ self.points.T + (self.points**2).sum(axis=1)
        near = min(len(self.points), int(_NEIGHBOURS * self.perplexity) + 1)
        who = np.argpartition(apart, near - 1, axis=1)[:, :near]
        weights = _weights(np.maximum(np.take_along_axis(apart, who, axis=1), 0), self.perplexity)
        return np.stack([(weights * axis[who]).sum(axis=1) for axis in (self.x, self.y)], axis=1)


def tsne_map(
    frame: DataFrame,
    features: str,
    labels: str,
    key: str,
    *,
    size: int = 2000,
    seed: int = 0,
    perplexity: float = _PERPLEXITY,
) -> TsneMap:
    """Arrange a sample of labelled rows on a plane.

    Args:
        frame: Has the three columns; rows without a label are left out.
        features: Array or vector.
        labels: Whole numbers; noise is a label like others.
        key: Different in every row; rows are drawn by a hash of it.
        size: Rows of the sample, about; at most 5,000.
        seed: Of the sample and the arrangement.
        perplexity: Near neighbours of a row, about.

    Raises:
        ModelError: a column is missing, a row lacks a number, there are too few rows, or no scikit-learn.
    """
    for name in (labels, key):
        if name not in frame.columns:
            raise ModelError(f"There is no column '{name}'.", f"Columns: {', '.join(frame.columns)}.")
    if not (_FEWEST <= size <= MOST and perplexity > 0):
        raise ModelError(
            f"size is {size} and perplexity {perplexity:g}.",
            f"A size is from {_FEWEST} to {MOST:,}, a perplexity above 0.",
        )
    rows = frame.select(
        F.col(f"`{key}`").alias("id"),
        F.col(f"`{labels}`").cast("int").alias("label"),
        numbers_of(frame, features).alias("point"),
        F.pmod(F.xxhash64(F.col(f"`{key}`").cast("string"), F.lit(seed)), F.lit(_PARTS)).alias("draw"),
    ).where("label is not null")
    sample = _drawn(rows, _quotas(rows, size, features))
    points = _points(sample, features)
    return _arranged(sample, points, seed, perplexity)


def arranged(points: Doubles, labels: npt.NDArray[np.int64], *, seed: int = 0) -> TsneMap:
    """Arrange labelled rows that are in memory, some thousand at most; their places are their ids.

    Raises:
        ModelError: there are too few rows, all are alike, or there is no scikit-learn.
    """
    if len(points) < _FEWEST or not np.ptp(points, axis=0).any():
        raise ModelError(
            f"There are {len(points):,} rows to arrange.", f"Give {_FEWEST} at least that are not all alike."
        )
    return _arranged(pd.DataFrame({"id": np.arange(len(points)), "label": labels}), points, seed, _PERPLEXITY)


def placed(frame: DataFrame, features: str, on: TsneMap) -> DataFrame:
    """Add ``x`` and ``y``: where each row belongs on the map; null where it lacks a number."""

    def scores(rows: Doubles) -> dict[str, Doubles]:
        places = on.place(rows)
        return {"x": places[:, 0], "y": places[:, 1]}

    return with_scores(frame, features, scores, "struct<x:double,y:double>", {"x": "x", "y": "y"})


def _weights(apart: Doubles, perplexity: float) -> Doubles:
    """Return by row what its neighbours weigh: together 1, with the entropy that the perplexity asks for.

    ``apart`` are squared distances. The width of each row is found by halving, as in the paper.
    """
    least = apart.min(axis=1, keepdims=True)
    apart = apart - least
    wanted = np.log(min(perplexity, apart.shape[1] - 0.5))
    scale = np.maximum(apart.mean(axis=1, keepdims=True), 1e-300)
    low, high = np.full_like(scale, -40.0), np.full_like(scale, 40.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        odds = np.exp(-apart / scale * np.exp(middle))
        shares = odds / odds.sum(axis=1, keepdims=True)
        entropy = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1, keepdims=True)
        is_wide = entropy > wanted
        low, high = np.where(is_wide, middle, low), np.where(is_wide, high, middle)
    return np.asarray(shares)


def quotas(sizes: dict[int, int], size: int) -> dict[int, int]:
    """Return rows to draw of each label: some of each, the others in proportion; ``size`` at most."""
    floor = min(_OF_EACH, size // len(sizes))
    least = {label: min(count, floor) for label, count in sizes.items()}
    left = size - sum(least.values())
    rest = {label: count - least[label] for label, count in sizes.items()}
    share = min(1.0, left / max(1, sum(rest.values())))
    return {label: least[label] + int(rest[label] * share) for label in sizes}


def _quotas(rows: DataFrame, size: int, features: str) -> dict[int, tuple[int, int]]:
    """Return by label the rows to draw and the rows there are."""
    told = rows.groupBy("label").agg(
        F.count("*").alias("rows"), F.count_if(lacks_number("point")).alias("spoilt")
    )
    found = told.toPandas()  # one a cluster
    spoilt, count = int(found["spoilt"].sum()), int(found["rows"].sum())
    if spoilt:
        raise ModelError(
            f"{spoilt} rows of '{features}' lack a number or have one that is not finite.",
            "Fill in or leave out such rows first.",
        )
    if count < _FEWEST or len(found) > size:
        raise ModelError(
            f"There are {count:,} rows with a label, and {len(found):,} labels.",
            f"A map needs at least {_FEWEST} rows, and a row of each label.",
        )
    sizes = {int(label): int(rows) for label, rows in zip(found["label"], found["rows"], strict=True)}
    return {label: (quota, sizes[label]) for label, quota in quotas(sizes, size).items()}


def _drawn(rows: DataFrame, wanted: dict[int, tuple[int, int]]) -> pd.DataFrame:
    """Return the rows of each label whose draws are the smallest; sorted by label and id."""
    bound, quota = F.lit(0), F.lit(0)
    for label, (some, count) in wanted.items():
        # Half as many again and some more: so few are ranked, and hardly ever too few.
        part = min(1.0, (1.5 * some + 50) / count)
        bound = F.when(F.col("label") == label, F.lit(int(part * _PARTS))).otherwise(bound)
        quota = F.when(F.col("label") == label, F.lit(some)).otherwise(quota)
    ranked = rows.where(F.col("draw") < bound).withColumn(
        "rank", F.row_number().over(Window.partitionBy("label").orderBy("draw", F.col("id").cast("string")))
    )
    found = ranked.where(F.col("rank") <= quota).drop("rank", "draw").toPandas()  # MOST rows at most
    return found.sort_values(["label", "id"], ignore_index=True)


def _points(sample: pd.DataFrame, features: str) -> Doubles:
    if sample["point"].map(len).nunique() > 1:
        raise ModelError(f"Rows of '{features}' differ in their count of numbers.", "Give each as many.")
    points = np.vstack(list(sample["point"]))
    if not np.ptp(points, axis=0).any():
        raise ModelError(f"All {len(points):,} rows of the sample are alike.", "Choose other features.")
    return np.asarray(points, dtype=np.float64)


def _arranged(sample: pd.DataFrame, points: Doubles, seed: int, perplexity: float) -> TsneMap:
    try:
        from sklearn.manifold import TSNE  # noqa: PLC0415 - an extra, two seconds to import
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415 - of it
    except ImportError:
        raise ModelError(
            "A map needs scikit-learn, which is not installed.", "Run: pip install 'customer-chunks[models]'."
        ) from None
    middle = points.mean(axis=0)
    points = points - middle  # 32-bit numbers hold the differences
    wide = np.column_stack([points, np.zeros(len(points))])  # its start takes two numbers of a row at least
    used = min(perplexity, (len(points) - 1) / _PERPLEXITY_SHARE)
    tsne = TSNE(n_components=2, init="pca", perplexity=used, random_state=seed)
    with threadpool_limits(1):  # of some thousand rows, threads wait for each other most of the time
        places = np.asarray(tsne.fit_transform(wide), dtype=np.float64)
    return TsneMap(
        ids=sample["id"].to_numpy(),
        labels=sample["label"].to_numpy(dtype=np.int64),
        x=places[:, 0],
        y=places[:, 1],
        kl_divergence=float(tsne.kl_divergence_),
        perplexity=float(used),
        points=points,
        middle=middle,
    )
