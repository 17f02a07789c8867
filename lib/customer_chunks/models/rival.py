"""A rival of lifetime values: boosted trees that learn from customers what comes, tried on the same hold-out.

Enters: features before an earlier day with what came after it, and features before the hold-out. Leaves: what
they foretell, and its errors. Models of probability need no features and foretell any horizon; this one needs
as many days before the hold-out as the hold-out has, and foretells these alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from customer_chunks.errors import ModelError
from customer_chunks.models.extras import lightgbm
from customer_chunks.models.rows import Doubles

FEWEST = 100
_ROUNDS = 200
_PARAMS = {
    "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 20, "bagging_freq": 1,
    "bagging_fraction": 0.8, "feature_fraction": 0.8, "lambda_l2": 1.0, "verbosity": -1,
    "deterministic": True, "force_row_wise": True, "num_threads": 1,
}  # fmt: skip
_OBJECTIVES = {"purchases": "poisson", "amounts": "tweedie"}


class Customers(NamedTuple):
    """Customers at one day.

    Attributes:
        features: Customers x features, what was known before it; NaN where unknown.
        purchases: Days with a purchase within the days that are foretold.
        amounts: Spent in them, never below zero.
    """

    features: Doubles
    purchases: Doubles
    amounts: Doubles


def foretold(before: Customers, features: Doubles, *, seed: int) -> dict[str, Doubles]:
    """Learn from an earlier day what comes, and foretell it for later features.

    Args:
        before: Customers at the earlier day.
        features: Of the customers to foretell, the same ones in the same order.
        seed: Of what the trees draw.

    Returns:
        ``purchases`` and ``amounts`` of every customer.

    Raises:
        ModelError: too few customers came back to learn from.
    """
    came = int((before.purchases > 0).sum())
    if came < FEWEST:
        raise ModelError(
            f"Only {came} customers came back in the days to learn from.", f"Bring at least {FEWEST}."
        )
    gbm = lightgbm()
    found = {}
    for name, objective in _OBJECTIVES.items():
        target = np.maximum(getattr(before, name), 0.0)
        rows = gbm.Dataset(before.features, target)
        booster = gbm.train({**_PARAMS, "objective": objective, "seed": seed}, rows, _ROUNDS)
        found[name] = np.maximum(booster.predict(features, num_threads=1), 0.0)
    return found


def errors(expected: Doubles, came: Doubles) -> dict[str, float]:
    """Return the measures of ``holdout.compared``: errors, means, normalised Gini coefficient."""
    off = expected - came
    best = _gini(came, came)
    return {
        "mean_absolute_error": float(np.abs(off).mean()),
        "root_mean_squared_error": float(np.sqrt((off**2).mean())),
        "expected": float(expected.mean()),
        "came": float(came.mean()),
        "normalised_gini": _gini(expected, came) / best if best else 0.0,
    }


def _gini(by: Doubles, of: Doubles) -> float:
    """Return the area between the diagonal and the curve of what customers bring, the best by ``by`` first.

    Equal ones are one step: their order does not matter.
    """
    if not of.sum():
        return 0.0
    steps, place = np.unique(-by, return_inverse=True)
    sums = np.bincount(place, weights=of, minlength=len(steps))
    counts = np.bincount(place, minlength=len(steps))
    return float(counts @ (np.cumsum(sums) - sums / 2) / (len(of) * of.sum()) - 0.5)
