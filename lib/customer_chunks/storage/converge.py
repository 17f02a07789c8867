"""Make a table's rows equal to a frame, writing only where they differ.

``converge`` is the one way in which silver and gold rows change. It compares by the
contract's key and ``_row_hash``, so that a run that changes nothing writes nothing,
and a re-run after a crash finds its own rows and goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import Table
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.storage.commit import committing, retried
from customer_chunks.storage.conform import conform
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.warehouse import Warehouse, faults

REWRITE_SHARE = 0.3
"""Above this share of changed rows a rewrite of the scope is cheaper than a MERGE."""
MANY_ROWS = 500_000
"""A table that took as many rows at first, or copied as many in a merge, has files that are worth sparing."""

LOOKED_UP = 100_000
"""So many changed rows, of some hundred bytes each, are held by every task that looks for their old ones."""


@dataclass(frozen=True)
class Counts:
    """What became of the rows: inserted, updated, unchanged, deleted.

    ``by_feed``: inserted and updated ones among the rows that each feed brought; None where nobody asked.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    by_feed: Mapping[str, Counts] | None = None

    @property
    def written(self) -> int:
        """Return how many rows differ from what the table held."""
        return self.inserted + self.updated + self.deleted


_STRICT = "spark.databricks.delta.replaceWhere.constraintCheck.enabled"
EVERY_ROW = Counts(inserted=sys.maxsize)
"""What a write into an empty table does to any row."""

Notes = Callable[[Counts], Mapping[str, Any]]
"""Given what the write will do to the rows, what its commit is to say."""


@dataclass(frozen=True)
class Scope:
    """Which rows of the table the frame speaks for.

    Neither: all of them. ``source``: the rows of one source. ``keys``: rows whose ``key``
    (SQL over the table's columns) is one of them.
    """

    source: str | None = None
    keys: Keys | None = None
    key: str = ""

    def key_of(self, table: Table) -> list[str]:
        """Return the columns by which rows are matched: never with a row of another source."""
        own = ["source"] if self.source is not None and "source" not in table.key else []
        return [*table.key, *own]

    def of(self, rows: DataFrame) -> DataFrame:
        """Return the rows that lie in the scope."""
        if self.source is not None:
            rows = rows.where(F.col("source") == self.source)
        if self.keys is not None:
            rows = self.keys.rows_of(rows.withColumn("_key", F.expr(self.key)), "_key").drop("_key")
        return rows


def converge(
    warehouse: Warehouse,
    table: Table,
    frame: DataFrame,
    scope: Scope,
    notes: Notes | None = None,
    brought: DataFrame | None = None,
) -> Counts:
    """Make the rows of ``table`` within ``scope`` equal to ``frame``.

    Args:
        warehouse: Where the table lies.
        table: Its contract; the frame is conformed to it.
        frame: One row per key; computed once.
        scope: What the frame speaks for; rows of the scope that it lacks are deleted.
        notes: Noted in the commit; where rows do not differ, in a commit of their own.
        brought: Where several feeds bring rows, ``_feed`` of each new one and by which columns it is found
            in the table: ``_key``, the scope's, and what else it takes.

    Raises:
        ContractError: the frame breaks the contract.
        StorageError: the table cannot be written.
    """
    wanted = conform(frame, table)
    warehouse.create(table)
    with faults(table.full_name, warehouse):
        return retried(lambda: _converged(warehouse, table, wanted, scope, notes, brought))


def _converged(
    warehouse: Warehouse,
    table: Table,
    wanted: DataFrame,
    scope: Scope,
    notes: Notes | None,
    brought: DataFrame | None,
) -> Counts:
    if is_empty(warehouse, table):
        if notes is None and wanted.isEmpty():
            return Counts()
        said = notes(EVERY_ROW) if notes else None
        count = append(warehouse, table.full_name, wanted, said)
        if count >= MANY_ROWS:
            warehouse.spare_rewrites(table.full_name)
        return Counts(inserted=count)
    counts = _write_difference(warehouse, table, wanted, scope, notes, brought)
    if notes is not None and not counts.written:
        note(warehouse, table.full_name, notes(counts))
    return counts


def note(warehouse: Warehouse, table: str, notes: Mapping[str, Any]) -> None:
    """Commit notes without rows; readers still see the version that last changed rows.

    The commit is an append of no row, which conflicts with other writers as every commit here does.

    Raises:
        OvertakenError: another writer was first; the notes may speak of a state that is no more.
    """
    last = warehouse.last_commit(table)
    still = {"rows_changed_in": last.rows_changed_in} if last else {}
    nothing = warehouse.read(table).where("false")
    with committing(warehouse, table, {**notes, **still}):
        warehouse.save(nothing.write.format("delta").mode("append"), table)


def append(warehouse: Warehouse, table: str, frame: DataFrame, notes: Mapping[str, Any] | None) -> int:
    """Append the rows in one commit and return how many there are by the commit's own count."""
    with committing(warehouse, table, notes):
        warehouse.save(frame.write.format("delta").mode("append"), table)
    return _rows_written(warehouse, table)


def replace_where(
    warehouse: Warehouse, table: str, frame: DataFrame, predicate: str, notes: Mapping[str, Any] | None
) -> int:
    """Swap the rows that the predicate points at for the frame's, in one commit."""
    writer = frame.write.format("delta").mode("overwrite").option("replaceWhere", predicate)
    # New rows need not meet the predicate: a delivery takes the place of another.
    warehouse.spark.conf.set(_STRICT, "false")
    try:
        with committing(warehouse, table, notes):
            warehouse.save(writer, table)
    finally:
        warehouse.spark.conf.unset(_STRICT)
    return _rows_written(warehouse, table)


