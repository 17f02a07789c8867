"""Bronze rows through a mapping: names, expressions, nulls, rules and what is said of bad cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns.mapped import copy_hash, customer_id_of, mapped_rows
from customer_chunks.columns.naming import source_names
from customer_chunks.errors import ConfigError
from tests.builders import bronze, by
from tests.unit.config.mappings import GOOD, changed, mapping_of

COLUMNS = ("order", "at", "customer", "pieces", "price")
FEED = '    path: "sales*.csv"\n'
PRICE = "        unit_price: price\n"


def lines(
    spark: SparkSession,
    folder: Path,
    text: str,
    rows: Sequence[Sequence[str | None]],
    columns: Sequence[str] = COLUMNS,
) -> DataFrame:
    """Return the mapped order lines of raw rows."""
    source = mapping_of(folder, text)
    return mapped_rows(
        bronze(spark, columns, rows), source.feeds[0], source, "order_lines", reporting_zone="Asia/Tokyo"
    )


def test_row_is_typed_and_keeps_its_lineage(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = lines(spark, tmp_path, GOOD, [(" 7.0 ", "2024-07-01 12:00", "c1", "2", "1.50")]).collect()
    assert (row["order_id"], row["ordered_at"]) == ("7", datetime(2024, 7, 1, 10))
    assert (row["quantity"], row["unit_price"]) == (Decimal("2"), Decimal("1.5"))
    assert (row["product_id"], row["line_amount"], row["is_return"]) == (None, None, None)
    assert (row["_feed"], row["_delivery"], row["_position"]) == ("sales", 0, 0)
    assert (row["_excluded"], row["_unreadable"], row["_noted"]) == (None, [], [])


def test_date_only_is_a_day_of_the_reporting_zone(spark: SparkSession, tmp_path: Path) -> None:
    (row,) = lines(spark, tmp_path, GOOD, [("1", "2024-07-01", "c", "1", "1")]).collect()
    assert row["ordered_at"] == datetime(2024, 6, 30, 15)


def test_cell_that_cannot_be_read_is_named_and_an_empty_one_is_not(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = [
        ("1", "yesterday", "c", "abc", "n/a"),
        ("2", "", None, "  ", "1"),
        ("3", "2011-03-27 02:30", "c", "1", "1"),
    ]
    found = by(lines(spark, tmp_path, GOOD, rows), "order_id")
    assert found["1"]["_unreadable"] == [
        "ordered_at.unparsable",
        "quantity.unparsable",
        "unit_price.unparsable",
    ]
    assert found["2"]["_unreadable"] == []
    assert found["3"]["_noted"] == ["ordered_at.clock_gap"]


def test_null_values_are_null_before_anything_else(spark: SparkSession, tmp_path: Path) -> None:
    text = changed((FEED, FEED + "    null_values: ['NULL', '-']\n"))
    found = by(
        lines(spark, tmp_path, text, [("1", "-", "NULL", " - ", "1"), ("2", "", "", "", "")]), "order_id"
    )
    for row in found.values():
        assert (row["ordered_at"], row["customer_id"], row["quantity"]) == (None, None, None)
        assert row["_unreadable"] == []


def test_null_values_are_null_in_expressions_and_stay_what_was_received_elsewhere(
    spark: SparkSession, tmp_path: Path
) -> None:
    rules = "    null_values: ['k.A.']\n    exclude: {anonymous: \"customer = 'k.A.' AND pieces = '9'\"}\n"
    text = changed((FEED, FEED + rules), ("customer_id: customer", "customer_id: upper(customer)"))
    rows = [
        ("1", "2024-07-01", "k.A.", "1", "1"),
        ("2", "2024-07-01", "k.a.", "1", "1"),
        ("3", "2024-07-01", "k.A.", "9", "1"),
        ("4", "2024-07-01", " k.A. ", "1", "1"),
    ]
    found = by(lines(spark, tmp_path, text, rows), "order_id")
    assert [found[order]["customer_id"] for order in "1234"] == [None, "K.A.", None, None]
    assert [found[order]["_excluded"] for order in "1234"] == [None, None, "anonymous", None]
    same = lines(spark, tmp_path, text, [("1", "", "k.A.", "", ""), ("1", "", None, "", "")]).collect()
    assert same[0]["_copy"] != same[1]["_copy"], "rows that differ as received are no copies"


def test_values_are_replaced_and_a_default_fills_what_is_empty(spark: SparkSession, tmp_path: Path) -> None:
    more = (
        "        is_return: {column: order, values: {R: yes, S: no}, default: no}\n"
        "        country: {column: customer, default: NO}\n        channel: {value: web}\n"
    )
    rows = [
        ("R", "", "SE", "1", "1"),
        (" S ", "", None, "1", "1"),
        (None, "", "", "1", "1"),
        ("Q", "", "", "1", "1"),
    ]
    found = lines(spark, tmp_path, changed((PRICE, PRICE + more)), rows).orderBy("_position").collect()
    assert [r["is_return"] for r in found] == [True, False, False, None]
    assert found[3]["_unreadable"] == ["is_return.unparsable"]
    assert [r["country"] for r in found] == ["SE", "NO", "NO", "NO"]
    assert {r["channel"] for r in found} == {"web"}


def test_first_excluding_rule_that_holds_names_the_row(spark: SparkSession, tmp_path: Path) -> None:
    text = changed((FEED, FEED + "    exclude: {tests: \"order LIKE 'T%'\", cheap: 'price < 5'}\n"))
    rows = [
        ("T1", "", "c", "1", "1"),
        ("2", "", "c", "1", "1"),
        ("3", "", "c", "1", "9"),
        (None, "", "c", "1", None),
    ]
    found = lines(spark, tmp_path, text, rows).orderBy("_position").collect()
    assert [r["_excluded"] for r in found] == ["tests", "cheap", None, None]


def test_malformed_record_is_marked(spark: SparkSession, tmp_path: Path) -> None:
    source = mapping_of(tmp_path, GOOD)
    raw = bronze(spark, COLUMNS, [("1", "", "c", "1", "1")]).withColumn("_rescued", F.lit("1,,c"))
    (row,) = mapped_rows(raw, source.feeds[0], source, "order_lines", reporting_zone="UTC").collect()
    assert row["_unreadable"] == ["record.malformed"]


def test_column_is_found_by_name_with_blanks_and_in_another_case(spark: SparkSession, tmp_path: Path) -> None:
    text = changed(
        ("customer_id: customer", "customer_id: {column: customer id}"),
        ("unit_price: price", "unit_price: '`the price`'"),
    )
    columns = ("order", "at", " Customer ID ", "pieces", "the price")
    (row,) = lines(spark, tmp_path, text, [("1", "", "c9", "1", "2")], columns).collect()
    assert (row["customer_id"], row["unit_price"]) == ("c9", Decimal("2"))


def test_missing_column_is_named_with_the_nearest(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"order_lines\.unit_price: bronze\.shop_sales has no column 'prise'\. Did you mean 'price'",
    ):
        lines(spark, tmp_path, changed(("unit_price: price", "unit_price: prise")), [])


def test_expression_that_is_none_is_one_sentence(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"'price \+' is no valid expression \(\[PARSE_SYNTAX_ERROR\].*need `backticks`",
    ):
        lines(spark, tmp_path, changed(("unit_price: price", "unit_price: price +")), [])


@pytest.mark.parametrize(
    "expression", ["sum(pieces)", "count(*)", "explode(split(pieces, ' '))", "max(pieces) OVER (ORDER BY at)"]
)
def test_expression_that_is_not_one_value_a_row_is_refused(
    spark: SparkSession, tmp_path: Path, expression: str
) -> None:
    text = changed(("quantity: pieces", f'quantity: "{expression}"'))
    with pytest.raises(ConfigError, match=r"quantity: '.*' does not give one value for each row"):
        lines(spark, tmp_path, text, [])


def test_pattern_that_is_none_is_one_sentence(spark: SparkSession, tmp_path: Path) -> None:
    text = changed(("ordered_at: at", "ordered_at: {column: at, format: bb.QQQQQQ}"))
    with pytest.raises(
        ConfigError, match=r"ordered_at: 'bb\.QQQQQQ' is no date format\. Use Spark's letters"
    ):
        lines(spark, tmp_path, text, [])


def test_entity_that_the_feed_does_not_fill_is_an_error(spark: SparkSession, tmp_path: Path) -> None:
    source = mapping_of(tmp_path, GOOD)
    with pytest.raises(ConfigError, match="fills no products"):
        mapped_rows(bronze(spark, COLUMNS, []), source.feeds[0], source, "products", reporting_zone="UTC")


def test_copies_are_equal_as_text_in_every_received_column(spark: SparkSession) -> None:
    rows = [("1", "x", None), ("1", "x", None), ("1", None, "x"), ("1", "x ", None), ("1", "x", "")]
    hashed = bronze(spark, ("a", "b", "c"), rows).orderBy("_position")
    hashes = [r[0] for r in hashed.select(copy_hash(hashed)).collect()]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


def test_new_empty_column_makes_no_other_row(spark: SparkSession) -> None:
    old = bronze(spark, ("b", "a"), [("1", "x")])
    new = bronze(spark, ("a", "b", "z"), [("x", "1", None)])
    assert old.select(copy_hash(old)).collect() == new.select(copy_hash(new)).collect()
    assert old.select(copy_hash(old)).collect() != old.select(copy_hash(old, seed=1)).collect()


def test_customer_id_of_a_raw_row_is_the_mapped_one(spark: SparkSession, tmp_path: Path) -> None:
    source = mapping_of(tmp_path, GOOD)
    raw = bronze(spark, COLUMNS, [("1", "", " 17850.0", "", ""), ("2", "", " ", "", "")]).orderBy("_position")
    column = customer_id_of(raw, source.feeds[0], source.feeds[0].entities[0])
    assert [r[0] for r in raw.select(column).collect()] == ["17850", None]


def test_outside_names_come_back_from_the_comments(spark: SparkSession) -> None:
    frame = spark.sql("SELECT 1 AS _delivery").withColumn("unit_price", F.lit(1))
    frame = frame.select(
        "_delivery", F.col("unit_price").alias("unit_price", metadata={"comment": "Unit. Price"})
    )
    assert source_names(frame).columns == ["_delivery", "Unit. Price"]
