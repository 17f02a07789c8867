"""Lifetime values tried on any file of purchases, without a warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.flow.fits.judged import CLEARLY
from customer_chunks.flow.rivals import rival_errors
from customer_chunks.flow.trial import Tried, kept, opened
from customer_chunks.flow.tried_purchases import Faults, Purchases, by_day, faults_of, rows_of, strayed
from customer_chunks.models.holdout import compared
from customer_chunks.models.lifetime_value import LifetimeValue, LifetimeValueModel, histories_of
from customer_chunks.models.some_rows import some_of

_DRAWN = 20_000


@contextmanager
def values_of(
    spark: SparkSession,
    path: Path,
    columns: Purchases,
    *,
    holdout_from: date | None = None,
    params: Mapping[str, Any],
) -> Iterator[Tried]:
    """Fit lifetime values to the purchases in a file, and look how well they foretell a hold-out.

    Several purchases of a customer on one day count as one. A negative amount is no purchase.

    Args:
        spark: The session.
        path: Any file with a row per purchase, or per line of one.
        columns: What its columns are called, and how they are written.
        holdout_from: First day that the fit does not see; None fits all.
        params: horizon_days, discount, margin.

    Yields:
        A row per customer.

    Raises:
        SourceError: the file cannot be read, or has no such column.
        ModelError: the models cannot be fitted to these purchases.
    """
    with opened(spark, path, columns[:3]) as file:
        rows = rows_of(file, columns)
        with kept(by_day(rows)) as bought:
            faults = faults_of(rows)
            seen = [*file.notes, *faults.sentences]
            first, end, last = _span(bought, holdout_from, faults)
            horizon = (last - end).days if holdout_from is not None else params["horizon_days"]
            with kept(_until(bought, end)) as histories:
                model = _fitted(histories, {**params, "horizon_days": max(horizon, 1)}, seen)
                told: dict[str, Any] = {
                    "rows": faults.rows, "left_out": faults.counts, "purchases": bought.count(),
                    "customers": histories.count(), "first_day": first, "last_day": last,
                    "fitted_until": end, "horizon_days": horizon,
                    "parameters_in_weeks": _weeks(asdict(model.purchases)),
                    "spending": asdict(model.spending),
                }  # fmt: skip
                scored = model.transform(histories)
                if holdout_from is not None:
                    scored = _with_what_came(scored, bought, end)
                with kept(scored) as values:
                    notes = [*seen, *strayed(bought, told["purchases"], first, last)]
                    notes += model.spending.doubts()
                    told["values"] = {**_worth(values), **{n: params[n] for n in ("margin", "discount")}}
                    if holdout_from is not None:
                        told["holdout"] = compared(values, max(horizon, 1))
                        notes += _with_rival(told["holdout"], bought, holdout_from, horizon, first)
                        notes += _verdict(told["holdout"])
                    ordered = values.orderBy(F.desc("lifetime_value"), "customer")
                    yield Tried(ordered, told, notes, {"values": _some(values, told["customers"])})


def _fitted(histories: DataFrame, params: Mapping[str, Any], seen: Sequence[str]) -> LifetimeValueModel:
    """Fit both models; where they cannot be, what was seen of the rows may be why."""
    model = LifetimeValue(
        horizonDays=params["horizon_days"], discount=params["discount"], margin=params["margin"]
    )
    try:
        return model.fit(histories)
    except ModelError as error:
        raise ModelError(" ".join([error.what, *seen]), error.remedy) from None


def _with_rival(told: dict[str, Any], bought: DataFrame, start: date, days: int, first: date) -> list[str]:
    """Add what boosted trees foretell of the same hold-out; return why not, where they cannot."""
    orders = bought.select(
        F.col("customer").alias("customer_id"), F.col("day").alias("ordered_on"),
        F.lit(False).alias("is_return"),
        F.lit(1).alias("order_amount"),  # each is a purchase, also one of 0: as the histories count it
        F.col("amount").alias("order_amount_base"), F.lit(0.0).alias("discount_amount"),
        F.lit(None).cast("double").alias("item_count"),
    )  # fmt: skip
    try:
        found = rival_errors(orders, start=start, days=days, first=first)
    except ModelError as error:
        return [f"No trees beside: {error}"]
    told["purchases_by_trees"], told["amounts_by_trees"] = found["purchases"], found["amounts"]
    return []


def _worth(values: DataFrame) -> dict[str, float]:
    """Return what customers are worth: mean, median and sum, and the share that is still there."""
    value = F.col("lifetime_value")
    told = values.agg(
        F.avg(value).alias("mean"), F.percentile_approx(value, 0.5, 10_000).alias("median"),
        F.sum(value).alias("total"), F.avg("probability_alive").alias("alive"),
    )  # fmt: skip
    return dict(told.collect()[0].asDict())


def _verdict(holdout: Mapping[str, Any]) -> list[str]:
    """Return what of the hold-out was foretold clearly worse than by going on as before, if anything was."""
    error = "root_mean_squared_error"
    worse = [
        k
        for k in ("purchases", "amounts")
        if holdout[k][error] > (1 + CLEARLY) * holdout[f"naive_{k}"][error]
    ]
    if not worse:
        return []
    return [
        f"The hold-out's {' and '.join(worse)} are foretold clearly worse than by the guess that everybody "
        "goes on as before: do not build on these values."
    ]


def _some(values: DataFrame, customers: int) -> list[float]:
    """Return the values of some ten thousand customers, for pictures."""
    some = some_of(values, _DRAWN, customers)
    return [row[0] for row in some.select("lifetime_value").limit(2 * _DRAWN).collect()]


def _span(bought: DataFrame, holdout_from: date | None, faults: Faults) -> tuple[date, date, date]:
    """Return the first day, the last one that the fit sees, and the last."""
    first, last = bought.agg(F.min("day"), F.max("day")).collect()[0]
    if first is None:
        raise ModelError(
            " ".join(["No row has a customer, a day and an amount.", *faults.sentences]),
            "Look whether these are the columns meant.",
        )
    end = last if holdout_from is None else holdout_from - timedelta(days=1)
    if end < first or (holdout_from is not None and holdout_from > last):
        raise ModelError(
            f"The hold-out begins on {holdout_from}, but the purchases are from {first} to {last}.",
            "Begin the hold-out between them.",
        )
    return first, end, last


def _with_what_came(scored: DataFrame, bought: DataFrame, end: date) -> DataFrame:
    """Add ``bought`` and ``spent``: what each customer did behind ``end``."""
    after = bought.where(F.col("day") > F.lit(end)).groupBy("customer")
    came = after.agg(F.count("*").alias("bought"), F.sum("amount").alias("spent"))
    return scored.join(came, on="customer", how="left").fillna(0, ["bought", "spent"])


def _until(bought: DataFrame, end: date) -> DataFrame:
    seen = bought.where(F.col("day") <= F.lit(end))
    return histories_of(seen, key="customer", day="day", until=end)


def _weeks(purchases: Mapping[str, Any]) -> dict[str, Any]:
    return {**purchases, "alpha": purchases["alpha"] / 7}
