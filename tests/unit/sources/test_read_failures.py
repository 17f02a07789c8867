"""The sentences for what Spark cannot read."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.sources.failures import as_source_error
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.read import read
from tests.unit.sources.feeds import a_feed, a_file, frame_of


def failure_of(spark: SparkSession, path: Path, content: bytes) -> str:
    """Have Spark read a file that nobody inspected; return the sentence for what it then says."""
    path.write_bytes(content)
    feed = a_feed(path)
    unseen = Inspected(list_files(feed)[0], ("a", "b"))
    frame = read(spark, feed, [unseen], staging=path.parent / "staging")
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Spark raises is what is tested
        frame.collect()
    error = as_source_error(caught.value, feed)
    assert error.remedy
    assert "\n" not in str(error)
    return str(error).replace(str(path.parent), "")


def test_what_spark_says_becomes_a_sentence(spark: SparkSession, tmp_path: Path) -> None:
    whole = a_file(
        tmp_path / "whole.gz", "a,b\n" + "".join(f"{n},{n * n}\n" for n in range(20000))
    ).read_bytes()

    assert failure_of(spark, tmp_path / "cut 1.csv.gz", whole[:-1000]) == (
        "/cut 1.csv.gz: is cut off; its compressed data ends early. Fetch it again from where it came."
    )
    assert "/false.csv.gz: is no gzip file" in failure_of(
        spark, tmp_path / "false.csv.gz", b"a,b\n1,2\n" * 50
    )
    assert "/wide.csv: holds a line with far too many columns." in failure_of(
        spark, tmp_path / "wide.csv", b"a,b\nsecret" + b"," * 30000 + b"\n"
    )
    assert "/long.csv: holds a field of more than 16 million characters." in failure_of(
        spark, tmp_path / "long.csv", b"a,b\n" + b"x" * (17 << 20) + b",1\n"
    )


def test_file_gone_after_reading_began_is_told(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "a,b\n1,2\n")
    feed = a_feed(path)
    frame = frame_of(spark, feed, tmp_path / "staging")
    path.unlink()

    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Spark raises is what is tested
        frame.collect()

    assert f"{path}: is no longer there." in str(as_source_error(caught.value, feed))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "java.io.IOException: No space left on device",
            "A file of feed 'shop.sales' cannot be read: the disk is full.",
        ),
        (
            "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:///x/a%20b.csv.  SQLSTATE: "
            "KD001\nCaused by: java.io.FileNotFoundException: /x/a b.csv (Permission denied)",
            "/x/a b.csv: may not be read.",
        ),
        (
            "expected magic number at tail [80, 65, 82, 49] but found",
            "A file of feed 'shop.sales' is no Parquet file, or is cut off.",
        ),
        ("[SOMETHING.NEW] a cell said Anna", "A file of feed 'shop.sales' cannot be read (SOMETHING.NEW)."),
        ("who knows", "A file of feed 'shop.sales' cannot be read (RuntimeError)."),
    ],
)
def test_known_and_unknown_causes(said: str, sentence: str) -> None:
    assert as_source_error(RuntimeError(said), a_feed("x.csv")).what == sentence
