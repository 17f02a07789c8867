"""Training rows from several days, each told apart from what came after it, and a hold-out of the newest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.foretold import gain, measured, reliability
from customer_chunks.models.propensity import Propensity
from customer_chunks.models.propensity_model import PropensityModel
from customer_chunks.models.sampled import Sample

CUT_OFF = "cut_off"
Features = Callable[[date], DataFrame]
"""A day -> a row per customer with what was known before it."""
Labelled = Callable[[DataFrame, date], DataFrame]
"""These rows and the day -> the same rows with what came from it on."""


@dataclass(frozen=True)
class CutOffs:
    """Days between what is known and what is foretold.

    Attributes:
        as_of: D, the first day of which nothing is known yet.
        days: Length of what is foretold.
        at: The days, the earliest first; what each foretells has come before D.

    Raises:
        ModelError: there is no day, or what one foretells has not come yet.
    """

    as_of: date
    days: int
    at: tuple[date, ...]

    def __post_init__(self) -> None:
        if self.days < 1 or not self.at:
            raise ModelError("There is no day to learn from.", "Give cut-offs, and at least one day ahead.")
        object.__setattr__(self, "at", tuple(sorted(set(self.at))))
        if self.end_of(self.newest) > self.as_of:
            raise ModelError(
                f"What came within {self.days} days from {self.newest} is not known by {self.as_of}.",
                f"Cut off by {self.as_of - timedelta(days=self.days)}.",
            )

    @classmethod
    def before(
        cls, as_of: date, *, days: int, first: date, every: int = 30, history: int = 90, most: int = 6
    ) -> CutOffs:
        """Return the newest cut-offs that there can be.

        Args:
            as_of: D.
            days: Length of what is foretold.
            first: The first day with orders.
            every: Days from one cut-off to the next.
            history: Days that each has behind it at least.
            most: Cut-offs at most.

        Raises:
            ModelError: orders do not reach back so far.
        """
        newest = as_of - timedelta(days=days)
        steps = (newest - timedelta(days=every * n) for n in range(most))
        at = tuple(day for day in steps if day >= first + timedelta(days=history))
        if not at:
            raise ModelError(
                f"From {first} to {as_of} there are no {history} days to learn from and {days} to foretell.",
                "Foretell fewer days, or bring older orders.",
            )
        return cls(as_of, days, at)

    @property
    def newest(self) -> date:
        """Return the last cut-off."""
        return self.at[-1]

    @property
    def known_by_newest(self) -> tuple[date, ...]:
        """Return the cut-offs of which all that they foretell had come by the newest one."""
        return tuple(day for day in self.at if self.end_of(day) <= self.newest)

    def end_of(self, day: date) -> date:
        """Return the first day that a cut-off does not foretell."""
        return day + timedelta(days=self.days)


def training_rows(cut_offs: CutOffs, features: Features, labelled: Labelled) -> DataFrame:
    """Return the labelled rows of all cut-offs, with ``cut_off`` beside: a row per customer and cut-off.

    Args:
        cut_offs: When; no label looks behind D.
        features: Called with each day.
        labelled: Called with what that gave, and the day.
    """
    rows = [labelled(features(day), day).withColumn(CUT_OFF, F.lit(day)) for day in cut_offs.at]
    return reduce(DataFrame.unionByName, rows)


def temporal_holdout(propensity: Propensity, rows: DataFrame, cut_offs: CutOffs) -> dict[str, Any]:
    """Learn from cut-offs whose outcomes had come by the newest one, and foretell that one.

    Args:
        propensity: Fitted anew, to the earlier rows.
        rows: As ``training_rows`` makes them.
        cut_offs: Of these rows.

    Returns:
        Measures of the ``model`` and, where it has one, its ``baseline``; ``reliability``, ``gain`` and the
        method of the model; rows, the share foretold and observed; the cut-offs, and the days they foretell.

    Raises:
        ModelError: no cut-off is early enough, or rows are too few.
    """
    earlier = cut_offs.known_by_newest
    if not earlier:
        raise ModelError(
            f"No cut-off is {cut_offs.days} days before {cut_offs.newest}, the one to be foretold.",
            "Add earlier cut-offs.",
        )
    model = propensity.fit(rows.where(F.col(CUT_OFF).isin(list(earlier))))
    sample, _ = propensity.sample(rows.where(F.col(CUT_OFF) == F.lit(cut_offs.newest)))
    days = {"learnt_from": [str(day) for day in earlier], "foretold_from": str(cut_offs.newest)}
    return {"method": model.method, **days, "days": cut_offs.days, **_compared(model, sample)}


def _compared(model: PropensityModel, sample: Sample) -> dict[str, Any]:
    score = model.learner.scores(sample.rows)
    foretold = model.calibration(score)
    told: dict[str, Any] = {
        "model": measured(sample.labels, foretold, score),
        "reliability": reliability(sample.labels, foretold),
        "gain": gain(sample.labels, score),
        "foretold": float(foretold.mean()),
        "observed": float(sample.labels.mean()),
        "rows": len(sample.labels),
    }
    if model.baseline is not None:
        told["baseline"] = model.baseline.measures(sample)
    return told
