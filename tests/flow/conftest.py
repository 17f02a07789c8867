"""A warehouse with every table and no row, made once and copied for each company."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import folder_target
from customer_chunks.contracts import TABLES
from customer_chunks.flow import narrowed
from customer_chunks.storage.warehouse import Warehouse
from tests.flow.company import SALES, Company

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def empty_warehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "warehouse"
    warehouse = Warehouse(spark, folder_target(folder))
    for table in TABLES.values():
        warehouse.create(table)
    return folder


@pytest.fixture(autouse=True)
def _keys_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for the rows of changed keys, as among millions of rows: the tables here have a few."""
    monkeypatch.setattr(narrowed, "WORTH_FROM", 0)
    monkeypatch.setattr(narrowed, "WORTH_IT", 1.0)


@pytest.fixture(autouse=True)
def _tiny_plans(request: pytest.FixtureRequest) -> None:
    """Interpret plans instead of compiling them, in one partition: the tables here have a few rows."""
    if "spark" in request.fixturenames:
        session: SparkSession = request.getfixturevalue("spark")
        session.conf.set("spark.sql.codegen.wholeStage", "false")
        session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        session.conf.set("spark.sql.shuffle.partitions", "1")


@pytest.fixture
def companies(spark: SparkSession, empty_warehouse: Path, tmp_path: Path) -> Callable[..., Company]:
    """Return a maker of companies; each has a folder and a warehouse of its own."""

    def make(name: str = "company", settings: Settings | None = None) -> Company:
        return Company(spark, tmp_path / name, empty_warehouse, settings)

    return make


@pytest.fixture
def company(companies: Callable[..., Company]) -> Company:
    """Return a company that maps plain sales files."""
    return companies().maps(SALES)
