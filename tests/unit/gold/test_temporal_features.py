"""What orders before a day tell, and what came after it, by hand; the former know nothing of the latter."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import stdev
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from customer_chunks.gold.temporal_features import (
    FEATURES,
    feature_array,
    outcomes,
    steady_features,
    temporal_features,
    with_churn,
    with_high_value,
)
from tests.builders import Row, an_order, by, frame, orders

D = date(2024, 4, 1)  # a Monday


def ago(days: int) -> str:
    return str(D - timedelta(days=days))


def features(spark: SparkSession, *rows: Row, as_of: date = D) -> dict[str, Row]:
    return by(temporal_features(orders(spark, *rows), as_of=as_of), "customer_id")


ORDERS = [
    an_order("1", customer_id="a", ordered_at=ago(1), order_amount=10, item_count=4),  # a Sunday
    an_order("2", customer_id="a", ordered_at=ago(30), order_amount=8, order_amount_base=4, item_count=None),
    an_order("3", customer_id="a", ordered_at=ago(30), order_amount=1, discount_amount=1, item_count=2),
    an_order("4", customer_id="a", ordered_at=ago(31), order_amount=-5),
    an_order("5", customer_id="a", ordered_at=ago(90), order_amount=20, item_count=1),
    an_order("6", customer_id="a", ordered_at=ago(91), order_amount=40, item_count=1),
    an_order("7", customer_id="a", ordered_at=ago(181), order_amount=80, item_count=1),
    an_order("8", customer_id="a", ordered_at=ago(366), order_amount=160, item_count=1),
    an_order("9", customer_id="a", ordered_at=ago(0), order_amount=1000),
    an_order("10", customer_id="a", ordered_at=ago(3), order_amount=0),
    an_order("11", customer_id="b", ordered_at=ago(10), order_amount=7, item_count=None),
    an_order("12", customer_id="c", ordered_at=ago(10), order_amount=-7),
    an_order("13", customer_id=None, ordered_at=ago(10)),
    an_order("14", customer_id="d", ordered_at=ago(0)),
]
GAPS = [29, 60, 1, 90, 185]


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, Row]:
    return features(spark, *ORDERS)


def test_known_customers_with_a_purchase_before_the_day_have_features(found: dict[str, Row]) -> None:
    assert set(found) == {"a", "b"}
    assert list(found["a"]) == ["customer_id", *FEATURES]


def test_windows_begin_on_their_first_day_and_end_before_the_day(found: dict[str, Row]) -> None:
    a = found["a"]
    assert (a["recency_days"], a["tenure_days"]) == (1, 366)
    assert [a[f"purchases_{n}"] for n in (30, 90, 180, 365)] == [3, 4, 5, 6]
    assert [a[f"spend_{n}"] for n in (30, 90, 180, 365)] == [15, 35, 75, 155]
    assert (a["purchase_count"], a["purchase_days"], a["spend_ever"]) == (7, 6, 315)
    assert a["mean_spend"] == 45
    # The 90 days before the last 90 begin 180 days ago.
    assert (a["purchases_trend"], a["spend_trend"]) == (4 - 1, 35 - 40)


def test_gaps_are_those_between_purchase_days(found: dict[str, Row]) -> None:
    a = found["a"]
    assert a["mean_gap_days"] == sum(GAPS) / 5
    assert a["gap_deviation_days"] == pytest.approx(stdev(GAPS))
    assert a["recency_in_gaps"] == pytest.approx(1 / 73)


def test_shares_are_of_purchases(found: dict[str, Row]) -> None:
    a = found["a"]
    assert (a["return_count"], a["return_share"]) == (1, pytest.approx(1 / 7))
    assert a["discounted_share"] == pytest.approx(1 / 7)
    assert a["mean_item_count"] == pytest.approx(10 / 6)
    on_weekend = [n for n in (1, 30, 30, 90, 91, 181, 366) if (D - timedelta(days=n)).weekday() > 4]
    assert a["weekend_share"] == pytest.approx(len(on_weekend) / 7)


def test_one_purchase_day_tells_no_gap(found: dict[str, Row]) -> None:
    b = found["b"]
    assert (b["mean_gap_days"], b["gap_deviation_days"], b["recency_in_gaps"]) == (None, None, None)
    assert (b["return_share"], b["mean_item_count"], b["purchases_trend"]) == (0, None, 1)


def test_two_purchase_days_tell_a_gap_and_no_deviation(spark: SparkSession) -> None:
    rows = [an_order(str(n), ordered_at=ago(n)) for n in (20, 10)]
    (c1,) = features(spark, *rows).values()
    assert (c1["mean_gap_days"], c1["gap_deviation_days"], c1["recency_in_gaps"]) == (10, None, 1)


def test_day_with_a_return_only_parts_no_gap(spark: SparkSession) -> None:
    rows = [an_order(str(n), ordered_at=ago(n)) for n in (20, 10)]
    (c1,) = features(spark, *rows, an_order("r", ordered_at=ago(15), order_amount=-1)).values()
    assert c1["mean_gap_days"] == 10


DRAWN = st.tuples(
    st.integers(-40, 5), st.sampled_from(["5", "-3", "0", "12.5"]), st.sampled_from(["a", "b", None])
)


@settings(max_examples=6)
@given(drawn=st.lists(DRAWN, min_size=1, max_size=8))
def test_orders_from_the_day_on_change_nothing(
    spark: SparkSession, drawn: list[tuple[int, str, str | None]]
) -> None:
    def a_row(n: int, world: str) -> Row:
        day, amount, customer = drawn[n]
        named = customer and f"{customer} {world}"
        return an_order(f"{n} {world}", ordered_at=ago(-day), order_amount=amount, customer_id=named)

    whole = [a_row(n, "with") for n in range(len(drawn))]
    earlier = [a_row(n, "without") for n, (day, _, _) in enumerate(drawn) if day < 0]
    found = features(spark, *whole, *earlier)
    told: dict[str, dict[str, Row]] = {"with": {}, "without": {}}
    for key, row in found.items():
        customer, world = key.split()
        told[world][customer] = {**row, "customer_id": customer}
    assert told["with"] == told["without"]


def test_steady_features_fit_into_the_history() -> None:
    short, long = steady_features(90), steady_features(365)
    assert {"recency_days", "purchases_90", "mean_gap_days"} < set(short) < set(long)
    assert set(long) - set(short) == {
        "purchases_180", "purchases_365", "spend_180", "spend_365", "purchases_trend", "spend_trend",
    }  # fmt: skip
    growing = {"tenure_days", "purchase_count", "purchase_days", "spend_ever", "return_count"}
    assert set(FEATURES) - set(long) == growing


def test_outcomes_begin_on_the_day_and_end_before_the_last(spark: SparkSession) -> None:
    rows = [
        an_order("1", customer_id="a", ordered_at=ago(0), order_amount=1),
        an_order("2", customer_id="a", ordered_at=ago(0), order_amount=2),
        an_order("3", customer_id="a", ordered_at=ago(-29), order_amount=4),
        an_order("4", customer_id="a", ordered_at=ago(-5), order_amount=-3, order_amount_base=-2),
        an_order("5", customer_id="a", ordered_at=ago(-30), order_amount=99),
        an_order("6", customer_id="a", ordered_at=ago(1), order_amount=99),
        an_order("7", customer_id="b", ordered_at=ago(-1), order_amount=-6),
        an_order("8", customer_id=None, ordered_at=ago(-1)),
    ]
    found = by(outcomes(orders(spark, *rows), start=D, days=30), "customer_id")
    assert {k: (r["bought"], r["purchase_amount"], r["spent"]) for k, r in found.items()} == {
        "a": (2, 7.0, 5.0), "b": (0, 0.0, -6.0),
    }  # fmt: skip


def customers(spark: SparkSession, *ids: str) -> Any:
    return frame(spark, {"customer_id": "string"}, [{"customer_id": i} for i in ids])


def labels(rows: Any) -> dict[str, bool]:
    return {row["customer_id"]: row["label"] for row in rows.collect()}


def test_who_buys_nothing_has_churned(spark: SparkSession) -> None:
    came = orders(
        spark,
        an_order("1", customer_id="buys", ordered_at=ago(-5)),
        an_order("2", customer_id="returns", ordered_at=ago(-5), order_amount=-1),
        an_order("3", customer_id="late", ordered_at=ago(-30)),
    )
    known = customers(spark, "buys", "returns", "late", "gone")
    found = with_churn(known, came, start=D, days=30)
    assert found.columns == ["customer_id", "label"]
    assert labels(found) == {"buys": False, "returns": True, "late": True, "gone": True}


def test_high_value_is_the_share_that_spends_most(spark: SparkSession) -> None:
    came = [an_order(str(n), customer_id=f"c{n}", ordered_at=ago(-1), order_amount=n) for n in range(1, 20)]
    known = customers(spark, *(f"c{n}" for n in range(1, 21)))
    found = labels(with_high_value(known, orders(spark, *came), start=D, days=30, share=0.1))
    assert {k for k, is_high in found.items() if is_high} == {"c18", "c19"}


def test_nobody_who_spends_nothing_is_of_high_value(spark: SparkSession) -> None:
    came = orders(spark, an_order("1", customer_id="c1", ordered_at=ago(-1)))
    found = labels(with_high_value(customers(spark, *"abcd", "c1"), came, start=D, days=30, share=0.5))
    assert {k for k, is_high in found.items() if is_high} == {"c1"}


def test_array_has_the_features_in_their_order(spark: SparkSession) -> None:
    (row,) = temporal_features(orders(spark, an_order()), as_of=D).withColumn("f", feature_array()).collect()
    assert row["f"] == [row[name] for name in FEATURES]
