"""The position of a record within its file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.sources.frames import READ_CONF
from tests.unit.sources.feeds import a_feed, a_file, frame_of

BIG = "n,text\n" + "".join(f"{n},row number {n}\n" for n in range(3000))


def small_blocks(spark: SparkSession, size: int = 1000) -> None:
    for key in READ_CONF:
        spark.conf.set(key, str(size))


def in_order(frame: DataFrame) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for row in frame.select("_path", "_position", F.col("n").cast("int")).collect():
        found.setdefault(Path(row[0]).name, []).append((row[1], row[2]))
    return {name: sorted(pairs) for name, pairs in found.items()}


def test_position_is_the_index_in_files_of_one_block(spark: SparkSession, tmp_path: Path) -> None:
    for file in range(30):
        a_file(tmp_path / f"{file}.csv", "n\n" + "".join(f"{n}\n" for n in range(file + 1)))

    found = in_order(frame_of(spark, a_feed(tmp_path), tmp_path / "staging"))

    assert found == {f"{file}.csv": [(n, n) for n in range(file + 1)] for file in range(30)}


def test_position_rises_with_the_record_over_many_blocks(spark: SparkSession, tmp_path: Path) -> None:
    small_blocks(spark)
    a_file(tmp_path / "big.csv", BIG)
    a_file(tmp_path / "gz.csv.gz", BIG)
    for file in range(10):
        a_file(tmp_path / f"{file}.csv", "n,text\n0,x\n1,y\n")

    frame = frame_of(spark, a_feed(tmp_path), tmp_path / "staging")
    found = in_order(frame)

    assert [n for _, n in found["big.csv"]] == list(range(3000))
    assert len({position for position, _ in found["big.csv"]}) == 3000
    assert found["big.csv"][0][0] == 0
    assert found["big.csv"][-1][0] > 3000  # several blocks were read
    assert found["gz.csv.gz"] == [(n, n) for n in range(3000)]
    assert found["7.csv"] == [(0, 0), (1, 1)]


def test_position_is_kept_when_columns_and_rows_are_dropped_later(
    spark: SparkSession, tmp_path: Path
) -> None:
    small_blocks(spark)
    frame = frame_of(spark, a_feed(a_file(tmp_path / "big.csv", BIG)), tmp_path / "staging")
    known = {int(row["n"]): row["_position"] for row in frame.collect()}

    assert [row[0] for row in frame.where("n = 2999").select("_position").collect()] == [known[2999]]
    assert sorted(row[0] for row in frame.select("_position").collect()) == sorted(known.values())
    assert frame.where("_position > 0").coalesce(1).limit(1).select("n").collect() == [("1",)]
    assert frame.unionAll(frame).where("n = 1500").select("_position").distinct().collect() == [
        (known[1500],)
    ]


@pytest.mark.parametrize("parallelism", ["1", "7"])
def test_position_does_not_depend_on_the_number_of_cores(
    spark: SparkSession, tmp_path: Path, parallelism: str
) -> None:
    feed = a_feed(a_file(tmp_path / "in" / "big.csv", BIG), a_file(tmp_path / "in" / "b.csv", BIG))
    small_blocks(spark)
    plain = in_order(frame_of(spark, feed, tmp_path / "staging"))

    spark.conf.set("spark.sql.leafNodeDefaultParallelism", parallelism)

    assert in_order(frame_of(spark, feed, tmp_path / "staging")) == plain


def test_read_keeps_blocks_apart_by_itself(spark: SparkSession, tmp_path: Path) -> None:
    spark.conf.set("spark.sql.files.openCostInBytes", "4194304")

    frame_of(spark, a_feed(a_file(tmp_path / "a.csv", "n\n1\n")), tmp_path / "staging")

    assert {key: spark.conf.get(key) for key in READ_CONF} == READ_CONF


def test_records_over_several_lines_are_numbered_through_the_file(
    spark: SparkSession, tmp_path: Path
) -> None:
    small_blocks(spark)
    path = a_file(tmp_path / "a.csv", "n,text\n" + "".join(f'{n},"x\n{n}"\n' for n in range(2000)))

    found = in_order(frame_of(spark, a_feed(path, multi_line=True), tmp_path / "staging"))

    assert found["a.csv"] == [(n, n) for n in range(2000)]


def test_fixed_width_position_over_many_blocks(spark: SparkSession, tmp_path: Path) -> None:
    small_blocks(spark)
    path = a_file(tmp_path / "a.txt", "NNNN\n" + "\n".join(f"{n:04d}\n" for n in range(2000)))
    feed = a_feed(path, fmt="fixed_width", spans=(("n", 1, 4),), has_header=True)

    found = in_order(frame_of(spark, feed, tmp_path / "staging"))["a.txt"]

    assert [n for _, n in found] == list(range(2000))
    assert len({position for position, _ in found}) == 2000
    assert found[0][0] == 0


def test_exploded_elements_have_positions_of_their_own(spark: SparkSession, tmp_path: Path) -> None:
    small_blocks(spark, 500)
    lines = (f'{{"o":{o},"items":[{",".join(str(o * 10 + n) for n in range(10))}]}}' for o in range(500))
    feed = a_feed(a_file(tmp_path / "a.jsonl", "\n".join(lines)), fmt="jsonl", explode="items")

    frame = frame_of(spark, feed, tmp_path / "staging")
    found = in_order(frame.withColumn("n", F.col("items")))["a.jsonl"]

    assert [n for _, n in found] == list(range(5000))
    assert len({position for position, _ in found}) == 5000
