"""What Delta refuses because another writer was first, and how long a writer waits: without any table."""

from __future__ import annotations

import random
import time
from typing import Any, cast

import pytest
from pyspark.errors import PySparkException

from customer_chunks.errors import StorageError
from customer_chunks.storage.commit import OvertakenError, retried, telling_conflicts
from customer_chunks.storage.maintain import _rewrite
from customer_chunks.storage.warehouse import Warehouse


class Refusing:
    """Stands for a warehouse: fails as often as it is told to, and notes what is asked of it."""

    def __init__(self, *failures: str) -> None:
        self.failures = list(failures)
        self.spark = self
        self.statements: list[str] = []
        self.forgotten: list[str] = []

    def forget(self, table: str) -> None:
        self.forgotten.append(table)

    def sql(self, statement: str) -> Refusing:
        self.statements.append(statement)
        if self.failures:
            raise PySparkException(self.failures.pop(0))
        return self

    def collect(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    "said",
    [
        "[DELTA_CONCURRENT_APPEND.WITHOUT_HINT] x",
        "[DELTA_METADATA_CHANGED] x",
        "[DELTA_PROTOCOL_CHANGED] x",
        "java.util.ConcurrentModificationException: x",
    ],
)
def test_refusal_because_another_was_first_is_told_and_the_newest_commit_forgotten(said: str) -> None:
    store = Refusing()
    sentence = r"a\.b: another writer changed it"
    with pytest.raises(OvertakenError, match=sentence), telling_conflicts(cast(Warehouse, store), "a.b"):
        raise PySparkException(said)
    assert store.forgotten == ["a.b"]


def test_other_refusals_stay_what_they_are() -> None:
    store = Refusing()
    with pytest.raises(PySparkException, match="NOT_NULL"), telling_conflicts(cast(Warehouse, store), "a.b"):
        raise PySparkException("[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] x")
    assert store.forgotten == []


def test_pauses_double_from_a_tenth_of_a_second_up_to_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    monkeypatch.setattr(time, "sleep", pauses.append)
    tries = []

    def work() -> int:
        tries.append(1)
        if len(tries) < 8:
            raise OvertakenError("a.b")
        return len(tries)

    assert retried(work) == 8
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.0, 3.0])


def test_failure_that_no_other_writer_caused_is_not_tried_again() -> None:
    tries = []

    def work() -> None:
        tries.append(1)
        raise StorageError("a.b: the disk is full.")

    with pytest.raises(StorageError, match="the disk is full"):
        retried(work)
    assert len(tries) == 1


def test_maintenance_that_another_writer_disturbed_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    store = Refusing("[DELTA_CONCURRENT_DELETE_READ] x", "[DELTA_CONCURRENT_DELETE_READ] x")
    _rewrite(cast(Warehouse, store), "a.b", "OPTIMIZE t")
    assert store.statements == ["OPTIMIZE t"] * 3