def _rows_written(warehouse: Warehouse, table: str) -> int:
    last = warehouse.last_commit(table)
    return last.rows_written if last else 0


def is_empty(warehouse: Warehouse, table: Table) -> bool:
    """Return whether the table has no rows; where its newest commit tells, the table is not asked."""
    last = warehouse.last_commit(table.full_name)
    if last is None or last.version == 0:
        return True
    return not last.rows_written and warehouse.read(table.full_name).isEmpty()


def _write_difference(
    warehouse: Warehouse,
    table: Table,
    wanted: DataFrame,
    scope: Scope,
    notes: Notes | None,
    brought: DataFrame | None,
) -> Counts:
    last = warehouse.last_commit(table.full_name)
    # Read by its version: of a frame that reads the table as it is, Spark would make what is kept of it
    # anew as soon as the table is written.
    current = scope.of(warehouse.read(table.full_name, last.version if last else None))
    key = scope.key_of(table)
    compared = _compared(current, wanted, key, may_rewrite=scope.keys is None).persist()
    try:
        counted = compared.groupBy("_op").count().collect()  # four ops at most
        found = {row["_op"]: row["count"] for row in counted}
        counts = Counts(
            found.get("insert", 0), found.get("update", 0), found.get("same", 0), found.get("delete", 0)
        )
        if not counts.written:
            return counts
        if brought is not None:
            counts = replace(counts, by_feed=_by_feed(compared, brought, scope))
        said = notes(counts) if notes else None
        columns = table.column_names
        if counts.written == counts.inserted:
            append(warehouse, table.full_name, compared.where("_op = 'insert'").select(*columns), said)
        elif scope.keys is None and counts.written > REWRITE_SHARE * (counts.written + counts.unchanged):
            predicate = f"source = '{scope.source}'" if scope.source else "true"
            rows = compared.where("_op <> 'delete'").select(*columns)
            replace_where(warehouse, table.full_name, rows, predicate, said)
        else:
            _merge(warehouse, table, compared.where("_op <> 'same'"), key, said, counts)
        return counts
    finally:
        compared.unpersist()


def _by_feed(compared: DataFrame, brought: DataFrame, scope: Scope) -> dict[str, Counts]:
    """Return what became of the new rows of each feed."""
    on = [name for name in brought.columns if name != "_feed"]
    changed = compared.where("_op in ('insert', 'update')").withColumn("_key", F.expr(scope.key))
    counted = brought.join(changed.select(*on, "_op"), on=on, how="inner").groupBy("_feed", "_op").count()
    found = {(row["_feed"], row["_op"]): row["count"] for row in counted.collect()}  # two a feed
    return {
        feed: Counts(found.get((feed, "insert"), 0), found.get((feed, "update"), 0))
        for feed in {feed for feed, _ in found}
    }


def _compared(current: DataFrame, wanted: DataFrame, key: list[str], *, may_rewrite: bool) -> DataFrame:
    """One row per key of either side: the wanted row, and in ``_op`` what has to happen to it."""
    old = current.select(*key, F.col(ROW_HASH).alias("_old"))
    if may_rewrite:  # a key that somebody else has written twice must not come out twice
        old = old.groupBy(*key).agg(F.max("_old").alias("_old"))
    old = old.withColumn("_in_old", F.lit(1))
    operation = (
        F.when(F.col("_in_old").isNull(), "insert")
        .when(F.col("_in_new").isNull(), "delete")
        .when(F.col("_old") == F.col(ROW_HASH), "same")
        .otherwise("update")
    )
    both = old.join(wanted.withColumn("_in_new", F.lit(1)), on=key, how="full_outer")
    return both.select(*wanted.columns, operation.alias("_op"))


def _merge(
    warehouse: Warehouse,
    table: Table,
    changed: DataFrame,
    key: list[str],
    notes: Mapping[str, Any] | None,
    counts: Counts,
) -> None:
    """Bring the changed rows in, in one commit.

    Where none of them is new, every task that looks for the old ones holds them all, and no row of the table
    is sent anywhere. A MERGE that inserts has to keep each row of its source, so it cannot.
    """
    if not counts.inserted and counts.written <= LOOKED_UP:
        changed = F.broadcast(changed)
    view = f"chunks_merge_{table.layer}_{table.name}"
    changed.createOrReplaceTempView(view)
    on = " AND ".join(f"t.`{k}` <=> s.`{k}`" for k in key)
    sets = ", ".join(f"t.`{c}` = s.`{c}`" for c in table.column_names)
    columns = ", ".join(f"`{c}`" for c in table.column_names)
    values = ", ".join(f"s.`{c}`" for c in table.column_names)
    inserts = f"WHEN NOT MATCHED AND s._op = 'insert' THEN INSERT ({columns}) VALUES ({values})"
    try:
        with committing(warehouse, table.full_name, notes):
            warehouse.spark.sql(
                f"MERGE INTO {warehouse.identifier(table.full_name)} t USING {view} s ON {on} "
                f"WHEN MATCHED AND s._op = 'delete' THEN DELETE "
                f"WHEN MATCHED THEN UPDATE SET {sets} {inserts if counts.inserted else ''}"
            ).collect()  # one row of counts
    finally:
        warehouse.spark.catalog.dropTempView(view)
    last = warehouse.last_commit(table.full_name)
    if last is not None and last.rows_copied >= MANY_ROWS:
        warehouse.spare_rewrites(table.full_name)
