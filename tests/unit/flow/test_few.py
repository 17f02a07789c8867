"""Queries over few rows are interpreted, those over many are compiled, and what somebody said stays."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.targets import folder_target
from customer_chunks.flow.few import FEW, INTERPRETED, interpreted_where_few, most_rows_in
from customer_chunks.sources.files import SourceFile
from customer_chunks.sources.inspected import Inspected
from customer_chunks.storage.warehouse import Warehouse
from tests.plans import plan


@pytest.fixture
def warehouse(spark: SparkSession, tmp_path: Path) -> Warehouse:
    """Return a warehouse of a session in which nobody has said anything."""
    own = spark.newSession()
    for key in INTERPRETED:
        own.conf.unset(key)
    return Warehouse(own, folder_target(tmp_path / "warehouse"))


def is_compiled(warehouse: Warehouse) -> bool:
    return "*(1)" in plan(warehouse.spark.range(10).where("id % 2 = 0"))


def said(warehouse: Warehouse) -> list[str | None]:
    return [warehouse.spark.conf.get(key, None) for key in INTERPRETED]


def test_few_rows_are_interpreted_and_only_inside(warehouse: Warehouse) -> None:
    assert is_compiled(warehouse)
    with interpreted_where_few(warehouse, FEW):
        assert not is_compiled(warehouse)
        assert said(warehouse) == ["false", "NO_CODEGEN"]
    assert is_compiled(warehouse)
    assert said(warehouse) == [None, None]


def test_many_rows_are_compiled(warehouse: Warehouse) -> None:
    with interpreted_where_few(warehouse, FEW + 1):
        assert is_compiled(warehouse)


@pytest.mark.parametrize("key", INTERPRETED)
def test_what_somebody_said_stays(warehouse: Warehouse, key: str) -> None:
    value = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}[key]
    warehouse.spark.conf.set(key, value)
    with interpreted_where_few(warehouse, 1):
        assert is_compiled(warehouse)
    assert warehouse.spark.conf.get(key) == value


def test_it_ends_with_a_step_that_fails(warehouse: Warehouse) -> None:
    with pytest.raises(ZeroDivisionError), interpreted_where_few(warehouse, 1):
        raise ZeroDivisionError
    assert said(warehouse) == [None, None]


def test_files_tell_by_their_sizes_how_many_rows_they_hold_at_most() -> None:
    at = datetime(2024, 1, 1, tzinfo=timezone.utc)

    def file(path: str, size: int) -> Inspected:
        return Inspected(SourceFile(path, size, at), None)

    assert most_rows_in([]) == 0
    assert most_rows_in([file("/a.CSV", 1000), file("/b.json", 500)]) == 30
    assert most_rows_in([file("/a.csv.gz", 1000), file("/a.zip!b.parquet", 500)]) == 300
