"""K-means for any number of rows: seeded by k-means||, settled on a sample, finished on all rows.

Enters: a frame with a column of features on comparable scales. Leaves: a model that adds each row's cluster,
its distance to the centre, and how clearly it belongs there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from pyspark.ml import Estimator, Model
from pyspark.ml.clustering import KMeans as OfMLlib
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.models.added import ClusterColumns, DrawnById
from customer_chunks.models.drawn import kinds_of, sample
from customer_chunks.models.lloyd import Round, assigned, counting, settled, spread, summed
from customer_chunks.models.params import number, one_of, param, whole
from customer_chunks.models.points import Points, numbers_of, packed
from customer_chunks.models.rows import Doubles, Floats, different_in

OWN, MLLIB = "own", "mllib"
_CLEARLY = 0.98
"""Another start than the earlier centres is taken if it costs less than this share of theirs."""
_CHEAPER = 1 - 1e-4
"""Centres of a sample with far rows are taken if they cost less than this share of those without."""
_COMPARED = 20_000
"""Rows on which starts are compared; the best of them goes on with the whole sample."""
_OVERSAMPLED = 8
"""Candidates of the round of k-means||, as a multiple of k: as many as four rounds of the paper find."""


class KMeans(Estimator["KMeansModel"], ClusterColumns, DrawnById):
    """K-means by Lloyd's rounds over packed rows.

    A sample is settled first, and the rounds over all rows begin there: mostly one is enough. A group that
    the sample hardly holds is found by a round of k-means|| (Bahmani et al., 2012) over all rows, which adds
    rows far from a first start to the sample. Neither the order of rows nor their partitions matter: what is
    drawn, is drawn by a row's id, or, where none is named, by its own numbers: equal rows are then drawn
    together, but for frequent ones, which the sample has as often as all rows do.
    """

    k = param("k", "number of clusters", whole, at_least=2)
    seed = param("seed", "of everything drawn", whole, at_least=0)
    maxIter = param("maxIter", "rounds over all rows at most", whole, at_least=1)
    tol = param("tol", "stop where moving the centres lowers the cost by a smaller share", number, at_least=0)
    init = param(
        "init",
        "k-means|| looks at all rows for what is far, k-means++ at the sample alone",
        one_of,
        "k-means||",
        "k-means++",
    )
    restarts = param("restarts", "starts that are tried on the sample", whole, at_least=1)
    sampleSize = param("sampleSize", "rows of the sample, about", whole, at_least=1000)
    engine = param("engine", "mllib: Spark's own k-means finds the centres", one_of, OWN, MLLIB)

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
        init: str = "k-means||",
        restarts: int = 4,
        sampleSize: int = 100_000,
        engine: str = OWN,
    ) -> None:
        super().__init__()
        self._set(
            k=k, seed=seed, featuresCol=featuresCol, predictionCol=predictionCol, distanceCol=distanceCol,
            marginCol=marginCol, maxIter=maxIter, tol=tol, init=init, restarts=restarts,
            sampleSize=sampleSize, engine=engine,
        )  # fmt: skip
        self.draw_by(idCol)

    def _fit(self, dataset: DataFrame) -> KMeansModel:
        features = self.getOrDefault(self.featuresCol)
        is_own = self.getOrDefault(self.engine) == OWN
        seed, id_col = (self.getOrDefault(self.seed), self.id_col) if is_own else (None, None)
        with packed(dataset, features, seed=seed, id_col=id_col) as points:
            if is_own:
                return self.fit_points(points)
            vectors = dataset.select(array_to_vector(numbers_of(dataset, features)).alias("features"))
            return self._by_mllib(vectors, points)

    def _by_mllib(self, vectors: DataFrame, points: Points) -> KMeansModel:
        """Fit by MLlib, whose result depends on partitions too; what is told of it is counted as ever."""
        asked = OfMLlib(
            k=self.getOrDefault(self.k), seed=self.getOrDefault(self.seed), tol=self.getOrDefault(self.tol),
            maxIter=self.getOrDefault(self.maxIter),
        )  # fmt: skip
        kept = vectors.persist()
        try:
            fitted = asked.fit(kept)
        finally:
            kept.unpersist()
        found = np.array(fitted.clusterCenters(), dtype=np.float64)
        if len(found) < self.getOrDefault(self.k):
            raise ModelError(
                f"k={self.getOrDefault(self.k)}, but MLlib finds only {len(found)} different places.",
                f"Choose a k of at most {len(found)}.",
            )
        centres = (found - points.offset).astype(np.float32)
        counted = Round.of(points.totals(lambda rows: summed(rows, centres)), len(centres))
        return self._model(points, centres, counted, int(fitted.summary.numIter))

    def fit_points(self, points: Points, before: Doubles | None = None) -> KMeansModel:
        """Fit rows that are packed already, as a search over k does.

        Args:
            points: The rows.
            before: Centres of an earlier fit: k-means goes on from there, unless it is clearly worse than
                a new start, so that clusters stay what they are while little changes.

        Raises:
            ModelError: there are fewer different rows than clusters.
        """
        k = self.getOrDefault(self.k)
        some = sample(points, self.getOrDefault(self.sampleSize), self.getOrDefault(self.seed))
        known = None if before is None else (before - points.offset).astype(np.float32)
        centres, found = self._begun(points, some, known)
        rounds, tol = 0, self.getOrDefault(self.tol)
        for _ in range(self.getOrDefault(self.maxIter)):
            if found.gain(centres) < tol * found.cost:
                break
            moved = found.moved(centres)
            after = Round.of(points.totals(lambda rows, at=moved: summed(rows, at)), k)  # type: ignore[misc]
            if not after.cost < found.cost:
                break
            rounds, centres, found = rounds + 1, moved, after
        return self._model(points, centres, found, rounds)

    def _model(self, points: Points, centres: Floats, found: Round, rounds: int) -> KMeansModel:
        largest_first = np.lexsort((*centres.T[::-1], -found.counts))
        return KMeansModel(
            centres=(centres[largest_first].astype(np.float64) + points.offset).tolist(),
            offset=points.offset.tolist(),
            sizes=found.counts[largest_first].astype(int).tolist(),
            cost=found.cost,
            rounds=rounds,
            **self.columns(),
        )

    def _begun(self, points: Points, some: Floats, known: Floats | None) -> tuple[Floats, Round]:
        """Return centres that are at rest on the sample, and all rows counted by them.

        The pass that counts them also finds rows far from all centres. Where k-means with these comes to
        rest elsewhere, and that is cheaper, all rows are counted once more.
        """
        k, seed, distinct = self.getOrDefault(self.k), self.getOrDefault(self.seed), different_in(some)
        if distinct < k and len(some) == points.count:
            raise self._too_few(distinct, points)
        whole = _Weighed(some, None)
        centres = self._at_rest(whole, known, _CLEARLY)
        counted = spread(some, k, seed) if centres is None else centres
        totals, far = self._counted(points, some, counted)
        if len(far):
            whole = _Weighed.of(some, far, points.count)
            # Earlier centres may lie where the sample has no row, and these have some.
            before, clearly = (centres, 1.0) if known is None else (known, _CLEARLY)
            moved = self._at_rest(whole, before, clearly)
            centres = self._cheaper(whole, centres, moved)
        if centres is None:
            raise self._too_few(distinct, points)
        if centres is not counted:
            totals = points.totals(lambda rows: summed(rows, centres))
        return centres, Round.of(totals, k)

    def _counted(self, points: Points, some: Floats, centres: Floats) -> tuple[Doubles, Floats]:
        """Return all rows counted by centres, and some that are far from them, the farther the likelier."""
        # The sample tells the cost well enough: it only sets how many rows are chosen.
        cost = float(assigned(some, centres).distances.mean(dtype=np.float64)) * points.count
        looks = self.getOrDefault(self.init) == "k-means||" and len(some) < points.count
        if not looks or not cost > 0:
            return points.totals(lambda rows: summed(rows, centres)), some[:0]
        odds = _OVERSAMPLED * self.getOrDefault(self.k) / cost
        return points.totals_and_chosen(counting(centres, odds, self.getOrDefault(self.seed) + 1))

    def _too_few(self, distinct: int, points: Points) -> ModelError:
        """Return what is wrong where a sample's different rows are fewer than clusters."""
        k, kinds = self.getOrDefault(self.k), kinds_of(points)
        if kinds is None or len(kinds.rows) >= k:
            return ModelError(
                f"k={k}, but rows are alike: {distinct} differ in a sample.", "Choose a smaller k."
            )
        known = len(kinds.rows)
        return ModelError(
            f"k={k}, but there are only {known} different rows among {points.count:,}.",
            f"Choose a k of at most {known}." if known > 1 else "Choose other features.",
        )

    def _at_rest(self, whole: _Weighed, before: Floats | None, clearly: float) -> Floats | None:
        """Return where k-means comes to rest on a sample; None where its rows have no k places.

        Args:
            whole: The sample.
            before: Centres that it may go on from; None, or of another k, for a new start alone.
            clearly: What a new start may cost at most, as a share of what going on costs.
        """
        k, seed = self.getOrDefault(self.k), self.getOrDefault(self.seed)
        compared, start = max(_COMPARED, 100 * k), None
        if len(whole.rows) > compared:
            start = self._best(whole.fewer(compared, seed + 2), k)
        if start is None:
            start = self._best(whole, k)
        if start is None:
            return None
        found, cost = settled(whole.rows, start, whole.weights)
        if before is None or len(before) != k:
            return found
        again, its_cost = settled(whole.rows, before, whole.weights)
        is_whole = Round.of(summed(whole.rows, again, whole.weights), k).counts.all()
        return again if is_whole and not cost < clearly * its_cost else found

    def _cheaper(self, whole: _Weighed, centres: Floats | None, moved: Floats | None) -> Floats | None:
        """Return the centres as they are, unless others are cheaper by more than sums of a sample tell."""
        if centres is None or moved is None:
            return moved
        now, then = (Round.of(summed(whole.rows, at, whole.weights), len(at)).cost for at in (centres, moved))
        return moved if then < _CHEAPER * now else centres

    def _best(self, tried: _Weighed, k: int) -> Floats | None:
        """Return the centres that cost least of all starts; None where the rows have no k places."""
        seeds = (self.getOrDefault(self.seed) + n for n in range(self.getOrDefault(self.restarts)))
        starts = [spread(tried.rows, k, seed, tried.weights) for seed in seeds]
        costs = [settled(tried.rows, start, tried.weights) for start in starts if len(start) == k]
        return min(costs, key=lambda pair: pair[1])[0] if costs else None


