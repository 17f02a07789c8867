"""What Spark and the file system say when a table cannot be written, as one sentence."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import pytest

from customer_chunks.storage.faults import as_storage_error, refused


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "java.io.IOException: No space left on device",
            "t in w: the disk is full (",
        ),
        ("x: Permission denied", "t in w: may not be written. Give yourself write permission"),
        ("Mkdirs failed to create", "t in w: may not be written."),
        (
            "io.delta.exceptions.DeltaIOException: [DELTA_CANNOT_CREATE_LOG_PATH] Cannot create file:/w/t",
            "t in w: may not be written. Give yourself write permission",
        ),
        ("Read-only file system", "lies on a read-only file system"),
        (
            "java.lang.OutOfMemoryError: Java heap space",
            "did not fit into memory. Raise CHUNKS_DRIVER_MEMORY",
        ),
        ("[DELTA_CONCURRENT_APPEND] x", "another writer changed it at the same moment. Run again"),
        ("org.apache.spark.ConcurrentAppendException: x", "another writer changed it at the same moment."),
        ("java.lang.OutOfMemoryError: GC overhead limit exceeded", "did not fit into memory."),
        ("[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] x", "a required column would be empty. Report this"),
        ("[DELTA_FAILED_TO_MERGE_FIELDS] x", "a column's type changed. Give the changed files a feed"),
        (
            "[SOME_CONDITION] Smith, John is wrong",
            "could not be written (SOME_CONDITION). Run again with --debug",
        ),
        ("Smith, John is wrong", "could not be written (ValueError)."),
    ],
)
def test_fault_is_one_sentence_without_values(text: str, sentence: str) -> None:
    error = str(as_storage_error(ValueError(text), "t", "w"))
    assert sentence in error
    assert "Smith" not in error


def test_full_disk_is_found_beneath_what_spark_says_and_named_with_what_is_free(tmp_path: Path) -> None:
    said = ValueError("[TASK_WRITE_FAILED] Task failed while writing rows.")
    said.__cause__ = OSError("java.io.IOException: No space left on device")
    error = as_storage_error(said, "t", str(tmp_path))
    elsewhere = as_storage_error(said, "t", "s3://bucket/tables")
    assert f"t in {tmp_path}: the disk is full (" in error.what
    assert f" MB free in {tmp_path}" in error.what
    for told in (error, elsewhere):
        assert f" MB free in {tempfile.gettempdir()}" in told.what
    assert error.remedy.startswith("Free space and start again")


@pytest.mark.parametrize(
    ("number", "place", "sentence"),
    [
        (errno.EDQUOT, None, "/w/a: the disk is full. Free space and start again"),
        (errno.EROFS, "/w", "/w: lies on a read-only file system. Choose another --warehouse."),
        (errno.EIO, "/w", "/w: may not be written (said). Give yourself write permission"),
    ],
)
def test_refusal_names_the_place_given_before_that_of_the_error(
    number: int, place: str | None, sentence: str
) -> None:
    assert str(refused(OSError(number, "said", "/w/a"), place)).startswith(sentence)


def test_refusal_without_any_name_is_about_a_file() -> None:
    assert str(refused(OSError())).startswith("A file: may not be written (OSError).")
