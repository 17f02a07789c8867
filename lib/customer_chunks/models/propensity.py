"""How likely something is to come: chosen by cross-validation, calibrated, with reasons for every row.

Enters: rows with a key, features before a day and a label after it. Leaves: a model that adds a probability,
the score behind it, and the features that moved the score most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from pyspark.ml import Estimator
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError, did_you_mean
from customer_chunks.models.baseline import tenths
from customer_chunks.models.calibration import calibrated
from customer_chunks.models.cross_validation import best, naive, trial
from customer_chunks.models.foretold import gain, reliability
from customer_chunks.models.learners import BOOSTED, FOREST, LOGISTIC, as_json, learnt
from customer_chunks.models.params import one_of, param, text, whole
from customer_chunks.models.propensity_model import PropensityColumns, PropensityModel
from customer_chunks.models.sampled import Columns, Counted, Sample, counted, drawn

AUTO = "auto"
KINDS = (FOREST, BOOSTED, LOGISTIC)
FEWEST = 20
"""Rows of either label that a fit needs."""
_SHARED = ("featuresCol", "probabilityCol", "scoreCol", "reasonsCol", "reasons", "horizonDays")


class Propensity(Estimator["PropensityModel"], PropensityColumns):
    """Fits the learners to a sample of rows and keeps the one whose probabilities are best.

    Each is cross-validated; what counts is its log loss on the parts that it did not see, by a curve that did
    not see them either. Neither partitions nor the order of rows matter, nor do threads.
    """

    keyCol = param("keyCol", "whose row it is: rows of one key are drawn and parted together", text)
    labelCol = param("labelCol", "whether it came: boolean, or 0 and 1", text)
    seed = param("seed", "of everything drawn", whole, at_least=0)
    method = param("method", "the learner; auto: the best one", one_of, AUTO, *KINDS)
    folds = param("folds", "parts of the cross-validation", whole, at_least=2)
    sampleSize = param("sampleSize", "rows that are learnt from, about", whole, at_least=1000)
    baselineFeature = param("baselineFeature", "feature that the naive guess looks at; none: no guess", text)
    threads = param("threads", "of a fit, in this process", whole, at_least=1)

    def __init__(
        self,
        *,
        keyCol: str,
        seed: int,
        featuresCol: str = "features",
        labelCol: str = "label",
        featureNames: Sequence[str] = (),
        method: str = AUTO,
        folds: int = 5,
        sampleSize: int = 300_000,
        baselineFeature: str | None = None,
        threads: int = 1,
        probabilityCol: str = "probability",
        scoreCol: str = "score",
        reasonsCol: str = "reasons",
        reasons: int = 3,
        horizonDays: int = 0,
    ) -> None:
        super().__init__()
        self._set(
            keyCol=keyCol, seed=seed, featuresCol=featuresCol, labelCol=labelCol, method=method, folds=folds,
            featureNames=list(featureNames), sampleSize=sampleSize, baselineFeature=baselineFeature,
            threads=threads, probabilityCol=probabilityCol, scoreCol=scoreCol, reasonsCol=reasonsCol,
            reasons=reasons, horizonDays=horizonDays,
        )  # fmt: skip

    def _fit(self, dataset: DataFrame) -> PropensityModel:
        """Fit.

        Raises:
            ModelError: a column is missing, rows lack what they need or are too few, or a package is missing.
        """
        sample, of = self.sample(dataset)
        called = self._named(of.width)
        place = self._place_of_baseline(called)
        folds, fitting = self.getOrDefault(self.folds), self._fitting()
        trials = [trial(kind, sample, folds=folds, **fitting) for kind in self._kinds()]
        won = best(trials)
        told = {t.kind: t.told for t in trials}
        if place is not None:
            told["baseline"] = naive(sample, place, folds)
        nobody = np.zeros(len(sample.rows), dtype=bool)
        learner = learnt(won.kind, sample, nobody, rounds=won.rounds, **fitting)
        return PropensityModel(
            learner=as_json(learner),
            calibration=asdict(calibrated(sample.labels, won.scores)),
            baseline=None if place is None else asdict(tenths(sample, place)),
            metrics=told,
            reliability=reliability(sample.labels, won.probabilities),
            gain=gain(sample.labels, won.scores),
            rows={**of._asdict(), "sampled": len(sample.rows), "sampled_positives": int(sample.labels.sum())},
            featureNames=called,
            **{name: self.getOrDefault(name) for name in _SHARED},
        )

    def sample(self, dataset: DataFrame) -> tuple[Sample, Counted]:
        """Return the rows that a fit learns from, and what there is in all.

        Raises:
            ModelError: as for a fit.
        """
        columns = Columns(*[self.getOrDefault(f"{name}Col") for name in ("key", "features", "label")])
        of = counted(dataset, columns)
        size, seed = self.getOrDefault(self.sampleSize), self.getOrDefault(self.seed)
        sample = drawn(dataset, columns, of.rows, size, seed)
        came = int(sample.labels.sum())
        if min(came, len(sample.labels) - came) < FEWEST:
            raise ModelError(
                f"The label is true in {came:,} of {len(sample.labels):,} rows.",
                f"A fit needs {FEWEST} of either kind: give it more rows, or a label that is less rare.",
            )
        return sample, of

    def _kinds(self) -> tuple[str, ...]:
        method = self.getOrDefault(self.method)
        return KINDS if method == AUTO else (method,)

    def _fitting(self) -> dict[str, int]:
        return {"seed": self.getOrDefault(self.seed), "threads": self.getOrDefault(self.threads)}

    def _named(self, width: int) -> list[str]:
        called: list[str] = self.getOrDefault(self.featureNames) or [str(n) for n in range(width)]
        if len(called) != width:
            raise ModelError(
                f"featureNames has {len(called)} names, but rows have {width} features.", "Name each of them."
            )
        return called

    def _place_of_baseline(self, called: list[str]) -> int | None:
        name = self.getOrDefault(self.baselineFeature)
        if name is None:
            return None
        if name not in called:
            raise ModelError(f"baselineFeature cannot be '{name}'.", did_you_mean(name, called))
        return called.index(name)
