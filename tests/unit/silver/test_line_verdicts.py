"""What becomes of each line: accepted, quarantined with its reasons, duplicate, superseded or excluded."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.silver.order_lines import CUSTOMER_DAY, order_lines, prepared_lines
from customer_chunks.silver.orders import orders
from tests.builders import Row, by, mapped
from tests.unit.silver.judging import RULES, a_raw_line, judged, no_links, rates_of

CASES = {
    "good": {},
    "free": {"unit_price": 0},
    "none": {"quantity": 0},
    "guest": {"customer_id": None},
    "negative price": {"unit_price": -1},
    "negative charge": {"unit_price": -1, "line_kind": "Charge"},
    "negative adjustment": {"unit_price": -1, "line_kind": "adjustment"},
    "unknown kind": {"line_kind": "gift"},
    "negative discount": {"discount_amount": -1},
    "no time": {"ordered_at": None},
    "no price": {"unit_price": None},
    "no quantity": {"quantity": None},
    "price unparsable": {"unit_price": None, "_unreadable": ["unit_price.unparsable"]},
    "a day ahead": {"ordered_at": "2024-06-02 00:00:00"},
    "no day": {"ordered_at": "1900-01-01 00:00:00"},
    "long ago": {"ordered_at": "1970-01-01 00:00:00"},
    "more than a day ahead": {"ordered_at": "2024-06-02 00:00:01"},
    "excluded": {"unit_price": -1, "_excluded": "tests"},
    "half up": {"quantity": "0.5", "unit_price": "1.2345"},
    "not half": {"quantity": 1, "unit_price": "1.234549"},
    "half down": {"quantity": "-0.5", "unit_price": "1.2345"},
    "discounted": {"quantity": 2, "unit_price": 10, "discount_amount": "0.5"},
    "direct": {"quantity": 3, "unit_price": 10, "line_amount": "7.25"},
    "direct alone": {"quantity": None, "unit_price": None, "line_amount": "7.25"},
}


@pytest.fixture(scope="module")
def verdicts(spark: SparkSession) -> dict[str, Row]:
    lines = [a_raw_line(name, **fields) for name, fields in CASES.items()]
    return by(judged(spark, *lines), "_key")


@pytest.mark.parametrize(
    ("name", "warnings"),
    [
        ("good", []),
        ("free", ["unit_price.zero"]),
        ("none", ["quantity.zero"]),
        ("guest", ["customer_id.missing"]),
        ("negative charge", []),
        ("negative adjustment", []),
        ("a day ahead", []),
        ("no day", ["ordered_at.long_ago"]),
        ("long ago", []),
    ],
)
def test_valid_line_is_accepted_with_its_warnings(
    verdicts: dict[str, Row], name: str, warnings: list[str]
) -> None:
    row = verdicts[name]
    assert (row["_disposition"], row["_reasons"], row["_warnings"] or []) == ("accepted", None, warnings)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("negative price", "unit_price.negative"), ("unknown kind", "line_kind.unknown"),
        ("negative discount", "discount_amount.negative"), ("no time", "ordered_at.missing"),
        ("no price", "line_amount.missing"), ("no quantity", "line_amount.missing"),
        ("price unparsable", "unit_price.unparsable"), ("more than a day ahead", "ordered_at.in_future"),
    ],
)  # fmt: skip
def test_line_that_breaks_a_rule_is_quarantined_for_it(
    verdicts: dict[str, Row], name: str, reason: str
) -> None:
    assert (verdicts[name]["_disposition"], verdicts[name]["_reasons"]) == ("quarantined", [reason])


def test_excluded_line_is_excluded_even_where_it_breaks_a_rule(verdicts: dict[str, Row]) -> None:
    assert verdicts["excluded"]["_disposition"] == "excluded"


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("good", "10"), ("half up", "0.6173"), ("half down", "-0.6173"),
        ("not half", "1.2345"), ("discounted", "19.5"),
        ("direct", "7.25"), ("direct alone", "7.25"), ("free", "0"),
    ],
)  # fmt: skip
def test_line_amount_is_quantity_by_price_less_discount_rounded_once(
    verdicts: dict[str, Row], name: str, amount: str
) -> None:
    assert verdicts[name]["line_amount"] == Decimal(amount)


def test_line_kind_is_product_unless_said_and_lower_case(verdicts: dict[str, Row]) -> None:
    assert verdicts["good"]["line_kind"] == "product"
    assert verdicts["negative charge"]["line_kind"] == "charge"


COPIES = [
    a_raw_line("1", _copy=1),
    a_raw_line("1", _copy=1),
    a_raw_line("1", _copy=2),
    a_raw_line("1", _copy=1, _delivery=1, _position=0),
    a_raw_line("1", _copy=1, _feed="web"),
    a_raw_line("2", _copy=3, unit_price=-1),
    a_raw_line("2", _copy=3, unit_price=-1),
    a_raw_line("3", _copy=4, _excluded="tests"),
    a_raw_line("3", _copy=4, _excluded="tests"),
    a_raw_line(None, _copy=5),
    a_raw_line(None, _copy=5),
]


def fates(spark: SparkSession, *rows: Row, rules=RULES, has_copies: bool = True) -> list[str]:  # noqa: ANN001
    """Return what becomes of each row, in the order given."""
    keyed = [{"product_name": str(n), **row} for n, row in enumerate(rows)]
    found = by(judged(spark, *keyed, rules=rules, has_copies=has_copies), "product_name")
    return [found[str(n)]["_disposition"] for n in range(len(rows))]


def test_of_exact_copies_the_first_counts_across_deliveries(spark: SparkSession) -> None:
    assert fates(spark, *COPIES) == [
        "accepted", "duplicate", "accepted", "duplicate", "accepted",
        "quarantined", "quarantined", "excluded", "excluded", "quarantined", "quarantined",
    ]  # fmt: skip


def test_earlier_delivery_counts_whatever_the_order_of_rows(spark: SparkSession) -> None:
    rows = [a_raw_line("1", _copy=1, _delivery=2), a_raw_line("1", _copy=1, _delivery=1)]
    assert fates(spark, *rows) == ["duplicate", "accepted"]


def test_copies_are_kept_where_the_mapping_says_so(spark: SparkSession) -> None:
    rules = replace(RULES, keep_duplicates=True)
    assert fates(spark, *COPIES[:2], rules=rules) == ["accepted", "accepted"]
    assert fates(spark, *COPIES[:2], rules=rules, has_copies=False) == ["accepted", "accepted"]


def test_of_lines_with_one_line_id_the_newest_counts(spark: SparkSession) -> None:
    rows = [
        a_raw_line("1", line_id="a", _copy=1),
        a_raw_line("1", line_id="a", _copy=2, _delivery=1, _position=0),
        a_raw_line("1", line_id="b", _copy=3),
        a_raw_line("1", line_id="b", _copy=3, _delivery=1, _position=1),
        a_raw_line("1", line_id="c", _copy=4),
        a_raw_line("1", line_id="c", _copy=5, _delivery=1, unit_price=-1),
        a_raw_line("2", line_id="a", _copy=6),
        a_raw_line("1", line_id="d", _copy=7, _position=20),
        a_raw_line("1", line_id="d", _copy=8, _position=30),
        a_raw_line("1", line_id=None, _copy=9),
        a_raw_line("1", line_id=None, _copy=10),
    ]
    assert fates(spark, *rows, rules=replace(RULES, has_line_ids=True)) == [
        "superseded", "accepted", "duplicate", "accepted", "accepted", "quarantined", "accepted",
        "superseded", "accepted", "accepted", "accepted",
    ]  # fmt: skip


def test_line_id_is_no_key_where_the_mapping_does_not_say_so(spark: SparkSession) -> None:
    rows = [a_raw_line("1", line_id="a", _copy=1), a_raw_line("1", line_id="a", _copy=2)]
    assert fates(spark, *rows) == ["accepted", "accepted"]


ORDER_CASES = [
    a_raw_line("conflict", customer_id="a"),
    a_raw_line("conflict", customer_id="b"),
    a_raw_line("conflict", customer_id="b", unit_price=-1),
    a_raw_line("one known", customer_id=None),
    a_raw_line("one known", customer_id="a"),
    a_raw_line("bad one differs", customer_id="a"),
    a_raw_line("bad one differs", customer_id="b", unit_price=-1),
    a_raw_line("dollars", currency="usd"),
    a_raw_line("rateless", currency="CHF"),
    a_raw_line("both", currency="CHF", customer_id="a"),
    a_raw_line("both", currency="CHF", customer_id="b"),
    a_raw_line("before the rate", currency="USD", ordered_at="2024-03-09 12:00"),
    a_raw_line("late currency", currency=None),
    a_raw_line("late currency", currency="USD"),
    a_raw_line("late currency", currency="usd"),
    a_raw_line("two currencies", currency="EUR"),
    a_raw_line("two currencies", currency="USD"),
]


@pytest.fixture(scope="module")
def of_orders(spark: SparkSession) -> dict[str, list[Row]]:
    rates = rates_of(
        spark, ("EUR", "2024-03-10", "1"), ("USD", "2024-03-10", "0.5"), ("EUR", "2024-03-09", "1")
    )
    rows = [r.asDict() for r in judged(spark, *ORDER_CASES, rates=rates).orderBy("_position").collect()]
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["_key"], []).append(row)
    return found


def told(rows: list[Row]) -> list[tuple[str, list[str]]]:
    return [(row["_disposition"], row["_reasons"]) for row in rows]


def test_two_customers_in_one_order_quarantine_all_its_lines(of_orders: dict[str, list[Row]]) -> None:
    conflict = ("quarantined", ["customer_id.conflict"])
    assert told(of_orders["conflict"]) == [conflict, conflict, ("quarantined", ["unit_price.negative"])]


def test_two_currencies_in_one_order_quarantine_all_its_lines(of_orders: dict[str, list[Row]]) -> None:
    assert told(of_orders["two currencies"]) == [("quarantined", ["currency.conflict"])] * 2


@pytest.mark.parametrize("order", ["one known", "bad one differs"])
def test_one_customer_beside_none_or_beside_a_bad_line_is_no_conflict(
    of_orders: dict[str, list[Row]], order: str
) -> None:
    assert of_orders[order][0]["_disposition"] == "accepted"


def test_rate_of_the_orders_day_is_found_and_a_missing_one_is_a_reason(
    of_orders: dict[str, list[Row]],
) -> None:
    assert of_orders["dollars"][0]["exchange_rate"] == Decimal("0.5")
    missing = ("quarantined", ["exchange_rate.missing"])
    assert told(of_orders["rateless"]) == [missing]
    assert told(of_orders["before the rate"]) == [missing]


def test_order_may_break_several_rules(of_orders: dict[str, list[Row]]) -> None:
    assert told(of_orders["both"]) == [("quarantined", ["customer_id.conflict", "exchange_rate.missing"])] * 2


def test_earliest_known_currency_is_the_orders_before_the_sources(of_orders: dict[str, list[Row]]) -> None:
    assert {row["currency"] for row in of_orders["late currency"]} == {"USD"}
    assert {row["currency"] for row in of_orders["one known"]} == {"EUR"}


def test_order_without_any_currency_is_quarantined(spark: SparkSession) -> None:
    (row,) = judged(spark, a_raw_line("1"), rules=replace(RULES, currency=None)).collect()
    assert (row["_disposition"], row["_reasons"]) == ("quarantined", ["currency.missing"])


def test_row_without_order_id_is_a_key_of_its_own(spark: SparkSession) -> None:
    rows = judged(spark, a_raw_line(None), a_raw_line(None)).collect()
    assert len({row["_key"] for row in rows}) == 2
    assert [row["_reasons"] for row in rows] == [["order_id.missing"]] * 2


def test_ids_are_namespaced(spark: SparkSession) -> None:
    rules = replace(RULES, prefix="web:")
    lines = judged(spark, a_raw_line("1"), rules=rules)
    (line,) = order_lines(lines, rules).collect()
    assert (line["order_id"], line["product_id"]) == ("web:1", "web:p1")
    (order,) = orders(lines, None, no_links(spark), rules).collect()
    assert (order["order_id"], order["source_order_id"]) == ("web:1", "1")
    assert (order["customer_id"], order["source_customer_id"]) == ("web:c1", "c1")


def test_each_row_is_an_order_and_copies_are_one(spark: SparkSession) -> None:
    rows = [a_raw_line(None, _copy=1), a_raw_line(None, _copy=1), a_raw_line(None, _copy=2)]
    assert fates(spark, *rows, rules=replace(RULES, orders="each_row")) == [
        "accepted",
        "duplicate",
        "accepted",
    ]
    kept = judged(spark, *rows, rules=replace(RULES, orders="each_row", keep_duplicates=True)).collect()
    assert len({row["_key"] for row in kept}) == 3


def test_customer_and_reporting_day_are_an_order_and_guests_stand_alone(spark: SparkSession) -> None:
    rules = replace(RULES, orders="customer_day", reporting_zone="Asia/Tokyo")
    rows = [
        a_raw_line(None, ordered_at="2024-03-10 14:59"),
        a_raw_line(None, ordered_at="2024-03-09 15:00"),
        a_raw_line(None, ordered_at="2024-03-10 15:00"),
        a_raw_line(None, customer_id=None),
        a_raw_line(None, customer_id=None),
        a_raw_line(None, customer_id="c2"),
    ]
    found = judged(spark, *rows, rules=rules).orderBy("_position").collect()
    ids = [row["_key"] for row in found]
    assert ids[:3] == ["c1|2024-03-10", "c1|2024-03-10", "c1|2024-03-11"]
    assert ids[5] == "c2|2024-03-10"
    assert len(set(ids)) == 5


def test_order_beyond_what_an_amount_holds_is_quarantined_not_zero(spark: SparkSession) -> None:
    half = {"quantity": 1, "unit_price": "60000000000", "line_amount": "60000000000000"}
    rows = judged(
        spark,
        a_raw_line("large", **half),
        a_raw_line("too large", **half, _position=1),
        a_raw_line("too large", **half, _position=2),
    ).collect()
    found = sorted((r["_key"], r["_disposition"], r["_reasons"]) for r in rows)
    too_large = ("too large", "quarantined", ["order_amount.too_large"])
    assert found == [("large", "accepted", None), too_large, too_large]


@pytest.mark.parametrize(("keep", "own"), [(False, "1-64"), (True, "sales-0-0")])
def test_where_an_order_is_a_customer_s_day_a_guest_s_line_is_one_by_itself(
    spark: SparkSession, keep: bool, own: str
) -> None:
    rules = replace(RULES, orders=CUSTOMER_DAY, keep_duplicates=keep)
    rows = [
        a_raw_line(None, customer_id=None),
        a_raw_line(None, customer_id="c1"),
        a_raw_line(None, ordered_at=None, customer_id="c1"),
    ]
    found = prepared_lines(mapped(spark, "order_lines", rows), rules).orderBy("_position").collect()
    assert [row["source_order_id"] for row in found[:2]] == [own, "c1|2024-03-10"]
    assert found[2]["source_order_id"] not in (None, own)
