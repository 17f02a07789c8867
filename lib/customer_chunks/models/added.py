"""The columns that every model of clusters adds: cluster, distance and margin, under names one may choose."""

from __future__ import annotations

from pyspark.sql import DataFrame

from customer_chunks.models.arrays import Scores, with_scores
from customer_chunks.models.params import param, text
from customer_chunks.models.saved import Saved

ADDED = "struct<cluster:int,distance:double,margin:double>"
_NAMES = ("featuresCol", "predictionCol", "distanceCol", "marginCol")


class DrawnById(Saved):
    """What estimators that draw rows have in common: what tells rows apart that are equal otherwise."""

    idCol = param("idCol", "different in every row, which is drawn by it; else by its numbers", text)

    def draw_by(self, id_col: str | None) -> None:
        """Set the column of the id; None sets none."""
        if id_col is not None:
            self._set(idCol=id_col)

    @property
    def id_col(self) -> str | None:
        """Return the column of the id, where one was named."""
        return str(self.getOrDefault(self.idCol)) if self.isDefined(self.idCol) else None


class ClusterColumns(Saved):
    """What an estimator and its model have in common: where features are read and results are written."""

    featuresCol = param("featuresCol", "array or vector of features", text)
    predictionCol = param("predictionCol", "the cluster, from 0", text)
    distanceCol = param("distanceCol", "distance to the centre", text)
    marginCol = param(
        "marginCol", "how much nearer the own centre is than the next: 0 at a border, 1 at the centre", text
    )

    def columns(self) -> dict[str, str]:
        """Return the names as they are set, as an estimator hands them to its model."""
        return {name: self.getOrDefault(name) for name in _NAMES}

    def with_clusters(self, frame: DataFrame, scores: Scores) -> DataFrame:
        """Add cluster, distance and margin as ``scores`` tells them; null where a row lacks a number."""
        names = {
            "cluster": self.getOrDefault(self.predictionCol),
            "distance": self.getOrDefault(self.distanceCol),
            "margin": self.getOrDefault(self.marginCol),
        }
        return with_scores(frame, self.getOrDefault(self.featuresCol), scores, ADDED, names)
