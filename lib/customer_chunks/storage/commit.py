"""One commit on one table: it says what it consumed, and it fails where another writer was first.

Whoever writes has looked at the table before. The commit gets the number that follows the newest one
seen then (Delta's application transaction), so that of two writers who looked at the same rows one
wins; the other one is told, looks again and decides anew. Without it Delta lets two appends
through, which is right for a log and wrong for rows that were compared with what was there.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.errors import StorageError
from customer_chunks.storage.warehouse import Warehouse

_ATTEMPTS = 40
_LONGEST_PAUSE = 3.0
_LOOK_BACK = 50
_CONFLICTS = (
    "DELTA_CONCURRENT",
    "DELTA_METADATA_CHANGED",
    "DELTA_PROTOCOL_CHANGED",
    "ConcurrentModificationException",
)
T = TypeVar("T")


class OvertakenError(StorageError):
    """Another writer committed between reading the table and writing it; nothing was written."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f"{table}: another writer changed it at the same moment.",
            "Run again: it goes on from its last commit.",
        )


@contextmanager
def committing(warehouse: Warehouse, table: str, notes: Mapping[str, Any] | None) -> Iterator[None]:
    """Note and guard the one commit that the block makes on ``table``.

    Args:
        warehouse: Where the table lies; its last commit is the version that the writer looked at.
        table: Full name; the table exists.
        notes: What the commit says; None repeats what the last one said, so that the newest always tells.

    Raises:
        OvertakenError: the table has moved on since; nothing was written.
    """
    last = warehouse.last_commit(table)
    said = notes if notes is not None else last.said if last else {}
    mine = uuid.uuid4().hex
    number = last.number + 1 if last else 0
    with telling_conflicts(warehouse, table), warehouse.notes(said, number=number, token=mine):
        yield
    warehouse.forget(table)
    if not _is_committed(warehouse, table, mine):
        raise OvertakenError(table)


@contextmanager
def telling_conflicts(warehouse: Warehouse, table: str) -> Iterator[None]:
    """Turn Delta's refusal of a commit because another writer was first into ``OvertakenError``."""
    try:
        yield
    except SPARK_FAILURES as error:
        if any(sign in str(error) for sign in _CONFLICTS):
            warehouse.forget(table)
            raise OvertakenError(table) from error
        raise


def retried(work: Callable[[], T]) -> T:
    """Do the work; where another writer was first, do it anew with what the table holds then.

    Raises:
        OvertakenError: others were first too many times.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return work()
        except OvertakenError:
            if attempt == _ATTEMPTS - 1:
                raise
            # Writers that met once must not meet again in step.
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.1 * 2**attempt)))  # noqa: S311 - no secret
    raise AssertionError("unreachable")


def _is_committed(warehouse: Warehouse, table: str, mine: str) -> bool:
    """Return whether our commit is there: Delta skips a transaction number that was used, in silence."""
    last = warehouse.last_commit(table)
    if last is not None and last.token == mine:
        return True
    newest = warehouse.history(table, _LOOK_BACK).select("userMetadata").collect()
    return any(mine in (row["userMetadata"] or "") for row in newest)
