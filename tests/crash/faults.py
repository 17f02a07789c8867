"""Where a run can be killed: before, in the middle of and after each of its commits.

Every commit of the house goes through ``committing``, so the list of points is not written by
hand: a run that nothing happens to tells which commits there are.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.quality import quarantine
from customer_chunks.storage import commit, converge
from customer_chunks.storage.warehouse import Warehouse

# Which points are drawn, and how many of them: `CHUNKS_CRASH_KILLS=1000` takes every one.
SEED = int(os.environ.get("CHUNKS_CRASH_SEED") or random.SystemRandom().randrange(10**6))
KILLS = int(os.environ.get("CHUNKS_CRASH_KILLS", "6"))
MOMENTS = ("before", "middle", "after")
_WRITERS = (converge, quarantine)


class Killed(BaseException):
    """Stands for a kill inside this process: nothing in the house catches it."""


@dataclass(frozen=True)
class Point:
    """The moment of one commit: the table it is made on, and the how-manieth of the run on it."""

    number: int
    table: str
    moment: str

    def __str__(self) -> str:
        return f"{self.moment} commit {self.number} ({self.table})"


@dataclass
class Points:
    """Counts the commits of a run, and kills it at one of them."""

    target: Point | None = None
    kill: Callable[[], None] = lambda: None
    seen: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def committing(self, warehouse: Warehouse, table: str, notes: Mapping[str, Any] | None) -> Iterator[None]:
        """Stand in for the house's ``committing``."""
        with self._lock:
            number = self.seen.count(table)
            self.seen.append(table)
        is_here = self.target is not None and (self.target.number, self.target.table) == (number, table)
        moment = self.target.moment if is_here and self.target is not None else ""
        if moment == "before":
            self.kill()
        with commit.committing(warehouse, table, notes):
            if moment == "middle":
                kill_when_there_is_more(Path(warehouse.location(table)), "*.parquet", self.kill)
            yield
        if moment in {"middle", "after"}:  # a write may be done before its first file was seen
            self.kill()

    def stand_in(self, patch: pytest.MonkeyPatch) -> None:
        """Take the place of ``committing`` wherever it is used."""
        for module in _WRITERS:
            patch.setattr(module, "committing", self.committing)


def kill_when_there_is_more(folder: Path, pattern: str, kill: Callable[[], None]) -> None:
    """Watch a folder, and kill at the moment at which it has a file that it did not have."""
    before = set(folder.rglob(pattern))

    def watch() -> None:
        while not any(file not in before for file in folder.rglob(pattern)):
            time.sleep(0.002)
        kill()

    threading.Thread(target=watch, daemon=True).start()


def drawn(points: list[Point], count: int) -> list[Point]:
    """Return some of the points, in a random order that the seed fixes."""
    return random.Random(SEED).sample(points, min(count, len(points)))  # noqa: S311 - no secret


def kill_process_group() -> None:
    """End this process, its Java and its workers at once, as a machine does that loses power."""
    os.killpg(0, signal.SIGKILL)


def raise_killed() -> None:
    """End the run inside this process."""
    raise Killed
