"""silver.orders -> a version of the lifetime value models -> gold.customer_values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.model_settings import ValueSettings
from customer_chunks.contracts.gold_models import CUSTOMER_VALUES
from customer_chunks.errors import ModelError
from customer_chunks.flow.registry import TABLE, Fitted, champion, registered
from customer_chunks.flow.rivals import rival_errors
from customer_chunks.flow.step import Built, Now
from customer_chunks.gold.customer_values import customer_values, purchase_histories
from customer_chunks.gold.purchases import is_purchase
from customer_chunks.models.holdout import compared
from customer_chunks.models.lifetime_value import LifetimeValue, LifetimeValueModel

NAME = "customer_values"
_OUTPUT = "gold.customer_values"


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
    notes = model.spending.doubts()
    try:
        metrics |= held_out(frames["orders"], now.day, asked)
        metrics |= by_trees(frames["orders"], now.day, asked)
    except ModelError as error:
        notes.append(f"The hold-out of {asked.holdout_days} days is not whole: {error.what}")
    fitted = Fitted(model, metrics, notes)
    return Built({TABLE: registered(now.table(TABLE), NAME, fitted, now)})


def held_out(orders: DataFrame, as_of: date, asked: ValueSettings) -> dict[str, float]:
    """Return how well a fit of the days before the hold-out foretells it."""
    start = as_of - timedelta(days=asked.holdout_days)
    histories = purchase_histories(orders, as_of=start)
    came = (
        orders.where(
            is_purchase() & (F.col("ordered_on") >= F.lit(start)) & (F.col("ordered_on") < F.lit(as_of))
        )
        .groupBy("customer_id")
        .agg(F.count_distinct("ordered_on").alias("bought"), F.sum("order_amount_base").alias("spent"))
    )
    rows = histories.join(came, on="customer_id", how="left")  # one row a customer
    rows = rows.withColumns({c: F.coalesce(F.col(c).cast("double"), F.lit(0.0)) for c in ("bought", "spent")})
    rows = rows.persist()
    try:
        model = LifetimeValue(horizonDays=asked.holdout_days).fit(rows)
        told = compared(model.transform(rows), asked.holdout_days)
    finally:
        rows.unpersist()
    return {
        f"holdout_{of}_{name}": float(told[of][name])
        for of in ("purchases", "naive_purchases", "amounts")
        for name in ("mean_absolute_error", "normalised_gini", "expected", "came")
    }


def by_trees(orders: DataFrame, as_of: date, asked: ValueSettings) -> dict[str, float]:
    """Return how well boosted trees foretell the same hold-out."""
    start = as_of - timedelta(days=asked.holdout_days)
    known = orders.where(F.col("customer_id").isNotNull())
    first = known.agg(F.min("ordered_on").alias("day")).collect()[0]["day"]
    told = rival_errors(orders, start=start, days=asked.holdout_days, first=first)
    return {
        f"holdout_trees_{of}_{name}": float(told[of][name])
        for of in ("purchases", "amounts")
        for name in ("mean_absolute_error", "normalised_gini", "expected", "came")
    }


def fill_values(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Value every customer with the champion; none where nothing was fitted yet."""
    version = champion(frames["models"], NAME, [LifetimeValueModel])
    if version is None:
        return Built({_OUTPUT: now.table(_OUTPUT).limit(0).select(*CUSTOMER_VALUES.column_names)})
    histories = purchase_histories(frames["orders"], as_of=now.day)
    return Built({_OUTPUT: customer_values(histories, version.model, as_of=now.day, version=version.number)})
