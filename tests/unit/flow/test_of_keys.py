"""Of the rows that no key concerns nothing but the key is read; the others leave as the table holds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.config.mapping import SourceMapping, read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.flow.narrowed import _of_keys
from customer_chunks.flow.source_steps import source_steps
from customer_chunks.flow.step import Input, Now
from customer_chunks.storage.keys import Keys
from tests.builders import bronze, values
from tests.plans import plan

MAPPING = """\
source: shop
namespace: s
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    null_values: ["k.A."]
    exclude: {unnamed: "customer = 'k.A.'"}
    entities:
      order_lines:
        {order_id: order, ordered_at: at, customer_id: customer, quantity: pieces, unit_price: "`the price`"}
"""
COLUMNS = ("order", "at", "customer", "pieces", "the price")
ROWS = [
    ("1", "2024-01-05", "c1", "2", "1.50"),
    ("2", "2024-01-05", "c1", "1", "1.50"),
    (" 1.0 ", "2024-01-06", "c2", "n/a", "2"),
    (None, "2024-01-07", "c3", "1", "3"),
    ("1", "2024-01-05", "k.A.", "2", "1.50"),
    ("1", "2024-01-05", None, "2", "1.50"),
]


@pytest.fixture
def shop(tmp_path: Path) -> SourceMapping:
    (tmp_path / "shop.yml").write_text(MAPPING, encoding="utf-8")
    return read_mapping(tmp_path / "shop.yml")


def wanted(shop: SourceMapping, step: str, name: str) -> Input:
    (found,) = [s for s in source_steps(shop) if s.name == f"{step}[shop]"]
    return found.inputs[name]


@pytest.fixture
def table(spark: SparkSession) -> DataFrame:
    return bronze(spark, COLUMNS, ROWS)


def of(spark: SparkSession, table: DataFrame, asked: Input, *keys: str) -> DataFrame:
    now = Now(Settings(), None, lambda _: table)
    named = spark.createDataFrame([(key,) for key in keys], "_key string")
    return _of_keys(table, asked, Keys(named, len(keys)), now)


def test_rows_leave_as_the_table_holds_them(
    spark: SparkSession, table: DataFrame, shop: SourceMapping
) -> None:
    asked = wanted(shop, "silver.orders", "lines:sales")
    kept = of(spark, table, asked, "s:1")
    assert kept.schema == table.schema
    received = sorted((row["order"], row["customer"] or "", row["the price"]) for row in kept.collect())
    assert received == [(" 1.0 ", "c2", "2"), ("1", "", "1.50"), ("1", "c1", "1.50"), ("1", "k.A.", "1.50")]
    viewed = asked.view(kept, Now(Settings(), None, lambda _: table))
    whole = asked.view(table, Now(Settings(), None, lambda _: table)).where("_key = 's:1'")
    assert viewed.columns == whole.columns
    rows = sorted(map(str, viewed.collect()))
    assert rows == sorted(map(str, whole.collect()))
    assert sum("unnamed" in row for row in rows) == 1


def test_comments_of_columns_stay_with_them(spark: SparkSession, table: DataFrame, tmp_path: Path) -> None:
    said = MAPPING.replace("order_id: order", 'order_id: "`Order No.`"')
    (tmp_path / "shop.yml").write_text(said, encoding="utf-8")
    shop = read_mapping(tmp_path / "shop.yml")
    table = table.withColumn("order", F.col("order").alias("order", metadata={"comment": "Order No."}))
    kept = of(spark, table, wanted(shop, "silver.orders", "lines:sales"), "s:2")
    assert kept.schema["order"].metadata == {"comment": "Order No."}
    assert values(kept, "order") == ["2"]


def test_rows_that_only_name_customers_are_found_by_them(
    spark: SparkSession, table: DataFrame, shop: SourceMapping
) -> None:
    asked = wanted(shop, "silver.customer_records", "seen:sales:order_lines")
    assert values(of(spark, table, asked, "c1"), "order") == ["1", "2"]


def test_dates_and_numbers_are_read_behind_the_join(
    spark: SparkSession, table: DataFrame, shop: SourceMapping
) -> None:
    asked = wanted(shop, "silver.orders", "lines:sales")
    viewed = asked.view(of(spark, table, asked, "s:1"), Now(Settings(), None, lambda _: table))
    above, _, below = plan(viewed).partition("LeftSemi")
    assert "try_cast" in above.lower() or "as decimal" in above.lower()
    assert "as decimal" not in below.lower()
    assert "as timestamp" not in below.lower()
