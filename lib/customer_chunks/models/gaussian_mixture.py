"""A mixture of Gaussians for any number of rows: clusters of their own widths and slants, and chances.

Enters: a frame with a column of features on comparable scales. Leaves: a model that adds each row's
likeliest component, how far off its middle the row lies in the component's own widths, and how clearly it
belongs there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.models.added import ClusterColumns, DrawnById
from customer_chunks.models.drawn import sample
from customer_chunks.models.lloyd import settled, spread
from customer_chunks.models.mixture import Mixture, Sums, around, floor_of, risen, weighed, wide
from customer_chunks.models.params import number, param, whole
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles, Floats

_SAMPLE_ROUNDS, _PATIENCE = 500, 1e-3
"""EM creeps along plains before it climbs: on the sample it goes on for gains far smaller than ``tol``."""


class GaussianMixture(Estimator["GaussianMixtureModel"], ClusterColumns, DrawnById):
    """EM over packed rows: on a sample, from where k-means rests and from wide starts, and then on all rows.

    Of the starts the one that ends likeliest goes on.
    """

    k = param("k", "number of components", whole, at_least=2)
    seed = param("seed", "of everything drawn", whole, at_least=0)
    maxIter = param("maxIter", "rounds over all rows at most", whole, at_least=1)
    tol = param("tol", "stop where a round raises the mean log-likelihood by less", number, at_least=0)
    floor = param("floor", "least variance of a component, as a share of the column's", number, above=0)
    restarts = param("restarts", "starts on the sample, the first from k-means", whole, at_least=1)
    sampleSize = param("sampleSize", "rows of the sample, about", whole, at_least=1000)

    def __init__(
        self,
        *,
        k: int,
        seed: int,
        featuresCol: str = "features",
        predictionCol: str = "cluster",
        distanceCol: str = "distance",
        marginCol: str = "margin",
        idCol: str | None = None,
        maxIter: int = 20,
        tol: float = 1e-4,
        floor: float = 1e-6,
        restarts: int = 2,
        sampleSize: int = 20_000,
    ) -> None:
        super().__init__()
        self._set(
            k=k, seed=seed, featuresCol=featuresCol, predictionCol=predictionCol, distanceCol=distanceCol,
            marginCol=marginCol, maxIter=maxIter, tol=tol, floor=floor, restarts=restarts,
            sampleSize=sampleSize,
        )  # fmt: skip
        self.draw_by(idCol)

    def _fit(self, dataset: DataFrame) -> GaussianMixtureModel:
        features, seed = self.getOrDefault(self.featuresCol), self.getOrDefault(self.seed)
        with packed(dataset, features, seed=seed, id_col=self.id_col) as points:
            return self.fit_points(points)

    def fit_points(self, points: Points) -> GaussianMixtureModel:
        """Fit rows that are packed already.

        Raises:
            ModelError: there are fewer different rows than components.
        """
        k, tol = self.getOrDefault(self.k), self.getOrDefault(self.tol)
        some = sample(points, self.getOrDefault(self.sampleSize), self.getOrDefault(self.seed))
        floor = floor_of(some, self.getOrDefault(self.floor))
        mixture = self._start(points, some, floor)
        sums = Sums.of(points.totals(lambda rows: weighed(rows, mixture)), k)
        for _ in range(self.getOrDefault(self.maxIter)):
            moved = mixture.moved(sums, floor)
            after = Sums.of(points.totals(lambda rows, at=moved: weighed(rows, at)), k)  # type: ignore[misc]
            gained = (after.log_likelihood - sums.log_likelihood) / points.count
            if gained <= 0:
                break
            mixture, sums = moved, after
            if gained < tol:
                break
        return self._model(points, mixture, sums)

    def _start(self, points: Points, some: Floats, floor: Doubles) -> Mixture:
        k, seed, tol = (self.getOrDefault(name) for name in ("k", "seed", "tol"))
        starts = [spread(some, k, seed + n) for n in range(self.getOrDefault(self.restarts))]
        starts = [start for start in starts if len(start) == k]
        if not starts:
            distinct = len(np.unique(some, axis=0))
            raise ModelError(
                f"k={k}, but there are only {distinct} different rows in a sample of {points.count:,}.",
                f"Choose a k of at most {distinct}." if distinct > 1 else "Choose other features.",
            )
        mixtures = [around(some, settled(some, start)[0], floor) for start in starts[:1]]
        mixtures += [wide(some, start, floor) for start in starts[1:]]
        found = [risen(some, m, floor, rounds=_SAMPLE_ROUNDS, tol=tol * _PATIENCE) for m in mixtures]
        return max(found, key=lambda pair: pair[1])[0]

    def _model(self, points: Points, mixture: Mixture, sums: Sums) -> GaussianMixtureModel:
        largest_first = np.lexsort((*mixture.means.T[::-1], -sums.sizes))
        largest_first = largest_first[sums.sizes[largest_first] > 0]  # the others are nobody's likeliest
        shares = mixture.shares[largest_first]
        # The trace of what a component holds is the sum of squared distances to where it stood.
        cost = float(np.trace(sums.squares, axis1=1, axis2=2).sum())
        return GaussianMixtureModel(
            shares=(shares / shares.sum()).tolist(),
            centres=(mixture.means[largest_first] + points.offset).tolist(),
            covariances=mixture.covariances[largest_first].tolist(),
            sizes=sums.sizes[largest_first].astype(int).tolist(),
            cost=cost,
            log_likelihood=sums.log_likelihood / points.count,
            **self.columns(),
        )


class GaussianMixtureModel(Model, ClusterColumns):
    """Components in the units of the features, that with the most rows first.

    A row is of its likeliest component. ``distance`` is Mahalanobis', in the component's own widths;
    ``margin`` 1 less the next likeliest's chance over its own: 0 at a border, 1 where there is no doubt.

    Attributes:
        shares: Of all rows, by component.
        centres: Means of the components.
        covariances: One matrix a component.
        sizes: Rows whose likeliest component it is, in the fit.
        cost: Sum of squared distances to the means, each row by its chances, in the fit.
        log_likelihood: Mean over the rows of the fit.
    """

    def __init__(
        self,
        *,
        shares: Sequence[float],
        centres: Sequence[Sequence[float]],
        covariances: Sequence[Sequence[Sequence[float]]],
        sizes: Sequence[int],
        cost: float,
        log_likelihood: float,
        **columns: str,
    ) -> None:
        super().__init__()
        self.shares, self.centres = np.asarray(shares), np.asarray(centres, dtype=np.float64)
        self.covariances = np.asarray(covariances, dtype=np.float64)
        self.sizes, self.cost, self.log_likelihood = list(sizes), cost, log_likelihood
        self._set(**columns)

    def learnt(self) -> dict[str, Any]:
        """Return the components and how the fit went."""
        return {
            "shares": self.shares.tolist(),
            "centres": self.centres.tolist(),
            "covariances": self.covariances.tolist(),
            "sizes": self.sizes,
            "cost": self.cost,
            "log_likelihood": self.log_likelihood,
        }

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.with_clusters(dataset, self.scores)

    def scores(self, rows: Doubles) -> dict[str, Any]:
        """Return cluster, distance and margin of every row; rows x features in, arrays of rows out."""
        found = Mixture(self.shares, self.centres, self.covariances).judged(rows)
        likeliest = found.chances.argmax(axis=1)
        each = np.arange(len(rows))
        ordered = np.partition(found.chances, -2, axis=1)
        return {
            "cluster": likeliest.astype(np.int32),
            "distance": np.sqrt(found.distances[each, likeliest]),
            "margin": 1 - ordered[:, -2] / ordered[:, -1],
        }
