"""Spark's and the file system's exceptions -> one sentence with its remedy."""

from __future__ import annotations

from customer_chunks.errors import StorageError

_KNOWN = (
    (
        "No space left on device",
        "the disk is full.",
        "Free space and start again: nothing was lost or written twice.",
    ),
    (
        "Permission denied",
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
    text = str(error)
    for sign, what, remedy in _KNOWN:
        if sign in text:
            return StorageError(f"{table} in {where}: {what}", remedy)
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    condition = first_line.split("]")[0].strip("[ ") if first_line.startswith("[") else type(error).__name__
    return StorageError(
        f"{table} in {where}: could not be written ({condition}).", "Run again with --debug for details."
    )
