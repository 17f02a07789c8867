"""silver.orders -> a version of the lifetime value models -> gold.customer_values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.model_settings import ValueSettings
from customer_chunks.contracts.gold_models import CUSTOMER_VALUES
from customer_chunks.errors import ModelError
from customer_chunks.flow.fits.judged import Error, judged
from customer_chunks.flow.registry import TABLE, champion, champion_metrics, registered
from customer_chunks.flow.rivals import rival_errors
from customer_chunks.flow.step import Built, Now
from customer_chunks.gold.customer_values import customer_values, purchase_histories
from customer_chunks.gold.temporal_features import outcomes
from customer_chunks.models.holdout import compared
from customer_chunks.models.lifetime_value import LifetimeValue, LifetimeValueModel

NAME = "customer_values"
_OUTPUT = "gold.customer_values"
_MEASURES = {
    **{name: name for name in ("mean_absolute_error", "root_mean_squared_error", "normalised_gini")},
    "expected": "mean_expected",
    "came": "mean_came",
}
_ERRORS = [
    Error(
        f"root mean squared error of {what}",
        f"holdout_{what}_root_mean_squared_error", f"holdout_naive_{what}_root_mean_squared_error",
    )
    for what in ("purchases", "amounts")
]  # fmt: skip
"""Squared, as means are foretold: who foretells nothing of everybody has a small absolute error."""


def fit_values(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Fit BG/NBD and gamma-gamma to all history before D, and try the same on a hold-out."""
    asked = now.settings.models.customer_values or ValueSettings()
    histories = purchase_histories(frames["orders"], as_of=now.day).persist()
    try:
        model = LifetimeValue(
            horizonDays=asked.horizon_days, discount=asked.discount, margin=asked.margin
        ).fit(histories)
    finally:
        histories.unpersist()
    metrics = {
        "customers": float(model.purchases.customers),
        "log_likelihood": model.purchases.log_likelihood,
        "spend_correlation": model.spending.correlation,
        **{name: getattr(model.purchases, name) for name in ("r", "alpha", "a", "b")},
        **{name: getattr(model.spending, name) for name in ("p", "q", "v")},
    }  # fmt: skip
    notes, versions = model.spending.doubts(), now.table(TABLE)
    try:
        told = held_out(frames["orders"], now.day, asked)
        metrics |= measures(told, asked)
        model = model.with_holdout(asked.holdout_days, told["tenths"])
        metrics |= by_trees(frames["orders"], now.day, asked)
    except ModelError as error:
        notes.append(f"The hold-out of {asked.holdout_days} days is not whole: {error.what}")
    fitted = judged(
        model, metrics, notes, _ERRORS, before=champion_metrics(versions, NAME), terms=["holdout_days"]
    )
    return Built({TABLE: registered(versions, NAME, fitted, now)})


def held_out(orders: DataFrame, as_of: date, asked: ValueSettings) -> dict[str, Any]:
    """Return how well a fit of the days before the hold-out foretells it, as ``compared`` tells it."""
    start = as_of - timedelta(days=asked.holdout_days)
    histories = purchase_histories(orders, as_of=start)
    came = outcomes(orders, start=start, days=asked.holdout_days).select(
        "customer_id", "bought", F.col("purchase_amount").alias("spent")
    )
    rows = histories.join(came, on="customer_id", how="left")  # one row a customer
    rows = rows.withColumns({c: F.coalesce(F.col(c).cast("double"), F.lit(0.0)) for c in ("bought", "spent")})
    rows = rows.persist()
    try:
        model = LifetimeValue(horizonDays=asked.holdout_days).fit(rows)
        return compared(model.transform(rows), asked.holdout_days)
    finally:
        rows.unpersist()


def measures(told: Mapping[str, Any], asked: ValueSettings) -> dict[str, float]:
    """Return the errors of a hold-out and of the naive guess, a customer, by the names of metrics."""
    found = _named(told, "holdout", ("purchases", "naive_purchases", "amounts", "naive_amounts"))
    return {"holdout_days": float(asked.holdout_days), **found}


def by_trees(orders: DataFrame, as_of: date, asked: ValueSettings) -> dict[str, float]:
    """Return how well boosted trees foretell the same hold-out."""
    start = as_of - timedelta(days=asked.holdout_days)
    known = orders.where(F.col("customer_id").isNotNull())
    first = known.agg(F.min("ordered_on").alias("day")).collect()[0]["day"]
    told = rival_errors(orders, start=start, days=asked.holdout_days, first=first)
    return _named(told, "holdout_trees", ("purchases", "amounts"))


def _named(told: Mapping[str, Any], prefix: str, parts: Sequence[str]) -> dict[str, float]:
    return {
        f"{prefix}_{part}_{name}": float(told[part][measure])
        for part in parts
        for measure, name in _MEASURES.items()
    }


def fill_values(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Value every customer with the champion; none where nothing was fitted yet."""
    version = champion(frames["models"], NAME, [LifetimeValueModel])
    if version is None:
        return Built({_OUTPUT: now.table(_OUTPUT).limit(0).select(*CUSTOMER_VALUES.column_names)})
    histories = purchase_histories(frames["orders"], as_of=now.day)
    return Built({_OUTPUT: customer_values(histories, version.model, as_of=now.day, version=version.number)})
