"""Files that differ from those before: names, types and values as the table takes them, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from customer_chunks.config.mapping import Feed, read_mapping
from customer_chunks.errors import SourceError
from customer_chunks.flow.drift import Met, meet
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect
from customer_chunks.sources.read import read

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MAPPING = """\
source: shop
currency: EUR
feeds:
  sales:
    path: "sales*.jsonl"
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        product_id: item.sku
        line_amount: amount
"""
HELD = "order string, at string, item struct<sku: string>, amount string, note string"
ROW = {"order": "1", "at": "2024-03-10", "item": {"sku": "mug"}, "amount": "5", "note": "x"}
TABLE = "bronze.shop_sales"


def feed_of(folder: Path) -> Feed:
    (folder / "shop.yml").write_text(MAPPING, encoding="utf-8")
    return read_mapping(folder / "shop.yml").feeds[0]


def met(spark: SparkSession, folder: Path, *rows: dict[str, Any], held: str | None = HELD) -> Met:
    """Bring a file of the rows to a table of the columns."""
    feed = feed_of(folder)
    (folder / "sales.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    files = [inspect(file, feed) for file in list_files(feed)]
    table = spark.createDataFrame([], held) if held else None
    return meet(feed, files, read(spark, feed, files, staging=folder / "staging"), table)


def test_equal_rows_are_taken_in_silence(spark: SparkSession, tmp_path: Path) -> None:
    found = met(spark, tmp_path, ROW)
    assert found.remarks == ()
    assert found.rows.columns == ["order", "at", "item", "amount", "note", "_path", "_position", "_rescued"]
    (row,) = found.rows.collect()
    assert (row["order"], row["item"]["sku"], row["amount"], row["_rescued"]) == ("1", "mug", "5", None)


def test_first_file_has_nothing_to_differ_from(spark: SparkSession, tmp_path: Path) -> None:
    assert met(spark, tmp_path, ROW, held=None).remarks == ()


def test_new_column_comes_last_and_is_told_once(spark: SparkSession, tmp_path: Path) -> None:
    found = met(spark, tmp_path, {"gift": True, **ROW, "colour": "red"})
    assert found.rows.columns[5:7] == ["colour", "gift"]
    assert found.remarks == (f"{TABLE}: 'colour', 'gift' came for the first time; null in the rows before.",)


def test_name_that_is_written_otherwise_is_the_tables(spark: SparkSession, tmp_path: Path) -> None:
    other = {("ORDER" if name == "order" else name): value for name, value in ROW.items()}
    found = met(spark, tmp_path, other)
    assert found.rows.columns[0] == "order"
    assert [row["order"] for row in found.rows.collect()] == ["1"]
    assert found.remarks == (f"{TABLE}: 'ORDER' is taken for 'order'.",)


def test_column_that_is_not_there_is_null_of_the_tables_type(spark: SparkSession, tmp_path: Path) -> None:
    found = met(spark, tmp_path, {name: value for name, value in ROW.items() if name != "note"})
    assert dict(found.rows.dtypes)["note"] == "string"
    assert [row["note"] for row in found.rows.collect()] == [None]


def met_parquet(spark: SparkSession, folder: Path, comes: str, held: str) -> Met:
    """Bring a Parquet file whose amount is of one type to a table where it is of another."""
    (folder / "shop.yml").write_text(MAPPING.replace("sales*.jsonl", "*.parquet"), encoding="utf-8")
    feed = read_mapping(folder / "shop.yml").feeds[0]
    columns = "'1' AS order, '2024-03-10' AS at, named_struct('sku', 'mug') AS item"
    rows = spark.sql(f"SELECT {columns}, CAST(5 AS {comes}) AS amount")
    rows.coalesce(1).write.parquet(str(folder / "written"))
    (part,) = (folder / "written").glob("*.parquet")
    part.rename(folder / "sales.parquet")
    files = [inspect(file, feed) for file in list_files(feed)]
    table = spark.createDataFrame([], f"order string, at string, item struct<sku: string>, amount {held}")
    return meet(feed, files, read(spark, feed, files, staging=folder / "staging"), table)


@pytest.mark.parametrize(
    ("comes", "held", "said", "spark_type"),
    [
        ("bigint", "bigint", None, "bigint"),
        ("bigint", "int", "comes as bigint; the table holds bigint from now on, not int.", "bigint"),
        ("int", "bigint", "comes as int and is kept as bigint.", "bigint"),
    ],
    ids=["as before", "wider", "narrower"],
)
def test_wider_of_two_types_is_the_tables(
    spark: SparkSession, tmp_path: Path, comes: str, held: str, said: str | None, spark_type: str
) -> None:
    found = met_parquet(spark, tmp_path, comes, held)
    assert found.remarks == (() if said is None else (f"{TABLE}: 'amount' {said}",))
    assert dict(found.rows.dtypes)["amount"] == spark_type
    assert [row["amount"] for row in found.rows.collect()] == [5]


def test_type_that_cannot_be_held_is_refused_with_the_remedy(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'amount' was struct<value:bigint> and comes as bigint") as told:
        met_parquet(spark, tmp_path, "bigint", "struct<value: bigint>")
    assert f"`chunks run --full {TABLE}`" in str(told.value)


@pytest.mark.parametrize("value", ['{"id": 1}', "[1, 2]"], ids=["an object", "a list"])
def test_mapped_text_that_became_an_object_marks_its_record(
    spark: SparkSession, tmp_path: Path, value: str
) -> None:
    plain = {**ROW, "order": "2", "note": value}
    odd = {**ROW, "order": value}
    found = met(spark, tmp_path, plain, odd).rows.orderBy("_position").collect()
    assert found[0]["_rescued"] is None, "nothing reads the note"
    assert json.loads(found[1]["_rescued"])["order"] == value


def test_text_that_only_looks_like_an_object_is_text(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = met(spark, tmp_path, {**ROW, "order": "{not json}"}).rows.collect()
    assert (row["order"], row["_rescued"]) == ("{not json}", None)
