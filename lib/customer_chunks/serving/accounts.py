"""ops.run_accounts -> what became of the rows, as a handful of plain rows."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import RUN_ACCOUNTS
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse

PARTS = ("inserted", "updated", "unchanged", "superseded", "deleted", "duplicate", "excluded", "quarantined")
_MOST_RUNS = 1000


def run_account(warehouse: Warehouse, run_id: str | None = None) -> list[dict[str, Any]]:
    """Return the account of a run, of the newest by default: one row per step, feed and entity.

    Raises:
        ConfigError: no run of that id brought rows.
    """
    if not warehouse.exists(RUN_ACCOUNTS.full_name):
        return []
    held = warehouse.read(RUN_ACCOUNTS.full_name)
    if run_id is None:
        newest = held.orderBy(F.desc("committed_at")).select("run_id").limit(1).collect()
        if not newest:
            return []
        run_id = newest[0]["run_id"]
    rows = held.where(F.col("run_id") == run_id).orderBy("step", "feed", "entity").collect()  # one a feed
    if not rows:
        runs = held.groupBy("run_id").agg(F.max("committed_at").alias("at")).orderBy(F.desc("at"))
        known = [row["run_id"] for row in runs.limit(_MOST_RUNS).collect()]
        raise ConfigError(f"There is no account of a run '{run_id}'.", did_you_mean(str(run_id), known[:20]))
    return [_checked(row.asDict(recursive=True)) for row in rows]


def accounts_since_full(warehouse: Warehouse) -> DataFrame:
    """Return the accounts that together count every row held: the newest full one and those after it.

    A replay brings no row; it moves rows that were counted as quarantined.
    """
    held = warehouse.read(RUN_ACCOUNTS.full_name)
    is_replay = F.coalesce("is_replay", F.lit(False))
    same = Window.partitionBy("step", "feed", "entity")
    full_at = F.max(F.when(F.col("is_full"), F.col("committed_at"))).over(same)
    return (
        held.withColumn("_full_at", full_at)
        .where("_full_at is null or committed_at >= _full_at")
        .drop("_full_at")
        .withColumns(
            {
                "quarantined": F.when(is_replay, F.col("quarantined") - F.col("rows_read")).otherwise(
                    F.col("quarantined")
                ),
                "rows_read": F.when(is_replay, F.lit(0)).otherwise(F.col("rows_read")),
            }
        )
    )


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "adds_up": sum(row[part] for part in PARTS) == row["rows_read"]}
