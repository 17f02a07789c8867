"""Hierarchical clustering by Ward's criterion for any number of rows, the whole tree kept.

Enters: a frame with a column of features on comparable scales. Leaves: a model that adds each row's cluster,
its distance to the mean and how clearly it belongs there; another number of clusters is a cut, not a fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.models.added import ClusterColumns, DrawnById
from customer_chunks.models.agglomerate import Labels, cut, merged, nearest
from customer_chunks.models.coreset import coreset, different
from customer_chunks.models.frequent import counted
from customer_chunks.models.lloyd import assigned, settled, spread
from customer_chunks.models.params import param, whole
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles, Floats, in_order
from customer_chunks.models.tally import Tally, tallied

_SAMPLED = 10
"""Rows of the sample to a micro-cluster."""
_ROUNDS = 10
"""Of k-means on the sample: micro-clusters need not come to rest."""


class Ward(Estimator["WardModel"], ClusterColumns, DrawnById):
    """Ward's tree over different rows, each as heavy as it is frequent, or over micro-clusters.

    With at most ``microClusters`` different rows the result is exactly Ward's. With more of them k-means
    finds as many micro-clusters on a sample, one pass over all rows weighs them, and the tree begins there.
    """

    k = param("k", "number of clusters", whole, at_least=2)
    seed = param("seed", "of everything drawn", whole, at_least=0)
    microClusters = param("microClusters", "leaves of the tree at most", whole, at_least=2)

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
        microClusters: int = 2000,
    ) -> None:
        super().__init__()
        self._set(
            k=k, seed=seed, featuresCol=featuresCol, predictionCol=predictionCol, distanceCol=distanceCol,
            marginCol=marginCol, microClusters=microClusters,
        )  # fmt: skip
        self.draw_by(idCol)

    def _fit(self, dataset: DataFrame) -> WardModel:
        with packed(dataset, self.getOrDefault(self.featuresCol), id_col=self.id_col) as points:
            return self.fit_points(points)

    def fit_points(self, points: Points) -> WardModel:
        """Fit rows that are packed already.

        Raises:
            ModelError: there are fewer different rows than clusters.
        """
        k, seed = self.getOrDefault(self.k), self.getOrDefault(self.seed)
        most = self.getOrDefault(self.microClusters)
        leaves = different(points, most + 1, seed)
        if len(leaves) > most:
            leaves, found = _micro(points, most, seed)
        else:
            found = Tally(counted(points, leaves), leaves.astype(np.float64), np.zeros(len(leaves)))
        return WardModel(
            k=k,
            leaves=(leaves + points.offset).tolist(),
            means=(found.means + points.offset).tolist(),
            inner_cost=float(found.costs.sum()),
            tree=merged(found.means, found.counts).tolist(),
            weights=found.counts.astype(int).tolist(),
            offset=points.offset.tolist(),
            **self.columns(),
        )


class WardModel(Model, ClusterColumns):
    """The tree, and its cut into k clusters, the largest first.

    A row goes to the cluster of its nearest leaf. ``margin`` tells how much nearer that is than the nearest
    leaf of another cluster: 0 at a border, 1 on a leaf.

    Attributes:
        centres: Mean of the rows of each cluster, in the units of the features.
        sizes: Rows of each in the fit.
        cost: Sum of squared distances to the own centre, in the fit.
        inner_cost: The part of it that lies within leaves; 0 where the tree is exact.
        tree: Merges from the lowest to the highest, as scipy has them: left, right, height, rows below. Below
        n
            leaves a number is a leaf; n + i is the i-th merge.
        leaves: Places that rows go to the nearest of: different rows, or centres of micro-clusters.
        means: Mean of the rows of each leaf.
        weights: Rows of each leaf.
    """

    def __init__(
        self,
        *,
        k: int,
        leaves: Sequence[Sequence[float]],
        means: Sequence[Sequence[float]],
        weights: Sequence[int],
        inner_cost: float,
        tree: Sequence[Sequence[float]],
        offset: Sequence[float],
        **columns: str,
    ) -> None:
        super().__init__()
        if not 1 <= k <= len(leaves):
            raise ModelError(
                f"k={k}, but the tree has {len(leaves):,} leaves.",
                f"Choose a k from 1 to {len(leaves):,}." if len(leaves) > 1 else "Choose other features.",
            )
        self.offset = np.asarray(offset, dtype=np.float64)
        self.leaves, self.means = np.asarray(leaves, dtype=np.float64), np.asarray(means, dtype=np.float64)
        self.weights, self.inner_cost = list(weights), inner_cost
        self.tree = np.asarray(tree, dtype=np.float64).reshape(-1, 4)
        self._set(**columns)
        self._clusters, self.centres, self.sizes = self._cut(k)
        self.cost = inner_cost + float((self.tree[: len(leaves) - k, 2] ** 2).sum() / 2)

    def cut(self, k: int) -> WardModel:
        """Return the model of the same tree with another number of clusters.

        Raises:
            ModelError: the tree has fewer leaves.
        """
        return WardModel(**{**self.columns(), **self.learnt(), "k": k})

    @property
    def leaf_clusters(self) -> Labels:
        """Return the cluster of every leaf."""
        return self._clusters

    def learnt(self) -> dict[str, Any]:
        """Return the tree, its leaves, and where it is cut."""
        return {
            "k": len(self.sizes),
            "leaves": self.leaves.tolist(),
            "means": self.means.tolist(),
            "weights": self.weights,
            "inner_cost": self.inner_cost,
            "tree": self.tree.tolist(),
            "offset": self.offset.tolist(),
        }

    def _cut(self, k: int) -> tuple[Labels, Doubles, list[int]]:
        """Return every leaf's cluster, the clusters' means and their sizes, the largest first."""
        labels, mass = cut(self.tree, k), np.asarray(self.weights, dtype=np.float64)
        sizes = np.bincount(labels, weights=mass)
        apart = (self.means - self.offset).T * mass
        sums = np.stack([np.bincount(labels, weights=column) for column in apart], axis=1)
        centres = sums / sizes[:, None]
        largest_first = np.lexsort((*centres.T[::-1], -sizes))
        rank = np.argsort(largest_first)
        return rank[labels], centres[largest_first] + self.offset, sizes[largest_first].astype(int).tolist()

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.with_clusters(dataset, self.scores)

    def scores(self, rows: Doubles) -> dict[str, Any]:
        """Return cluster, distance and margin of every row; rows x features in, arrays of rows out."""
        found = nearest(rows - self.offset, self.leaves - self.offset, self._clusters)
        distance = np.sqrt(((rows - self.centres[found.cluster]) ** 2).sum(axis=1))
        other = np.maximum(found.other, found.own)
        margin = np.where(other > 0, 1 - found.own / np.where(other > 0, other, 1), 0.0)
        return {"cluster": found.cluster, "distance": distance, "margin": margin}


def _micro(points: Points, most: int, seed: int) -> tuple[Floats, Tally]:
    """Return centres of micro-clusters that have rows, and what all rows say of each."""
    sample = coreset(points, _SAMPLED * most, seed)
    starts = spread(sample.rows, most, seed, sample.weights, tries=1)
    centres, _ = settled(sample.rows, starts, sample.weights, rounds=_ROUNDS)
    at = in_order(centres)
    totals = points.totals(lambda rows: tallied(rows, assigned(rows, at).labels, at))
    found, filled = Tally.of(totals, at), totals[: len(at)] > 0
    return at[filled], Tally(found.counts[filled], found.means[filled], found.costs[filled])
