"""Which rules hold, by hand: fixed bounds, bounds from the past, and when the past says nothing yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import TABLES, contract
from customer_chunks.contracts.table import Level, Pii
from customer_chunks.contracts.table_rules import Aspect, Measure, table_rules
from customer_chunks.quality.table_rules import (
    Asked,
    Bounds,
    Judge,
    Measured,
    Past,
    Verdict,
    asked_of,
    expected,
    shown,
)

LINES, ORDERS = contract("silver.order_lines"), contract("silver.orders")
SETTINGS = TableRuleSettings()
SILVER = [t for t in TABLES.values() if t.layer == "silver"]


def judged(
    name: str,
    *found: tuple[float | None, int],
    past: list[tuple[float | None, int]] | None = None,
    settings: TableRuleSettings = SETTINGS,
) -> Verdict:
    """Judge one rule of silver.order_lines (source shop) on its numbers, one a batch."""
    asked = next(a for a in asked_of(LINES, ["shop"], settings) if a.name == name)
    before = Past({name: [Measured(*m) for m in past or []]})
    judge = Judge(LINES, settings, before, date(2024, 3, 10))
    return judge.verdicts([asked], {name: [Measured(*m) for m in found]})[0]


@pytest.mark.parametrize("table", SILVER, ids=lambda t: t.full_name)
def test_rules_of_a_table_name_its_own_columns_and_are_unique(table: object) -> None:
    rules = table_rules(table)  # type: ignore[arg-type]  # a Table
    assert len({r.code for r in rules}) == len(rules)
    named = {r.column for r in rules if r.column and r.measure is not Measure.DUPLICATES}
    assert named <= set(table.column_names)  # type: ignore[attr-defined]
    for rule in rules:
        if rule.refers_to is not None:
            other, column = rule.refers_to
            assert column in contract(other).types


def test_no_rule_measures_a_value_of_a_personal_column() -> None:
    """Shares and counts of personal columns are asked for; quantiles and days never."""
    for table in SILVER:
        for rule in table_rules(table):
            if rule.measure in {Measure.QUANTILE, Measure.NEWEST_DAY}:
                assert table.column(rule.column).pii is Pii.NONE


def test_every_aspect_of_the_design_is_asked_of_orders() -> None:
    settings = replace(SETTINGS, freshness_days=3)
    assert {a.rule.aspect for a in asked_of(ORDERS, ["shop"], settings)} == set(Aspect)


def test_required_column_that_is_null_once_is_broken() -> None:
    assert judged("order_id.complete", (1.0, 1000)).is_passed
    verdict = judged("order_id.complete", (0.999, 1000))
    assert (verdict.is_passed, verdict.is_holding_back) == (False, True)
    assert str(verdict) == "order_id.complete is 0.999, expected at least 1"


def test_one_double_key_is_broken() -> None:
    assert judged("key.unique", (0.0, 10)).is_passed
    assert not judged("key.unique", (1.0, 10)).is_passed


def test_share_found_in_the_other_table_has_a_least_value() -> None:
    assert not judged("product_id.found", (0.98, 50)).is_passed
    assert judged("product_id.found", (0.98, 50), settings=replace(SETTINGS, reference_share=0.98)).is_passed


def test_nothing_measured_breaks_nothing() -> None:
    assert judged("product_id.found", (None, 0)).is_passed
    assert judged("unit_price.median[shop]", (None, 0), past=[(5.0, 500)]).is_passed


@pytest.mark.parametrize(
    ("median", "holds"),
    [(0.5, True), (0.49, False), (5.0, True), (60.0, True), (60.1, False), (500.0, False)],
)
def test_median_stays_within_ten_times_of_what_was_before(median: float, holds: bool) -> None:
    """Before: 5 and 6. So 0.5 to 60."""
    verdict = judged("unit_price.median[shop]", (median, 20), past=[(6.0, 20), (5.0, 300)])
    assert verdict.bounds == Bounds(0.5, 60.0)
    assert verdict.is_passed is holds


@pytest.mark.parametrize(("rows", "before"), [(19, (5.0, 300)), (300, (5.0, 19)), (300, (None, 0))])
def test_few_rows_on_either_side_say_nothing(rows: int, before: tuple[float | None, int]) -> None:
    verdict = judged("unit_price.median[shop]", (500.0, rows), past=[before])
    assert (verdict.is_passed, verdict.bounds) == (True, Bounds())


def test_tails_need_five_times_as_many_rows_and_the_lower_one_only_warns() -> None:
    assert judged("unit_price.p90[shop]", (500.0, 99), past=[(5.0, 100)]).is_passed
    assert judged("unit_price.p90[shop]", (500.0, 100), past=[(5.0, 100)]).is_holding_back
    low = judged("unit_price.p10[shop]", (0.01, 100), past=[(5.0, 100)])
    assert (low.is_passed, low.is_holding_back) == (False, False)


def test_first_version_of_a_table_has_no_past_to_break() -> None:
    asked = asked_of(LINES, ["shop"], SETTINGS)
    numbers = {a.name: [Measured(1.0, 5000)] for a in asked if a.rule.measure is not Measure.DUPLICATES}
    verdicts = Judge(LINES, SETTINGS, Past({}), date(2024, 3, 10)).verdicts(asked, numbers)
    assert all(v.is_passed for v in verdicts)


def test_batch_that_was_held_back_is_still_seen_behind_a_good_one() -> None:
    verdict = judged("unit_price.median[shop]", (500.0, 30), (5.0, 3000), past=[(5.0, 300)])
    assert (verdict.is_passed, verdict.observed, verdict.rows) == (False, 500.0, 30)
    good = judged("unit_price.median[shop]", (5.0, 30), (6.0, 3000), past=[(5.0, 300)])
    assert (good.is_passed, good.observed) == (True, 6.0)


def test_table_that_loses_more_than_half_its_rows_is_held_back() -> None:
    assert judged("rows.shrunk", (50.0, 50), past=[(100.0, 100)]).is_passed
    assert judged("rows.shrunk", (49.0, 49), past=[(100.0, 100)]).is_holding_back
    assert judged("rows.shrunk", (1.0, 1), past=[(19.0, 19)]).is_passed, "a tiny shop"


def test_growth_warns_from_three_accepted_versions_on() -> None:
    backfill = (1001.0, 1001)
    assert judged("rows.grown", backfill, past=[(100.0, 100)] * 2).is_passed
    verdict = judged("rows.grown", backfill, past=[(100.0, 100)] * 3)
    assert (verdict.is_passed, verdict.is_holding_back) == (False, False)
    assert judged(
        "new_rows.grown[shop]", (1000.0, 1000), past=[(20.0, 20), (100.0, 100), (30.0, 30)]
    ).is_passed


def test_column_that_runs_dry_is_held_back_and_one_that_was_rare_is_not() -> None:
    assert judged("product_id.known[shop]", (0.0, 100), past=[(0.9, 100)]).is_holding_back
    assert judged("product_id.known[shop]", (0.1, 100), past=[(0.9, 100)]).is_passed
    # A tenth of 100 rows is ten known values: too few to miss them.
    assert judged("product_id.known[shop]", (0.0, 100), past=[(0.1, 100)]).is_passed


def test_least_share_of_a_column_comes_from_the_settings() -> None:
    settings = replace(SETTINGS, completeness=(("silver.order_lines.product_id", 0.5),))
    assert judged("product_id.complete", (0.5, 10), settings=settings).is_passed
    assert not judged("product_id.complete", (0.4, 10), settings=settings).is_passed


def test_level_of_a_rule_comes_from_the_settings() -> None:
    softer = replace(SETTINGS, level=(("silver.order_lines.key.unique", "warning"),))
    assert not judged("key.unique", (1.0, 10), settings=softer).is_holding_back
    off = replace(SETTINGS, level=(("silver.order_lines.key.unique", "off"),))
    assert "key.unique" not in {a.name for a in asked_of(LINES, ["shop"], off)}


def test_rules_about_new_rows_are_asked_of_every_source() -> None:
    names = {a.name for a in asked_of(LINES, ["shop", "web"], SETTINGS)}
    assert {"unit_price.median[shop]", "unit_price.median[web]", "key.unique"} <= names
    customers = {a.name for a in asked_of(contract("silver.customers"), ["shop", "web"], SETTINGS)}
    assert "new_rows.grown" in customers, "a table without a source is asked as a whole"
    assert "new_rows.grown" in {a.name for a in asked_of(LINES, [], SETTINGS)}


@pytest.mark.parametrize(("newest", "holds"), [(date(2024, 3, 7), True), (date(2024, 3, 6), False)])
def test_freshness_is_off_unless_days_are_given_and_never_holds_back(newest: date, holds: bool) -> None:
    assert "ordered_on.fresh" not in {a.name for a in asked_of(ORDERS, ["shop"], SETTINGS)}
    settings = replace(SETTINGS, freshness_days=3, level=(("silver.orders.ordered_on.fresh", "error"),))
    asked = next(a for a in asked_of(ORDERS, ["shop"], settings) if a.name == "ordered_on.fresh")
    number = Measured(float((newest - date(1970, 1, 1)).days), 9)
    judge = Judge(ORDERS, settings, Past({}), date(2024, 3, 10))
    (verdict,) = judge.verdicts([asked], {asked.name: [number]})
    assert (verdict.is_passed, verdict.is_holding_back) == (holds, False)
    assert verdict.observed == (date(2024, 3, 10) - newest).days


def test_share_just_below_one_is_not_shown_as_one() -> None:
    assert (shown(0.9999999), shown(1.0), shown(None)) == ("0.9999999", "1", "unknown")


def test_name_of_a_rule_carries_the_source() -> None:
    rule = next(r for r in table_rules(LINES) if r.code == "unit_price.median")
    assert (Asked(rule, "shop").name, Asked(rule).name) == ("unit_price.median[shop]", "unit_price.median")
    assert rule.level is Level.ERROR


def test_growth_is_measured_against_the_newest_version_and_new_rows_against_the_most() -> None:
    past = [(100.0, 100), (1000.0, 1000), (20.0, 20)]
    assert judged("rows.shrunk", (400.0, 400), past=past).bounds == Bounds(low=50.0)
    assert judged("rows.grown", (400.0, 400), past=past).bounds == Bounds(high=1000.0)
    new = judged("new_rows.grown[shop]", (10001.0, 10001), past=past)
    assert (new.bounds, new.is_passed, new.is_holding_back) == (Bounds(high=10000.0), False, False)
    assert judged("new_rows.grown[shop]", (10001.0, 10001), past=past[:2]).bounds == Bounds()


def test_least_known_share_of_the_past_tells_whether_values_are_missed() -> None:
    few = [(0.9, 100), (0.5, 100)]
    assert judged("product_id.known[shop]", (0.0, 40), past=few).bounds == Bounds(low=0.05)
    assert judged("product_id.known[shop]", (0.0, 39), past=few).bounds == Bounds()
    settings = replace(SETTINGS, history_rows=1)
    assert judged("product_id.known[shop]", (0.0, 39), past=few, settings=settings).bounds == Bounds()
    settings = replace(SETTINGS, history_rows=50)
    assert judged("product_id.known[shop]", (0.0, 99), past=few, settings=settings).bounds == Bounds()


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ((None, None), "nothing yet"), ((1.0, None), "at least 1"), ((None, 3.0), "at most 3"),
        ((0.5, 50.0), "0.5 to 50"), ((2.0, 2.0), "2"), ((0.0, None), "at least 0"),
    ],
)  # fmt: skip
def test_bounds_are_told_in_words(bounds: tuple[float | None, float | None], words: str) -> None:
    assert expected(*bounds) == words


def test_required_column_has_one_rule_whatever_the_settings_say() -> None:
    settings = replace(SETTINGS, completeness=(("silver.order_lines.order_id", 0.5),))
    names = [a.name for a in asked_of(LINES, ["shop"], settings)]
    assert names.count("order_id.complete") == 1
