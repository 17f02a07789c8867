"""Judged lines and headers -> orders and lines, with amounts worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.silver.order_lines import EACH_ROW, LineRules, order_lines, prepared_lines
from customer_chunks.silver.orders import orders
from tests.builders import Row, by, mapped, table_frame, values
from tests.unit.silver.judging import (
    RULES,
    a_raw_line,
    accepted_headers,
    assembled,
    judged,
    judged_headers,
    no_links,
    rates_of,
)

LINES = [
    a_raw_line("sum", ordered_at="2024-03-11 00:01", customer_id=None, quantity=2, unit_price=3, store="S"),
    a_raw_line("sum", ordered_at="2024-03-10 23:59", quantity=1, unit_price=4, country="France"),
    a_raw_line("sum", line_kind="charge", unit_price=5, country="Spain", discount_amount=1, channel="web"),
    a_raw_line("sum", line_kind="adjustment", unit_price=-100, ordered_at="2024-03-11 10:00"),
    a_raw_line("sum", unit_price=-1, country="Nowhere", ordered_at="2024-03-01 10:00"),
    a_raw_line("copied", _copy=50),
    a_raw_line("copied", _copy=50),
    a_raw_line("bad only", unit_price=-1),
    a_raw_line("excluded only", _excluded="tests"),
    a_raw_line("charge only", line_kind="charge", unit_price=5),
    a_raw_line("marked", is_return=True, quantity=2, unit_price=3, discount_amount="0.5"),
    a_raw_line("marked", is_return=False, quantity=-1, unit_price=1),
    a_raw_line("marked", line_kind="charge", unit_price=4),
    a_raw_line("marked negative", is_return=True, quantity=-2, unit_price=3),
    a_raw_line("marked zero", is_return=True, unit_price=0),
    a_raw_line("marked zero", line_kind="charge", unit_price=5),
    a_raw_line("negative", quantity=-1, unit_price=7),
    a_raw_line("zero", unit_price=0),
    a_raw_line("discount", quantity=2, unit_price=10, discount_amount="1.5"),
    a_raw_line("discount", quantity=1, unit_price=10),
    a_raw_line("no pieces", quantity=None, unit_price=None, line_amount=9),
    a_raw_line("guest", customer_id=None),
    a_raw_line("marked by a bad line", is_return=True, unit_price=-1),
    a_raw_line("marked by a bad line"),
]


@pytest.fixture(scope="module")
def both(spark: SparkSession) -> tuple[dict[str, Row], list[Row]]:
    lines = judged(spark, *LINES).persist()
    rows = order_lines(lines, RULES).orderBy("order_id", "line_number").collect()
    return by(assembled(spark, lines), "order_id"), [row.asDict() for row in rows]


@pytest.fixture(scope="module")
def found(both: tuple[dict[str, Row], list[Row]]) -> dict[str, Row]:
    return both[0]


def lines_of(both: tuple[dict[str, Row], list[Row]], order: str) -> list[Row]:
    return [row for row in both[1] if row["order_id"] == order]


def money(row: Row, *columns: str) -> list[Decimal]:
    return [row[c] for c in columns]


def test_order_sums_products_and_keeps_charges_apart(found: dict[str, Row]) -> None:
    row = found["sum"]
    assert money(row, "order_amount", "order_amount_base", "charges_amount") == [
        Decimal(10),
        Decimal(10),
        Decimal(4),
    ]
    assert (row["item_count"], row["line_count"], row["quarantined_line_count"]) == (Decimal(3), 4, 1)
    assert (row["is_return"], row["currency"], row["discount_amount"]) == (False, "EUR", Decimal(0))


def test_order_has_its_earliest_instant_and_first_known_attributes(found: dict[str, Row]) -> None:
    row = found["sum"]
    assert (row["ordered_at"], row["ordered_on"]) == (datetime(2024, 3, 10, 12, 0), date(2024, 3, 10))
    assert (row["customer_id"], row["source_customer_id"]) == ("c1", "c1")
    assert (row["country"], row["channel"], row["store"]) == ("France", "web", "S")
    assert (row["source"], row["source_order_id"]) == ("shop", "sum")


def test_order_without_a_standing_line_does_not_exist(found: dict[str, Row]) -> None:
    assert not {"bad only", "excluded only"} & set(found)
    assert found["copied"]["line_count"] == 1
    assert found["copied"]["quarantined_line_count"] == 0


def test_order_of_charges_is_worth_nothing_and_no_return(found: dict[str, Row]) -> None:
    row = found["charge only"]
    assert money(row, "order_amount", "charges_amount", "item_count") == [Decimal(0), Decimal(5), Decimal(0)]
    assert row["is_return"] is False


def test_marked_return_with_positive_amount_is_negated_whole(
    both: tuple[dict[str, Row], list[Row]], found: dict[str, Row]
) -> None:
    row = found["marked"]
    assert money(row, "order_amount", "charges_amount", "item_count", "discount_amount") == [
        Decimal("-4.5"), Decimal(-4), Decimal(-1), Decimal("-0.5"),
    ]  # fmt: skip
    assert row["is_return"] is True
    lines = lines_of(both, "marked")
    assert [line["line_amount"] for line in lines] == [Decimal("-5.5"), Decimal(1), Decimal(-4)]
    assert [line["line_amount_base"] for line in lines] == [Decimal("-5.5"), Decimal(1), Decimal(-4)]
    assert [line["quantity"] for line in lines] == [Decimal(-2), Decimal(1), Decimal(-1)]
    assert [line["discount_amount"] for line in lines] == [Decimal("-0.5"), Decimal(0), Decimal(0)]
    assert [line["unit_price"] for line in lines] == [Decimal(3), Decimal(1), Decimal(4)]


def test_marked_return_with_negative_amount_stays(found: dict[str, Row]) -> None:
    assert (found["marked negative"]["order_amount"], found["marked negative"]["is_return"]) == (
        Decimal(-6),
        True,
    )


def test_negative_amount_is_a_return_unmarked(found: dict[str, Row]) -> None:
    assert (found["negative"]["order_amount"], found["negative"]["is_return"]) == (Decimal(-7), True)


def test_zero_amount_is_a_return_only_where_marked(found: dict[str, Row]) -> None:
    assert found["zero"]["is_return"] is False
    assert found["marked zero"]["is_return"] is True
    assert money(found["marked zero"], "order_amount", "charges_amount") == [Decimal(0), Decimal(5)]


def test_mark_of_a_quarantined_line_does_not_count(found: dict[str, Row]) -> None:
    row = found["marked by a bad line"]
    assert (row["is_return"], row["order_amount"], row["quarantined_line_count"]) == (False, Decimal(10), 1)


def test_discounts_are_summed_and_taken_off(found: dict[str, Row]) -> None:
    assert money(found["discount"], "order_amount", "discount_amount") == [Decimal("28.5"), Decimal("1.5")]


def test_pieces_are_unknown_where_no_line_says_them(found: dict[str, Row]) -> None:
    assert found["no pieces"]["item_count"] is None
    assert found["no pieces"]["order_amount"] == Decimal(9)


def test_guest_has_no_customer(found: dict[str, Row]) -> None:
    assert (found["guest"]["customer_id"], found["guest"]["source_customer_id"]) == (None, None)


def test_lines_are_numbered_as_received_and_left_out_ones_take_no_number(
    both: tuple[dict[str, Row], list[Row]],
) -> None:
    lines = lines_of(both, "sum")
    assert [(line["line_number"], line["line_kind"]) for line in lines] == [
        (1, "product"), (2, "product"), (3, "charge"), (4, "adjustment"),
    ]  # fmt: skip
    assert [line["line_amount"] for line in lines] == [Decimal(6), Decimal(4), Decimal(4), Decimal(-100)]
    assert {line["ordered_on"] for line in lines} == {date(2024, 3, 10)}
    assert [line["line_number"] for line in lines_of(both, "copied")] == [1]


def test_number_of_a_line_follows_delivery_then_position(spark: SparkSession) -> None:
    rows = [
        a_raw_line("1", product_id="third", _delivery=1, _position=0),
        a_raw_line("1", product_id="second", _delivery=0, _position=7),
        a_raw_line("1", product_id="first", _delivery=0, _position=3),
        a_raw_line("1", product_id="bad", _delivery=0, _position=1, unit_price=-1),
    ]
    found = order_lines(judged(spark, *rows), RULES).orderBy("line_number").collect()
    assert [(r["line_number"], r["product_id"]) for r in found] == [(1, "first"), (2, "second"), (3, "third")]


def test_lines_with_ids_are_numbered_by_them_and_a_corrected_one_stays_in_its_place(
    spark: SparkSession,
) -> None:
    rules = replace(RULES, has_line_ids=True)
    rows = [
        a_raw_line("1", product_id="no id", line_id=None, _position=0),
        a_raw_line("1", product_id="tenth", line_id="10", _position=1),
        a_raw_line("1", product_id="second", line_id="2", _position=2),
        a_raw_line("1", product_id="first, wrong", line_id="1", _position=3),
        a_raw_line("1", product_id="bad", line_id="3", unit_price=-1, _position=4),
        a_raw_line("1", product_id="first", line_id="1", _delivery=1, _copy=9),
    ]
    found = order_lines(judged(spark, *rows, rules=rules), rules).orderBy("line_number").collect()
    assert [(r["line_number"], r["product_id"]) for r in found] == [
        (1, "first"), (2, "second"), (3, "tenth"), (4, "no id"),
    ]  # fmt: skip


def test_base_amounts_are_at_the_days_rate_half_up(spark: SparkSession) -> None:
    rates = rates_of(spark, ("USD", "2024-03-10", "0.33335"))
    lines = judged(
        spark, a_raw_line("1", currency="USD", unit_price=1), a_raw_line("1", unit_price=2), rates=rates
    )
    order = by(assembled(spark, lines), "order_id")["1"]
    assert money(order, "order_amount", "order_amount_base") == [Decimal(3), Decimal("1.0001")]
    found = order_lines(lines, RULES).orderBy("line_number").collect()
    assert [r["line_amount_base"] for r in found] == [Decimal("0.3334"), Decimal("0.6667")]


def test_day_of_an_order_is_that_of_the_reporting_zone(spark: SparkSession) -> None:
    rules = LineRules("shop", "", "EUR", "Asia/Tokyo")
    lines = judged(spark, a_raw_line("1", ordered_at="2024-03-10 15:00"), rules=rules)
    assert [r["ordered_on"] for r in order_lines(lines, RULES).collect()] == [date(2024, 3, 11)]
    made = orders(lines, None, no_links(spark), rules).collect()
    assert [(r["ordered_on"], r["ordered_at"]) for r in made] == [
        (date(2024, 3, 11), datetime(2024, 3, 10, 15))
    ]


def test_customer_comes_through_the_links_of_the_source(spark: SparkSession) -> None:
    links = table_frame(
        spark,
        "silver.customer_links",
        [
            {"source": "shop", "source_customer_id": "c1", "customer_id": "merged", "evidence": "x"},
            {"source": "web", "source_customer_id": "c2", "customer_id": "wrong", "evidence": "x"},
        ],
    )
    rules = LineRules("shop", "s:", "EUR", "UTC")
    lines = judged(spark, a_raw_line("1"), a_raw_line("2", customer_id="c2"), rules=rules)
    found = by(orders(lines, None, links, rules), "order_id")
    assert {k: v["customer_id"] for k, v in found.items()} == {"s:1": "merged", "s:2": "s:c2"}


HEADERS = [
    {
        "order_id": "told",
        "ordered_at": "2024-03-09 08:00",
        "customer_id": "h",
        "currency": "usd",
        "country": "IT",
        "order_amount": 999,
    },
    {"order_id": "silent", "ordered_at": "2024-03-09 08:00"},
    {"order_id": "returned", "ordered_at": "2024-03-09 08:00", "is_return": True},
    {"order_id": "marked by its line", "ordered_at": "2024-03-09 08:00", "is_return": False},
    {"order_id": "dollars of its lines", "ordered_at": "2024-03-09 08:00"},
    {
        "order_id": "alone",
        "ordered_at": "2024-03-09 08:00",
        "customer_id": "h",
        "order_amount": "20.5",
        "charges_amount": 3,
        "item_count": 4,
        "channel": "app",
    },
    {
        "order_id": "alone returned",
        "ordered_at": "2024-03-09 08:00",
        "order_amount": 5,
        "charges_amount": 1,
        "item_count": 2,
        "is_return": True,
    },
    {
        "order_id": "alone marked negative",
        "ordered_at": "2024-03-09 08:00",
        "order_amount": -7,
        "is_return": True,
    },
    {"order_id": "alone negative", "ordered_at": "2024-03-09 08:00", "order_amount": -5},
    {"order_id": "nothing known", "ordered_at": "2024-03-09 08:00"},
    {"order_id": "bad line", "ordered_at": "2024-03-09 08:00", "order_amount": 6},
]
HEADED = [
    a_raw_line("told", ordered_at="2024-03-10 12:00", country="FR", channel="web"),
    a_raw_line("silent", country="FR", currency="EUR", ordered_at=None),
    a_raw_line("returned"),
    a_raw_line("marked by its line", is_return=True),
    a_raw_line("dollars of its lines", currency="USD"),
    a_raw_line("headless"),
]


@pytest.fixture(scope="module")
def headed(spark: SparkSession) -> dict[str, Row]:
    rates = rates_of(
        spark, ("USD", "2024-03-09", "0.5"), ("EUR", "2024-03-09", "1"), ("EUR", "2024-03-10", "1")
    )
    headers = accepted_headers(spark, *HEADERS, rates=rates)
    lines = judged(spark, *HEADED, headers=headers, rates=rates)
    with_bad = headers.selectExpr("*", "if(order_id = 'bad line', 2L, null) AS _quarantined_lines")
    return by(orders(lines, with_bad, no_links(spark), RULES), "order_id")


def test_header_comes_before_its_lines_and_lines_fill_what_it_does_not_say(headed: dict[str, Row]) -> None:
    told = headed["told"]
    assert (told["ordered_at"], told["source_customer_id"]) == (datetime(2024, 3, 9, 8), "h")
    assert (told["currency"], told["country"], told["channel"]) == ("USD", "IT", "web")
    silent = headed["silent"]
    assert (silent["source_customer_id"], silent["country"], silent["currency"]) == ("c1", "FR", "EUR")
    assert silent["ordered_at"] == datetime(2024, 3, 9, 8)


def test_lines_tell_the_amount_where_there_are_any(headed: dict[str, Row]) -> None:
    assert (headed["told"]["order_amount"], headed["told"]["order_amount_base"]) == (Decimal(10), Decimal(5))


def test_header_marks_its_lines_as_a_return(headed: dict[str, Row]) -> None:
    assert (headed["returned"]["order_amount"], headed["returned"]["is_return"]) == (Decimal(-10), True)


def test_line_marks_its_order_as_a_return_beside_a_header(headed: dict[str, Row]) -> None:
    row = headed["marked by its line"]
    assert (row["order_amount"], row["is_return"]) == (Decimal(-10), True)


def test_currency_of_lines_comes_before_the_sources_own_beside_a_header(headed: dict[str, Row]) -> None:
    row = headed["dollars of its lines"]
    assert (row["currency"], row["order_amount_base"]) == ("USD", Decimal(5))


def test_line_without_a_header_stands_by_itself(headed: dict[str, Row]) -> None:
    assert (headed["headless"]["order_amount"], headed["headless"]["is_return"]) == (Decimal(10), False)


def test_header_alone_without_an_amount_comes_to_nothing(headed: dict[str, Row]) -> None:
    row = headed["nothing known"]
    assert (row["order_amount"], row["order_amount_base"], row["is_return"]) == (
        Decimal(0),
        Decimal(0),
        False,
    )


def test_header_alone_is_an_order_where_it_says_an_amount(headed: dict[str, Row]) -> None:
    row = headed["alone"]
    assert money(row, "order_amount", "charges_amount", "item_count") == [
        Decimal("20.5"),
        Decimal(3),
        Decimal(4),
    ]
    assert (row["line_count"], row["is_return"], row["channel"], row["customer_id"]) == (0, False, "app", "h")
    assert (row["currency"], row["discount_amount"], row["quarantined_line_count"]) == ("EUR", Decimal(0), 0)


def test_header_alone_is_negated_where_marked_and_positive(headed: dict[str, Row]) -> None:
    row = headed["alone returned"]
    assert money(row, "order_amount", "charges_amount", "item_count") == [
        Decimal(-5),
        Decimal(-1),
        Decimal(-2),
    ]
    assert row["is_return"] is True
    assert (headed["alone negative"]["order_amount"], headed["alone negative"]["is_return"]) == (
        Decimal(-5),
        True,
    )
    assert headed["alone negative"]["charges_amount"] == Decimal(0)
    assert headed["alone marked negative"]["order_amount"] == Decimal(-7)


def test_header_alone_counts_the_lines_that_stand_in_quarantine(headed: dict[str, Row]) -> None:
    assert headed["bad line"]["quarantined_line_count"] == 2


def test_header_is_judged_by_its_own_rules(spark: SparkSession) -> None:
    rows = [
        {"order_id": "good", "ordered_at": "2024-03-09 08:00", "order_amount": 5, "customer_id": "a"},
        {"order_id": "no amount", "ordered_at": "2024-03-09 08:00", "customer_id": "a"},
        {"order_id": "no time", "order_amount": 5, "customer_id": "a"},
        {"order_id": "no rate", "ordered_at": "2024-03-09 08:00", "order_amount": 5, "currency": "CHF"},
        {"order_id": "ahead", "ordered_at": "2024-06-02 00:00:01", "order_amount": 5, "customer_id": "a"},
        {"order_id": None, "ordered_at": "2024-03-09 08:00", "order_amount": 5, "customer_id": "a"},
    ]
    rates = rates_of(spark, ("EUR", "2024-03-09", "1"), ("EUR", "2024-06-02", "1"))
    found = by(judged_headers(spark, *rows, rates=rates, has_lines=False), "order_id")
    assert {name: row["_reasons"] for name, row in found.items()} == {
        "good": [],
        "no amount": ["order_amount.missing"],
        "no time": ["ordered_at.missing"],
        "no rate": ["exchange_rate.missing"],
        "ahead": ["ordered_at.in_future"],
        None: ["order_id.missing"],
    }
    assert found["good"]["_disposition"] == "accepted"
    assert (found["good"]["_key"], found[None]["_key"]) == ("good", "sales@0@5"), (
        "a row without an id is itself"
    )
    assert found["no rate"]["_warnings"] == ["customer_id.missing"]


def test_rows_that_share_one_hash_of_two_are_two_orders(spark: SparkSession) -> None:
    rules = LineRules("shop", "", "EUR", "UTC", orders=EACH_ROW)
    rows = [a_raw_line(None, _copy=7, _copy_more=more) for more in (1, 2)]
    found = values(prepared_lines(mapped(spark, "order_lines", rows), rules), "source_order_id")
    assert found == ["7-1", "7-2"]
