"""Principal components for any number of rows: exact, from one pass over all of them.

Enters: a frame with a column of features. Leaves: a model that adds an array of each row's components. They
are scikit-learn's ``PCA``; the sign of a component is the one that makes its largest loading positive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.arrays import with_scores
from customer_chunks.models.params import number, param, text, whole
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles, Floats
from customer_chunks.models.saved import Saved

_ENOUGH = 1e-12
"""Shares add up to 1 but for rounding."""


class _Columns(Saved):
    featuresCol = param("featuresCol", "array or vector of features", text)
    outputCol = param("outputCol", "array of components", text)


class PCA(Estimator["PCAModel"], _Columns):
    """Keeps ``k`` components, or as many as tell a share ``explained`` of the variance."""

    k = param("k", "number of components", whole, at_least=1)
    explained = param("explained", "share of the variance to keep, at most 1", number, above=0)

    def __init__(
        self,
        *,
        k: int | None = None,
        explained: float | None = None,
        featuresCol: str = "features",
        outputCol: str = "components",
    ) -> None:
        super().__init__()
        if (k is None) == (explained is None):
            raise ModelError("PCA takes either k or explained.", "Give one of the two.")
        kept = {"k": k} if explained is None else {"explained": explained}
        self._set(**kept, featuresCol=featuresCol, outputCol=outputCol)
        if explained is not None and explained > 1:
            raise ModelError(
                f"explained must be at most 1, got {explained!r}.", "It is a share: 0.9 is 90 %."
            )

    def _fit(self, dataset: DataFrame) -> PCAModel:
        with packed(dataset, self.getOrDefault(self.featuresCol)) as points:
            return self.fit_points(points)

    def fit_points(self, points: Points) -> PCAModel:
        """Fit rows that are packed already.

        Raises:
            ModelError: all rows are alike, or there are fewer features, or rows, than components.
        """
        most = min(points.count, points.width)
        if self.isSet(self.k) and self.getOrDefault(self.k) > most:
            raise ModelError(
                f"k={self.getOrDefault(self.k)}, but {points.count:,} rows have {points.width} features.",
                f"Choose a k of at most {most}.",
            )
        covariance = _covariance(points)
        variances, components = _principal(covariance)
        if not variances[0] > 0:
            raise ModelError(
                f"All {points.count:,} rows are alike: nothing varies.", "Choose other features."
            )
        shares = variances / variances.sum()
        kept = self._kept(shares)
        return PCAModel(
            components=components[:kept].tolist(),
            explained_variance=variances[:kept].tolist(),
            explained_ratio=shares[:kept].tolist(),
            mean=points.mean.tolist(),
            **{name: self.getOrDefault(name) for name in ("featuresCol", "outputCol")},
        )

    def _kept(self, shares: Doubles) -> int:
        if self.isSet(self.k):
            return int(self.getOrDefault(self.k))
        enough = np.cumsum(shares) >= self.getOrDefault(self.explained) - _ENOUGH
        return int(np.argmax(enough)) + 1


class PCAModel(Model, _Columns):
    """Components, the one that tells most first.

    Attributes:
        components: Components x features: the loadings of each, of length 1, the largest one positive.
        explained_variance: Of each component, over n - 1.
        explained_ratio: Its share of the variance of all features.
        mean: Of the features; what is added is the components of a row less this.
    """

    def __init__(
        self,
        *,
        components: Sequence[Sequence[float]],
        explained_variance: Sequence[float],
        explained_ratio: Sequence[float],
        mean: Sequence[float],
        **columns: str,
    ) -> None:
        super().__init__()
        self.components = np.asarray(components, dtype=np.float64)
        self.explained_variance = np.asarray(explained_variance, dtype=np.float64)
        self.explained_ratio = np.asarray(explained_ratio, dtype=np.float64)
        self.mean = np.asarray(mean, dtype=np.float64)
        self._set(**columns)

    def learnt(self) -> dict[str, Any]:
        """Return the components and what they tell."""
        return {
            "components": self.components.tolist(),
            "explained_variance": self.explained_variance.tolist(),
            "explained_ratio": self.explained_ratio.tolist(),
            "mean": self.mean.tolist(),
        }

    def _transform(self, dataset: DataFrame) -> DataFrame:
        names = {f"c{n}": f"_component_{n}" for n in range(len(self.components))}
        kind = f"struct<{','.join(f'{field}:double' for field in names)}>"
        wide = with_scores(dataset, self.getOrDefault(self.featuresCol), self.scores, kind, names)
        columns = list(names.values())
        told = F.when(F.col(columns[0]).isNotNull(), F.array(*columns))
        return wide.withColumn(self.getOrDefault(self.outputCol), told).drop(*columns)

    def scores(self, rows: Doubles) -> dict[str, Doubles]:
        """Return the components of every row; rows x features in, an array of rows a component out."""
        found = (rows - self.mean) @ self.components.T
        return {f"c{n}": column for n, column in enumerate(found.T)}


def _covariance(points: Points) -> Doubles:
    """Return the features' covariance; rows less their mean are multiplied, which keeps their digits."""
    width, mean = points.width, points.mean - points.offset

    def work(rows: Floats) -> Doubles:
        apart = rows - mean
        return np.concatenate([apart.sum(axis=0), (apart.T @ apart).ravel()])

    totals = points.totals(work)
    # What is left of the sums is rounding: rows were packed as 32-bit numbers.
    left = totals[:width] / points.count
    products = totals[width:].reshape(width, width) - points.count * np.outer(left, left)
    return np.asarray(products / max(points.count - 1, 1))


def _principal(covariance: Doubles) -> tuple[Doubles, Doubles]:
    """Return variances, the greatest first, and the loadings, one row a component.

    Features of very different scales would cost the smaller ones their digits: correlations are taken apart
    first.
    """
    deviations = np.sqrt(np.diag(covariance))
    scale = np.where(deviations > 0, deviations, 1)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    factor = scale[:, None] * vectors * np.sqrt(np.maximum(values, 0))
    loadings, lengths, _ = np.linalg.svd(factor)
    components = loadings.T
    largest = components[np.arange(len(components)), np.abs(components).argmax(axis=1)]
    return lengths**2, components * np.where(largest < 0, -1, 1)[:, None]
