"""Small files made large, deleted rows purged, files that nothing points at removed.

Rows do not change, so the commits repeat what the last one said and readers of changes see
nothing. A writer beside it loses nothing: whoever wants to know what the last writer noted looks
behind the commits of maintenance (``storage.log``). Killed in the middle, it is simply started again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from customer_chunks.storage.commit import retried, telling_conflicts
from customer_chunks.storage.warehouse import DELETION_VECTORS, Warehouse, faults


@dataclass(frozen=True)
class Maintained:
    """What was done to one table: files and bytes of its newest version before and after."""

    table: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int


def maintain(warehouse: Warehouse, table: str) -> Maintained:
    """Compact, purge and vacuum one table; files younger than the retention stay.

    Raises:
        StorageError: the table cannot be written.
    """
    with faults(table, warehouse):
        before = _detail(warehouse, table)
        name = warehouse.identifier(table)
        with _as_before(warehouse, table):
            _rewrite(warehouse, table, f"OPTIMIZE {name}")
            if str(before["properties"].get(DELETION_VECTORS)) == "true":
                _rewrite(warehouse, table, f"REORG TABLE {name} APPLY (PURGE)")
            warehouse.spark.sql(f"VACUUM {name}").limit(0).collect()
        after = _detail(warehouse, table)
    return Maintained(
        table, before["numFiles"], after["numFiles"], before["sizeInBytes"], after["sizeInBytes"]
    )


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
