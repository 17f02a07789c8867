"""KPIs of a few days, every cell worked by hand."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.gold.kpi_daily import kpi_daily
from tests.builders import a_line, a_product, an_order, order_lines, orders, products
from tests.plans import plan

MONDAY, TUESDAY, WEDNESDAY = date(2024, 3, 11), date(2024, 3, 12), date(2024, 3, 13)
ORDERS = [
    # Two first orders of a at the same instant: the smaller id is the first purchase.
    an_order(
        "2", customer_id="a", ordered_at="2024-03-11 09:00", order_amount=10, country="DE", channel=None
    ),
    an_order(
        "1", customer_id="a", ordered_at="2024-03-11 09:00", order_amount=20, country="FR", channel="web"
    ),
    an_order("3", customer_id="b", ordered_at="2024-03-11 08:00", order_amount=1, country=None),
    an_order("4", customer_id=None, ordered_at="2024-03-11", order_amount=3, country="DE"),
    an_order("5", customer_id="b", ordered_at="2024-03-11", order_amount=-4, country="DE"),
    an_order("6", customer_id="c", ordered_at="2024-03-10", order_amount=0),
    an_order("7", customer_id="c", ordered_at="2024-03-12", order_amount=5, order_amount_base="2.5"),
    an_order("8", customer_id="d", ordered_at="2024-03-09", order_amount=-2, country="IT"),
    an_order("9", customer_id="d", ordered_at="2024-03-13", order_amount=0, is_return=True, country="IT"),
    an_order("10", customer_id="b", ordered_at="2024-03-12", order_amount=5, country="DE"),
    an_order("11", customer_id="b", ordered_at="2024-03-12", order_amount=6, country="DE"),
]
LINES = [
    a_line("1", 1, product_id="mug", line_amount=15),
    a_line("1", 2, product_id="mug", line_amount=3),
    a_line("1", 3, product_id="pen", line_amount=2),
    a_line("1", 4, product_id="post", line_kind="charge", line_amount=9),
    a_line("2", 1, product_id=None, line_amount=10),
    a_line("3", 1, product_id="new", line_amount=1),
    a_line("4", 1, product_id="bare", line_amount=3),
    a_line("5", 1, product_id="mug", line_amount=-4),
    a_line("7", 1, product_id="mug", line_amount=5, line_amount_base="2.5"),
    a_line("10", 1, product_id="mug", line_amount=5),
    a_line("11", 1, product_id="mug", line_amount=0),
    a_line("11", 2, product_id="pen", line_amount=6),
    a_line("9", 1, product_id="pen", line_amount=0),
]
PRODUCTS = [
    a_product("mug", category="Kitchen"),
    a_product("pen", category="Office"),
    a_product("bare", category=None),
    a_product("post", category="Postage"),
]


@pytest.fixture(scope="module")
def cells(spark: SparkSession) -> dict[tuple[date, str, str], tuple[Decimal | int | None, ...]]:
    frame = kpi_daily(orders(spark, *ORDERS), order_lines(spark, *LINES), products(spark, *PRODUCTS))
    names = (
        "gross_revenue", "returns_amount", "net_revenue", "orders", "active_customers", "new_customers",
        "average_order_value",
    )  # fmt: skip
    return {(r["day"], r["dimension"], r["value"]): tuple(r[n] for n in names) for r in frame.collect()}


def cell(
    gross: str, returns: str, net: str, *counts: int, average: str | None
) -> tuple[Decimal | int | None, ...]:
    """Return a row's values: gross, returns, net, orders, active, new, average."""
    return (
        Decimal(gross),
        Decimal(returns),
        Decimal(net),
        *counts,
        None if average is None else Decimal(average),
    )


Cells = dict[tuple[date, str, str], tuple[Decimal | int | None, ...]]


def test_day_as_a_whole(cells: Cells) -> None:
    assert cells[MONDAY, "all", "all"] == cell("34", "4", "30", 4, 2, 2, average="8.5")
    assert cells[TUESDAY, "all", "all"] == cell("13.5", "0", "13.5", 3, 2, 1, average="4.5")


def test_day_without_a_purchase_has_no_average(cells: Cells) -> None:
    assert cells[WEDNESDAY, "all", "all"] == cell("0", "0", "0", 0, 0, 0, average=None)
    assert cells[date(2024, 3, 9), "all", "all"] == cell("0", "2", "-2", 0, 0, 0, average=None)


