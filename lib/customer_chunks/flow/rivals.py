"""Orders -> what boosted trees foretell of the hold-out on which lifetime values are tried."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.gold.temporal_features import feature_array, outcomes, steady_features, temporal_features
from customer_chunks.models.rival import Customers, errors, foretold
from customer_chunks.models.some_rows import some_of

MOST = 200_000
"""Customers that are learnt from, and foretold."""
_LEAST_HISTORY = 30
_CAME = ["bought", "purchase_amount"]


def rival_errors(orders: DataFrame, *, start: date, days: int, first: date, seed: int = 0) -> dict[str, Any]:
    """Learn from the days before a hold-out what comes in as many days, and measure it on the hold-out.

    Args:
        orders: silver.orders, or a frame with the columns that features are made of. Amounts are those of
            purchases, as lifetime values foretell them: returns are among the features alone.
        start: First day of the hold-out.
        days: Of the hold-out.
        first: First day with orders.
        seed: Of the sample and the trees.

    Returns:
        The measures of ``purchases`` and ``amounts``, as ``holdout.compared`` has them, and ``customers``.

    Raises:
        ModelError: the history is too short, or too few customers came back.
    """
    earlier = start - timedelta(days=days)
    history = (earlier - first).days
    if history < _LEAST_HISTORY:
        raise ModelError(
            f"Trees need {days} days to learn from and {_LEAST_HISTORY} before them; there are {history}.",
            "Shorten the hold-out.",
        )
    names = steady_features(history)
    before, later = (_customers(orders, day, days, names, seed) for day in (earlier, start))
    told = foretold(before, later.features, seed=seed)
    return {
        "purchases": errors(told["purchases"], later.purchases),
        "amounts": errors(told["amounts"], later.amounts),
        "customers": len(later.purchases),
    }


def _customers(orders: DataFrame, day: date, days: int, names: tuple[str, ...], seed: int) -> Customers:
    """Return the customers at a day, or some hundred thousand of them."""
    came = outcomes(orders, start=day, days=days)
    known = temporal_features(orders, as_of=day).select("customer_id", feature_array(names).alias("features"))
    rows = known.join(came, on="customer_id", how="left").fillna(0, _CAME)  # one a customer
    count = known.count()
    told = (
        some_of(rows, MOST, count, seed).orderBy("customer_id").select("features", *_CAME).toPandas()
    )  # MOST rows, about
    features = np.array(told["features"].tolist(), dtype=np.float64).reshape(len(told), len(names))
    return Customers(features, *[told[name].to_numpy(float) for name in _CAME])
