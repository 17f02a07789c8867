"""The shop after its first delivery, made once; and what its tables hold when nothing happens to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from customer_chunks.flow import narrowed
from tests.crash.faults import KILLS, MOMENTS, SEED, Point, Points
from tests.crash.shop import Shop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"Crash points: CHUNKS_CRASH_SEED={SEED} CHUNKS_CRASH_KILLS={KILLS}")


@pytest.fixture(autouse=True, scope="session")
def _keys_first() -> Iterator[None]:
    """Compute changed keys, as among millions of rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(narrowed, "WORTH_FROM", 0)
        patch.setattr(narrowed, "WORTH_IT", 1.0)
        yield


@dataclass(frozen=True)
class FaultFree:
    """A run that nothing happened to: the folder before it, its commits, and what it left."""

    before: Path
    commits: list[str]
    state: dict[str, Any]
    counted: dict[str, tuple[int, ...]]

    def points(self) -> list[Point]:
        """Return every moment of every commit of the run."""
        return [
            Point(n, table, moment)
            for table in sorted(set(self.commits))
            for n in range(self.commits.count(table))
            for moment in MOMENTS
        ]


@pytest.fixture(scope="session")
def fault_free(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> FaultFree:
    folder = tmp_path_factory.mktemp("crash")
    first = Shop(spark, folder / "first")
    first.first_delivery()
    first.company.run()
    first.second_delivery()
    whole = Shop(spark, folder / "whole", folder / "first")
    points = Points()
    with pytest.MonkeyPatch.context() as patch:
        points.stand_in(patch)
        whole.company.run()
    return FaultFree(folder / "first", points.seen, whole.state(), whole.counted())
