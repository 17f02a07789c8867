"""Spark's and the file system's exceptions -> one sentence with its remedy."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

from customer_chunks.columns.failures import whole_text
from customer_chunks.errors import StorageError

FULL = "No space left on device"
_AGAIN = "Free space and start again: nothing was lost or written twice."
_KNOWN = (
    (
        "Permission denied",
        "may not be written.",
        "Give yourself write permission, or choose another --warehouse.",
    ),
    (
        "DELTA_CANNOT_CREATE_LOG_PATH",
        "may not be written.",
        "Give yourself write permission, or choose another --warehouse.",
    ),
    (
        "Mkdirs failed",
        "may not be written.",
        "Give yourself write permission, or choose another --warehouse.",
    ),
    ("Read-only file system", "lies on a read-only file system.", "Choose another --warehouse."),
    ("Java heap space", "did not fit into memory.", "Raise CHUNKS_DRIVER_MEMORY, for example to 8g."),
    ("GC overhead limit", "did not fit into memory.", "Raise CHUNKS_DRIVER_MEMORY, for example to 8g."),
    (
        "DELTA_NOT_NULL_CONSTRAINT_VIOLATED",
        "a required column would be empty.",
        "Report this: a check let it pass.",
    ),
    (
        "DELTA_CONCURRENT",
        "another writer changed it at the same moment.",
        "Run again: it goes on from its last commit.",
    ),
    (
        "ConcurrentAppend",
        "another writer changed it at the same moment.",
        "Run again: it goes on from its last commit.",
    ),
    (
        "DELTA_FAILED_TO_MERGE_FIELDS",
        "a column's type changed.",
        "Give the changed files a feed of their own.",
    ),
)


def as_storage_error(error: BaseException, table: str, where: str) -> StorageError:
    """Return the sentence for what went wrong while ``table`` was written."""
    whole = whole_text(error)
    if FULL in whole:
        return StorageError(f"{table} in {where}: the disk is full{_room(where)}.", _AGAIN)
    for sign, what, remedy in _KNOWN:
        if sign in whole:
            return StorageError(f"{table} in {where}: {what}", remedy)
    text = str(error)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    condition = first_line.split("]")[0].strip("[ ") if first_line.startswith("[") else type(error).__name__
    return StorageError(
        f"{table} in {where}: could not be written ({condition}).", "Run again with --debug for details."
    )


def refused(error: OSError, place: object = None) -> StorageError:
    """Return the sentence for what Python itself could not write: ``place``, else what the error names."""
    name = place or error.filename or "A file"
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageError(f"{name}: the disk is full.", _AGAIN)
    if error.errno == errno.EROFS:
        return StorageError(f"{name}: lies on a read-only file system.", "Choose another --warehouse.")
    return StorageError(
        f"{name}: may not be written ({error.strerror or type(error).__name__}).",
        "Give yourself write permission, or choose another --warehouse.",
    )


def _room(where: str) -> str:
    """Say how much is free beside the tables and in the temporary folder: either may be the full one."""
    told = []
    for place in dict.fromkeys((where, tempfile.gettempdir())):
        if Path(place).is_dir():
            told.append(f"{shutil.disk_usage(place).free / 1e6:,.0f} MB free in {place}")
    return f" ({', '.join(told)})" if told else ""
