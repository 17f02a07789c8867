"""Rows that broke a rule -> silver.quarantine, with every reason; nothing is dropped.

Idempotent: settling the same judged rows twice changes nothing. A row that is accepted
after all keeps its entry, with ``replayed_at``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.naming import HOUSE, quoted, source_names
from customer_chunks.contracts.ops import BRONZE_COLUMNS, QUARANTINE
from customer_chunks.quality.rows import Judged
from customer_chunks.storage.commit import committing, retried
from customer_chunks.storage.converge import append, is_empty
from customer_chunks.storage.keys import HASHED, held, maybe_among
from customer_chunks.storage.warehouse import Warehouse, faults

_VIEW = "chunks_settled_quarantine"
_FEW_ROWS = 100_000
_REASONS = f"{HOUSE}reasons"
PLACE = ["_delivery", "_position"]
"""Columns that tell a received row of a feed from every other."""


class Moved(NamedTuple):
    """How many rows that are counted elsewhere a new verdict on their order or key moved."""

    into_quarantine: int = 0
    out_of_quarantine: int = 0


@dataclass(frozen=True)
class _Sought:
    """Rows whose places are sought among many others, which stay where they lie if these are not too many."""

    rows: DataFrame
    count: int

    @classmethod
    def of(cls, rows: DataFrame) -> _Sought:
        """Count the rows, and hold them if every task is to hold hashes of their places."""
        count = rows.count()
        return cls(held(rows) if _FEW_ROWS < count <= HASHED else rows, count)

    def meet(self, others: DataFrame, how: str) -> DataFrame:
        """Join the others with the rows at their places."""
        if self.count <= _FEW_ROWS:
            return others.join(F.broadcast(self.rows), on=PLACE, how=how)
        if self.count <= HASHED:
            place = [F.col(name).cast("bigint") for name in PLACE]  # values of other types have other hashes
            others = maybe_among(others, place, self.rows, place)
        return others.join(self.rows, on=PLACE, how=how)


class Counted(NamedTuple):
    """Which of the judged rows an account counts; the others were counted before.

    Attributes:
        since: Rows of this delivery and later ones.
        places: Rows at these places alone (``_delivery``, ``_position``), where some are tried again.
    """

    since: int = 0
    places: DataFrame | None = None

    def mark(self, rows: DataFrame) -> DataFrame:
        """Add ``_is_other``: whether a row was counted before."""
        if self.places is None:
            return rows.withColumn("_is_other", F.col("_delivery") < self.since)
        asked = F.broadcast(self.places.select(*PLACE, F.lit(False).alias("_is_other")))
        return rows.join(asked, on=PLACE, how="left").withColumn(
            "_is_other", F.coalesce("_is_other", F.lit(True))
        )


ALL = Counted()


def settle(
    warehouse: Warehouse, judged: Judged, bronze: DataFrame, source: str, run_id: str, counted: Counted = ALL
) -> Moved:
    """Bring silver.quarantine up to what has been judged, whoever else writes it meanwhile.

    Args:
        warehouse: Where the tables lie.
        judged: Judged rows of one feed and entity (persisted: read twice).
        bronze: The bronze table of the feed, for the rows as received.
        source: The source.
        run_id: Noted on new entries.
        counted: Which rows the account counts; of the others, those whose verdict changed are returned.

    Returns:
        How many of those others moved.
    """
    warehouse.create(QUARANTINE)
    return retried(lambda: _settled(warehouse, judged, bronze, source, run_id, counted))


def _settled(
    warehouse: Warehouse, judged: Judged, bronze: DataFrame, source: str, run_id: str, counted: Counted
) -> Moved:
    feed, entity = judged.feed, judged.entity
    is_failing = F.col("_disposition") == "quarantined"
    failing = judged.rows.where(is_failing).select(*PLACE, F.col("_reasons").alias(_REASONS))
    seen = warehouse.last_commit(QUARANTINE.full_name)
    held_rows = (
        warehouse.read(QUARANTINE.full_name)
        .where((F.col("source") == source) & (F.col("feed") == feed) & (F.col("entity") == entity))
        .select(
            F.col("delivery").alias("_delivery"), F.col("position").alias("_position"), "reason_codes",
            F.col("replayed_at").isNull().alias("_is_open"),
        )
    )  # fmt: skip
    open_rows = held_rows.where("_is_open")
    open_entries, broken = _Sought.of(open_rows), _Sought.of(failing)
    if not open_entries.count and not broken.count:
        return Moved()
    passing = judged.rows.where(~is_failing).select(*PLACE)
    healed = open_rows.join(passing, on=PLACE, how="left_semi").select(*PLACE)
    if open_entries.count:
        healed = healed.unionByName(_withdrawn(open_entries, bronze)).distinct()
    known = broken.meet(held_rows, "left_semi")  # closed ones may be many
    if open_entries.count or counted != ALL:
        change = _compared(broken.rows, healed, known, counted)
    else:
        change = _Change(is_all_new=is_empty(warehouse, QUARANTINE))
    if not change.rows:
        return change.moved
    if change.is_all_new and warehouse.last_commit(QUARANTINE.full_name) == seen:
        new = replace(broken, rows=broken.rows.join(known.select(*PLACE), on=PLACE, how="left_anti"))
        _append(warehouse, _entries(new, bronze, source, feed, entity, run_id))
        return change.moved
    entries = _entries(broken, bronze, source, feed, entity, run_id)
    gone = healed.select(
        F.lit(source).alias("source"), F.lit(feed).alias("feed"), F.col("_delivery").alias("delivery"),
        F.col("_position").alias("position"), F.lit(entity).alias("entity"),
        F.current_timestamp().alias("replayed_at"),
    )  # fmt: skip
    _merge(warehouse, entries.unionByName(gone, allowMissingColumns=True))
    return change.moved


class _Change(NamedTuple):
    """What the quarantine does not tell yet.

    Attributes:
        rows: How many entries differ.
        is_all_new: Whether none of these has an entry, open or closed, so that they can be appended: a MERGE
            takes longer than all else here.
        moved: How many rows that were counted before it moves.
    """

    rows: int = 1
    is_all_new: bool = False
    moved: Moved = Moved()


def _compared(failing: DataFrame, healed: DataFrame, known: DataFrame, counted: Counted) -> _Change:
    """Compare what broke a rule with what is known of the same rows; ``healed`` no longer does."""
    is_other_row = F.col("_is_other")
    is_new = ~F.coalesce("_is_open", F.lit(False))
    is_other = is_new | ~F.col(_REASONS).eqNullSafe(F.col("reason_codes"))
    come = counted.mark(failing.join(known, on=PLACE, how="left")).agg(
        F.count_if(is_other).alias("rows"),
        F.count_if(is_new & is_other_row).alias("moved"),
        F.count_if(is_other & F.col("_is_open").isNotNull()).alias("known"),
    )
    gone = counted.mark(healed).agg(
        F.count("*").alias("rows"), F.count_if(is_other_row).alias("moved"), F.lit(0).alias("known")
    )
    # One row each, in this order.
    into, out = (
        come.withColumn("_n", F.lit(0)).unionByName(gone.withColumn("_n", F.lit(1))).orderBy("_n").collect()
    )
    return _Change(
        into["rows"] + out["rows"],
        not out["rows"] and not into["known"],
        Moved(into["moved"], out["moved"]),
    )


def _append(warehouse: Warehouse, entries: DataFrame) -> None:
    """Write entries of which none is there."""
    typed = entries.select(*[F.col(c.name).cast(c.type) for c in QUARANTINE.columns])
    with faults(QUARANTINE.full_name, warehouse):
        append(warehouse, QUARANTINE.full_name, typed, None)


def _merge(warehouse: Warehouse, entries: DataFrame) -> None:
    """Write new entries and new reasons; an entry with ``replayed_at`` closes the one that is open."""
    entries.createOrReplaceTempView(_VIEW)
    columns = QUARANTINE.column_names
    on = " AND ".join(f"t.{k} = s.{k}" for k in QUARANTINE.key)
    try:
        with faults(QUARANTINE.full_name, warehouse), committing(warehouse, QUARANTINE.full_name, None):
            warehouse.spark.sql(
                f"MERGE INTO {warehouse.identifier(QUARANTINE.full_name)} t USING {_VIEW} s ON {on} "
                "WHEN MATCHED AND s.replayed_at IS NOT NULL AND t.replayed_at IS NULL "
                "THEN UPDATE SET t.replayed_at = s.replayed_at "
                "WHEN MATCHED AND s.replayed_at IS NULL "
                "AND (t.replayed_at IS NOT NULL OR NOT t.reason_codes <=> s.reason_codes) "
                "THEN UPDATE SET t.replayed_at = NULL, t.reason_codes = s.reason_codes, t.run_id = s.run_id "
                f"WHEN NOT MATCHED AND s.replayed_at IS NULL THEN INSERT ({', '.join(columns)}) "
                f"VALUES ({', '.join(f's.{c}' for c in columns)})"
            ).collect()  # one row of counts
    finally:
        warehouse.spark.catalog.dropTempView(_VIEW)


def _withdrawn(open_entries: _Sought, bronze: DataFrame) -> DataFrame:
    """Return the open entries whose row the source has withdrawn (a replaced file).

    They are sought in bronze first: the other way round all of bronze would be sent to them.
    """
    there = open_entries.meet(bronze.select(*PLACE), "left_semi")
    return open_entries.rows.join(there, on=PLACE, how="left_anti").select(*PLACE)


def _entries(
    broken: _Sought, bronze: DataFrame, source: str, feed: str, entity: str, run_id: str
) -> DataFrame:
    raw = source_names(bronze)
    ours = {c.name for c in BRONZE_COLUMNS}
    received: list[Column] = [F.col(quoted(c)) for c in raw.columns if c not in ours]
    rows = broken.meet(raw, "inner")
    # Only behind the join: writing every row of bronze as JSON takes as long as reading it.
    as_json = F.to_json(F.struct(*received, "_rescued") if received else F.struct("_rescued"))
    return rows.select(
        F.lit(source).alias("source"),
        F.lit(feed).alias("feed"),
        F.col("_delivery").alias("delivery"),
        F.col("_position").alias("position"),
        F.lit(entity).alias("entity"),
        F.col(_REASONS).alias("reason_codes"),
        as_json.alias("raw_row"),
        F.col("_subject_key").alias("subject_key"),
        F.lit(run_id).alias("run_id"),
        F.current_timestamp().alias("quarantined_at"),
        F.lit(None).cast("timestamp").alias("replayed_at"),
    )
