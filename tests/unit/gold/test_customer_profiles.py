"""The 360 as of D, each feature by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.gold.customer_profiles import customer_profiles
from tests.builders import Row, by, table_frame

D = date(2024, 4, 1)
MONEY_ZERO = {"gross_amount": 0, "returns_amount": 0, "net_amount": 0, "discount_amount": 0}
FACTS = [
    {
        "customer_id": "a",
        "first_purchase_on": "2024-01-02",
        "last_purchase_on": "2024-03-02",
        "purchase_count": 4,
        "purchase_days": 3,
        "return_count": 1,
        "gross_amount": 10,
        "returns_amount": 1,
        "net_amount": 9,
        "item_count": 5,
        "discount_amount": 1,
        "discounted_purchase_count": 1,
        "channel_counts": {"web": 2, "app": 2},
        "category_amounts": {
            "Toys": Decimal(6),
            "Books": Decimal(2),
            "Gone": Decimal(-5),
            "Zero": Decimal(0),
        },
    },
    {
        "customer_id": "b",
        **MONEY_ZERO,
        "purchase_count": 0,
        "purchase_days": 0,
        "return_count": 2,
        "net_amount": -5,
        "discounted_purchase_count": 0,
        "category_amounts": {"Toys": Decimal(-5)},
    },
    {
        "customer_id": "d",
        **MONEY_ZERO,
        "first_purchase_on": "2024-03-31",
        "last_purchase_on": "2024-03-31",
        "purchase_count": 3,
        "purchase_days": 1,
        "return_count": 0,
        "gross_amount": "0.0002",
        "discounted_purchase_count": 3,
    },
    {
        "customer_id": "f",
        **MONEY_ZERO,
        "first_purchase_on": "2024-03-01",
        "last_purchase_on": "2024-03-11",
        "purchase_count": 2,
        "purchase_days": 2,
        "return_count": 0,
        "discounted_purchase_count": 0,
    },
]


def an_engagement(
    number: int, customer: str | None, kind: str, campaign: str, day: str = "2024-03-01"
) -> Row:
    return {
        "engagement_id": str(number),
        "customer_id": customer,
        "source": "s",
        "engagement_type": kind,
        "campaign_id": campaign,
        "occurred_at": day,
        "occurred_on": day,
    }


ENGAGEMENTS = [
    an_engagement(1, "a", "send", "x"),
    an_engagement(2, "a", "send", "y"),
    an_engagement(3, "a", "open", "x", "2024-03-03"),
    an_engagement(4, "a", "click", "x", "2024-03-04"),
    an_engagement(5, "a", "coupon_redemption", "x", "2024-03-02"),
    an_engagement(6, "a", "open", "y", "2024-04-01"),
    an_engagement(7, "c", "open", "x"),
    an_engagement(8, "c", "open", "y"),
    an_engagement(9, "d", "send", "x", "2024-03-31"),
    an_engagement(10, "d", "open", "x"),
    an_engagement(11, "d", "open", "y"),
    an_engagement(12, None, "open", "y"),
    *[an_engagement(20 + n, "b", kind, "x") for n, kind in enumerate(("response", "conversion", "bounce"))],
]
POINTS = [
    ("a", "10.5", "2024-03-01"),
    ("a", "-3", "2024-03-31"),
    ("a", "100", "2024-04-01"),
    (None, "7", "2024-03-01"),
]


@pytest.fixture(scope="module")
def profiles(spark: SparkSession) -> dict[str, Row]:
    customers = [
        {"customer_id": c, "record_count": 1, "age_band": "35-44" if c == "a" else None, "city": "Rome"}
        for c in "abcdef"
    ]
    loyalty = [
        {
            "event_id": str(n),
            "customer_id": c,
            "source": "s",
            "event_type": "earn",
            "points": p,
            "occurred_at": d,
            "occurred_on": d,
        }
        for n, (c, p, d) in enumerate(POINTS)
    ]
    visits = [
        {
            "interaction_id": str(n),
            "customer_id": "a",
            "source": "s",
            "interaction_type": "search",
            "occurred_at": d,
            "occurred_on": d,
        }
        for n, d in enumerate(("2024-03-31", "2024-04-01"))
    ]
    frame = customer_profiles(
        table_frame(spark, "silver.customers", customers),
        table_frame(spark, "gold.customer_facts", FACTS),
        table_frame(spark, "silver.engagements", ENGAGEMENTS),
        table_frame(spark, "silver.loyalty_events", loyalty),
        table_frame(spark, "silver.interactions", visits),
        as_of=D,
    )
    return by(frame, "customer_id")


def test_every_customer_has_a_profile(profiles: dict[str, Row]) -> None:
    assert set(profiles) == set("abcdef")
    assert {p["as_of"] for p in profiles.values()} == {D}
    assert (profiles["a"]["age_band"], profiles["b"]["age_band"], profiles["b"]["city"]) == (
        "35-44",
        None,
        "Rome",
    )


def test_days_are_whole_days_up_to_the_day(profiles: dict[str, Row]) -> None:
    a = profiles["a"]
    assert (a["recency_days"], a["tenure_days"]) == (30, 90)
    assert (profiles["d"]["recency_days"], profiles["d"]["tenure_days"]) == (1, 1)


def test_frequency_is_per_thirty_days_of_tenure(profiles: dict[str, Row]) -> None:
    assert profiles["a"]["purchase_frequency"] == pytest.approx(4 / 3)
    assert profiles["d"]["purchase_frequency"] == pytest.approx(90.0)


def test_average_order_value_is_gross_by_purchase_half_up(profiles: dict[str, Row]) -> None:
    assert profiles["a"]["average_order_value"] == Decimal("2.5")
    assert profiles["d"]["average_order_value"] == Decimal("0.0001")


def test_rates_are_per_purchase(profiles: dict[str, Row]) -> None:
    a = profiles["a"]
    assert (a["return_rate"], a["discount_affinity"]) == (0.25, 0.25)
    assert (profiles["d"]["return_rate"], profiles["d"]["discount_affinity"]) == (0.0, 1.0)


def test_days_between_purchases_need_two_days(profiles: dict[str, Row]) -> None:
    assert profiles["a"]["average_days_between_purchases"] == 30.0
    assert profiles["d"]["average_days_between_purchases"] is None


def test_shares_are_of_positive_amounts_and_ties_go_by_name(profiles: dict[str, Row]) -> None:
    a = profiles["a"]
    assert (a["favourite_category"], a["category_shares"]) == ("Toys", {"Toys": 0.75, "Books": 0.25})
    assert (a["favourite_channel"], a["channel_mix"]) == ("app", {"web": 0.5, "app": 0.5})


def test_nothing_known_is_null_and_counts_are_zero(profiles: dict[str, Row]) -> None:
    for name in "bc":
        row = profiles[name]
        unknown = (
            "recency_days",
            "tenure_days",
            "purchase_frequency",
            "average_order_value",
            "return_rate",
            "discount_affinity",
            "favourite_category",
            "category_shares",
            "favourite_channel",
            "points_balance",
        )
        assert {n: row[n] for n in unknown} == dict.fromkeys(unknown)
        assert (row["purchase_count"], row["gross_amount"]) == (0, Decimal(0))
    assert (profiles["b"]["return_count"], profiles["b"]["net_amount"]) == (2, Decimal(-5))
    assert (profiles["c"]["return_count"], profiles["c"]["net_amount"]) == (0, Decimal(0))


def test_engagement_counts_what_came_before_the_day(profiles: dict[str, Row]) -> None:
    a = profiles["a"]
    assert (a["engagement_count"], a["response_count"], a["coupon_redemption_count"]) == (5, 3, 1)
    assert a["last_engaged_on"] == date(2024, 3, 4)
    assert profiles["d"]["last_engaged_on"] == date(2024, 3, 1), "being written to is no response"
    assert (profiles["b"]["engagement_count"], profiles["b"]["response_count"]) == (3, 2)


def test_engagement_score_is_campaigns_answered_by_campaigns_received_at_most_one(
    profiles: dict[str, Row],
) -> None:
    assert profiles["a"]["engagement_score"] == 0.5
    assert profiles["d"]["engagement_score"] == 1.0
    assert profiles["c"]["engagement_score"] is None
    assert profiles["b"]["engagement_score"] is None


def test_points_and_visits_count_before_the_day_only(profiles: dict[str, Row]) -> None:
    a = profiles["a"]
    assert (a["points_balance"], a["loyalty_event_count"], a["interaction_count"]) == (Decimal("7.5"), 2, 1)


def test_nothing_ever_heard_of_a_customer_counts_as_none(profiles: dict[str, Row]) -> None:
    counts = [name for name in profiles["e"] if name.endswith("_count")]
    assert len(counts) == 7
    assert {name: profiles["e"][name] for name in counts} == dict.fromkeys(counts, 0)
    assert (profiles["e"]["points_balance"], profiles["e"]["last_engaged_on"]) == (None, None)


def test_two_days_have_one_time_between_them(profiles: dict[str, Row]) -> None:
    assert profiles["f"]["average_days_between_purchases"] == 10.0
