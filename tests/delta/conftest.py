"""A warehouse of its own for each test of storage."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.targets import folder_target
from customer_chunks.storage.warehouse import Warehouse


@pytest.fixture
def warehouse(spark: SparkSession, warehouse_dir: Path) -> Warehouse:
    return Warehouse(spark, folder_target(warehouse_dir))


@pytest.fixture(autouse=True)
def _tiny_plans(request: pytest.FixtureRequest) -> None:
    """Interpret plans instead of compiling them, in one partition: the tables here have a few rows."""
    if "spark" in request.fixturenames:
        session: SparkSession = request.getfixturevalue("spark")
        session.conf.set("spark.sql.codegen.wholeStage", "false")
        session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        session.conf.set("spark.sql.shuffle.partitions", "1")
