"""silver.quarantine -> counts by reason, and the rows with the files that they came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import DELIVERIES, QUARANTINE
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Narrowed:
    """Which entries are wanted; None leaves a thing open. Entries that were accepted after all are past."""

    reason: str | None = None
    source: str | None = None
    with_past: bool = False


def counts(warehouse: Warehouse, narrowed: Narrowed) -> list[dict[str, Any]]:
    """Return the rows by source, feed, entity and reason; a row with several reasons counts under each."""
    each = _held(warehouse, narrowed).select(
        "source", "feed", "entity", F.explode("reason_codes").alias("reason"), "replayed_at"
    )
    if narrowed.reason:
        each = each.where(F.col("reason") == narrowed.reason)
    grouped = each.groupBy("source", "feed", "entity", "reason").agg(
        F.count_if(F.col("replayed_at").isNull()).alias("open"),
        F.count_if(F.col("replayed_at").isNotNull()).alias("accepted_since"),
    )
    ordered = grouped.orderBy(F.desc("open"), "source", "feed", "entity", "reason")
    return [row.asDict() for row in ordered.collect()]  # one row a rule


def entries(warehouse: Warehouse, narrowed: Narrowed, limit: int) -> list[dict[str, Any]]:
    """Return quarantined rows with file and position, in the order in which they were received."""
    held = _held(warehouse, narrowed)
    if narrowed.reason:
        held = held.where(F.array_contains("reason_codes", narrowed.reason))
    files = warehouse.read(DELIVERIES.full_name).select("bronze_table", "delivery", "path")
    table: Column = F.concat(F.lit("bronze."), "source", F.lit("_"), "feed")
    first = held.orderBy("source", "feed", "delivery", "position", "entity").limit(limit)
    rows = first.withColumn("bronze_table", table).join(files, on=["bronze_table", "delivery"], how="left")
    wanted = (
        "source",
        "feed",
        "entity",
        "path",
        "position",
        "reason_codes",
        "raw_row",
        "run_id",
        "quarantined_at",
        "replayed_at",
    )
    found = rows.orderBy("source", "feed", "delivery", "position", "entity").select(*wanted)
    return [row.asDict() for row in found.collect()]  # ``limit`` rows at most


def require_reason(warehouse: Warehouse, narrowed: Narrowed) -> None:
    """Raise ConfigError where no entry was ever held for the reason or source that is asked for."""
    if not warehouse.exists(QUARANTINE.full_name):
        return
    whole = warehouse.read(QUARANTINE.full_name)
    reasons = whole.select(F.explode("reason_codes").alias("name"))
    for word, name, known in (
        ("reason", narrowed.reason, reasons),
        ("source", narrowed.source, whole.select(F.col("source").alias("name"))),
    ):
        if name is None:
            continue
        names = [row["name"] for row in known.distinct().collect()]  # one row a rule or source
        if name not in names:
            raise ConfigError(f"No row is quarantined for {word} '{name}'.", did_you_mean(name, names))


def _held(warehouse: Warehouse, narrowed: Narrowed) -> DataFrame:
    held = warehouse.read(QUARANTINE.full_name)
    if not narrowed.with_past:
        held = held.where("replayed_at is null")
    return held.where(F.col("source") == narrowed.source) if narrowed.source else held
