"""Small files made large, deleted rows purged, files that nothing points at removed.

Rows do not change, so the commits repeat what the last one said and readers of changes see
nothing. Killed in the middle, it is simply started again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from customer_chunks.storage.warehouse import Warehouse, faults


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
            warehouse.spark.sql(f"OPTIMIZE {name}").collect()  # one row of metrics
            if str(before["properties"].get("delta.enableDeletionVectors")) == "true":
                warehouse.spark.sql(f"REORG TABLE {name} APPLY (PURGE)").collect()  # one row of metrics
            warehouse.spark.sql(f"VACUUM {name}").limit(0).collect()
        after = _detail(warehouse, table)
    return Maintained(
        table, before["numFiles"], after["numFiles"], before["sizeInBytes"], after["sizeInBytes"]
    )


@contextmanager
def _as_before(warehouse: Warehouse, table: str) -> Iterator[None]:
    """Let every commit of the block say what the last one said."""
    last = warehouse.last_commit(table)
    said: Mapping[str, Any] = {**last.notes, "rows_changed_in": last.rows_changed_in} if last else {}
    try:
        with warehouse.notes(said):
            yield
    finally:
        warehouse.forget(table)


def _detail(warehouse: Warehouse, table: str) -> Any:
    return warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").collect()[0]  # one row
