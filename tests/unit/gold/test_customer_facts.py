"""What a customer's own orders fix, by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.gold.customer_facts import customer_facts
from tests.builders import Row, a_line, a_product, an_order, by, order_lines, orders, products

ORDERS = [
    an_order("1", customer_id="a", ordered_at="2024-03-01", order_amount=10, item_count=2, channel="web"),
    an_order("2", customer_id="a", ordered_at="2024-03-01", order_amount=6, discount_amount=1, channel=None),
    an_order(
        "3", customer_id="a", ordered_at="2024-03-05", order_amount=8, order_amount_base=4, channel="web"
    ),
    an_order(
        "4", customer_id="a", ordered_at="2024-03-09", order_amount=-3, item_count=-1, discount_amount=2
    ),
    an_order("5", customer_id="a", ordered_at="2024-03-20", order_amount=0, item_count=7, channel="app"),
    an_order("6", customer_id="b", ordered_at="2024-03-02", order_amount=-5, item_count=-1),
    an_order("9", customer_id="b", ordered_at="2024-03-04", order_amount=-2, item_count=-1),
    an_order("7", customer_id=None, ordered_at="2024-03-02"),
    an_order("8", customer_id="c", ordered_at="2024-03-03", order_amount=4),
]
LINES = [
    a_line("1", 1, product_id="mug", line_amount=7),
    a_line("1", 2, product_id="lost", line_amount=3),
    a_line("1", 3, product_id="mug", line_amount=5, line_kind="charge"),
    a_line("2", 1, product_id="mug", line_amount=6),
    a_line("3", 1, product_id="bare", line_amount=8, line_amount_base=4),
    a_line("4", 1, product_id="mug", line_amount=-3),
    a_line("5", 1, product_id="gift", line_amount=0),
    a_line("6", 1, product_id="mug", line_amount=-5),
]
PRODUCTS = [a_product("mug"), a_product("bare", category=None), a_product("gift", category="Gifts")]


@pytest.fixture(scope="module")
def facts(spark: SparkSession) -> dict[str, Row]:
    return by(
        customer_facts(orders(spark, *ORDERS), order_lines(spark, *LINES), products(spark, *PRODUCTS)),
        "customer_id",
    )


def test_guests_have_no_facts(facts: dict[str, Row]) -> None:
    assert set(facts) == {"a", "b", "c"}


def test_order_of_a_header_alone_counts_and_has_no_category(facts: dict[str, Row]) -> None:
    assert (facts["c"]["purchase_count"], facts["c"]["category_amounts"]) == (1, None)


def test_purchases_are_counted_by_order_and_by_day(facts: dict[str, Row]) -> None:
    a = facts["a"]
    assert (a["first_purchase_on"], a["last_purchase_on"]) == (date(2024, 3, 1), date(2024, 3, 5))
    assert (a["purchase_count"], a["purchase_days"], a["return_count"]) == (3, 2, 1)


def test_amounts_are_in_the_reporting_currency(facts: dict[str, Row]) -> None:
    a = facts["a"]
    assert (a["gross_amount"], a["returns_amount"], a["net_amount"]) == (Decimal(20), Decimal(3), Decimal(17))


def test_pieces_are_bought_less_returned(facts: dict[str, Row]) -> None:
    assert facts["a"]["item_count"] == Decimal(3)


def test_discounts_count_on_purchases_only(facts: dict[str, Row]) -> None:
    assert (facts["a"]["discount_amount"], facts["a"]["discounted_purchase_count"]) == (Decimal(1), 1)


def test_channels_of_purchases_are_counted(facts: dict[str, Row]) -> None:
    assert facts["a"]["channel_counts"] == {"web": 2, "unknown": 1}
    assert facts["b"]["channel_counts"] is None


def test_categories_are_net_of_returns_and_unknown_where_nobody_knows(facts: dict[str, Row]) -> None:
    assert facts["a"]["category_amounts"] == {"Kitchen": Decimal(10), "unknown": Decimal(7)}
    assert facts["b"]["category_amounts"] == {"Kitchen": Decimal(-5)}


def test_customer_of_returns_only_has_no_purchase_day(facts: dict[str, Row]) -> None:
    b = facts["b"]
    assert (b["first_purchase_on"], b["last_purchase_on"]) == (None, None)
    assert (b["purchase_count"], b["purchase_days"], b["return_count"]) == (0, 0, 2)
    assert (b["gross_amount"], b["returns_amount"], b["net_amount"]) == (Decimal(0), Decimal(7), Decimal(-7))
    assert b["discount_amount"] == Decimal(0)
