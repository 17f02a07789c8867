"""A day's merge writes anew the files that hold its rows, and no others; marked rows spare even those."""

from __future__ import annotations

import pytest

from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, held, operations, put

FILES, ROWS = 6, 4


def a_file(number: int) -> dict[str, str]:
    return {f"{number}-{row}": "1" for row in range(ROWS)}


@pytest.fixture
def filled(warehouse: Warehouse) -> dict[str, str]:
    """Fill the table file by file, each with keys of its own; return its rows."""
    rows: dict[str, str] = {}
    for number in range(FILES):
        rows |= a_file(number)
        put(warehouse, rows)
    assert operations(warehouse)[1:] == ["WRITE Append"] * FILES
    return rows


def merged(warehouse: Warehouse) -> dict[str, int]:
    """Return how many files the newest commit, a merge, removed, added and marked rows in."""
    (last,) = warehouse.history(NAME, 1).select("operation", "operationMetrics").collect()
    assert last["operation"] == "MERGE"
    asked = ("numTargetFilesRemoved", "numTargetFilesAdded", "numTargetDeletionVectorsAdded")
    return {name: int(last["operationMetrics"][name]) for name in asked}


def test_a_corrected_row_touches_its_own_file_alone(warehouse: Warehouse, filled: dict[str, str]) -> None:
    day = {**filled, "3-1": "2", "new": "1"}
    put(warehouse, day)
    found = merged(warehouse)
    assert found["numTargetFilesRemoved"] == 1
    assert found["numTargetFilesAdded"] <= 2  # the file anew, and the new row
    assert {key: rate for key, (_, rate) in held(warehouse).items()} == day


def test_where_rows_may_be_marked_no_file_is_written_anew(
    warehouse: Warehouse, filled: dict[str, str]
) -> None:
    warehouse.spare_rewrites(NAME)
    gone = {key: rate for key, rate in filled.items() if key != "2-0"}
    put(warehouse, {**gone, "3-1": "2"})
    found = merged(warehouse)
    assert found["numTargetDeletionVectorsAdded"] == 2
    assert found["numTargetFilesAdded"] == 1  # the corrected row alone
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert last.rows_copied == 0
