"""Which columns a delivery may lack: what the mapping reads decides, not what the table has."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.mapping import Feed, read_mapping
from customer_chunks.errors import SourceError
from customer_chunks.flow.drift import Met, meet
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect
from customer_chunks.sources.read import read

MAPPING = """\
source: shop
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    exclude: {tests: "kind = 'test'"}
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        product_id: upper(article)
        quantity: {column: pieces, default: "1"}
        unit_price: coalesce(price, amount)
        country: {value: DE}
"""
COLUMNS = "order,at,article,pieces,price,amount,kind,note"


def feed_of(folder: Path) -> Feed:
    (folder / "shop.yml").write_text(MAPPING, encoding="utf-8")
    return read_mapping(folder / "shop.yml").feeds[0]


def met(spark: SparkSession, folder: Path, header: str) -> Met:
    """Bring a file of one header after rows that had every column."""
    feed = feed_of(folder)
    held = spark.createDataFrame([], ", ".join(f"{name} string" for name in COLUMNS.split(",")))
    row = ",".join("1" for _ in header.split(","))
    (folder / "sales.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    files = [inspect(file, feed) for file in list_files(feed)]
    return meet(feed, files, read(spark, feed, files, staging=folder / "staging"), held)


@pytest.mark.parametrize("gone", ["pieces", "price", "amount", "note"])
def test_default_alternative_and_unread_columns_may_be_absent(
    spark: SparkSession, tmp_path: Path, gone: str
) -> None:
    found = met(spark, tmp_path, ",".join(c for c in COLUMNS.split(",") if c != gone))
    assert found.remarks == (f"{tmp_path}/sales.csv: has no '{gone}'; null in its rows.",)
    (row,) = found.rows.select(*COLUMNS.split(",")).collect()
    assert row.asDict() == {c: None if c == gone else "1" for c in COLUMNS.split(",")}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("at,article,price,kind", "has no column 'order', which the mapping reads for order_id. Export"),
        ("order,at,price,kind", "has no column 'article', which the mapping reads for product_id."),
        ("order,at,article,kind", "no columns 'price', 'amount', which the mapping reads for unit_price."),
        ("order,at,article,price", "has no column 'kind', which the mapping reads for exclude.tests."),
        ("order,day,article,price,kind", "It has 'day', which no field reads: if that is its new name, "
                                         "read both with `coalesce(at, day)` for ordered_at."),
        ("order,at,articles,price,kind,x", "read both with `coalesce(article, articles)` for product_id."),
        ("id,name", "It has another header ('id', 'name'): keep it out of `path:`"),
        ("order;at;article;price;kind", "its columns are parted by ';', not by ','."),
    ],
)  # fmt: skip
def test_column_that_the_mapping_reads_may_not_be_absent(
    spark: SparkSession, tmp_path: Path, header: str, said: str
) -> None:
    with pytest.raises(SourceError) as caught:
        met(spark, tmp_path, header)
    assert str(caught.value).startswith(f"{tmp_path}/sales.csv: ")
    assert said in str(caught.value)


def test_first_delivery_of_two_headers_is_held_to_the_same_rule(spark: SparkSession, tmp_path: Path) -> None:
    feed = feed_of(tmp_path)
    (tmp_path / "sales1.csv").write_text(
        "order,at,article,price,amount,kind\n1,1,1,1,1,1\n", encoding="utf-8"
    )
    (tmp_path / "sales2.csv").write_text("order,article,price,amount,kind\n1,1,1,1,1\n", encoding="utf-8")
    files = [inspect(file, feed) for file in list_files(feed)]
    raw = read(spark, feed, files, staging=tmp_path / "staging")
    with pytest.raises(SourceError, match=r"sales2\.csv: has no column 'at'"):
        meet(feed, files, raw, None)


def test_column_that_no_file_ever_had_is_left_to_the_mapping(spark: SparkSession, tmp_path: Path) -> None:
    feed = feed_of(tmp_path)
    (tmp_path / "sales1.csv").write_text("order,article,price,amount,kind\n1,1,1,1,1\n", encoding="utf-8")
    files = [inspect(file, feed) for file in list_files(feed)]
    raw = read(spark, feed, files, staging=tmp_path / "staging")
    assert meet(feed, files, raw, None).remarks == ()
