"""Catalogue, exchange rates and events -> their silver tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pyspark.sql import SparkSession

from customer_chunks.contracts import contract
from customer_chunks.quality.rows import with_reasons
from customer_chunks.silver.engagements import engagements
from customer_chunks.silver.events import prepared_events
from customer_chunks.silver.exchange_rates import daily_rates, exchange_rates, prepared_rates
from customer_chunks.silver.interactions import interactions
from customer_chunks.silver.keyed import judged_by_key
from customer_chunks.silver.loyalty_events import loyalty_events
from customer_chunks.silver.products import prepared_products, products
from tests.builders import a_line, by, mapped, order_lines, table_frame, values
from tests.unit.silver.judging import no_links

SEEN = [
    a_line("1", 1, product_id="w:mug", product_name="MUG"),
    a_line("2", 1, product_id="w:mug", product_name="Mug"),
    a_line("3", 1, product_id="w:mug", product_name="Mug"),
    a_line("4", 1, product_id="w:pen", product_name="b"),
    a_line("4", 2, product_id="w:pen", product_name="a"),
    a_line("4", 3, product_id="w:pen", product_name=None),
    a_line("4", 4, product_id="w:pen", product_name=None),
    a_line("5", 1, product_id="w:bare", product_name=None),
    a_line("6", 1, product_id=None, product_name="nothing"),
    a_line("7", 1, product_id="w:other", source="elsewhere"),
]


def test_products_seen_on_lines_only_are_inferred_with_their_most_frequent_name(spark: SparkSession) -> None:
    found = products(None, order_lines(spark, *SEEN), "shop", "w:")
    assert values(found, "product_id", "source_product_id", "product_name", "is_inferred", "source") == [
        ("w:bare", "bare", None, True, "shop"),
        ("w:mug", "mug", "Mug", True, "shop"),
        ("w:pen", "pen", "a", True, "shop"),
    ]


def test_catalogue_comes_first_and_lines_name_what_it_does_not(spark: SparkSession) -> None:
    rows = [
        {
            "product_id": "mug",
            "product_name": None,
            "category_path": " Kitchen  > Mugs > Big",
            "list_price": "1.5",
        },
        {"product_id": "pen", "product_name": "Pen", "category_path": "Office", "brand": "B"},
        {"product_id": "new", "product_name": "Old name", "category_path": " > x"},
        {"product_id": "new", "product_name": "New name", "category_path": None},
        {"product_id": None, "product_name": "lost"},
    ]
    prepared = with_reasons(
        prepared_products(mapped(spark, "products", rows), "shop", "w:"), contract("silver.products").checks
    )
    judged = judged_by_key(prepared)
    found = by(products(judged, order_lines(spark, *SEEN), "shop", "w:"), "product_id")
    told = {k: (v["product_name"], v["category"], v["is_inferred"]) for k, v in found.items()}
    assert told == {
        "w:mug": ("Mug", "Kitchen", False),
        "w:pen": ("Pen", "Office", False),
        "w:new": ("New name", None, False),
        "w:bare": (None, None, True),
    }
    assert (found["w:mug"]["list_price"], found["w:pen"]["brand"]) == (Decimal("1.5"), "B")
    assert found["w:mug"]["source_product_id"] == "mug"
    assert values(judged.where("product_name = 'Old name'"), "_disposition", "category") == [
        ("superseded", None)
    ]
    assert values(judged.where("product_name = 'lost'"), "_reasons") == [["product_id.missing"]]


def test_rates_are_judged_and_the_newest_of_a_day_counts(spark: SparkSession) -> None:
    rows = [
        {"currency": "usd", "valid_on": "2024-01-01", "rate": "0.9"},
        {"currency": "USD", "valid_on": "2024-01-01", "rate": "0.8"},
        {"currency": "USD", "valid_on": "2024-01-02", "rate": 0},
        {"currency": None, "valid_on": "2024-01-02", "rate": 1},
        {"currency": "CHF", "valid_on": None, "rate": 1},
        {"currency": "CHF", "valid_on": "2024-01-02", "rate": None},
    ]
    checks = contract("silver.exchange_rates").checks
    judged = judged_by_key(
        with_reasons(prepared_rates(mapped(spark, "exchange_rates", rows), "shop"), checks)
    )
    assert values(exchange_rates(judged), "currency", "valid_on", "rate", "source") == [
        ("USD", date(2024, 1, 1), Decimal("0.8"), "shop")
    ]
    assert sorted(r["_reasons"] for r in judged.where("_disposition = 'quarantined'").collect()) == [
        ["currency.missing"], ["rate.missing"], ["rate.not_positive"], ["valid_on.missing"],
    ]  # fmt: skip


def test_rate_of_a_day_is_the_latest_on_or_before_it(spark: SparkSession) -> None:
    rows = [
        {"currency": c, "valid_on": on, "rate": rate, "source": "s"}
        for c, on, rate in (
            ("USD", "2024-01-02", "0.5"), ("USD", "2024-01-05", "0.6"), ("CHF", "2024-01-09", "1.1"),
            ("EUR", "2024-01-02", "7"),
        )
    ]  # fmt: skip
    daily = daily_rates(table_frame(spark, "silver.exchange_rates", rows), "EUR", "2024-01-07")
    known = daily.where("currency <> 'EUR'")
    assert values(known, "currency", "day", "rate") == [
        ("CHF", date(2024, 1, 9), Decimal("1.1")),
        ("USD", date(2024, 1, 2), Decimal("0.5")), ("USD", date(2024, 1, 3), Decimal("0.5")),
        ("USD", date(2024, 1, 4), Decimal("0.5")), ("USD", date(2024, 1, 5), Decimal("0.6")),
        ("USD", date(2024, 1, 6), Decimal("0.6")), ("USD", date(2024, 1, 7), Decimal("0.6")),
    ]  # fmt: skip
    own = daily.where("currency = 'EUR' and day in ('1900-01-01', '2024-01-02', '2024-01-07')")
    assert values(own, "rate") == [Decimal(1)] * 3


def test_rate_that_two_sources_tell_is_the_one_of_the_first_by_name(spark: SparkSession) -> None:
    rows = [
        {"currency": "USD", "valid_on": "2024-01-02", "rate": rate, "source": source}
        for source, rate in (("b", "0.5"), ("a", "0.6"), ("c", "0.7"))
    ]
    daily = daily_rates(table_frame(spark, "silver.exchange_rates", rows), "EUR", "2024-01-02")
    assert values(daily.where("currency = 'USD'"), "rate") == [Decimal("0.6")]


EVENTS = [
    {
        "engagement_id": "7.0",
        "customer_id": "1",
        "engagement_type": "open",
        "occurred_at": "2024-01-01 23:30",
    },
    {"engagement_id": "7", "customer_id": "1", "engagement_type": "click", "occurred_at": "2024-01-01 23:40"},
    {
        "engagement_id": None,
        "customer_id": None,
        "engagement_type": "open",
        "occurred_at": "2024-01-01",
        "_copy": 5,
    },
    {
        "engagement_id": None,
        "customer_id": None,
        "engagement_type": "open",
        "occurred_at": "2024-01-01",
        "_copy": 5,
    },
    {"engagement_id": "8", "customer_id": "1", "engagement_type": None, "occurred_at": None},
]


def test_event_has_its_own_id_or_one_made_of_its_content(spark: SparkSession) -> None:
    rows = [{**e, "engagement_id": (e["engagement_id"] or "").removesuffix(".0") or None} for e in EVENTS]
    prepared = prepared_events(
        mapped(spark, "engagements", rows), "engagement_id", "shop", "w:", "Asia/Tokyo"
    )
    judged = judged_by_key(with_reasons(prepared, contract("silver.engagements").checks))
    found = engagements(judged, no_links(spark), "shop", "w:").orderBy("engagement_id").collect()
    assert [(r["customer_id"], r["engagement_type"], r["occurred_on"]) for r in found] == [
        (None, "open", date(2024, 1, 1)), ("w:1", "click", date(2024, 1, 2)),
    ]  # fmt: skip
    assert found[1]["engagement_id"] == "w:7"
    assert found[0]["engagement_id"].startswith("w:")
    fates = sorted(r["_disposition"] for r in judged.collect())
    assert fates == ["accepted", "accepted", "duplicate", "quarantined", "superseded"]
    assert values(judged.where("_disposition = 'quarantined'"), "_reasons") == [
        ["occurred_at.missing", "engagement_type.missing"]
    ]


def test_orders_and_products_of_events_are_namespaced(spark: SparkSession) -> None:
    points = mapped(
        spark, "loyalty_events", [{"event_id": "1", "event_type": "earn", "order_id": "9", "points": 5,
                                   "occurred_at": "2024-01-01"}]
    )  # fmt: skip
    made = prepared_events(points, "event_id", "shop", "w:", "UTC")
    judged = judged_by_key(with_reasons(made, contract("silver.loyalty_events").checks))
    found = loyalty_events(judged, no_links(spark), "shop", "w:")
    assert values(found, "event_id", "order_id", "points") == [("w:1", "w:9", Decimal(5))]
    clicks = mapped(
        spark, "interactions", [{"interaction_id": "1", "interaction_type": "search", "product_id": "p",
                                 "occurred_at": "2024-01-01"}]
    )  # fmt: skip
    seen = prepared_events(clicks, "interaction_id", "shop", "w:", "UTC")
    judged = judged_by_key(with_reasons(seen, contract("silver.interactions").checks))
    assert values(interactions(judged, no_links(spark), "shop", "w:"), "interaction_id", "product_id") == [
        ("w:1", "w:p")
    ]
