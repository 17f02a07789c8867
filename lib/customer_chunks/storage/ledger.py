"""Which files a bronze table holds.

The truth is in the table's own commits: each says which deliveries it brought.
ops.deliveries is filled from them, so a run that was killed between the two goes on
where the commit says it stood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from pyspark.sql import functions as F

from customer_chunks.contracts.ops import DELIVERIES
from customer_chunks.storage.commit import retried
from customer_chunks.storage.converge import append
from customer_chunks.storage.kept import Short
from customer_chunks.storage.log import LogEntry
from customer_chunks.storage.warehouse import Warehouse, faults

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Delivery:
    """One version of one file as a bronze commit noted it.

    Attributes:
        replaces: The delivery in whose place it came.
        starts_over: The table was read anew, beginning with this one: no earlier delivery counts.
    """

    number: int
    path: str
    bytes: int
    modified_at: datetime
    content_hash: str
    row_count: int = 0
    replaces: int | None = None
    starts_over: bool = False

    def noted(self) -> dict[str, Any]:
        """Return what a commit's notes say of it."""
        return {
            "number": self.number,
            "path": self.path,
            "bytes": self.bytes,
            "modified_at": self.modified_at.isoformat(),
            "content_hash": self.content_hash,
            "replaces": self.replaces,
            **({"starts_over": True} if self.starts_over else {}),
        }


def deliveries(warehouse: Warehouse, table: str) -> list[Delivery]:
    """Return every delivery of a bronze table, oldest first; as many as files were ever delivered."""
    return _by_table(warehouse).get(table, [])


def rows_received(warehouse: Warehouse) -> int:
    """Return how many rows all bronze tables hold."""
    return sum(standing_rows(held) for held in _by_table(warehouse).values())


def standing(held: Sequence[Delivery]) -> list[Delivery]:
    """Return the deliveries whose rows a table still has: none that others replaced or a new start ended.

    Args:
        held: All deliveries of the table.
    """
    begun = max((d.number for d in held if d.starts_over), default=-1)
    replaced = {d.replaces for d in held if d.replaces is not None}
    return [d for d in held if d.number >= begun and d.number not in replaced]


def standing_rows(held: Sequence[Delivery], after: int = -1) -> int:
    """Return how many rows the deliveries brought that still count.

    Args:
        held: All deliveries of a table.
        after: Only those with a larger number.
    """
    return sum(d.row_count for d in standing(held) if d.number > after)


def _by_table(warehouse: Warehouse) -> dict[str, list[Delivery]]:
    if not warehouse.exists(DELIVERIES.full_name):
        return {}
    asked = partial(_all_deliveries, warehouse)
    return warehouse.remembered(DELIVERIES.full_name, Short("deliveries 1", asked, _read))


def _all_deliveries(warehouse: Warehouse) -> list[list[Any]]:
    """Return the fields of every delivery behind its table's name, oldest first."""
    rows = warehouse.read(DELIVERIES.full_name).orderBy("delivery")
    knows_starts = "starts_over" in rows.columns  # a plan reads tables as they are
    starts = F.coalesce("starts_over", F.lit(False)) if knows_starts else F.lit(False)
    # As a number: Spark would hand out an instant as a clock of this machine's time zone.
    told = rows.select(
        "bronze_table", "delivery", "path", "bytes", F.unix_micros("modified_at"), "content_hash",
        "row_count", "replaces", starts,
    )  # fmt: skip
    return [list(row) for row in told.collect()]  # one row per file


def _read(told: list[list[Any]]) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = {}
    for table, number, path, size, micros, content_hash, rows, replaces, starts_over in told:
        at = _EPOCH + timedelta(microseconds=micros)
        one = Delivery(number, path, size, at, content_hash, rows, replaces, starts_over=starts_over)
        found.setdefault(table, []).append(one)
    return found


def settle_deliveries(warehouse: Warehouse, table: str) -> None:
    """Bring ops.deliveries up to what the commits of the bronze table say, whoever else writes it."""
    retried(lambda: _settle(warehouse, table))


def _settle(warehouse: Warehouse, table: str) -> None:
    last = warehouse.last_commit(table)
    if last is None:
        return
    warehouse.create(DELIVERIES)
    settled = max((d.number for d in deliveries(warehouse, table)), default=-1)
    if int(last.notes.get("last_delivery", -1)) <= settled:
        return
    noted = _noted_since(warehouse, table, settled)
    numbers = [d["number"] for d in noted]
    counted = (
        warehouse.read(table).where(F.col("_delivery").isin(numbers)).groupBy("_delivery").count().collect()
    )
    counts = {row["_delivery"]: row["count"] for row in counted}  # one row per delivery
    rows = [_row(table, d, counts.get(d["number"], 0)) for d in noted]
    schema = ", ".join(f"`{c.name}` {c.type}" for c in DELIVERIES.columns)
    with faults(DELIVERIES.full_name, warehouse):
        append(warehouse, DELIVERIES.full_name, warehouse.spark.createDataFrame(rows, schema), None)


def _noted_since(warehouse: Warehouse, table: str, settled: int) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    history = warehouse.history(table).select("version", "userMetadata").where("userMetadata is not null")
    for row in history.collect():  # one row per commit within the log's retention
        notes = LogEntry(row["version"], row["userMetadata"]).notes or {}  # others may write what they like
        for delivery in notes.get("deliveries", []):
            if delivery["number"] > settled:
                found[delivery["number"]] = {**delivery, "version": row["version"]}
    return [found[number] for number in sorted(found)]


def _row(table: str, noted: dict[str, Any], count: int) -> tuple[Any, ...]:
    modified = datetime.fromisoformat(noted["modified_at"])
    return (
        table,
        noted["number"],
        noted["path"],
        noted["bytes"],
        modified,
        noted["content_hash"],
        count,
        noted.get("replaces"),
        noted["version"],
        noted.get("starts_over"),
    )
