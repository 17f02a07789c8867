"""The model of a propensity: a probability, the score behind it and reasons for every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from pyspark.ml import Model
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.models.arrays import with_scores
from customer_chunks.models.baseline import Tenths
from customer_chunks.models.calibration import PLATT, RATE, Calibration
from customer_chunks.models.learners import Learner, as_json, from_json
from customer_chunks.models.params import names, param, text, whole
from customer_chunks.models.points import numbers_of
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import finite
from customer_chunks.models.saved import Saved, tuples

_SCORED = "struct<probability:double,score:double>"
_EXPLAINED = "struct<probability:double,score:double,places:array<int>,effects:array<double>>"
_OF_HOLDOUT = ("method", "foretold_from", "days", "rows", "reliability")
_NOTES = {
    PLATT: "Fewer than 200 rows of one kind: probabilities follow Platt's curve.",
    RATE: "Scores tell nothing: every row has the overall share as its probability.",
}


class PropensityColumns(Saved):
    """What a fit and its model have in common."""

    featuresCol = param("featuresCol", "array or vector of features; null or NaN is unknown", text)
    featureNames = param("featureNames", "what the features are called; none: by their place, from 0", names)
    probabilityCol = param("probabilityCol", "calibrated probability", text)
    scoreCol = param("scoreCol", "log odds before calibration: tells apart rows of one probability", text)
    reasonsCol = param("reasonsCol", "features that moved the score most: feature, value, effect", text)
    reasons = param("reasons", "how many are told of a row; 0 is far quicker", whole, at_least=0)
    horizonDays = param(
        "horizonDays", "days ahead that the label looks at; 0: nobody said", whole, at_least=0
    )


class PropensityModel(Model, PropensityColumns):
    """Adds ``probability``, ``score`` and ``reasons`` (feature, value, effect on the score; largest first).

    Attributes:
        learner: What was fitted to all rows of the sample.
        calibration: Of its scores, by those of the cross-validation.
        baseline: What one feature alone foretells (``baselineFeature`` of the fit), or None.
        metrics: Of the cross-validation: measures by learner, and of the ``baseline``.
        reliability: Tenths of foretold probability, of the cross-validation.
        gain: Share of rows, by descending score -> share of what came; of the cross-validation.
        rows: How many rows and positives there were, and were sampled.
        holdout: How an earlier model did on the newest days, or None: method, foretold_from, days, rows and
            the tenths of ``reliability``.
    """

    def __init__(
        self,
        *,
        learner: dict[str, Any],
        calibration: Mapping[str, Any],
        baseline: Mapping[str, Any] | None,
        metrics: dict[str, dict[str, float]],
        reliability: list[dict[str, Any]],
        gain: list[dict[str, float]],
        rows: dict[str, int],
        holdout: dict[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.learner: Learner = from_json(learner)
        self.calibration = Calibration(**tuples(calibration))
        self.baseline = Tenths(**tuples(baseline)) if baseline is not None else None
        self.metrics, self.reliability, self.gain, self.rows = metrics, reliability, gain, rows
        self.holdout = holdout
        self._set(**{"horizonDays": 0, **params})  # models of earlier releases do not say

    @property
    def method(self) -> str:
        """Return which learner was kept."""
        return self.learner.kind

    @property
    def note(self) -> str:
        """Return what is to be said of the probabilities, or nothing."""
        return _NOTES.get(self.calibration.kind, "")

    def with_holdout(self, told: Mapping[str, Any]) -> PropensityModel:
        """Return the same model with what ``temporal_holdout`` told; its measures and gain are not kept."""
        kept = self.copy()
        kept.holdout = {name: told[name] for name in _OF_HOLDOUT}
        return kept

    def learnt(self) -> dict[str, Any]:
        """Return everything that the fit found."""
        return {
            "learner": as_json(self.learner),
            "calibration": asdict(self.calibration),
            "baseline": asdict(self.baseline) if self.baseline is not None else None,
            "metrics": self.metrics,
            "reliability": self.reliability,
            "gain": self.gain,
            "rows": self.rows,
            "holdout": self.holdout,
        }

    def probabilities(self, rows: Doubles) -> Doubles:
        """Return each row's probability; rows x features in, NaN where unknown."""
        return self.calibration(self.learner.scores(finite(rows)))

    def _transform(self, dataset: DataFrame) -> DataFrame:
        given = numbers_of(dataset, self.getOrDefault(self.featuresCol))
        wide = dataset.withColumn("_features", self._whole(given))
        names = {"probability": self.probabilityCol, "score": self.scoreCol}
        columns = {field: self.getOrDefault(name) for field, name in names.items()}
        if not self.getOrDefault(self.reasons):
            told = with_scores(wide, "_features", self.scores, _SCORED, columns, unknown=True)
            return told.drop("_features")
        columns |= {"places": "_places", "effects": "_effects"}
        told = with_scores(wide, "_features", self.scores, _EXPLAINED, columns, unknown=True)
        named = told.withColumn(self.getOrDefault(self.reasonsCol), self._told())
        return named.drop("_features", "_places", "_effects")

    def scores(self, rows: Doubles) -> dict[str, Any]:
        """Return what is added to rows x features; of reasons the features' places and effects."""
        known = finite(rows)
        score = self.learner.scores(known)
        told: dict[str, Any] = {"probability": self.calibration(score), "score": score}
        wanted = self.getOrDefault(self.reasons)
        if not wanted:
            return told
        effects = self.learner.effects(known)[:, :-1]
        places = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :wanted]
        largest = np.take_along_axis(effects, places, axis=1)
        return told | {"places": places.astype(np.int32), "effects": largest}

    def _whole(self, features: Column) -> Column:
        """Return the features; all unknown where a row has none, an error where it has another count."""
        width = len(self.getOrDefault(self.featureNames))
        unknown = F.array_repeat(F.lit(float("nan")), width)
        wrong = F.raise_error(f"A row has not the {width} features that the model was fitted to.")
        return F.when(features.isNull(), unknown).when(F.size(features) == width, features).otherwise(wrong)

    def _told(self) -> Column:
        called = F.array(*[F.lit(name) for name in self.getOrDefault(self.featureNames)])
        value = F.col("_features")

        def reason(pair: Column) -> Column:
            number = F.get(value, pair["_places"])
            return F.struct(
                F.get(called, pair["_places"]).alias("feature"),
                F.when(~F.isnan(number), number).alias("value"),
                pair["_effects"].alias("effect"),
            )

        told = F.transform(F.arrays_zip("_places", "_effects"), reason)
        return F.filter(told, lambda one: one["effect"] != 0)  # what changes nothing is no reason
