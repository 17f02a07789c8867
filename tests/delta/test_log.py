"""The newest commit by its file says what Spark says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.storage.log import LogEntry, has_no_log, newest_entry


def test_newest_commit_is_told_as_spark_tells_it(spark: SparkSession, tmp_path: Path) -> None:
    place = tmp_path / "table"
    spark.range(3).write.format("delta").option("userMetadata", '{"said": "ä"}').save(str(place))
    spark.range(2).write.format("delta").mode("append").option("userMetadata", "two").save(str(place))
    told = spark.sql(f"DESCRIBE HISTORY delta.`{place}` LIMIT 1").collect()[0]
    entry = newest_entry(place)
    assert entry is not None
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
    for other in ("00000000000000000011.checkpoint.parquet", "00000000000000000012.crc", ".tmp.json"):
        (table / "_delta_log" / other).write_text("{}")
    assert newest_entry(table) == LogEntry(10, "x", {})


@pytest.mark.parametrize("text", ["", '{"add":{}}\n', '{"commitInfo": cut'])
def test_log_that_does_not_say_leaves_the_question_to_spark(tmp_path: Path, text: str) -> None:
    table = written(tmp_path, v1=text)
    assert newest_entry(table) is None
    assert not has_no_log(table)


def test_folder_without_a_log_holds_no_table(tmp_path: Path) -> None:
    assert has_no_log(tmp_path)
    assert newest_entry(tmp_path) is None
