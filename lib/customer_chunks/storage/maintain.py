"""Small files made large, rows laid side by side, deleted ones purged, old files removed.

Rows do not change, so the commits repeat what the last one said and readers of changes see nothing;
a table that nobody wrote to gets no commit. A writer beside it loses nothing: whoever wants to know what
the last writer noted looks behind the commits of maintenance (``storage.log``). Killed in the middle, it is
simply started again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from customer_chunks.contracts import TABLES
from customer_chunks.storage.commit import retried, telling_conflicts
from customer_chunks.storage.warehouse import DELETION_VECTORS, Warehouse, faults

FILE_BYTES = 256 * 2**20
"""Files are put together up to this size: large enough to read fast, small enough to be written anew."""
_DELTA = "spark.databricks.delta."
_CLUSTERED = "chunks.clustered_bytes"
_GROWN = 1.2
"""A table is clustered again when it is so many times as large as it was then: all of it is written anew."""


@dataclass(frozen=True)
class Maintained:
    """What was done to one table: files and bytes of its newest version before and after."""

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def maintain(warehouse: Warehouse, table: str) -> Maintained:
    """Compact or cluster, purge and vacuum one table; files younger than the retention stay.

    Raises:
        StorageError: the table cannot be written.
    """
    with faults(table, warehouse):
        before = _detail(warehouse, table)
        name = warehouse.identifier(table)
        with _as_before(warehouse, table), warehouse.wishing(_settings()):
            columns = _to_cluster(table, before)
            by = f" ZORDER BY ({', '.join(columns)})" if columns else ""
            _rewrite(warehouse, table, f"OPTIMIZE {name}{by}")
            if columns:
                size = _detail(warehouse, table)["sizeInBytes"]
                warehouse.spark.sql(f"ALTER TABLE {name} SET TBLPROPERTIES ('{_CLUSTERED}' = '{size}')")
            if str(before["properties"].get(DELETION_VECTORS)) == "true":
                _rewrite(warehouse, table, f"REORG TABLE {name} APPLY (PURGE)")
            warehouse.spark.sql(f"VACUUM {name}").limit(0).collect()
        after = _detail(warehouse, table)
    return Maintained(
        table, before["numFiles"], after["numFiles"], before["sizeInBytes"], after["sizeInBytes"]
    )


def _to_cluster(table: str, detail: Any) -> tuple[str, ...]:
    """Return the columns to lay rows side by side by; none where the table is small or has hardly grown."""
    columns = TABLES[table].clustered_on if table in TABLES else ()
    size = int(detail["sizeInBytes"])
    is_grown = size > _GROWN * int(detail["properties"].get(_CLUSTERED, 0))
    return columns if columns and size > FILE_BYTES and is_grown else ()


def _settings() -> dict[str, str]:
    """Return what lets Delta write files of our size, and no commit that tells nothing."""
    return {
        f"{_DELTA}optimize.maxFileSize": str(FILE_BYTES),
        f"{_DELTA}optimize.minFileSize": str(FILE_BYTES // 2),
        # A commit of its own before and after VACUUM would push versions that carry rows out of the log.
        f"{_DELTA}vacuum.logging.enabled": "false",
    }


def _rewrite(warehouse: Warehouse, table: str, statement: str) -> None:
    """Rewrite files; where another writer was first, begin anew with what the table holds then."""

    def once() -> None:
        with telling_conflicts(warehouse, table):
            warehouse.spark.sql(statement).collect()  # one row of metrics

    retried(once)


@contextmanager
def _as_before(warehouse: Warehouse, table: str) -> Iterator[None]:
    """Let every commit of the block say what the last one said."""
    last = warehouse.last_commit(table)
    said = last.said_again if last else {}
    try:
        with warehouse.notes(said):
            yield
    finally:
        warehouse.forget(table)


def _detail(warehouse: Warehouse, table: str) -> Any:
    return warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").collect()[0]  # one row
