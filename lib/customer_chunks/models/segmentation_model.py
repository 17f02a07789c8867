"""What a segmentation learnt, and how it places customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from pyspark.ml import Model
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.models.bisecting import BisectingKMeansModel
from customer_chunks.models.describing import Trait
from customer_chunks.models.features import FeaturesModel
from customer_chunks.models.gaussian_mixture import GaussianMixtureModel
from customer_chunks.models.kmeans import KMeansModel
from customer_chunks.models.params import param, text
from customer_chunks.models.saved import Saved, from_document
from customer_chunks.models.search import Candidate
from customer_chunks.models.ward import WardModel

Clusters = KMeansModel | BisectingKMeansModel | WardModel | GaussianMixtureModel
_KINDS: tuple[type[Saved], ...] = (KMeansModel, BisectingKMeansModel, WardModel, GaussianMixtureModel)
FEATURES, NUMBER = "_features", "_cluster"
BORDER = 0.1
_DISTANCE, _MARGIN = "distance", "margin"


@dataclass(frozen=True)
class Segment:
    """One segment: its number, which it keeps over fits, its name, what it is, and whom it had in the fit."""

    number: int
    name: str
    description: str
    customers: int
    share: float
    traits: tuple[Trait, ...] = ()


class SegmentationModel(Model, Saved):
    """Adds each customer's segment: number, name, distance to its centre, margin, and two marks.

    ``is_at_border``: another centre is nearly as near (margin below 0.1). ``is_far_off``: far from every
    centre (beyond the outer fence of the distances in the own segment: Tukey, 1977).

    Attributes:
        features: How customers become numbers.
        clusters: The fitted method.
        chosen: Which of the numbers it looks at.
        segments: By cluster, the largest first.
        search: All candidates.
        taken: Which of them was chosen.
        why: Why this one, a sentence each.
        far_beyond: By cluster the distance that is far.
        next_number: The number of the next new segment; none is given twice.
        sample: What pictures are drawn of, or None (versions of earlier releases kept none): ``rows``, the
            numbers that the method looks at of some hundred customers, sorted by them and without a key;
            ``clusters``, the cluster of each; ``customers``, of how many they were drawn.
    """

    segmentCol = param("segmentCol", "the segment's number", text)
    nameCol = param("nameCol", "the segment's name", text)

    def __init__(
        self, *, features: Mapping[str, Any], clusters: Mapping[str, Any], chosen: Sequence[int],
        segments: Sequence[Mapping[str, Any]], search: Sequence[Mapping[str, Any]], taken: int,
        why: Sequence[str], far_beyond: Sequence[float], next_number: int = 1,
        segmentCol: str = "segment_number",
        nameCol: str = "segment", sample: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._documents = {"features": dict(features), "clusters": dict(clusters)}
        self.features = from_document(features, [FeaturesModel])
        self.clusters = cast("Clusters", from_document(clusters, _KINDS))
        self.chosen = list(chosen)
        self.segments = tuple(
            Segment(**{**s, "traits": tuple(Trait(**t) for t in s["traits"])}) for s in segments
        )
        self.search = tuple(Candidate(**c) for c in search)
        self.taken, self.why = taken, tuple(why)
        self.far_beyond, self.next_number = list(far_beyond), next_number
        self.sample = None if sample is None else dict(sample)
        self._set(segmentCol=segmentCol, nameCol=nameCol)

    def learnt(self) -> dict[str, Any]:
        """Return all of it."""
        return {
            **self._documents,
            "chosen": self.chosen,
            "segments": [asdict(s) for s in self.segments],
            "search": [asdict(c) for c in self.search],
            "taken": self.taken,
            "why": list(self.why),
            "far_beyond": self.far_beyond,
            "next_number": self.next_number,
            "sample": self.sample,
        }

    @property
    def chosen_candidate(self) -> Candidate:
        """Return what the search measured of the one that was taken."""
        return self.search[self.taken]

    def with_words(
        self,
        segments: Sequence[Segment],
        far_beyond: Sequence[float],
        next_number: int,
        sample: Mapping[str, Any] | None = None,
    ) -> SegmentationModel:
        """Return the model with other segments, and with a sample of who is in them."""
        words = {"segments": [asdict(s) for s in segments], "far_beyond": list(far_beyond)}
        told = {**self.learnt(), **words, "next_number": next_number, "sample": sample}
        return SegmentationModel.rebuilt({p.name: v for p, v in self.extractParamMap().items()}, told)

    def placed(self, rows: DataFrame) -> DataFrame:
        """Add ``_cluster``, ``distance`` and ``margin`` to rows with features."""
        looked_at = F.array(*[F.col(FEATURES)[n] for n in self.chosen])
        narrow = rows.withColumn(FEATURES, looked_at)
        names = {"predictionCol": NUMBER, "distanceCol": _DISTANCE, "marginCol": _MARGIN}
        model = self.clusters.copy({self.clusters.getParam(p): name for p, name in names.items()})
        return model.transform(narrow)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        rows = self.placed(self.features.transform(dataset))
        numbers, names, far = F.lit(None).cast("int"), F.lit(None).cast("string"), F.lit(None).cast("double")
        for cluster, segment in enumerate(self.segments):
            is_here = F.col(NUMBER) == cluster
            numbers = F.when(is_here, F.lit(segment.number)).otherwise(numbers)
            names = F.when(is_here, F.lit(segment.name)).otherwise(names)
            far = F.when(is_here, F.lit(self.far_beyond[cluster])).otherwise(far)
        return rows.withColumns(
            {
                self.getOrDefault(self.segmentCol): numbers,
                self.getOrDefault(self.nameCol): names,
                "is_at_border": F.col(_MARGIN) < BORDER,
                "is_far_off": F.col(_DISTANCE) > far,
            }
        ).drop(FEATURES, NUMBER)
