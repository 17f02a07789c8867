"""Models tried on any file, without a warehouse: segments of its rows, values of its customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError, did_you_mean
from customer_chunks.models.dbscan import DBSCAN
from customer_chunks.models.gamma_gamma import GammaGamma
from customer_chunks.models.holdout import compared
from customer_chunks.models.kmeans import KMeans
from customer_chunks.models.lifetime_value import LifetimeValue
from customer_chunks.models.measures import quality
from customer_chunks.models.scaling import NONE, fit_scale
from customer_chunks.sources.names import quoted
from customer_chunks.sources.one_file import OneFile, open_one

METHODS = ("kmeans", "dbscan")
_ID = "_position"


class Purchases(NamedTuple):
    """Columns of a file with a row per purchase, or per line of one."""

    customer: str
    day: str
    amount: str


@dataclass
class Tried:
    """What came of it.

    Attributes:
        rows: For the file to write, in its order.
        told: Names and numbers.
        notes: What is worth knowing, a sentence each.
    """

    rows: DataFrame
    told: dict[str, Any]
    notes: list[str] = field(default_factory=list)


@contextmanager
def segments_of(
    spark: SparkSession, path: Path, columns: Sequence[str], method: str, *, scale: str = NONE,
    params: Mapping[str, Any],
) -> Iterator[Tried]:  # fmt: skip
    """Cluster the rows of a file.

    Args:
        spark: The session.
        path: Any file of a table.
        columns: Columns of numbers.
        method: kmeans or dbscan.
        scale: none, standard or robust.
        params: Of the method: k and seed, or eps and min_points.

    Yields:
        The file's rows in their order with ``cluster`` beside: null where a number is missing, -1 for noise.

    Raises:
        SourceError: the file cannot be read, or has no such column.
        ModelError: the method cannot be fitted to these rows.
    """
    if method not in METHODS:
        raise ModelError(f"There is no method '{method}'.", did_you_mean(method, METHODS))
    with _opened(spark, path) as file:
        names = [f"_n{n}" for n in range(len(columns))]
        numbers = dict(zip(names, [file.number(column) for column in columns], strict=True))
        rows = file.rows.withColumns(numbers)
        is_whole = F.lit(True)
        for name in names:
            is_whole &= F.col(name).isNotNull() & ~F.isnan(name) & (F.abs(name) < F.lit(float("inf")))
        whole = rows.where(is_whole)
        scaled = fit_scale(whole, names, scale)
        with _kept(whole.select(_ID, scaled.features().alias("features"))) as features:
            labelled, told = _clusters(features, method, params)
            with _kept(labelled) as clusters:
                measured = asdict(quality(clusters, "features", "cluster"))
                left_out = rows.count() - measured["rows"] - measured["noise"]
                sizes = clusters.groupBy("cluster").count().orderBy("cluster").limit(1000).collect()
                beside = [c for c in clusters.columns if c not in {_ID, "features"}]
                added = [F.col(c).alias(_free(c, file.columns)) for c in beside]
                whole_rows = file.rows.join(clusters.select(_ID, *added), on=_ID, how="left").orderBy(_ID)
                told |= {"measures": measured, "sizes": {row["cluster"]: row["count"] for row in sizes}}
                notes = _remarks(left_out, scaled.is_uneven and scale == NONE)
                yield Tried(whole_rows.drop(_ID), told, notes)


def _clusters(
    features: DataFrame, method: str, params: Mapping[str, Any]
) -> tuple[DataFrame, dict[str, Any]]:
    if method == "dbscan":
        dbscan = DBSCAN(eps=params["eps"], minPts=params["min_points"], idCol=_ID)
        return dbscan.transform(features), {"eps": params["eps"], "min_points": params["min_points"]}
    model = KMeans(k=params["k"], seed=params["seed"]).fit(features)
    told = {"k": params["k"], "seed": params["seed"], "cost": model.cost, "rounds": model.rounds}
    return model.transform(features), told | {"centres": model.centres.tolist()}


def _free(name: str, taken: Sequence[str]) -> str:
    """Return the name, with a number behind where the file has such a column."""
    folded = {column.casefold() for column in taken}
    return next(
        n for n in (name, *(f"{name}_{k}" for k in range(2, len(taken) + 3))) if n.casefold() not in folded
    )


def _remarks(left_out: int, is_uneven: bool) -> list[str]:
    said = []
    if left_out:
        said.append(f"{left_out:,} rows lack one of the numbers and have no cluster.")
    if is_uneven:
        said.append(
            "The columns' spreads differ tenfold or more: --scale standard or robust weighs them alike."
        )
    return said


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
        columns: What its columns are called.
        holdout_from: First day that the fit does not see; None fits all.
        params: horizon_days, discount, margin.

    Yields:
        A row per customer.

    Raises:
        SourceError: the file cannot be read, or has no such column.
        ModelError: the models cannot be fitted to these purchases.
    """
    with _opened(spark, path) as file:
        rows = file.rows.select(
            F.trim(F.col(quoted(file.called(columns.customer))).cast("string")).alias("customer"),
            file.day(columns.day).alias("day"),
            file.number(columns.amount).alias("amount"),
        )
        is_whole = F.expr("customer <> '' and day is not null and amount is not null")
        is_bought = F.coalesce(is_whole, F.lit(False)) & (F.col("amount") >= 0)
        by_day = rows.where(is_bought).groupBy("customer", "day").agg(F.sum("amount").alias("amount"))
        with _kept(by_day) as bought:
            counted, purchases = rows.agg(F.count("*"), F.count_if(is_bought)).collect()[0]
            first, end, last = _span(bought, holdout_from)
            horizon = (last - end).days if holdout_from is not None else params["horizon_days"]
            with _kept(_histories(bought, end)) as histories:
                model = LifetimeValue(
                    horizonDays=max(horizon, 1), discount=params["discount"], margin=params["margin"]
                ).fit(histories)
                told = {
                    "rows": counted, "purchases": bought.count(), "customers": histories.count(),
                    "first_day": first, "last_day": last, "fitted_until": end, "horizon_days": horizon,
                    "parameters_in_weeks": _weeks(asdict(model.purchases)),
                    "spending": asdict(model.spending),
                }  # fmt: skip
                scored = model.transform(histories)
                if holdout_from is not None:
                    scored = _with_what_came(scored, bought, end)
                with _kept(scored) as values:
                    if holdout_from is not None:
                        told["holdout"] = compared(values, max(horizon, 1))
                    ordered = values.orderBy(F.desc("lifetime_value"), "customer")
                    yield Tried(ordered, told, _doubts(counted - purchases, model.spending))


