"""Customers -> segments with names: features, a search, the chosen method, and words for what it found.

Enters: a row per customer with whatever the declared features are computed from. Leaves: a model that says
of each customer which segment it is in and how clearly, and that knows what its segments are called and why
there are as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from pyspark.ml import Estimator
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.features import Feature
from customer_chunks.config.model_settings import USUAL_METHODS
from customer_chunks.errors import ModelError
from customer_chunks.models.added import DrawnById
from customer_chunks.models.bisecting import BisectingKMeans
from customer_chunks.models.describing import Described, described
from customer_chunks.models.features import Features, FeaturesModel
from customer_chunks.models.gaussian_mixture import GaussianMixture
from customer_chunks.models.kmeans import KMeans
from customer_chunks.models.matching import matched
from customer_chunks.models.methods import METHODS
from customer_chunks.models.naming import named
from customer_chunks.models.params import number, param, whole, words, words_of
from customer_chunks.models.points import Points, packed
from customer_chunks.models.rows import Doubles, Floats
from customer_chunks.models.saved import document
from customer_chunks.models.search import ALL, Candidate, Found, Limits, search
from customer_chunks.models.segmentation_model import (
    FEATURES,
    NUMBER,
    Clusters,
    Segment,
    SegmentationModel,
)
from customer_chunks.models.some_rows import sample_of, some_of
from customer_chunks.models.ward import Ward

_SAMPLE = 20_000
_FAR_IQRS = 3.0
_MOST_PAIRS = 10_000
_ENDLESS = 1e300
_KEPT, _DIGITS = 1_000, 3
"""Customers that pictures are drawn of, and digits behind the point that they need."""


class _Begun(NamedTuple):
    """Where a fit begins: its seed, centres of an earlier one, and by which column rows are drawn."""

    seed: int
    before: Doubles | None
    id_col: str | None


class Segmentation(Estimator[SegmentationModel], DrawnById):
    """Learns features, searches on a sample, fits the winner to all rows and puts it into words.

    With ``previous``, a model of an earlier fit, segments that share enough customers with an earlier one
    keep its number and name.
    """

    methods = param("methods", "that the search tries", words_of, *METHODS)
    fewest = param("fewest", "fewest segments that are tried", whole, at_least=2)
    most = param("most", "most segments that are tried", whole, at_least=2)
    smallest = param("smallest", "least share of the customers in a segment", number, at_least=0)
    largest = param("largest", "greatest share of the customers in a segment", number, above=0)
    stability = param("stability", "least agreement of fits of resampled customers", number, at_least=0)
    currency = param("currency", "written behind money in descriptions", words)
    seed = param("seed", "of everything drawn", whole, at_least=0)

    def __init__(
        self, *, declared: Sequence[Feature | Mapping[str, Any]], seed: int,
        sets: Mapping[str, Sequence[str]] | None = None, methods: Sequence[str] = USUAL_METHODS,
        fewest: int = 3, most: int = 8, smallest: float = 0.02, largest: float = 0.6, stability: float = 0.8,
        currency: str = "", previous: SegmentationModel | None = None, idCol: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.declared = tuple(f if isinstance(f, Feature) else Feature(**f) for f in declared)
        self.sets = {name: list(members) for name, members in (sets or {}).items()}
        self.previous = previous
        self._set(
            seed=seed, methods=list(methods), fewest=fewest, most=most, smallest=smallest, largest=largest,
            stability=stability, currency=currency,
        )  # fmt: skip
        self.draw_by(idCol)
        if most < fewest:
            raise ModelError(f"most is {most}, and fewest {fewest}.", "Let most be no less than fewest.")

    def learnt(self) -> dict[str, Any]:
        """Return what is declared."""
        return {"declared": [asdict(f) for f in self.declared], "sets": self.sets}

    def _fit(self, dataset: DataFrame) -> SegmentationModel:
        """Fit.

        Raises:
            ModelError: features cannot be computed or tell nobody apart, or there are too few customers.
        """
        features = Features(declared=self.declared, featuresCol=FEATURES).fit(dataset)
        seed = self.getOrDefault(self.seed)
        rows = features.transform(dataset).persist()
        try:
            with packed(rows, FEATURES, seed=seed, id_col=self.id_col) as points:
                sample = sample_of(rows, FEATURES, _SAMPLE, points.count, seed)
                found = self._searched(sample, features, seed)
                chosen = self._columns(features, found.chosen.features)
                begun = _Begun(seed, self._before(rows, found, chosen), self.id_col)
                clusters = _fitted(rows, points, chosen, found.chosen, begun)
            model = SegmentationModel(
                features=document(features), clusters=document(clusters), chosen=chosen, segments=[],
                search=[asdict(c) for c in found.candidates], taken=found.candidates.index(found.chosen),
                why=list(found.why), far_beyond=[],
            )  # fmt: skip
            return self._in_words(model, rows)
        finally:
            rows.unpersist()

    def _columns(self, features: FeaturesModel, name: str) -> list[int]:
        members = self.sets.get(name)
        names = [part.name for part in features.weighed]
        return [n for n, of in enumerate(names) if members is None or of in members]

    def _searched(self, sample: Floats, features: FeaturesModel, seed: int) -> Found:
        sets = {name: self._columns(features, name) for name in self.sets or {ALL: []}}
        limits = Limits(*[self.getOrDefault(p) for p in ("smallest", "largest", "stability")])
        clusters = range(self.getOrDefault(self.fewest), self.getOrDefault(self.most) + 1)
        return search(
            sample, methods=self.getOrDefault(self.methods), clusters=clusters,
            sets={name: columns for name, columns in sets.items() if columns}, limits=limits, seed=seed,
            before=None if self.previous is None else self.previous.chosen_candidate.kind,
        )  # fmt: skip

    def _before(self, rows: DataFrame, found: Found, chosen: Sequence[int]) -> Doubles | None:
        """Return where customers of each earlier segment are now; None where the kind is another."""
        if self.previous is None or found.chosen.method != "kmeans":
            return None  # the others have no place to begin at
        if found.chosen.kind != self.previous.chosen_candidate.kind:
            return None
        number = self.previous.getOrDefault("segmentCol")
        placed = self.previous.transform(rows.withColumn("_now", F.col(FEATURES)).drop(FEATURES))
        means = [F.avg(F.col("_now")[n]).alias(f"f{n}") for n in chosen]
        told = placed.where(F.col(number).isNotNull()).groupBy(number).agg(*means).orderBy(number)
        rows_of = told.drop(number).limit(_MOST_PAIRS).toPandas()  # one a segment
        return rows_of.to_numpy(dtype=float) if len(rows_of) == found.chosen.k else None

    def _in_words(self, model: SegmentationModel, rows: DataFrame) -> SegmentationModel:
        """Return the model with its segments: numbered, matched, named, described, and how far is far."""
        placed = model.placed(rows).persist()
        try:
            told = described(placed, model.features, NUMBER)
            far = _far_beyond(placed, len(model.clusters.sizes))
            sample = _sample(placed, model.features.count, self.getOrDefault(self.seed))
            numbers = self._numbers(placed, told)
        finally:
            placed.unpersist()
        kept = {} if self.previous is None else {s.number: s.name for s in self.previous.segments}
        renumbered = [Described(numbers[d.segment], d.customers, d.share, d.traits) for d in told]
        own = {n: name for n, name in kept.items() if n in {d.segment for d in renumbered}}
        by_name = {f.name: f for f in self.declared}
        said = {
            n.segment: n
            for n in named(renumbered, by_name, currency=self.getOrDefault(self.currency), kept=own)
        }
        segments = [
            Segment(
                numbers[d.segment], said[numbers[d.segment]].name, said[numbers[d.segment]].description,
                d.customers, d.share, d.traits,
            )
            for d in told
        ]  # fmt: skip
        given = 1 if self.previous is None else self.previous.next_number
        return model.with_words(segments, far, max(given, *[n + 1 for n in numbers.values()]), sample)

    def _numbers(self, placed: DataFrame, told: Sequence[Described]) -> dict[int, int]:
        """Return the number of every cluster: that of the earlier segment it goes on as, or a new one."""
        if self.previous is None:
            return {d.segment: d.segment + 1 for d in told}
        now = placed.withColumn("_new", F.col(NUMBER)).drop(FEATURES, NUMBER, "distance", "margin")
        old = F.col(self.previous.getOrDefault("segmentCol")).alias("old")
        before = self.previous.transform(now).select(old, F.col("_new").alias("new"))
        counts = before.dropna().groupBy("old", "new").count().limit(_MOST_PAIRS).collect()
        same = matched({(row["old"], row["new"]): row["count"] for row in counts})
        free = self.previous.next_number
        numbers = {}
        for d in told:
            if d.segment in same:
                numbers[d.segment] = same[d.segment]
            else:
                numbers[d.segment], free = free, free + 1
        return numbers


def _fitted(
    rows: DataFrame, points: Points, chosen: Sequence[int], best: Candidate, begun: _Begun
) -> Clusters:
    """Fit the winner of the search to all rows."""
    if len(chosen) == points.width:
        return _by_method(best, begun, points)
    rows = rows.withColumn(FEATURES, F.array(*[F.col(FEATURES)[n] for n in chosen]))
    with packed(rows, FEATURES, seed=begun.seed, id_col=begun.id_col) as fewer:
        return _by_method(best, begun, fewer)


def _by_method(best: Candidate, begun: _Begun, points: Points) -> Clusters:
    told: dict[str, Any] = {"k": best.k, "seed": begun.seed, "featuresCol": FEATURES}
    if best.method == "kmeans":
        return KMeans(**told).fit_points(points, begun.before)
    if best.method == "bisecting":
        return BisectingKMeans(**told).fit_points(points)
    if best.method == "mixture":
        return GaussianMixture(**told).fit_points(points)
    return Ward(**told).fit_points(points)


def _sample(placed: DataFrame, customers: int, seed: int) -> dict[str, Any]:
    """Return what pictures are drawn of: scaled numbers and clusters of some hundred customers, no keys."""
    some = some_of(placed.drop("distance", "margin"), _KEPT, customers, seed)
    told = some.select(FEATURES, NUMBER).limit(2 * _KEPT).toPandas()
    rows = np.round(np.array(told[FEATURES].tolist(), dtype=np.float64), _DIGITS)
    clusters = told[NUMBER].to_numpy(dtype=np.int64)
    order = np.lexsort((*rows.T[::-1], clusters))
    return {"rows": rows[order].tolist(), "clusters": clusters[order].tolist(), "customers": customers}


def _far_beyond(placed: DataFrame, clusters: int) -> list[float]:
    """Return by cluster the distance beyond which a customer is unlike it: Tukey's outer fence."""
    quarters = F.percentile_approx("distance", F.array(F.lit(0.25), F.lit(0.75)), 1_000)
    told = placed.groupBy(NUMBER).agg(quarters.alias("q")).limit(_MOST_PAIRS).collect()
    fences = {row[NUMBER]: row["q"][1] + _FAR_IQRS * (row["q"][1] - row["q"][0]) for row in told}
    return [float(fences.get(n, _ENDLESS)) for n in range(clusters)]