def test_day_of_zero_amounts_only_has_no_row(cells: Cells) -> None:
    assert not [key for key in cells if key[0] == date(2024, 3, 10)]


def test_first_purchase_tie_goes_to_the_smaller_order_id(cells: Cells) -> None:
    assert cells[MONDAY, "country", "FR"] == cell("20", "0", "20", 1, 1, 1, average="20")
    assert cells[MONDAY, "country", "DE"] == cell("13", "4", "9", 2, 1, 0, average="6.5")


def test_missing_value_is_unknown(cells: Cells) -> None:
    assert cells[MONDAY, "country", "unknown"] == cell("1", "0", "1", 1, 1, 1, average="1")
    assert cells[MONDAY, "channel", "unknown"] == cell("10", "0", "10", 1, 1, 0, average="10")
    assert cells[MONDAY, "channel", "web"] == cell("24", "4", "20", 3, 2, 2, average="8")


def test_zero_amounts_and_returns_before_are_no_first_purchase(cells: Cells) -> None:
    assert cells[TUESDAY, "channel", "web"][5] == 1


def test_category_sums_its_lines_and_counts_each_order_once(cells: Cells) -> None:
    assert cells[MONDAY, "category", "Kitchen"] == cell("18", "4", "14", 1, 1, 1, average="18")
    assert cells[MONDAY, "category", "Office"] == cell("2", "0", "2", 1, 1, 1, average="2")
    assert cells[MONDAY, "category", "unknown"] == cell("14", "0", "14", 3, 2, 1, average="4.6667")


def test_free_line_touches_its_category_and_charges_touch_none(cells: Cells) -> None:
    assert cells[TUESDAY, "category", "Kitchen"] == cell("7.5", "0", "7.5", 3, 2, 1, average="2.5")
    assert not [key for key in cells if key[2] == "Postage"]
    assert cells[WEDNESDAY, "category", "Office"] == cell("0", "0", "0", 0, 0, 0, average=None)


def test_rows_are_the_cells_that_exist_and_no_more(cells: Cells) -> None:
    assert sum(key[0] == MONDAY and key[1] == "country" for key in cells) == 3
    assert {key[1] for key in cells} == {"all", "country", "channel", "category"}


def test_average_is_rounded_half_up_at_four_decimals(spark: SparkSession) -> None:
    three = [an_order("1", order_amount="0.0001"), an_order("2", order_amount="0.0002", customer_id="x")]
    frame = kpi_daily(orders(spark, *three), order_lines(spark), products(spark)).where("dimension = 'all'")
    assert [r["average_order_value"] for r in frame.collect()] == [Decimal("0.0002")]


def test_no_row_is_sorted_out_by_its_customer_for_every_dimension(spark: SparkSession) -> None:
    """A count of distinct customers would group all rows by day, dimension, value and customer."""
    frame = kpi_daily(orders(spark, *ORDERS), order_lines(spark, *LINES), products(spark, *PRODUCTS))
    told = plan(frame)
    assert "HashAggregate" in told
    assert "distinct" not in told
    by_customer = [line for line in told.splitlines() if re.search(r"keys=\[.*customer_id", line)]
    assert {re.sub(r"#\d+", "", found) for found in re.findall(r"keys=\[.*?\]", "".join(by_customer))} == {
        "keys=[customer_id]"  # of their first days
    }
    assert len([line for line in told.splitlines() if "REPARTITION_BY_COL" in line]) == 1, "lines: once"


def test_no_task_has_to_hold_all_orders_of_a_customer(spark: SparkSession) -> None:
    """A marketplace account may have half of all orders."""
    frame = kpi_daily(orders(spark, *ORDERS), order_lines(spark, *LINES), products(spark, *PRODUCTS))
    told = plan(frame).splitlines()
    windows = [
        re.search(r"windowspecdefinition\(customer_id#\d+, (\w+)#", line)
        for line in told
        if " Window [" in line
    ]
    assert windows
    assert {found[1] for found in windows if found} == {"day"}
    assert None not in windows
    whole_customers = [line for line in told if re.search(r"hashpartitioning\(customer_id#\d+, \d+\)", line)]
    assert len(whole_customers) == 1, "their first days, which every task has summed up before"
