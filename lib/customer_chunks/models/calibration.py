"""Scores -> probabilities: by isotonic regression, or by Platt's curve where too few rows are there for it.

Zadrozny and Elkan (KDD 2002) for the former, Platt (1999) for the latter; that isotonic regression needs many
rows, Niculescu-Mizil and Caruana (ICML 2005).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.models.extras import scikit_learn
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags

ISOTONIC, PLATT, RATE = "isotonic", "platt", "rate"
_ENOUGH = 200
"""Rows of the rarer kind from which on isotonic regression is taken."""


@dataclass(frozen=True)
class Calibration:
    """A curve that never falls.

    Attributes:
        kind: ``isotonic``; ``platt``; ``rate`` where scores tell nothing and all rows have one probability.
        scores: Where the curve is known, ascending; of Platt's curve its slope and intercept.
        probabilities: There; straight between, level beyond. None of Platt's curve.
    """

    kind: str
    scores: tuple[float, ...]
    probabilities: tuple[float, ...] = ()

    def __call__(self, scores: Doubles) -> Doubles:
        """Return the probability of each score."""
        if self.kind == PLATT:
            slope, intercept = self.scores
            return logistic(slope * scores + intercept)
        return np.interp(scores, self.scores, self.probabilities)


def calibrated(came: Flags, scores: Doubles) -> Calibration:
    """Fit the curve to scores of rows that no model was fitted to.

    Args:
        came: Whether it came; both happened.
        scores: Of the same rows.
    """
    if min(came.sum(), (~came).sum()) >= _ENOUGH:
        return _isotonic(came, scores)
    return _platt(came, scores)


def logistic(value: Doubles) -> Doubles:
    """Return 1 / (1 + exp(-value))."""
    return np.asarray(0.5 * (1 + np.tanh(value / 2)))


def _isotonic(came: Flags, scores: Doubles) -> Calibration:
    fitted = scikit_learn("isotonic").IsotonicRegression(out_of_bounds="clip").fit(scores, came.astype(float))
    at, levels = fitted.X_thresholds_, fitted.y_thresholds_
    if levels[0] == levels[-1]:
        return Calibration(RATE, (0.0,), (float(came.mean()),))
    told = fitted.predict(scores)
    # Nobody is certain: of n rows where it never came, the next one has 1 in n + 2 (Laplace).
    lowest = _laplace(int((told == 0).sum()), levels)
    highest = 1 - _laplace(int((told == 1).sum()), 1 - levels)
    kept = np.clip(levels, lowest, highest)
    return Calibration(ISOTONIC, tuple(map(float, at)), tuple(map(float, kept)))


def _laplace(rows: int, levels: Doubles) -> float:
    """Return the probability where it never came in so many rows, no higher than the curve's next level."""
    if not rows:
        return 0.0
    return float(min(1 / (rows + 2), levels[levels > 0].min()))


def _platt(came: Flags, scores: Doubles) -> Calibration:
    spread = float(scores.std())
    if not spread > 0:
        return Calibration(RATE, (0.0,), (float(came.mean()),))
    centre = float(scores.mean())
    scaled = ((scores - centre) / spread)[:, None]
    fitted = scikit_learn("linear_model").LogisticRegression(max_iter=1000).fit(scaled, came)
    slope = float(fitted.coef_[0, 0]) / spread
    if slope <= 0:
        return Calibration(RATE, (0.0,), (float(came.mean()),))
    return Calibration(PLATT, (slope, float(fitted.intercept_[0]) - slope * centre))
