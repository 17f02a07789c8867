"""What learns to tell rows apart: a random forest, gradient-boosted trees, and logistic regression.

Each gives a score (log odds, not calibrated) and what each feature adds to it. Trees are told which numbers
are unknown; the regression takes the median for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from customer_chunks.models.extras import lightgbm, scikit_learn
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags, Sample
from customer_chunks.models.saved import tuples

FOREST, BOOSTED, LOGISTIC = "forest", "boosted", "logistic"
_MOST_ROUNDS, _PATIENCE = 500, 40
_COMMON = {"objective": "binary", "verbosity": -1, "deterministic": True, "force_row_wise": True}
_FOREST = {
    "boosting": "rf", "num_leaves": 32, "bagging_freq": 1, "bagging_fraction": 0.632,
    "feature_fraction_bynode": 0.4,
}  # fmt: skip
_BOOSTED = {
    "learning_rate": 0.1, "num_leaves": 8, "bagging_freq": 1, "bagging_fraction": 0.8,
    "feature_fraction": 0.8, "lambda_l2": 1.0,
}  # fmt: skip
_TREES = 100
"""Of a forest. Twice as many of twice as many leaves foretell no better, and explain six times as slowly."""
_HELD, _FAR_OFF = 0.005, 100.0
"""Share of the rows at either end that a logistic regression holds at a bound (of what is rare, of the few
that have it), and how far no number counts: times the distance of half of them from the median."""


@dataclass(frozen=True)
class Trees:
    """A forest or boosted trees.

    Attributes:
        kind: forest or boosted.
        model: As LightGBM writes it.
        rounds: Trees.
        filled: What stands for an unknown number of a feature that was never unknown in the fit, else None.
    """

    kind: str
    model: str
    rounds: int
    filled: tuple[float | None, ...]

    def scores(self, rows: Doubles, threads: int = 1) -> Doubles:
        """Return log odds; of a forest the mean of its trees."""
        told = _booster(self.model).predict(self._known(rows), raw_score=True, num_threads=threads)
        return np.asarray(told / self._shared_by())

    def effects(self, rows: Doubles, threads: int = 1) -> Doubles:
        """Return the features' Shapley values (Lundberg et al., 2020), and behind them the mean score."""
        told = _booster(self.model).predict(self._known(rows), pred_contrib=True, num_threads=threads)
        return np.asarray(told / self._shared_by())

    def _known(self, rows: Doubles) -> Doubles:
        filled = np.array([np.nan if value is None else value for value in self.filled])
        return np.where(np.isnan(rows), filled, rows)

    def _shared_by(self) -> int:
        # LightGBM adds up a forest's trees, too, where it is asked for scores.
        return self.rounds if self.kind == FOREST else 1


@dataclass(frozen=True)
class Logistic:
    """A logistic regression over standardised features.

    Attributes:
        filled: What stands for an unknown number: the median of the fit.
        centre: Mean of each feature.
        slopes: What one unit of each adds.
        intercept: Score of the mean row.
        least: By feature the number that smaller ones count as; none where they are not held.
        most: By feature the number that larger ones count as: one slip of the pen would set the unit of all.
    """

    filled: tuple[float, ...]
    centre: tuple[float, ...]
    slopes: tuple[float, ...]
    intercept: float
    kind: str = LOGISTIC
    rounds: int = 0
    least: tuple[float, ...] = ()
    most: tuple[float, ...] = ()

    def scores(self, rows: Doubles, threads: int = 1) -> Doubles:
        """Return log odds."""
        return np.asarray(self.effects(rows).sum(axis=1))

    def effects(self, rows: Doubles, threads: int = 1) -> Doubles:
        """Return how far each feature is from its mean, times its slope."""
        known = np.where(np.isnan(rows), self.filled, rows)
        if self.most:
            known = np.clip(known, self.least, self.most)
        added = (known - self.centre) * np.asarray(self.slopes)
        return np.column_stack([added, np.full(len(rows), self.intercept)])


Learner = Trees | Logistic


