"""Bisecting k-means for any number of rows: the cluster that costs most is split in two, until there are k.

Enters: a frame with a column of features on comparable scales. Leaves: a model that adds each row's cluster,
its distance to the mean and how clearly it belongs there, and that keeps the tree of splits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.models.added import ClusterColumns, DrawnById
from customer_chunks.models.coreset import coreset
from customer_chunks.models.params import param, whole
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles
from customer_chunks.models.splits import Splits, descended, grown
from customer_chunks.models.tally import Tally, tallied


class BisectingKMeans(Estimator["BisectingKMeansModel"], ClusterColumns, DrawnById):
    """Splits a weighted sample, or all rows if they are few; a pass over all rows measures the clusters."""

    k = param("k", "number of clusters", whole, at_least=2)
    seed = param("seed", "of everything drawn", whole, at_least=0)
    restarts = param("restarts", "starts that are tried for a split", whole, at_least=1)
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
        restarts: int = 4,
        sampleSize: int = 100_000,
    ) -> None:
        super().__init__()
        self._set(
            k=k, seed=seed, featuresCol=featuresCol, predictionCol=predictionCol, distanceCol=distanceCol,
            marginCol=marginCol, restarts=restarts, sampleSize=sampleSize,
        )  # fmt: skip
        self.draw_by(idCol)

    def _fit(self, dataset: DataFrame) -> BisectingKMeansModel:
        with packed(dataset, self.getOrDefault(self.featuresCol), id_col=self.id_col) as points:
            return self.fit_points(points)

    def fit_points(self, points: Points) -> BisectingKMeansModel:
        """Fit rows that are packed already.

        Raises:
            ModelError: there are fewer different rows than clusters.
        """
        tree = self._tree(points)
        places = tree.places
        totals = points.totals(lambda rows: tallied(rows, descended(rows, tree)[0], places))
        found, leaves = Tally.of(totals, places), tree.leaves()
        largest_first = np.lexsort((*found.means[leaves].T[::-1], -found.counts[leaves]))
        ranked = leaves[largest_first]
        return BisectingKMeansModel(
            places=(places + points.offset).tolist(),
            splits=tree.splits.tolist(),
            leaves=ranked.tolist(),
            centres=(found.means[ranked] + points.offset).tolist(),
            sizes=found.counts[ranked].astype(int).tolist(),
            costs=found.costs[ranked].tolist(),
            offset=points.offset.tolist(),
            **self.columns(),
        )

    def _tree(self, points: Points) -> Splits:
        k, seed = self.getOrDefault(self.k), self.getOrDefault(self.seed)
        sample = coreset(points, self.getOrDefault(self.sampleSize), seed)
        tree = grown(sample.rows, sample.weights, k, seed, self.getOrDefault(self.restarts))
        count = len(tree.leaves())
        if count < k:
            raise ModelError(
                f"k={k}, but there are only {count} different rows among {points.count:,}.",
                f"Choose a k of at most {count}." if count > 1 else "Choose other features.",
            )
        return tree


class BisectingKMeansModel(Model, ClusterColumns):
    """The tree of splits and its leaves, which are the clusters, the largest first.

    A row goes down the tree, at every node to the nearer child. ``margin`` tells how much nearer that was
    than the other child, at the node where it was least so: 0 at a border.

    Attributes:
        centres: Mean of the rows of each cluster, in the units of the features.
        sizes: Rows of each in the fit.
        costs: Sum of squared distances to the own centre, in the fit, by cluster.
        cost: The sum of these.
        splits: Node, left and right child, the first split first; node 0 is all rows.
        places: By node what rows are compared with, in the units of the features.
        leaves: The node of each cluster.
    """

    def __init__(
        self,
        *,
        places: Sequence[Sequence[float]],
        splits: Sequence[Sequence[int]],
        leaves: Sequence[int],
        centres: Sequence[Sequence[float]],
        sizes: Sequence[int],
        costs: Sequence[float],
        offset: Sequence[float],
        **columns: str,
    ) -> None:
        super().__init__()
        self.places, self.centres = (
            np.asarray(places, dtype=np.float64),
            np.asarray(centres, dtype=np.float64),
        )
        self.splits, self.leaves = [list(split) for split in splits], list(leaves)
        self.sizes, self.costs, self.cost = list(sizes), list(costs), float(sum(costs))
        self.offset = np.asarray(offset, dtype=np.float64)
        self._set(**columns)

    def learnt(self) -> dict[str, Any]:
        """Return the tree and what was measured of its leaves."""
        return {
            "places": self.places.tolist(),
            "splits": self.splits,
            "leaves": self.leaves,
            "centres": self.centres.tolist(),
            "sizes": self.sizes,
            "costs": self.costs,
            "offset": self.offset.tolist(),
        }

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.with_clusters(dataset, self.scores)

    def scores(self, rows: Doubles) -> dict[str, Any]:
        """Return cluster, distance and margin of every row; rows x features in, arrays of rows out."""
        places = (self.places - self.offset).astype(np.float32)
        splits = np.asarray(self.splits, dtype=np.int32)
        nodes, margin = descended((rows - self.offset).astype(np.float32), Splits(places, splits))
        cluster_of = np.zeros(len(places), dtype=np.int32)
        cluster_of[self.leaves] = np.arange(len(self.leaves))
        cluster = cluster_of[nodes]
        distance = np.sqrt(((rows - self.centres[cluster]) ** 2).sum(axis=1))
        return {"cluster": cluster, "distance": distance, "margin": margin}
