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
