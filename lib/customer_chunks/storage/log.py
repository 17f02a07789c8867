"""The newest entry of a Delta log in a folder of this machine, read without a Spark job.

A run asks some fifty times which version a table has; through Spark each answer takes a quarter of
a second. The file names and the ``commitInfo`` action are those of Delta's public protocol. Where
the file is not there (an address, a catalog, a log that was cleaned up behind a checkpoint) there
is no answer, and Spark is asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_COMMIT = re.compile(r"\d{20}\.json")


@dataclass(frozen=True)
class LogEntry:
    """One commit: its version, what its writer noted, and Delta's own counts as text."""

    version: int
    user_metadata: str | None
    metrics: Mapping[str, str]


def newest_entry(table: Path) -> LogEntry | None:
    """Return the newest commit of the table in this folder; None where the log does not say."""
    log = table / "_delta_log"
    try:
        name = max((entry for entry in os.listdir(log) if _COMMIT.fullmatch(entry)), default=None)
        return _entry(log / name) if name else None
    except (OSError, ValueError):
        return None


def has_no_log(table: Path) -> bool:
    """Return whether there is surely no table in this folder."""
    try:
        return not (table / "_delta_log").exists()
    except OSError:
        return False


def _entry(file: Path) -> LogEntry | None:
    with file.open(encoding="utf-8") as actions:
        for line in actions:
            if line.startswith('{"commitInfo"'):
                said = json.loads(line)["commitInfo"]
                return LogEntry(int(file.stem), said.get("userMetadata"), said.get("operationMetrics") or {})
    return None
