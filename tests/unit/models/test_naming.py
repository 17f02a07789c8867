"""Names and descriptions from traits, and which new segment is which old one."""

from __future__ import annotations

import pytest

from customer_chunks.config.features import CATEGORY, DEFAULT_FEATURES, Feature
from customer_chunks.models.describing import Described, Trait
from customer_chunks.models.matching import matched
from customer_chunks.models.naming import in_units, named

FEATURES = {f.name: f for f in DEFAULT_FEATURES}


def a_segment(number: int, *traits: Trait, customers: int = 100) -> Described:
    return Described(number, customers, customers / 1000, tuple(sorted(traits, key=lambda t: -abs(t.effect))))


def a_trait(feature: str, effect: float, inside: float | None = 1.0, level: str = "") -> Trait:
    outside = 2.0 if level or inside is None else inside - effect
    return Trait(feature, level, inside, outside, effect)


def test_name_is_made_of_the_two_strongest_traits() -> None:
    told = named(
        [a_segment(1, a_trait("purchase_count", 1.4), a_trait("average_order_value", 0.9))], FEATURES
    )
    assert told[0].name == "Frequent, big-basket customers"


def test_weak_traits_make_no_name() -> None:
    told = named([a_segment(1, a_trait("purchase_count", 0.49))], FEATURES)
    assert told[0].name == "Ordinary customers"
    assert "Nothing sets them far apart" in told[0].description


def test_feature_without_an_adjective_for_little_of_it_makes_no_name_by_having_little() -> None:
    told = named([a_segment(1, a_trait("return_rate", -2.0), a_trait("recency_days", 0.6))], FEATURES)
    assert told[0].name == "Lapsed customers"


def test_feature_without_any_words_is_called_high_or_low() -> None:
    own = {"web_visits": Feature("web_visits")}
    told = named([a_segment(1, a_trait("web_visits", -1.0))], own)
    assert told[0].name == "Low-web-visits customers"


def test_value_of_a_category_that_stands_out_is_named_and_an_unknown_one_is_not() -> None:
    own = {"tier": Feature("tier", kind=CATEGORY, label="loyalty tier"), "age": Feature("age", kind=CATEGORY)}
    traits = (a_trait("tier", 1.2, 0.9, "Gold"), a_trait("age", 1.5, 0.9, "unknown"))
    told = named([a_segment(1, *traits)], own)
    assert told[0].name == "Customers (loyalty tier Gold)"
    assert "Loyalty tier Gold: 90% of them, 200% of the others." in told[0].description


def test_what_only_stands_for_missing_values_makes_neither_name_nor_description() -> None:
    """Nine of ten members have no value, which counts as the most; who has one has less than others."""
    filled = Trait("recency_days", "", 5.0, 40.0, 1.4, 0.1, 0.8, 5.0, 40.0)
    (words,) = named([a_segment(1, filled, a_trait("purchase_count", 1.0))], FEATURES)
    assert words.name == "Frequent customers"
    assert "days" not in words.description


def test_what_differs_by_less_than_is_written_bears_out_no_name() -> None:
    late = Trait("recency_days", "", 20.0, 40.0, 1.2, 0.3, 0.3, 30.04, 30.01)
    (words,) = named([a_segment(1, late)], FEATURES)
    assert words.name == "Ordinary customers"
    assert "20" not in words.description


@pytest.mark.parametrize(
    ("trait", "told"),
    [
        (Trait("purchase_count", "", 5.0, 2.0, 1.0, 1.0, 0.9, 6.0, 2.1), "typically 5, the others 2."),
        (
            Trait("purchase_count", "", 0.0, 0.0, 1.0, 0.3, 0.02, 0.4, 0.02),
            "30% have some, of the others 2%.",
        ),
        (Trait("purchase_count", "", 1.0, 1.0, 1.0, 1.0, 1.0, 1.62, 1.1), "1.6 on average, the others 1.1."),
        # More than the others, as the name says, though most of them have less.
        (Trait("purchase_count", "", 1.0, 2.0, 1.0, 1.0, 1.0, 9.0, 3.0), "9 on average, the others 3."),
        (Trait("purchase_count", "", 2.0, 5.0, -1.0, 0.5, 0.9, 2.0, 5.0), "typically 2, the others 5."),
        (Trait("purchase_count", "", 0.0, 0.0, 1.0), "typically 0, the others 0."),  # of an earlier release
    ],
)
def test_description_tells_what_bears_out_the_name(trait: Trait, told: str) -> None:
    (words,) = named([a_segment(1, trait)], FEATURES)
    assert words.description.endswith(f"Purchases: {told}")


