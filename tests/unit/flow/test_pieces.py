"""A shuffle begins with more pieces where more rows were received, unless somebody has said how many."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.targets import folder_target
from customer_chunks.flow import pieces as module
from customer_chunks.flow.pieces import PIECES, ROWS_A_PIECE, pieces
from customer_chunks.storage.warehouse import Warehouse


@pytest.fixture
def warehouse(spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Warehouse:
    """Return a warehouse that has received 40 million rows and a bit, seen by nobody who said how many."""
    monkeypatch.delenv("CHUNKS_SHUFFLE_PARTITIONS", raising=False)
    monkeypatch.setattr(module, "rows_received", lambda _: 40 * ROWS_A_PIECE + 7)
    spark.conf.set("spark.sql.shuffle.partitions", "39")
    return Warehouse(spark, folder_target(tmp_path / "warehouse"))


def inside(warehouse: Warehouse) -> str | None:
    with pieces(warehouse):
        return warehouse.spark.conf.get(PIECES, None)


def test_there_is_a_piece_for_every_million_rows_and_only_inside(warehouse: Warehouse) -> None:
    assert inside(warehouse) == "40"
    assert warehouse.spark.conf.get(PIECES, None) is None


def test_few_rows_change_nothing(warehouse: Warehouse) -> None:
    warehouse.spark.conf.set("spark.sql.shuffle.partitions", "40")
    assert inside(warehouse) is None


def test_what_somebody_said_stays(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse.spark.conf.set(PIECES, "7")
    assert inside(warehouse) == "7"
    assert warehouse.spark.conf.get(PIECES, None) == "7"
    warehouse.spark.conf.unset(PIECES)
    monkeypatch.setenv("CHUNKS_SHUFFLE_PARTITIONS", "8")
    assert inside(warehouse) is None


def test_they_end_with_a_step_that_fails(warehouse: Warehouse) -> None:
    with pytest.raises(ZeroDivisionError), pieces(warehouse):
        raise ZeroDivisionError
    assert warehouse.spark.conf.get(PIECES, None) is None
