"""Tables of a warehouse -> ``ReportData``, by aggregates that are small whatever the tables' size."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.config.settings import Settings
from customer_chunks.contracts.gold import CUSTOMER_PROFILES
from customer_chunks.contracts.ops import TABLE_CHECKS
from customer_chunks.errors import StorageError
from customer_chunks.gold.rfm_scores import MEASURES, cut_points
from customer_chunks.serving.accounts import PARTS, accounts_since_full
from customer_chunks.serving.inventory import inventory
from customer_chunks.serving.report.collect_learnt import collect_learnt
from customer_chunks.serving.report.data import ReportData
from customer_chunks.serving.report.run import NUMBERS
from customer_chunks.serving.runs import newest_ended, steps_of
from customer_chunks.storage.warehouse import Warehouse

VALUES_SHOWN = 40
"""Most values of a dimension (countries, categories) that enter the report: those with most revenue."""
_KPI_SUMS = ("gross_revenue", "returns_amount", "net_revenue", "average_order_value")
_KPI_COUNTS = ("orders", "active_customers", "new_customers")
_SHARES = (0.1, 0.5, 0.9)
_UNSUMMED = ("customer_id", "as_of", "_row_hash")


def collect(warehouse: Warehouse, settings: Settings, *, title: str) -> ReportData:
    """Return what the report shows.

    Args:
        warehouse: Holds gold tables.
        settings: For the cut points and the reporting currency.
        title: Heading of the page.

    Raises:
        StorageError: nothing has been computed yet.
    """
    scores = warehouse.read("gold.rfm_scores")
    as_of = _as_of(warehouse, scores)
    kpis = warehouse.read("gold.kpi_daily")
    return ReportData(
        title=title,
        as_of=as_of,
        reporting_currency=settings.reporting_currency or told_currency(warehouse.read("silver.orders")),
        generated_at=datetime.now(timezone.utc),
        kpi_daily=_daily(kpis),
        kpi_by_dimension=_by_dimension(kpis),
        rfm_segments=_segments(scores),
        rfm_grid=_grid(scores),
        rfm_cut_points=_cut_points(scores, settings),
        accounts=_accounts(warehouse),
        quarantine=_quarantine(warehouse),
        warnings=_warnings(warehouse),
        tables=_tables(warehouse),
        profile_summary=_profiles(warehouse),
        checks=_checks(warehouse),
        steps=_steps(warehouse),
        learnt=collect_learnt(warehouse),
    )


def _as_of(warehouse: Warehouse, scores: DataFrame) -> date:
    """Return D of the scores, else the day after the newest order (a shop of guests has no scores)."""
    found = scores.agg(F.max("as_of").alias("day")).collect()[0]["day"]
    if found is None:
        newest = F.date_add(F.max("ordered_on"), 1).alias("day")
        found = warehouse.read("silver.orders").agg(newest).collect()[0]["day"]
    if not isinstance(found, date):
        raise StorageError(f"{warehouse.target.label} holds no orders yet.", "Run `chunks run` first.")
    return found


def told_currency(orders: DataFrame) -> str:
    """Return the currency whose orders are not converted; empty where the orders do not tell one."""
    is_own = F.bool_and(F.col("order_amount") == F.col("order_amount_base"))
    by_currency = orders.groupBy("currency").agg(is_own.alias("is_own"))
    found = by_currency.where("is_own").limit(2).collect()
    return str(found[0]["currency"]) if len(found) == 1 else ""


def _double(*names: str) -> list[Column]:
    return [F.col(name).cast("double").alias(name) for name in names]


def _daily(kpis: DataFrame) -> pd.DataFrame:
    whole = kpis.where("dimension = 'all'")
    return (
        whole.select("day", "dimension", "value", *_KPI_COUNTS, *_double(*_KPI_SUMS))
        .orderBy("day")
        .toPandas()
    )


def _by_dimension(kpis: DataFrame) -> pd.DataFrame:
    summed = (
        kpis.where("dimension <> 'all'")
        .groupBy("dimension", "value")
        .agg(*[F.sum(name).alias(name) for name in ("gross_revenue", "net_revenue", "orders")])
    )
    place = F.row_number().over(Window.partitionBy("dimension").orderBy(F.desc("gross_revenue"), "value"))
    shown = summed.withColumn("_place", place).where(F.col("_place") <= VALUES_SHOWN)
    money = _double("gross_revenue", "net_revenue")
    return shown.orderBy("dimension", "_place").select("dimension", "value", *money, "orders").toPandas()


def _segments(scores: DataFrame) -> pd.DataFrame:
    return (
        scores.groupBy("rfm_segment")
        .agg(
            F.count("*").alias("customers"),
            F.sum("monetary_amount").cast("double").alias("monetary_amount"),
            F.sum("frequency").alias("purchases"),
            F.percentile_approx("recency_days", 0.5).cast("double").alias("median_recency_days"),
        )
        .orderBy(F.desc("monetary_amount"))
        .toPandas()
    )


def _grid(scores: DataFrame) -> pd.DataFrame:
    amount = F.sum("monetary_amount").cast("double").alias("monetary_amount")
    return scores.groupBy("r_score", "f_score").agg(F.count("*").alias("customers"), amount).toPandas()


def _cut_points(scores: DataFrame, settings: Settings) -> dict[str, list[float]]:
    cuts = cut_points(scores, settings.rfm).collect()[0]
    return {name: [float(c) for c in cuts[f"_cuts_{name}"] or []] for name in MEASURES}


def _accounts(warehouse: Warehouse) -> pd.DataFrame:
    sums = [F.sum(name).alias(name) for name in ("rows_read", *PARTS)]
    keys = ("source", "feed", "entity")
    return accounts_since_full(warehouse).groupBy(*keys).agg(*sums).orderBy(*keys).toPandas()


def _warnings(warehouse: Warehouse) -> pd.DataFrame:
    told = accounts_since_full(warehouse).select("entity", F.explode("warnings").alias("code", "count"))
    return told.groupBy("entity", "code").agg(F.sum("count").alias("rows")).toPandas()


def _quarantine(warehouse: Warehouse) -> pd.DataFrame:
    held = warehouse.read("silver.quarantine").where("replayed_at is null")
    each = held.select("entity", F.explode("reason_codes").alias("reason_code"))
    return each.groupBy("entity", "reason_code").agg(F.count("*").alias("rows")).toPandas()


def _tables(warehouse: Warehouse) -> pd.DataFrame:
    rows = [(f.table, f.rows, f.bytes, f.location, f.grain) for f in inventory(warehouse)]
    return pd.DataFrame(rows, columns=["table", "rows", "bytes", "location", "grain"])


def _checks(warehouse: Warehouse) -> pd.DataFrame:
    """Return the results of the version of each table that was judged last: one row a rule."""
    if not warehouse.exists(TABLE_CHECKS.full_name):
        return pd.DataFrame()
    newest = Window.partitionBy("table_name").orderBy(F.desc("checked_at"), F.desc("table_version"))
    held = warehouse.read(TABLE_CHECKS.full_name).withColumn("_place", F.dense_rank().over(newest))
    names = (F.col("table_name").alias("table"), F.col("table_version").alias("version"))
    rest = ("rule", "aspect", "level", "observed", "low", "high", "is_passed", "accepted_reason")
    return held.where("_place = 1").select(*names, *rest).orderBy("table", "rule").toPandas()


def _steps(warehouse: Warehouse) -> pd.DataFrame:
    """Return the steps of the newest run that did something and came to its end: one row a step."""
    newest = newest_ended(warehouse)
    return pd.DataFrame(steps_of(warehouse, newest))[["step", *NUMBERS]] if newest else pd.DataFrame()


def _profiles(warehouse: Warehouse) -> pd.DataFrame:
    """Return for each feature how often it is known, and where it is a number its deciles and median."""
    features = [c for c in CUSTOMER_PROFILES.columns if c.name not in _UNSUMMED]
    asked: list[Column] = [F.count("*").alias("_all")]
    for c in features:
        asked.append(F.count(c.name).alias(f"{c.name}_known"))
        if c.type.startswith(("int", "bigint", "double", "decimal")):
            value = F.col(c.name).cast("double")
            asked.append(F.percentile_approx(value, F.array(*map(F.lit, _SHARES))).alias(f"{c.name}_at"))
    found = warehouse.read(CUSTOMER_PROFILES.full_name).agg(*asked).collect()[0].asDict()
    everybody = found["_all"] or 0
    rows = [
        (
            c.name,
            c.unit,
            found[f"{c.name}_known"] / everybody if everybody else 0.0,
            *(found.get(f"{c.name}_at") or [None] * 3),
        )
        for c in features
    ]
    return pd.DataFrame(rows, columns=["feature", "unit", "known_share", "p10", "median", "p90"])
