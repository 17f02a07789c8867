"""The order step of a source with headers, from bronze rows to what it writes and judges."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.flow.order_steps import order_step
from customer_chunks.flow.step import Built, Now, Step
from tests.builders import an_order, bronze, orders, table_frame, values

MAPPING = """\
source: shop
currency: EUR
feeds:
"""
LINES = """\
  lines:
    path: "lines*.csv"
    entities:
      order_lines: {order_id: order, product_id: article, quantity: pieces, unit_price: price}
"""
HEADS = """\
  heads:
    path: "heads*.csv"
    entities:
      orders: {order_id: order, ordered_at: at, customer_id: customer, order_amount: amount, currency: money}
"""
LINE_COLUMNS, HEAD_COLUMNS = (
    ("order", "article", "pieces", "price"),
    ("order", "at", "customer", "amount", "money"),
)
SOLD = [
    ("1", "mug", "2", "5.00"),
    ("1", "mug", "2", "5.00"),
    ("1", "pen", "1", "-1.00"),
    ("9", "mug", "1", "1.00"),
]
HEADED = [
    ("1", "2024-03-10", "c1", None, "EUR"),
    ("3", "2024-03-12", "c3", "8.50", "EUR"),
    ("4", "2024-03-12", "c3", None, "EUR"),
    ("5", "2024-03-12", "c3", "8.50", "CHF"),
]


class House:
    """Builds the step of a mapping from bronze rows, as a run does."""

    def __init__(self, spark: SparkSession, folder: Path, text: str, reporting: str | None = "EUR") -> None:
        (folder / "shop.yml").write_text(text, encoding="utf-8")
        self.spark = spark
        self.step: Step = order_step(read_mapping(folder / "shop.yml"))
        self.now = Now(Settings(reporting_currency=reporting), None, self.read)
        self.tables = {
            "silver.orders": orders(spark),
            "silver.customer_links": table_frame(spark, "silver.customer_links", []),
            "silver.exchange_rates": table_frame(spark, "silver.exchange_rates", []),
            "bronze.shop_lines": bronze(spark, LINE_COLUMNS, SOLD),
            "bronze.shop_heads": bronze(spark, HEAD_COLUMNS, HEADED),
        }

    def read(self, table: str) -> DataFrame:
        return self.tables[table]

    def built(self) -> Built:
        frames = {n: i.view(self.read(i.table), self.now) for n, i in self.step.inputs.items()}
        return self.step.build(frames, self.now)


def dispositions(built: Built) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """Return what became of the rows of each feed and entity."""
    return {
        (j.feed, j.entity): sorted((r["_disposition"], *(r["_reasons"] or ())) for r in j.rows.collect())
        for j in built.judged
    }


def test_lines_take_their_day_from_headers_and_headers_without_lines_stand_alone(
    spark: SparkSession, tmp_path: Path
) -> None:
    built = House(spark, tmp_path, MAPPING + LINES + HEADS).built()
    columns = ("order_id", "customer_id", "order_amount", "line_count", "quarantined_line_count")
    assert values(built.outputs["silver.orders"], *columns) == [
        ("1", "c1", Decimal(10), 1, 1),
        ("3", "c3", Decimal("8.5"), 0, 0),
        ("4", "c3", Decimal(0), 0, 0),
    ]
    assert values(built.outputs["silver.order_lines"], "order_id", "product_id") == [("1", "mug")]
    assert dispositions(built) == {
        ("lines", "order_lines"): [
            ("accepted",),
            ("duplicate",),
            ("quarantined", "ordered_at.missing"),
            ("quarantined", "unit_price.negative"),
        ],
        ("heads", "orders"): [
            ("accepted",), ("accepted",), ("accepted",), ("quarantined", "exchange_rate.missing"),
        ],
    }  # fmt: skip
    assert len(built.scratch) == 3, "lines, headers and rates are let go behind the step"


def test_without_lines_a_header_has_to_tell_its_amount(spark: SparkSession, tmp_path: Path) -> None:
    built = House(spark, tmp_path, MAPPING + HEADS).built()
    assert values(built.outputs["silver.orders"], "order_id", "quarantined_line_count") == [("3", 0)]
    assert values(built.outputs["silver.order_lines"], "order_id") == []
    assert [d[0] for d in dispositions(built)["heads", "orders"]] == [
        "accepted", "quarantined", "quarantined", "quarantined",
    ]  # fmt: skip


def test_copies_are_kept_where_the_mapping_says_so(spark: SparkSession, tmp_path: Path) -> None:
    kept = LINES.replace("    entities:", "    duplicates: keep\n    entities:")
    built = House(spark, tmp_path, MAPPING + kept + HEADS).built()
    told = dispositions(built)["lines", "order_lines"]
    assert [d[0] for d in told] == ["accepted", "accepted", "quarantined", "quarantined"]


def test_newer_line_of_the_same_number_counts(spark: SparkSession, tmp_path: Path) -> None:
    numbered = LINES.replace("unit_price: price", "unit_price: price, line_id: article")
    numbered = numbered.replace("    entities:", "    duplicates: keep\n    entities:")
    house = House(spark, tmp_path, MAPPING + numbered + HEADS)
    house.tables["bronze.shop_lines"] = bronze(
        spark, LINE_COLUMNS, [("1", "mug", "2", "5.00"), ("1", "mug", "3", "5.00")]
    )
    built = house.built()
    assert values(built.outputs["silver.order_lines"], "quantity") == [Decimal(3)]


def test_changed_links_name_the_orders_of_their_records(spark: SparkSession, tmp_path: Path) -> None:
    house = House(spark, tmp_path, MAPPING + LINES + HEADS)
    house.tables["silver.orders"] = orders(
        spark,
        an_order("1", source_customer_id="a"),
        an_order("2", source_customer_id="b"),
        an_order("3", source_customer_id="a"),
        an_order("4", source_customer_id="a", source="web"),
    )
    records = [("shop", "a"), ("shop", "a"), ("web", "b")]
    changes = [
        {"source": s, "source_customer_id": c, "customer_id": "x", "evidence": "e"} for s, c in records
    ]
    keys_of = house.step.inputs["links"].keys_of
    assert keys_of is not None
    found = keys_of(table_frame(spark, "silver.customer_links", changes), house.now)
    assert values(found, "_key") == ["1", "3"]


@pytest.mark.parametrize(
    ("currency", "reporting", "kept"), [("EUR", "EUR", 1), ("EUR", "USD", 0), ("EUR", None, 1)]
)
def test_money_of_another_currency_than_the_reporting_one_needs_a_rate(
    spark: SparkSession, tmp_path: Path, currency: str, reporting: str | None, kept: int
) -> None:
    plain = LINES.replace("order_id: order,", "order_id: order, ordered_at: article,")
    house = House(spark, tmp_path, MAPPING.replace("EUR", currency) + plain, reporting)
    house.tables["bronze.shop_lines"] = bronze(spark, LINE_COLUMNS, [("1", "2024-03-10", "2", "5.00")])
    built = house.built()
    assert values(built.outputs["silver.orders"], "order_amount_base") == [Decimal(10)] * kept
