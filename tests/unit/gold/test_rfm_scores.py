"""RFM by hand: who counts, what is measured, where the cuts lie and which name follows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.settings import RfmSettings, SegmentRule
from customer_chunks.gold.rfm_scores import MEASURES, _interpolated, cut_points, rfm_scores
from tests.builders import Row, an_order, by, frame, orders

D = date(2024, 4, 1)


def scores(spark: SparkSession, *rows: Row, **settings: Any) -> dict[str, Row]:
    return by(rfm_scores(orders(spark, *rows), as_of=D, rfm=RfmSettings(**settings)), "customer_id")


def measures(found: dict[str, Row]) -> dict[str, tuple[int, int, Decimal]]:
    return {k: (r["recency_days"], r["frequency"], r["monetary_amount"]) for k, r in found.items()}


ORDERS = [
    an_order("1", customer_id="a", ordered_at="2024-03-31 23:59", order_amount=10),
    an_order("2", customer_id="a", ordered_at="2024-03-01", order_amount="5.5", order_amount_base="11.0001"),
    an_order("3", customer_id="a", ordered_at="2024-04-01 00:00", order_amount=1000),
    an_order("4", customer_id="b", ordered_at="2024-03-02", order_amount=7),
    an_order("5", customer_id="b", ordered_at="2024-03-20", order_amount=-3),
    an_order("6", customer_id="b", ordered_at="2024-03-21", order_amount=0),
    an_order("7", customer_id="b", ordered_at="2024-03-22", order_amount=0, is_return=True),
    an_order("7b", customer_id="b", ordered_at="2024-03-23", order_amount=2, is_return=True),
    an_order("8", customer_id="c", ordered_at="2024-03-05", order_amount=-9),
    an_order("9", customer_id="d", ordered_at="2024-03-05", order_amount=0),
    an_order("10", customer_id=None, ordered_at="2024-03-05", order_amount=50),
    an_order("11", customer_id="e", ordered_at="2024-04-01 10:00", order_amount=50),
]


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, Row]:
    return scores(spark, *ORDERS)


def test_known_customers_with_a_purchase_before_the_day_are_scored(found: dict[str, Row]) -> None:
    assert set(found) == {"a", "b"}
    assert {row["as_of"] for row in found.values()} == {D}


def test_order_on_as_of_day_is_ignored_and_the_day_before_is_one_day_ago(found: dict[str, Row]) -> None:
    assert measures(found)["a"] == (1, 2, Decimal("21.0001"))


def test_returns_lower_the_amount_and_are_no_purchases(found: dict[str, Row]) -> None:
    assert measures(found)["b"] == (30, 1, Decimal(6))


def test_returns_do_not_lower_the_amount_where_the_setting_says_so(spark: SparkSession) -> None:
    assert measures(scores(spark, *ORDERS, net_of_returns=False))["b"] == (30, 1, Decimal(7))


def test_window_begins_on_its_first_day(spark: SparkSession) -> None:
    assert set(scores(spark, *ORDERS, window_days=30)) == {"a", "b"}
    shorter = scores(spark, *ORDERS, window_days=29)
    assert measures(shorter) == {"a": (1, 1, Decimal(10))}


def six(spark: SparkSession, **settings: Any) -> dict[str, Row]:
    """Score six customers: k buys k times, last k * 10 days ago, for k * 100 in all."""
    days = {
        1: "2024-03-22",
        2: "2024-03-12",
        3: "2024-03-02",
        4: "2024-02-21",
        5: "2024-02-11",
        6: "2024-02-01",
    }
    rows = [
        an_order(f"{k}-{n}", customer_id=f"c{k}", ordered_at=days[k], order_amount=100)
        for k in days
        for n in range(k)
    ]
    return scores(spark, *rows, **settings)


@pytest.fixture(scope="module")
def of_six(spark: SparkSession) -> dict[str, Row]:
    return six(spark)


def test_scores_count_the_cut_points_strictly_below(of_six: dict[str, Row]) -> None:
    # The 20/40/60/80 percentiles of six values are the second to the fifth of them.
    assert [of_six[f"c{k}"]["f_score"] for k in range(1, 7)] == [1, 1, 2, 3, 4, 5]
    assert [of_six[f"c{k}"]["m_score"] for k in range(1, 7)] == [1, 1, 2, 3, 4, 5]
    assert [of_six[f"c{k}"]["r_score"] for k in range(1, 7)] == [5, 5, 4, 3, 2, 1]


def test_first_segment_whose_rule_holds_gives_the_name(of_six: dict[str, Row]) -> None:
    assert [of_six[f"c{k}"]["rfm_segment"] for k in range(1, 7)] == [
        "New Customers", "New Customers", "Promising Customers", "Needing Attention",
        "At-Risk High-Value Customers", "At-Risk High-Value Customers",
    ]  # fmt: skip


def test_ties_share_a_score(spark: SparkSession) -> None:
    rows = [an_order(str(n), customer_id=f"c{n}", ordered_at="2024-03-10") for n in range(7)]
    found = scores(spark, *rows, an_order("x", customer_id="far", ordered_at="2024-01-01", order_amount=11))
    tied = {(r["r_score"], r["f_score"], r["m_score"]) for k, r in found.items() if k != "far"}
    assert tied == {(5, 1, 1)}
    assert (found["far"]["r_score"], found["far"]["f_score"], found["far"]["m_score"]) == (1, 1, 5)


def test_one_customer_is_best_in_recency_and_first_in_the_rest(spark: SparkSession) -> None:
    (row,) = scores(spark, an_order("1")).values()
    assert (row["r_score"], row["f_score"], row["m_score"]) == (5, 1, 1)


def test_own_cut_points_and_names_come_first(spark: SparkSession) -> None:
    cuts = (("frequency", (1.0, 2.0, 5.0, 5.5)), ("recency_days", (10.0, 20.0, 30.0, 59.0)))
    rules = (
        SegmentRule("Best", f=(5, 5)),
        SegmentRule("Good", r=(3, 4), f=(2, 4)),
        SegmentRule("Cheap", m=(1, 1)),
    )
    found = six(spark, cut_points=cuts, segments=rules)
    assert [found[f"c{k}"]["f_score"] for k in range(1, 7)] == [1, 2, 3, 3, 3, 5]
    assert [found[f"c{k}"]["r_score"] for k in range(1, 7)] == [5, 4, 3, 2, 2, 1]
    assert [found[f"c{k}"]["rfm_segment"] for k in range(1, 7)] == [
        "Cheap", "Good", "Good", "Other Customers", "Other Customers", "Best",
    ]  # fmt: skip


def cuts_of(spark: SparkSession, values: list[int], **settings: Any) -> list[float]:
    types = {"recency_days": "int", "frequency": "bigint", "monetary_amount": "decimal(18,4)"}
    rows = frame(spark, types, [dict.fromkeys(types, v) for v in values])
    row = cut_points(rows, RfmSettings(**settings)).collect()[0]
    assert row["_cuts_recency_days"] == row["_cuts_frequency"] == row["_cuts_monetary_amount"]
    found: list[float] = row["_cuts_frequency"]
    return found


def test_cut_point_among_equal_values_is_that_value() -> None:
    for count in range(17_539_800, 17_540_000):
        assert _interpolated(0.2 * (count - 1), np.array([count]), np.array([99.98])) == 99.98


def test_cut_points_are_interpolated_between_neighbours(spark: SparkSession) -> None:
    assert cuts_of(spark, [50, 10, 40, 20, 30]) == [18.0, 26.0, 34.0, 42.0]


def test_cut_points_of_many_customers_are_as_exact_as_those_of_few(spark: SparkSession) -> None:
    for values in ([50, 10, 40, 20, 30], [7], [1, 1, 1, 2], [3, 1, 1, 1, 1, 1, 9, 9]):
        assert cuts_of(spark, values, exact_up_to=1) == cuts_of(spark, values, exact_up_to=len(values))
    drawn = [int(v) for v in np.random.default_rng(4).pareto(1.2, 3000) * 100]
    assert cuts_of(spark, drawn, exact_up_to=10) == pytest.approx(np.percentile(drawn, [20, 40, 60, 80]))


def test_fixed_cut_points_of_all_measures_ask_nobody(spark: SparkSession) -> None:
    fixed = tuple((name, (1.0, 2.0, 3.0, 4.5)) for name in MEASURES)
    assert cuts_of(spark, [50, 10], cut_points=fixed, exact_up_to=1) == [1.0, 2.0, 3.0, 4.5]