def _span(bought: DataFrame, holdout_from: date | None) -> tuple[date, date, date]:
    """Return the first day, the last one that the fit sees, and the last."""
    first, last = bought.agg(F.min("day"), F.max("day")).collect()[0]
    if first is None:
        raise ModelError("No row has a customer, a day and an amount.", "Look at the columns.")
    end = last if holdout_from is None else holdout_from - timedelta(days=1)
    if not first <= end <= last:
        raise ModelError(f"The purchases are from {first} to {last}.", "Begin the hold-out between them.")
    return first, end, last


def _with_what_came(scored: DataFrame, bought: DataFrame, end: date) -> DataFrame:
    """Add ``bought`` and ``spent``: what each customer did behind ``end``."""
    after = bought.where(F.col("day") > F.lit(end)).groupBy("customer")
    came = after.agg(F.count("*").alias("bought"), F.sum("amount").alias("spent"))
    return scored.join(came, on="customer", how="left").fillna(0, ["bought", "spent"])


def _doubts(left_out: int, spending: GammaGamma) -> list[str]:
    notes = [f"{left_out:,} rows are no purchases."] if left_out else []
    if not spending.is_sound:
        notes.append(
            f"Who buys often spends otherwise here (correlation {spending.correlation:.2f}): the gamma-gamma "
            "model supposes that they do not."
        )
    return notes


def _histories(bought: DataFrame, end: date) -> DataFrame:
    """Return repeats, days from first to last, days from first to the end, mean spend of repeat days."""
    seen = bought.where(F.col("day") <= F.lit(end)).groupBy("customer").agg(
        F.min("day").alias("first"), F.max("day").alias("last"), F.count("*").alias("days"),
        F.sum("amount").alias("all"), F.min_by("amount", "day").alias("of_first"),
    )  # fmt: skip
    repeats = F.col("days") - 1
    return seen.select(
        "customer",
        repeats.alias("repeats"),
        F.datediff("last", "first").alias("last_days"),
        F.datediff(F.lit(end), "first").alias("age_days"),
        F.when(repeats > 0, (F.col("all") - F.col("of_first")) / repeats).alias("spend"),
    )


def _weeks(purchases: Mapping[str, Any]) -> dict[str, Any]:
    return {**purchases, "alpha": purchases["alpha"] / 7}


@contextmanager
def _kept(frame: DataFrame) -> Iterator[DataFrame]:
    """Keep what is read several times, as long as it is read."""
    kept = frame.persist()
    try:
        yield kept
    finally:
        kept.unpersist()


@contextmanager
def _opened(spark: SparkSession, path: Path) -> Iterator[OneFile]:
    with TemporaryDirectory(prefix="chunks-try-") as folder:
        yield open_one(spark, path, Path(folder))
