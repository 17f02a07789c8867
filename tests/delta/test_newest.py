"""The newest commit as Spark's history tells it, where the log lies on no disk of ours."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame

from customer_chunks.errors import StorageError
from customer_chunks.storage.newest import newest_commit


class Told:
    """Stands for the history of a table: rows to be collected, newest first."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def select(self, *_: str) -> Told:
        return self

    def collect(self) -> list[dict[str, Any]]:
        return self.rows


def row(version: int, metrics: dict[str, str] | None = None, **said: object) -> dict[str, Any]:
    """Return one commit of the history; without anything said it is somebody else's."""
    return {
        "version": version,
        "userMetadata": json.dumps(said) if said else None,
        "operationMetrics": metrics,
        "operation": "WRITE",
    }


class History:
    """Tells as many commits as it is asked for, and notes how many those were."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = rows
        self.asked: list[int] = []

    def __call__(self, limit: int) -> DataFrame:
        self.asked.append(limit)
        return cast(DataFrame, Told(list(self.rows[:limit])))


def test_newest_commit_of_ours_tells_all_in_one_question() -> None:
    ours = row(
        7, {"numOutputRows": "3", "numOutputBytes": "90"}, chunks={"table": "t"}, number=4, commit="mine"
    )
    history = History(ours, row(6, chunks={"table": "old"}, number=3))
    found = newest_commit("a.b", None, history)
    assert found is not None
    assert (found.version, found.table_id, found.rows_written, found.bytes_written) == (7, "t", 3, 90)
    assert (found.number, found.token) == (4, "mine")
    assert history.asked == [1]


def test_what_our_last_writer_noted_is_found_behind_a_hundred_commits_of_others() -> None:
    others = [row(n) for n in range(107, 7, -1)]
    found = newest_commit("a.b", None, History(*others, row(7, chunks={"said": "mine"}, number=4)))
    assert found is not None
    assert (found.version, found.notes["said"], found.number) == (107, "mine", 4)
    assert (found.rows_written, found.bytes_written, found.files_written) == (0, 0, 0)


def test_table_that_was_never_numbered_counts_from_its_version() -> None:
    found = newest_commit("a.b", None, History(row(7), row(6)))
    assert found is not None
    assert (found.number, dict(found.notes)) == (7, {})


def test_bytes_of_a_merge_are_counted_too() -> None:
    found = newest_commit("a.b", None, History(row(7, {"numTargetBytesAdded": "55"}, chunks={"said": "x"})))
    assert found is not None
    assert found.bytes_written == 55


@pytest.mark.parametrize("said", ["[DELTA_MISSING_DELTA_TABLE] x", "[TABLE_OR_VIEW_NOT_FOUND] x"])
def test_no_table_is_none_and_another_failure_is_one_sentence(said: str) -> None:
    def fails(_: int) -> DataFrame:
        raise AnalysisException(said)

    def fails_otherwise(_: int) -> DataFrame:
        raise AnalysisException("[DELTA_STATE_RECOVER_ERROR] x")

    assert newest_commit("a.b", None, fails) is None
    with pytest.raises(StorageError, match=r"a\.b: its history cannot be read\. Look at `chunks doctor`"):
        newest_commit("a.b", None, fails_otherwise)
