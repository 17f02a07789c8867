"""What customers will be worth: BG/NBD for their purchases, gamma-gamma for what each is worth.

Enters: a row per customer with repeat purchases, days from the first to the last one, days under observation
and the mean amount of repeat purchases. Leaves: a model that adds the chance that a customer still buys, the
purchases and the amount to expect within a horizon, and their value today.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.ml import Estimator, Model
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models import bg_nbd, gamma_gamma
from customer_chunks.models.arrays import with_scores
from customer_chunks.models.bg_nbd import BgNbd
from customer_chunks.models.counted import COLUMNS, counted
from customer_chunks.models.gamma_gamma import GammaGamma
from customer_chunks.models.params import number, param, text, whole
from customer_chunks.models.rows import Doubles
from customer_chunks.models.saved import Saved

DAYS_A_MONTH = 365.25 / 12
_REMEMBERED = 6_000_000
"""Numbers that are remembered: 50 MB."""
_READ = ("repeatsCol", "lastCol", "ageCol", "spendCol")
UNKNOWN = (0.0, 0.0, 0.0, -1.0)
"""What stands for null in repeats, last, age and spend: an average of 0 would be one that is known."""
ADDED = "struct<alive:double,purchases:double,spend:double,value:double>"
_NAMES = {
    "alive": "probability_alive",
    "purchases": "expected_purchases",
    "spend": "expected_spend",
    "value": "lifetime_value",
}


class _Columns(Saved):
    repeatsCol = param("repeatsCol", "days with a purchase after the first", text)
    lastCol = param("lastCol", "days from the first purchase to the last", text)
    ageCol = param("ageCol", "days from the first purchase to the end", text)
    spendCol = param("spendCol", "mean amount of a day with repeat purchases; null without any", text)
    horizonDays = param("horizonDays", "days ahead that are looked at", whole, at_least=1)
    discount = param("discount", "what money loses in worth in a year, as a share", number, at_least=0)
    margin = param("margin", "share of an amount that is profit", number, above=0)


class LifetimeValue(Estimator["LifetimeValueModel"], _Columns):
    """Fits both models on counted histories: as fast for fifty million customers as for those that differ."""

    def __init__(
        self,
        *,
        repeatsCol: str = "repeats",
        lastCol: str = "last_days",
        ageCol: str = "age_days",
        spendCol: str = "spend",
        horizonDays: int = 365,
        discount: float = 0.0,
        margin: float = 1.0,
    ) -> None:
        super().__init__()
        self._set(
            repeatsCol=repeatsCol, lastCol=lastCol, ageCol=ageCol, spendCol=spendCol, horizonDays=horizonDays,
            discount=float(discount), margin=float(margin),
        )  # fmt: skip

    def _fit(self, dataset: DataFrame) -> LifetimeValueModel:
        """Fit.

        Raises:
            ModelError: a column is missing, a history cannot be, or too few customers bought again.
        """
        rows = self._told(dataset)
        histories, spent = counted(rows)
        with ThreadPoolExecutor(1) as beside:  # both are arithmetic that lets the other one work
            fitting = beside.submit(gamma_gamma.fitted, spent)
            purchases = bg_nbd.fitted(histories)
            spending = fitting.result()
        chosen = {p.name: value for p, value in self.extractParamMap().items()}
        return LifetimeValueModel(purchases=asdict(purchases), spending=asdict(spending), **chosen)

    def _told(self, dataset: DataFrame) -> DataFrame:
        names = {to: self.getOrDefault(f"{to}Col") for to in COLUMNS}
        missing = sorted(set(names.values()) - set(dataset.columns))
        if missing:
            raise ModelError(f"There is no column {missing}.", f"Columns: {', '.join(dataset.columns)}.")
        return dataset.select(*[F.col(f"`{name}`").cast("double").alias(to) for to, name in names.items()])


class LifetimeValueModel(Model, _Columns):
    """Adds ``probability_alive``, ``expected_purchases``, ``expected_spend`` and ``lifetime_value``.

    Attributes:
        purchases: BG/NBD, in days.
        spending: Gamma-gamma.
        holdout: How an earlier fit foretold the newest days, or None: ``days``, and ``tenths`` of customers.
    """

    def __init__(
        self,
        *,
        purchases: dict[str, Any],
        spending: dict[str, Any],
        holdout: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.holdout = None if holdout is None else dict(holdout)
        self.purchases, self.spending = BgNbd(**purchases), GammaGamma(**spending)
        self._gains: _Gains | None = None
        self._set(**params)

    def learnt(self) -> dict[str, Any]:
        """Return the parameters of both models, and what was told of the hold-out."""
        both = {"purchases": asdict(self.purchases), "spending": asdict(self.spending)}
        return {**both, "holdout": self.holdout}

    def with_holdout(self, days: int, tenths: Sequence[Mapping[str, Any]]) -> LifetimeValueModel:
        """Return the same model with the table by tenths that ``compared`` told of a hold-out."""
        kept = self.copy()
        kept.holdout = {"days": days, "tenths": [dict(tenth) for tenth in tenths]}
        return kept

    def _transform(self, dataset: DataFrame) -> DataFrame:
        history = F.array(
            *[
                F.coalesce(F.col(f"`{self.getOrDefault(name)}`").cast("double"), F.lit(unknown))
                for name, unknown in zip(_READ, UNKNOWN, strict=True)
            ]
        )
        wide = dataset.withColumn("_history", history)
        return with_scores(wide, "_history", self.scores, ADDED, _NAMES).drop("_history")

    def scores(self, rows: Doubles) -> dict[str, Doubles]:
        """Return what is added: customers x (repeats, last, age, spend) in, a value a customer out."""
        repeats, last, age, spend = rows.T
        horizon = self.getOrDefault("horizonDays")
        if self._gains is None or self._gains.ends[-1] != horizon:
            self._gains = _Gains(self.purchases, _months(horizon))
        alive = self.purchases.alive(repeats, last, age)
        by_month = self._gains.of(repeats, age) * alive[:, None]
        amount = self.spending.expected(repeats, spend)
        worth = (1 + self.getOrDefault("discount")) ** (-self._gains.ends / 365.25)
        value = (np.diff(by_month, axis=1, prepend=0.0) * worth).sum(axis=1) * amount
        return {
            "alive": alive,
            "purchases": by_month[:, -1],
            "spend": amount,
            "value": value * self.getOrDefault("margin"),
        }


class _Gains:
    """What a living customer buys by the end of each month, remembered for each number of repeats and age.

    Among millions of customers there are some ten thousand such pairs, and one takes microseconds a month.
    """

    def __init__(self, purchases: BgNbd, ends: list[float]) -> None:
        self._purchases, self.ends = purchases, np.array(ends)
        self._pairs: npt.NDArray[np.complex128] = np.empty(0, dtype=np.complex128)
        self._gained: Doubles = np.empty((0, len(ends)))

    def of(self, repeats: Doubles, age: Doubles) -> Doubles:
        """Return purchases, customers x months."""
        pairs, where = np.unique(repeats + 1j * age, return_inverse=True)
        new = pairs[~np.isin(pairs, self._pairs)]
        if len(new):
            if (len(self._pairs) + len(new)) * len(self.ends) > _REMEMBERED:
                self._pairs, self._gained, new = self._pairs[:0], self._gained[:0], pairs
            gains = [self._purchases.gained(new.real, new.imag, end) for end in self.ends]
            known = np.append(self._pairs, new)
            order = np.argsort(known)
            self._pairs = known[order]
            self._gained = np.concatenate([self._gained, np.stack(gains, axis=1)])[order]
        return np.asarray(self._gained[np.searchsorted(self._pairs, pairs)][where])


def histories_of(days: DataFrame, *, key: str, day: str, until: date) -> DataFrame:
    """Tell histories from days with purchases.

    Args:
        days: One row per customer and day with a purchase, none behind ``until``; ``amount`` of the day.
        key: Column of the customer.
        day: Column of the day.
        until: The last day under observation.

    Returns:
        One row per customer: ``repeats``, ``last_days``, ``age_days``, and ``spend``, the mean amount of
        repeat days, null without.
    """
    seen = days.groupBy(key).agg(
        F.min(day).alias("first"), F.max(day).alias("last"), F.count("*").alias("days"),
        F.sum("amount").alias("all"), F.min_by("amount", day).alias("of_first"),
    )  # fmt: skip
    repeats = F.col("days") - 1
    return seen.select(
        key,
        repeats.alias("repeats"),
        F.datediff("last", "first").alias("last_days"),
        F.datediff(F.lit(until), "first").alias("age_days"),
        F.when(repeats > 0, ((F.col("all") - F.col("of_first")) / repeats).cast("double")).alias("spend"),
    )


def _months(horizon: int) -> list[float]:
    """Return the ends of the months up to a horizon, in days: what is sold in a month is paid at its end."""
    whole_months = int(horizon / DAYS_A_MONTH)
    ends = [DAYS_A_MONTH * (n + 1) for n in range(whole_months)]
    return [end for end in ends if end < horizon - 1] + [float(horizon)]
