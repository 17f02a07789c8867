"""silver.orders -> versions of churn and high value -> gold.churn_scores and gold.high_value_scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.model_settings import PropensitySettings
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import ModelError
from customer_chunks.flow.fits.judged import Error, judged
from customer_chunks.flow.registry import TABLE, champion, champion_metrics, registered
from customer_chunks.flow.step import Built, Now
from customer_chunks.gold.propensity_scores import Scoring, propensity_scores
from customer_chunks.gold.temporal_features import (
    feature_array,
    steady_features,
    temporal_features,
    with_churn,
    with_high_value,
)
from customer_chunks.models.propensity import Propensity
from customer_chunks.models.propensity_model import PropensityModel
from customer_chunks.models.temporal import CutOffs, temporal_holdout, training_rows

_MEASURES = ("auc", "average_precision", "log_loss", "brier", "calibration_error")
_ERROR = Error("log loss", "holdout_log_loss", "holdout_baseline_log_loss")
_TERMS = ("holdout_days", "holdout_share")
Labels = Callable[[DataFrame, DataFrame, date, PropensitySettings], DataFrame]
"""Customers, orders, the first day that counts, settings -> customers with ``label``."""


@dataclass(frozen=True)
class Foretold:
    """One thing that is foretold.

    Attributes:
        name: Of the model, and of the part of the settings.
        output: The table that it fills.
        labels: Whether it came.
        baseline: The feature whose tenths are the naive guess.
    """

    name: str
    output: str
    labels: Labels
    baseline: str

    def asked(self, now: Now) -> PropensitySettings:
        """Return its settings."""
        found: PropensitySettings | None = getattr(now.settings.models, self.name)
        return found or PropensitySettings()

    def fit(self, frames: Mapping[str, DataFrame], now: Now) -> Built:
        """Learn from customers at several days before D, and try it on the newest of them."""
        asked, orders = self.asked(now), frames["orders"]
        first = (
            orders.where("customer_id is not null").agg(F.min("ordered_on").alias("day")).collect()[0]["day"]
        )
        if first is None:
            raise ModelError("There is no order of a known customer.", "Bring orders with customers.")
        cut_offs = CutOffs.before(now.day, days=asked.horizon_days, first=first, history=asked.history_days)
        names = steady_features(min((day - first).days for day in cut_offs.at))
        rows = training_rows(
            cut_offs,
            lambda day: _features(orders, day, names),
            lambda customers, day: self.labels(customers, orders, day, asked),
        ).persist()
        try:
            propensity = Propensity(
                keyCol="customer_id", seed=asked.seed, featureNames=list(names), method=asked.method,
                baselineFeature=self.baseline if self.baseline in names else "recency_days",
                horizonDays=asked.horizon_days,
            )  # fmt: skip
            model = propensity.fit(rows)
            metrics, notes = _measures(model), [model.note] if model.note else []
            try:
                told = temporal_holdout(propensity, rows, cut_offs)
                model, metrics = model.with_holdout(told), metrics | _held_out(told, asked)
            except ModelError as error:
                notes.append(f"No hold-out: {error}")
        finally:
            rows.unpersist()
        notes.insert(0, f"Taken: {model.method}, of the least log loss in the cross-validation.")
        versions = now.table(TABLE)
        before = champion_metrics(versions, self.name)
        fitted = judged(model, metrics, notes, [_ERROR], before=before, terms=_TERMS)
        return Built({TABLE: registered(versions, self.name, fitted, now)})

    def fill(self, frames: Mapping[str, DataFrame], now: Now) -> Built:
        """Score every customer as of D; nobody where nothing was fitted yet."""
        version = champion(frames["models"], self.name, [PropensityModel])
        if version is None:
            return Built({self.output: now.table(self.output).limit(0).drop(ROW_HASH)})
        asked = self.asked(now)
        names = version.model.getOrDefault("featureNames")
        customers = _features(frames["orders"], now.day, names)
        horizon = version.model.getOrDefault("horizonDays") or asked.horizon_days
        told = Scoring(now.day, horizon, version.number, asked.explained)
        return Built({self.output: propensity_scores(customers, frames.get("segments"), version.model, told)})


def _features(orders: DataFrame, day: date, names: Any) -> DataFrame:
    rows = temporal_features(orders, as_of=day)
    return rows.select("customer_id", feature_array(names).alias("features"))


def _measures(model: PropensityModel) -> dict[str, float]:
    return {
        f"{learner}_{name}": float(told[name])
        for learner, told in model.metrics.items()
        for name in _MEASURES
        if name in told
    }


def _held_out(told: Mapping[str, Any], asked: PropensitySettings) -> dict[str, float]:
    found = {"holdout_days": float(asked.horizon_days), "holdout_share": float(asked.share)}
    found |= {f"holdout_{name}": float(told["model"][name]) for name in _MEASURES if name in told["model"]}
    guess = told.get("baseline") or {}
    found |= {f"holdout_baseline_{name}": float(guess[name]) for name in _MEASURES if name in guess}
    return found | {"holdout_foretold": told["foretold"], "holdout_observed": told["observed"]}


def _churned(customers: DataFrame, orders: DataFrame, day: date, asked: PropensitySettings) -> DataFrame:
    return with_churn(customers, orders, start=day, days=asked.horizon_days)


def _of_high_value(
    customers: DataFrame, orders: DataFrame, day: date, asked: PropensitySettings
) -> DataFrame:
    return with_high_value(customers, orders, start=day, days=asked.horizon_days, share=asked.share)


CHURN = Foretold("churn", "gold.churn_scores", _churned, "recency_days")
HIGH_VALUE = Foretold("high_value", "gold.high_value_scores", _of_high_value, "spend_90")