@pytest.mark.parametrize(
    ("feature", "effect", "name"),
    [
        ("return_rate", 1.0, "Return-prone customers"),  # often-returning ones come again
        ("recency_days", -1.0, "Active customers"),  # recent ones are new
        ("interaction_count", -1.0, "Digitally inactive customers"),  # offline ones buy in shops
        ("engagement_score", 1.0, "Campaign-responsive customers"),
    ],
)
def test_words_of_a_name_say_one_thing(feature: str, effect: float, name: str) -> None:
    assert named([a_segment(1, a_trait(feature, effect))], FEATURES)[0].name == name


def test_two_segments_never_share_a_name() -> None:
    alike = (a_trait("purchase_count", 1.4), a_trait("recency_days", -1.0))
    third = (*alike, a_trait("tenure_days", 0.8))
    told = named(
        [a_segment(n, *(third if n == 2 else alike), customers=100 - n) for n in (1, 2, 3, 4)], FEATURES
    )
    names = [t.name for t in told]
    assert names == [
        "Frequent, active customers",
        "Frequent, long-standing customers",
        "Frequent customers",
        "Active customers",
    ]


def test_the_same_words_in_another_order_are_no_other_name() -> None:
    first = (a_trait("purchase_count", -1.4), a_trait("recency_days", 1.0))
    second = (
        a_trait("recency_days", 1.9),
        a_trait("purchase_count", -1.3),
        a_trait("average_order_value", -0.6),
    )
    told = named([a_segment(1, *first), a_segment(2, *second, customers=50)], FEATURES)
    assert [t.name for t in told] == ["Occasional, lapsed customers", "Lapsed, small-basket customers"]
    other = named([a_segment(2, *second)], FEATURES, kept={9: "Occasional, lapsed customers"})
    assert [t.name for t in other] == ["Lapsed, small-basket customers"]


def test_names_that_are_kept_stay_and_are_not_given_again() -> None:
    strong = a_trait("purchase_count", 1.4)
    told = named(
        [a_segment(7, strong), a_segment(3, strong, customers=50)], FEATURES, kept={3: "Frequent customers"}
    )
    assert [(t.segment, t.name) for t in told] == [(3, "Frequent customers"), (7, "Frequent customers 2")]


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (0.314, "share", "31%"),
        (0.0042, "share", "0.4%"),
        (0.0, "share", "0%"),
        (12.5, "money", "12.50 EUR"),
        (12345.6, "money", "12,346 EUR"),
        (3.0, "days", "3"),
        (3.25, "orders", "3.2"),
        (None, "days", "unknown"),
    ],
)
def test_numbers_are_written_in_their_unit(value: float | None, unit: str, written: str) -> None:
    assert in_units(value, Feature("x", unit=unit), "EUR") == written


def test_new_segments_are_the_old_ones_with_whom_they_share_most() -> None:
    shared = {(1, 10): 90, (1, 11): 10, (2, 10): 5, (2, 11): 95, (3, 12): 50}
    assert matched(shared) == {10: 1, 11: 2, 12: 3}


def test_segment_that_shares_too_few_is_a_new_one() -> None:
    assert matched({(1, 10): 100, (1, 11): 40, (2, 11): 15, (2, 12): 15}) == {10: 1, 12: 2}
    assert matched({(1, 10): 10, (1, 11): 50, (1, 12): 50}, least=0.5) == {}


def test_each_old_segment_goes_on_as_one_at_most() -> None:
    assert matched({(1, 10): 60, (1, 11): 40}) == {10: 1}
    assert matched({}) == {}


def test_pair_that_shares_too_few_takes_nobodys_place() -> None:
    # Of (1, 10) the index is 40 / 108, of (1, 11) and (2, 10) 34 / 134 each: together more, and each too few.
    few = {(100 + n, 11): 2 for n in range(30)} | {(2, 200 + n): 2 for n in range(30)}
    assert matched({(1, 10): 40, (1, 11): 34, (2, 10): 34, **few}) == {10: 1}


def test_sum_of_what_is_shared_decides_and_not_the_first_come() -> None:
    # Greedy would give new 10 to old 1 (0.55) and leave old 2 with nothing; together 0.45 + 0.5 is more.
    shared = {(1, 10): 55, (1, 11): 45, (2, 10): 50}
    assert matched(shared) == {10: 2, 11: 1}
