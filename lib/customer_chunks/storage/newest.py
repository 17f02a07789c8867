"""What the newest commit of a table says: from its log's files where we see them, else by Spark."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, tee
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, Row

from customer_chunks.errors import StorageError
from customer_chunks.storage.log import MAINTENANCE, LogEntry, has_no_log, newest_entries, newest_notes

_LOOK_BACK = 200
_NO_ROWS = MAINTENANCE | {"SET TBLPROPERTIES", "UNSET TBLPROPERTIES", "ADD COLUMNS", "CHANGE COLUMN"}
History = Callable[[int], DataFrame]
"""Given how many, the newest commits as Spark tells them, newest first."""


@dataclass(frozen=True)
class Commit:
    """The newest state of a table: version, id, what its last writer noted and how many rows it wrote.

    ``rows_copied`` are rows that a merge wrote anew unchanged, for the sake of others in their files.

    ``is_others``: somebody else was the last to change rows; what we noted tells of what was before.

    ``number`` is that of the newest application transaction. Maintenance has none, so whoever looked
    before it and whoever looked after it try for the same next number, and one of them wins.
    """

    version: int
    table_id: str
    notes: Mapping[str, Any]
    rows_written: int = 0
    token: str = ""
    bytes_written: int = 0
    number: int = 0
    rows_copied: int = 0
    files_written: int = 0
    is_others: bool = False

    @property
    def rows_changed_in(self) -> int:
        """Return the newest version that changed rows; later commits carry notes only."""
        return int(self.notes.get("rows_changed_in", self.version))

    @property
    def said(self) -> dict[str, Any]:
        """Return the notes for a commit that changes rows and has nothing else to say."""
        return {k: v for k, v in self.notes.items() if k != "rows_changed_in"}

    @property
    def said_again(self) -> dict[str, Any]:
        """Return the notes for a commit that changes no row: readers still see the version that did."""
        return {**self.notes, "rows_changed_in": self.rows_changed_in}


def newest_commit(table: str, place: Path | None, history: History) -> Commit | None:
    """Return the newest commit of a table, or None where there is no table.

    Args:
        table: Full name, for messages.
        place: Its folder on this machine; None where it lies elsewhere.
        history: Asks Spark.

    Raises:
        StorageError: there is a table and its history cannot be read.
    """
    entries = _entries(table, place, history)
    newest = next(entries, None)
    if newest is None:
        return None
    entries, numbered, told, wrote = tee(chain([newest], entries), 4)
    notes = newest_notes(entries) or {}
    # What a table may hold is set behind a write of rows, which is still the last thing that was done.
    did = next((e for e in told if e.operation != "SET TBLPROPERTIES"), newest)
    return Commit(
        newest.version,
        str(notes.get("table", "")),
        notes,
        int(did.metrics.get("numOutputRows", 0)),
        str(newest.metadata.get("commit", "")),
        _bytes_in(did.metrics),
        next((e.number for e in numbered if e.number is not None), newest.version),
        int(did.metrics.get("numTargetRowsCopied", 0)),
        _files_in(did.metrics),
        next((e for e in wrote if e.operation not in _NO_ROWS), newest).notes is None,
    )


def _entries(table: str, place: Path | None, history: History) -> Iterator[LogEntry]:
    """Yield the newest commits, newest first, as far as they are asked for."""
    if place is not None:
        is_seen = False
        for entry in newest_entries(place):
            is_seen = True
            yield entry
        if is_seen or has_no_log(place):
            return
    below = sys.maxsize
    for limit in (1, _LOOK_BACK):  # nearly always the newest tells all
        for row in _told(table, history, limit):
            if row["version"] < below:
                below = row["version"]
                yield LogEntry(below, row["userMetadata"], row["operationMetrics"] or {}, row["operation"])


def _told(table: str, history: History, limit: int) -> list[Row]:
    try:
        return history(limit).select("version", "userMetadata", "operationMetrics", "operation").collect()
    except AnalysisException as error:
        if _is_missing(error):
            return []
        raise StorageError(f"{table}: its history cannot be read.", "Look at `chunks doctor`.") from error


def _bytes_in(metrics: Mapping[str, str]) -> int:
    """Return the bytes that a commit added, as appends and as merges name them."""
    return int(metrics.get("numOutputBytes") or metrics.get("numTargetBytesAdded") or 0)


def _files_in(metrics: Mapping[str, str]) -> int:
    """Return how many files a commit added, as appends and as merges name them."""
    return int(metrics.get("numFiles") or metrics.get("numTargetFilesAdded") or 0)


def _is_missing(error: AnalysisException) -> bool:
    words = ("DELTA_MISSING_DELTA_TABLE", "DELTA_TABLE_NOT_FOUND", "TABLE_OR_VIEW_NOT_FOUND",
             "PATH_NOT_FOUND",
             "DELTA_ONLY_OPERATION", "DELTA_PATH_DOES_NOT_EXIST", "is not a Delta table", "SCHEMA_NOT_FOUND",
             "DELTA_TABLE_ONLY_OPERATION")  # fmt: skip
    return any(word in str(error) for word in words)
