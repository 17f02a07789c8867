"""A warehouse as somebody sees it who keeps to chosen versions of some tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pyspark.sql import DataFrame

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.errors import StorageError
from customer_chunks.storage.newest import Commit
from customer_chunks.storage.warehouse import Warehouse


@dataclass
class Pinned(Warehouse):
    """Reads of the named tables, and what their newest commit is said to be, stop at a version.

    What is known of the tables is shared with the warehouse that it is made from; writing goes to
    the tables as they are, so a pinned table must not be written through it.
    """

    versions: Mapping[str, int] = field(default_factory=dict)

    def last_commit(self, table: str) -> Commit | None:
        """Return the commit that a reader of the pinned version takes for the newest."""
        newest = super().last_commit(table)
        version = self.versions.get(table)
        if newest is None or version is None or version == newest.rows_changed_in:
            return newest
        return replace(newest, version=version, notes={**newest.notes, "rows_changed_in": version})

    def read(self, table: str, version: int | None = None) -> DataFrame:
        """Return the table as of the version given, else of the pinned one, else as it is.

        Raises:
            StorageError: the table does not exist, or its pinned version is no longer kept.
        """
        pinned = self.versions.get(table)
        newest = super().last_commit(table)
        if version is not None or pinned is None or newest is None or pinned == newest.rows_changed_in:
            return super().read(table, version)
        try:
            return super().read(table, pinned)
        except SPARK_FAILURES as error:
            raise StorageError(
                f"{table}: version {pinned}, the newest that passed its table rules, is no longer kept.",
                "Mend what the newest version breaks, or let it pass with `chunks run --accept REASON`.",
            ) from error


def pinned(warehouse: Warehouse, versions: Mapping[str, int]) -> Warehouse:
    """Return the warehouse with these tables at these versions."""
    return Pinned(warehouse.session, warehouse.target, warehouse.memory, versions=dict(versions))