def learnt(
    kind: str, sample: Sample, is_inner: Flags, *, seed: int, threads: int, rounds: int = 0
) -> Learner:
    """Fit a learner.

    Args:
        kind: forest, boosted or logistic.
        sample: Rows of both kinds.
        is_inner: Rows that tell boosted trees when to stop.
        seed: Of what trees draw.
        threads: Of the fit; they do not change its result.
        rounds: Boosted trees to make of all rows, instead of as many as the inner rows say.

    Raises:
        ModelError: a package of the extra ``models`` is missing.
    """
    if kind == LOGISTIC:
        return _logistic(sample)
    common = {**_COMMON, "seed": seed, "num_threads": threads}
    if kind == FOREST:
        leaf = max(20, len(sample.rows) // 5000)
        return _trees(FOREST, sample, {**common, **_FOREST, "min_data_in_leaf": leaf}, _TREES)
    params = {**common, **_BOOSTED}
    if not rounds:
        rounds = _best_rounds(sample.where(~is_inner), sample.where(is_inner), params)
    return _trees(BOOSTED, sample, params, rounds)


def as_json(learner: Learner) -> dict[str, Any]:
    """Return what a learner is made from."""
    return dict(vars(learner))


def from_json(told: dict[str, Any]) -> Learner:
    """Make the learner again."""
    values = tuples(told)
    return Logistic(**values) if told["kind"] == LOGISTIC else Trees(**values)


def _trees(kind: str, sample: Sample, params: dict[str, Any], rounds: int) -> Trees:
    gbm = lightgbm()
    booster = gbm.train(params, gbm.Dataset(sample.rows, sample.labels), rounds)
    is_known = np.asarray(np.isfinite(sample.rows).all(axis=0))
    middle = _medians(sample.rows)
    filled = tuple(float(m) if known else None for m, known in zip(middle, is_known, strict=True))
    return Trees(kind, booster.model_to_string(), booster.num_trees(), filled)


def _best_rounds(outer: Sample, inner: Sample, params: dict[str, Any]) -> int:
    """Return after how many trees the inner rows are foretold best, by trees of the others."""
    if not (_has_both(outer) and _has_both(inner)):
        return _PATIENCE
    gbm = lightgbm()
    rows = gbm.Dataset(outer.rows, outer.labels)
    stop = gbm.early_stopping(_PATIENCE, verbose=False)
    told = {**params, "metric": "binary_logloss"}
    seen = gbm.Dataset(inner.rows, inner.labels, reference=rows)
    booster = gbm.train(told, rows, _MOST_ROUNDS, valid_sets=[seen], callbacks=[stop])
    return int(booster.best_iteration or booster.num_trees())


def _has_both(sample: Sample) -> bool:
    return bool(sample.labels.any() and not sample.labels.all())


def _logistic(sample: Sample) -> Logistic:
    middle = _medians(sample.rows)
    known = np.where(np.isnan(sample.rows), middle, sample.rows)
    most = middle + np.array([_reach(column) for column in (known - middle).T])
    least = middle - np.array([_reach(column) for column in (middle - known).T])
    known = np.clip(known, least, most)
    centre, unit = known.mean(axis=0), known.std(axis=0)
    unit = np.where(unit > 0, unit, 1.0)
    fitted = scikit_learn("linear_model").LogisticRegression(max_iter=1000)
    fitted.fit((known - centre) / unit, sample.labels)
    slopes = fitted.coef_[0] / unit
    return Logistic(
        filled=tuple(map(float, middle)),
        centre=tuple(map(float, centre)),
        slopes=tuple(map(float, slopes)),
        intercept=float(fitted.intercept_[0]),
        least=tuple(map(float, least)),
        most=tuple(map(float, most)),
    )


def _reach(beyond: Doubles) -> float:
    """Return how far beyond the median rows count; most of them as they are."""
    some = beyond[beyond > 0]
    if not len(some):
        return 0.0
    middle, far = np.quantile(some, (0.5, 1 - 2 * _HELD))
    return float(min(far, _FAR_OFF * middle))


def _medians(rows: Doubles) -> Doubles:
    """Return the median of the known numbers of each feature, 0 where none is known."""
    return np.array([np.median(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in rows.T])


@lru_cache(maxsize=4)
def _booster(model: str) -> Any:
    return lightgbm().Booster(model_str=model)
