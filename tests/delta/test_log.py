"""The newest commit by its file says what Spark says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.storage.log import LogEntry, has_no_log, newest_entries, newest_notes


def test_newest_commit_is_told_as_spark_tells_it(spark: SparkSession, tmp_path: Path) -> None:
    place = tmp_path / "table"
    spark.range(3).write.format("delta").option("userMetadata", '{"said": "ä"}').save(str(place))
    spark.range(2).write.format("delta").mode("append").option("userMetadata", "two").save(str(place))
    told = spark.sql(f"DESCRIBE HISTORY delta.`{place}` LIMIT 1").collect()[0]
    entry = next(newest_entries(place))
    assert (entry.version, entry.user_metadata) == (told["version"], told["userMetadata"]) == (1, "two")
    assert entry.metrics["numOutputRows"] == told["operationMetrics"]["numOutputRows"] == "2"


def written(table: Path, **files: str) -> Path:
    log = table / "_delta_log"
    log.mkdir(parents=True)
    for version, text in files.items():
        (log / f"{int(version[1:]):020d}.json").write_text(text, encoding="utf-8")
    return table


def test_versions_count_by_number_and_other_files_do_not(tmp_path: Path) -> None:
    info = json.dumps({"commitInfo": {"userMetadata": "x", "operationMetrics": {}}}, separators=(",", ":"))
    table = written(tmp_path, v9=info, v10=info)
    for other in (
        "00000000000000000011.checkpoint.parquet",
        "00000000000000000012.crc",
        "00000000000000000013.json.tmp",
        ".tmp.json",
    ):
        (table / "_delta_log" / other).write_text("{}")
    assert [e.version for e in newest_entries(table)] == [10, 9]


@pytest.mark.parametrize("text", ["", '{"add":{}}\n', '{"commitInfo": cut'])
def test_log_that_does_not_say_leaves_the_question_to_spark(tmp_path: Path, text: str) -> None:
    table = written(tmp_path, v1=text)
    assert list(newest_entries(table)) == []
    assert not has_no_log(table)


def test_older_commit_is_never_taken_for_the_newest_one_that_cannot_be_read(tmp_path: Path) -> None:
    info = json.dumps({"commitInfo": {"userMetadata": "x"}}, separators=(",", ":"))
    table = written(tmp_path, v1=info, v2='{"commitInfo": cut', v3=info)
    assert [e.version for e in newest_entries(table)] == [3]


def test_commit_without_counts_has_none(tmp_path: Path) -> None:
    table = written(tmp_path, v1='{"commitInfo":{"operation":"CREATE TABLE"}}')
    assert list(newest_entries(table)) == [LogEntry(1, None, {}, "CREATE TABLE")]


@pytest.mark.parametrize(
    "said", [None, "", "no json", "[1]", '{"chunks": "x", "number": "7"}', '{"other": 1}']
)
def test_what_others_say_of_their_commits_is_no_note_of_ours(said: str | None) -> None:
    theirs = LogEntry(1, said)
    assert (theirs.notes, theirs.number) == (None, None)


def test_folder_without_a_log_holds_no_table(tmp_path: Path) -> None:
    assert has_no_log(tmp_path)
    assert list(newest_entries(tmp_path)) == []


def entry(version: int, operation: str = "WRITE", **notes: object) -> LogEntry:
    """Return a commit with notes of ours; without any it is somebody else's."""
    return LogEntry(version, json.dumps({"chunks": notes}) if notes else None, {}, operation)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry(7, at=3), entry(6, at=2)], {"at": 3}),
        ([entry(7, at=3, rows_changed_in=5)], {"at": 3, "rows_changed_in": 5}),
        # Maintenance repeats what it saw; another writer may have committed since.
        ([entry(8, "OPTIMIZE", at=2, rows_changed_in=6), entry(7, at=3)], {"at": 3, "rows_changed_in": 7}),
        ([entry(8, "REORG", at=2), entry(7, at=3)], {"at": 3, "rows_changed_in": 7}),
        ([entry(8, "VACUUM START", at=2), entry(7, at=3)], {"at": 3, "rows_changed_in": 7}),
        ([entry(8, "VACUUM END"), entry(7, at=3, rows_changed_in=5)], {"at": 3, "rows_changed_in": 5}),
        # Somebody else's commit is a change of rows.
        ([entry(8, "UPDATE"), entry(7, at=3)], {"at": 3, "rows_changed_in": 8}),
        ([entry(9, "OPTIMIZE"), entry(8, "UPDATE"), entry(7, at=3)], {"at": 3, "rows_changed_in": 8}),
        ([entry(9, "UPDATE"), entry(8, "DELETE"), entry(7, at=3)], {"at": 3, "rows_changed_in": 9}),
        # The writer's own commit was cleaned up: what maintenance repeated is what there is.
        ([entry(9, "REORG", at=3, rows_changed_in=4)], {"at": 3, "rows_changed_in": 4}),
        ([entry(9, "UPDATE"), entry(8, "REORG", at=3, rows_changed_in=4)], {"at": 3, "rows_changed_in": 9}),
        ([entry(9, "OPTIMIZE", at=3, rows_changed_in=4), entry(8, "OPTIMIZE", at=2, rows_changed_in=1)],
         {"at": 3, "rows_changed_in": 4}),
        ([entry(1, "UPDATE")], None),
        ([], None),
    ],
)  # fmt: skip
def test_notes_are_those_of_the_last_writer_of_rows(entries: list[LogEntry], expected: object) -> None:
    assert newest_notes(entries) == expected
