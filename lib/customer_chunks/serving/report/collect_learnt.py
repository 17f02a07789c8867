"""ops.models and the tables that models fill -> what the report says about them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.models.some_rows import some_of
from customer_chunks.serving.models import champion_of
from customer_chunks.serving.report.collect_chances import TABLES, chances_of, collect_chances
from customer_chunks.serving.report.data import Learnt
from customer_chunks.serving.report.kept import profiles_of
from customer_chunks.storage.warehouse import Warehouse

_DRAWN = 20_000


def collect_learnt(warehouse: Warehouse) -> Learnt | None:
    """Return segments, values and chances; None where no version of a model fills a table."""
    segments, values = (champion_of(warehouse, name) for name in ("segments", "customer_values"))
    chances = collect_chances(warehouse)
    if segments is None and values is None and not chances:
        return None
    learnt = segments["document"]["learnt"] if segments else {}
    worth = _worth(warehouse) if values else {}
    return Learnt(
        segments=_profiles(warehouse) if segments else pd.DataFrame(),
        flows=_flows(warehouse) if segments else pd.DataFrame(),
        why=list(learnt.get("why", [])),
        candidates=list(learnt.get("search", [])),
        taken=learnt.get("taken"),
        values=worth.get("values", []),
        value_sum=worth.get("sum") or 0.0,
        value_customers=worth.get("customers") or 0,
        horizon_days=worth.get("days") or 0,
        value_metrics=dict(values["metrics"]) if values else {},
        chances=chances,
        segments_learnt=learnt,
        values_learnt=values["document"]["learnt"] if values else {},
    )


def learnt_of(version: dict[str, Any]) -> Learnt:
    """Return what a version tells of itself, without the tables that only a champion fills.

    Args:
        version: As ``version_of`` returns it.
    """
    name, learnt = version["model"], version["document"]["learnt"]
    is_of_segments = name == "segments"
    return Learnt(
        segments=profiles_of(learnt) if is_of_segments else pd.DataFrame(),
        flows=pd.DataFrame(),
        why=list(learnt.get("why", [])),
        candidates=list(learnt.get("search", [])),
        taken=learnt.get("taken"),
        values=[],
        value_sum=0.0,
        value_customers=0,
        horizon_days=0,
        value_metrics=dict(version["metrics"]),
        chances=[chances_of(version)] if name in TABLES else [],
        segments_learnt=learnt if is_of_segments else {},
        values_learnt=learnt if name == "customer_values" else {},
    )


def rfm_cells(warehouse: Warehouse) -> dict[tuple[int, int], float]:
    """Return how many customers have each pair of R and F scores; empty where nobody is scored."""
    if not warehouse.exists("gold.rfm_scores"):
        return {}
    told = warehouse.read("gold.rfm_scores").groupBy("r_score", "f_score").count().collect()  # 25 at most
    return {(row["r_score"], row["f_score"]): float(row["count"]) for row in told}


def _profiles(warehouse: Warehouse) -> pd.DataFrame:
    rows = warehouse.read("gold.segment_profiles").withColumn(
        "net_amount", F.col("net_amount").cast("double")
    )
    columns = ("segment", "description", "customers", "customer_share", "net_amount", "net_amount_share")
    told = [
        (*[row[c] for c in columns], [t.asDict() for t in row["traits"]])
        for row in rows.orderBy(F.desc("customers")).collect()  # one a segment
    ]
    return pd.DataFrame(told, columns=[*columns, "traits"])


def _flows(warehouse: Warehouse) -> pd.DataFrame:
    flows = warehouse.read("gold.segment_flows")
    newest = flows.agg(F.max("as_of").alias("as_of"))  # one row
    columns = (
        "as_of",
        "from_as_of",
        "from_segment_number",
        "to_segment_number",
        "from_segment",
        "to_segment",
    )
    return flows.join(newest, on="as_of", how="left_semi").select(*columns, "customers").toPandas()


def _worth(warehouse: Warehouse) -> dict[str, Any]:
    rows: DataFrame = warehouse.read("gold.customer_values")
    told = rows.agg(
        F.count("*").alias("customers"),
        F.sum("lifetime_value").alias("sum"),
        F.max("horizon_days").alias("days"),
    ).collect()[0]
    some = some_of(rows, _DRAWN, told["customers"])
    values = some.select("lifetime_value").limit(2 * _DRAWN).toPandas()["lifetime_value"]
    return {**told.asDict(), "values": values.tolist()}