class _Weighed(NamedTuple):
    """Rows, and for how many each of them stands; None where all stand for as many."""

    rows: Floats
    weights: Doubles | None

    @classmethod
    def of(cls, some: Floats, far: Floats, count: int) -> _Weighed:
        """Return a sample of so many rows with far ones, which stand for themselves."""
        weights = np.append(np.full(len(some), count / len(some)), np.ones(len(far)))
        return cls(np.concatenate([some, far]), weights)

    def fewer(self, size: int, seed: int) -> _Weighed:
        """Return about so many of the rows; those that stand for one row all stay."""
        share = size / len(self.rows)
        # By place, as the rows are sorted: by their numbers, all equal ones would stay or go together.
        drawn = np.random.default_rng(seed).random(len(self.rows)) < share
        if self.weights is None:
            return _Weighed(self.rows[drawn], None)
        kept = drawn | (self.weights == 1)
        weights = np.where(self.weights == 1, 1.0, self.weights / share)
        return _Weighed(self.rows[kept], weights[kept])


class KMeansModel(Model, ClusterColumns):
    """Centres in the units of the features, the largest cluster first.

    Attributes:
        centres: One list of features per cluster.
        sizes: Rows of each in the fit.
        cost: Sum of squared distances to the own centre, in the fit.
        rounds: Rounds over all rows that lowered the cost.
    """

    def __init__(
        self,
        *,
        centres: Sequence[Sequence[float]],
        offset: Sequence[float],
        sizes: Sequence[int],
        cost: float,
        rounds: int,
        **columns: str,
    ) -> None:
        super().__init__()
        self.centres = np.asarray(centres, dtype=np.float64)
        self.offset = np.asarray(offset, dtype=np.float64)
        self.sizes, self.cost, self.rounds = list(sizes), cost, rounds
        self._set(**columns)

    def learnt(self) -> dict[str, Any]:
        """Return the centres and how the fit went."""
        return {
            "centres": self.centres.tolist(),
            "offset": self.offset.tolist(),
            "sizes": self.sizes,
            "cost": self.cost,
            "rounds": self.rounds,
        }

    def _transform(self, dataset: DataFrame) -> DataFrame:
        return self.with_clusters(dataset, self.scores)

    def scores(self, rows: Doubles) -> dict[str, Any]:
        """Return cluster, distance and margin of every row; rows x features in, arrays of rows out."""
        moved, centres = rows - self.offset, self.centres - self.offset
        own = assigned(moved, centres)
        squares = (centres**2).sum(axis=1)[None, :] - 2 * (moved @ centres.T)
        squares[np.arange(len(rows)), own.labels] = np.inf
        rest = (moved**2).sum(axis=1) + squares.min(axis=1)
        distance, other = np.sqrt(own.distances), np.sqrt(np.maximum(rest, own.distances))
        margin = np.where(other > 0, 1 - distance / np.where(other > 0, other, 1), 0.0)
        return {"cluster": own.labels, "distance": distance, "margin": margin}
