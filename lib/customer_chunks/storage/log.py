"""The newest entries of a Delta log in a folder of this machine, read without a Spark job.

A run asks some fifty times which version a table has; through Spark each answer takes a quarter of
a second. The file names and the ``commitInfo`` action are those of Delta's public protocol. Where
the file is not there (an address, a catalog, a log that was cleaned up behind a checkpoint) there
is no answer, and Spark is asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MAINTENANCE = frozenset({"OPTIMIZE", "REORG", "VACUUM START", "VACUUM END"})
"""What changes files and no rows. It may be committed beside another writer, so it is no place to
look for what the last writer noted."""
_COMMIT = re.compile(r"\d{20}\.json")


@dataclass(frozen=True)
class LogEntry:
    """One commit: its version, what its writer noted, what it did, and Delta's own counts as text."""

    version: int
    user_metadata: str | None
    metrics: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""

    @property
    def metadata(self) -> dict[str, Any]:
        """Return the user metadata; nothing where others wrote it."""
        try:
            found = json.loads(self.user_metadata or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def number(self) -> int | None:
        """Return the number of its application transaction; None where it has none of ours."""
        found = self.metadata.get("number")
        return found if isinstance(found, int) else None

    @property
    def notes(self) -> dict[str, Any] | None:
        """Return what a writer of ours noted; None where another wrote."""
        found = self.metadata.get("chunks")
        return found if isinstance(found, dict) else None


def newest_notes(entries: Iterable[LogEntry]) -> dict[str, Any] | None:
    """Return what the last writer of rows noted, and in which version rows changed since.

    Behind maintenance, which may have repeated notes that were overtaken, and behind commits that
    somebody else made, which count as changes.

    Args:
        entries: Newest first.

    Returns:
        The notes, with ``rows_changed_in`` where the newest version did not change rows by itself;
        None where none of the entries has any.
    """
    changed, repeated, is_newest = None, None, True
    for entry in entries:
        noted = entry.notes
        if entry.operation in MAINTENANCE:
            repeated = repeated if repeated is not None else noted
        elif noted is None:
            changed = entry.version if changed is None else changed
        elif is_newest:
            return noted
        else:
            own = noted.get("rows_changed_in", entry.version)
            return {**noted, "rows_changed_in": own if changed is None else changed}
        is_newest = False
    if repeated is not None and changed is not None:
        return {**repeated, "rows_changed_in": changed}
    return repeated


def newest_entries(table: Path) -> Iterator[LogEntry]:
    """Yield the commits of the table in this folder, newest first, as far as the log says."""
    log = table / "_delta_log"
    try:
        names = sorted((name for name in os.listdir(log) if _COMMIT.fullmatch(name)), reverse=True)
    except OSError:
        return
    for name in names:
        entry = _read(log / name)
        if entry is None:
            return
        yield entry


def has_no_log(table: Path) -> bool:
    """Return whether there is surely no table in this folder."""
    try:
        return not (table / "_delta_log").exists()
    except OSError:
        return False


def _read(file: Path) -> LogEntry | None:
    try:
        with file.open(encoding="utf-8") as actions:
            for line in actions:
                if line.startswith('{"commitInfo"'):
                    said = json.loads(line)["commitInfo"]
                    metrics = said.get("operationMetrics") or {}
                    return LogEntry(
                        int(file.stem), said.get("userMetadata"), metrics, said.get("operation", "")
                    )
    except (OSError, ValueError):
        return None
    return None
