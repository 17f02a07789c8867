"""What Spark's tasks took for each piece of work, from the event log of the application.

A session that is started here keeps such a log in its scratch folder; any other Spark's is read where
it lies on this machine as plain text. Work is told apart by a local property of the thread that does it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from pyspark.sql import SparkSession

from customer_chunks.storage.sessions import is_connected

WORK = "chunks.work"
"""The local property that names what a thread works at."""
_JOB, _END, _STAGE = "SparkListenerJobStart", "SparkListenerJobEnd", "SparkListenerStageCompleted"
_NAME_ENDS = 40
"""The event's name stands in so many letters of its line; what follows may be long."""
_PATIENCE, _PAUSE = 1.0, 0.05
"""Seconds: Spark writes what happened a moment after it did."""


@dataclass(frozen=True)
class Effort:
    """What the tasks of one piece of work took, retried ones included: seconds of processor time, bytes."""

    cpu_seconds: float = 0.0
    shuffle_bytes: int = 0
    spilled_bytes: int = 0

    def __add__(self, other: Effort) -> Effort:
        return Effort(
            self.cpu_seconds + other.cpu_seconds,
            self.shuffle_bytes + other.shuffle_bytes,
            self.spilled_bytes + other.spilled_bytes,
        )


def work_at(session: SparkSession, name: str | None) -> None:
    """Say what the calling thread works at from now on; None: nothing that is told apart."""
    if not is_connected(session):
        session.sparkContext.setLocalProperty(WORK, name or "")


def efforts(session: SparkSession) -> dict[str, Effort]:
    """Return what each piece of work took so far; empty where no event log can be read."""
    file = None if is_connected(session) else event_log(session)
    if file is None:
        return {}
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            found, is_whole = _read(file)
        except (OSError, ValueError, KeyError):  # a full disk, say: what a run took is not worth its failure
            return {}
        if is_whole or time.monotonic() > until:
            return found
        time.sleep(_PAUSE)


def event_log(session: SparkSession) -> Path | None:
    """Return the file in which Spark notes what this application does, where it can be read as text."""
    settings = session.sparkContext.getConf()
    if settings.get("spark.eventLog.enabled", "false") != "true":
        return None
    address = urlparse(settings.get("spark.eventLog.dir", ""))
    if address.scheme not in {"", "file"}:
        return None
    file = Path(unquote(address.path)) / f"{session.sparkContext.applicationId}.inprogress"
    return file if file.is_file() else None


def _read(file: Path) -> tuple[dict[str, Effort], bool]:
    """Return the efforts, and whether every job that is noted has ended."""
    names: dict[int, str] = {}
    open_jobs: set[int] = set()
    found: dict[str, Effort] = {}
    for event in _events(file):
        kind = event["Event"]
        if kind == _JOB:
            open_jobs.add(event["Job ID"])
            name = (event.get("Properties") or {}).get(WORK, "")
            for stage in event["Stage IDs"]:
                names.setdefault(stage, name)
        elif kind == _END:
            open_jobs.discard(event["Job ID"])
        else:
            info = event["Stage Info"]
            name = names.get(info["Stage ID"], "")
            found[name] = found.get(name, Effort()) + _effort(info)
    return found, not open_jobs


def _events(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the events that count; of a line that is being written the end is missing, so it is left."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.endswith("}\n") and any(k in line[:_NAME_ENDS] for k in (_JOB, _END, _STAGE)):
                yield json.loads(line)


def _effort(stage: dict[str, Any]) -> Effort:
    told = {a.get("Name", ""): a.get("Value", 0) for a in stage.get("Accumulables", ())}

    def value(name: str) -> int:
        return int(told.get(f"internal.metrics.{name}", 0))

    return Effort(
        value("executorCpuTime") / 1e9, value("shuffle.write.bytesWritten"), value("diskBytesSpilled")
    )
