"""What can happen to any command becomes one sentence with its remedy and exit code."""

from __future__ import annotations

import errno

import pytest
from py4j.protocol import Py4JNetworkError

from customer_chunks.flow.foreseen import as_foreseen


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "/w/a: the disk is full. Free space and start again: nothing was lost"),
        (errno.EROFS, "/w/a: lies on a read-only file system. Choose another --warehouse."),
        (errno.EACCES, "/w/a: may not be written (said). Give yourself write permission"),
    ],
)
def test_what_the_disk_refuses_is_about_storage(number: int, sentence: str) -> None:
    told = as_foreseen(OSError(number, "said", "/w/a"))
    assert told is not None
    assert str(told).startswith(sentence)
    assert told.exit_code == 7


def refused_after(first: Exception) -> Exception:
    """Return what cleaning up raises after ``first``."""
    try:
        try:
            raise first
        finally:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    except ConnectionRefusedError as error:
        return error


@pytest.mark.parametrize("error", [Py4JNetworkError("empty"), refused_after(Py4JNetworkError("empty"))])
def test_death_of_java_is_about_the_machine(error: Exception) -> None:
    told = as_foreseen(error)
    assert told is not None
    assert "Java, which runs Spark, ended" in told.what
    assert "Run again: it goes on from its last commit" in told.remedy
    assert told.exit_code == 9


def test_what_nobody_foresaw_stays_so() -> None:
    assert as_foreseen(ValueError("Smith, John")) is None
    assert as_foreseen(OSError(errno.EIO, "x", "/w/a")) is None
