"""What was judged on which version: each version once, and the past is that of the accepted ones."""

from __future__ import annotations

from datetime import date, datetime, timezone

import pytest

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.contracts.ops import TABLE_CHECKS
from customer_chunks.errors import ConfigError
from customer_chunks.quality.table_checks import (
    Judged,
    Seen,
    Standing,
    newest_checks,
    past_of,
    standings,
    without_exceptions,
    write_checks,
)
from customer_chunks.quality.table_rules import Judge, Measured, Past, Verdict, asked_of
from customer_chunks.storage.warehouse import Warehouse

ORDERS, LINES = "silver.orders", "silver.order_lines"
SETTINGS = TableRuleSettings(freshness_days=3, level=(("silver.orders.ordered_on.fresh", "error"),))
RULES = ("key.unique", "ordered_on.fresh", "rows.grown")


def verdicts(rows: int, twins: int = 0, table: str = ORDERS) -> list[Verdict]:
    """Return three verdicts on orders that are too old, or on lines the two that are asked of them."""
    asked = [a for a in asked_of(contract(table), ["shop"], SETTINGS) if a.name in RULES]
    numbers = {"key.unique": float(twins), "ordered_on.fresh": 1.0, "rows.grown": float(rows)}
    judge = Judge(contract(table), SETTINGS, Past({}), date(2024, 3, 10))
    return judge.verdicts(asked, {name: [Measured(n, rows)] for name, n in numbers.items()})


def put(store: Warehouse, version: int, found: list[Verdict], table: str = ORDERS, **how: object) -> None:
    """Write the verdicts on one version, an hour after those on the version before."""
    judged = Judged(table, Standing("t", version), found, **how)  # type: ignore[arg-type]  # by name
    at = datetime(2024, 3, 10, version, tzinfo=timezone.utc)
    write_checks(store, [judged], {table: judged.standing}, f"run-{version}", at)


def seen(store: Warehouse, released: int, versions: int = 9) -> dict[str, list[Measured]]:
    """Return what the accepted versions of the orders showed."""
    past = past_of(store, {ORDERS: Standing("t", 9, released=released)}, versions)
    return {rule: list(found) for rule, found in past[ORDERS].measured.items()}


def test_past_is_that_of_the_newest_accepted_versions(warehouse: Warehouse) -> None:
    warehouse.create(TABLE_CHECKS)
    put(warehouse, 1, verdicts(10))
    put(warehouse, 2, verdicts(20, twins=1))
    put(warehouse, 3, verdicts(30))
    put(warehouse, 4, verdicts(40, twins=2), accepted="a sale")
    put(warehouse, 5, verdicts(50))
    put(warehouse, 3, verdicts(33, table=LINES), table=LINES)

    counts = [m.rows for m in seen(warehouse, released=4)["rows.grown"]]
    assert counts == [40, 30, 10], "the newest first: not what was held back, nor what came after the release"
    assert [m.value for m in seen(warehouse, released=4)["key.unique"]] == [2.0, 0.0, 0.0]
    assert [m.rows for m in seen(warehouse, released=5, versions=2)["rows.grown"]] == [50, 40]
    assert past_of(warehouse, {ORDERS: Standing("t", 5)}, 9) == {}, "nothing was ever released"
    assert past_of(warehouse, {ORDERS: Standing("made anew", 5, released=5)}, 9) == {}

    newest = newest_checks(warehouse, "orders")
    assert [(r["rule"], r["table_version"], r["observed"]) for r in newest] == [
        ("key.unique", 5, 0.0), ("ordered_on.fresh", 5, 19791.0), ("rows.grown", 5, 50.0),
    ]  # fmt: skip
    assert {r["checked_at"] for r in newest} == {"2024-03-10T05:00:00Z"}
    assert [r["table_version"] for r in newest_checks(warehouse, ORDERS, versions=2)] == [4] * 3 + [5] * 3
    assert {r["table_name"] for r in newest_checks(warehouse)} == {ORDERS, LINES}


def test_version_that_is_judged_again_has_the_rows_of_its_last_judgement(warehouse: Warehouse) -> None:
    warehouse.create(TABLE_CHECKS)
    put(warehouse, 1, verdicts(10))
    put(warehouse, 2, verdicts(20, twins=1))
    put(warehouse, 2, verdicts(22, table=LINES), table=LINES)
    put(warehouse, 2, verdicts(20, twins=1), is_repeated=True, accepted="known")
    held = warehouse.read(TABLE_CHECKS.full_name).where("rule = 'key.unique'").collect()
    assert sorted((r["table_name"], r["table_version"], r["accepted_reason"]) for r in held) == [
        (LINES, 2, None), (ORDERS, 1, None), (ORDERS, 2, "known"),
    ]  # fmt: skip
    last = warehouse.last_commit(TABLE_CHECKS.full_name)
    assert last is not None
    assert last.notes["run"] == "run-2"
    assert standings(warehouse) == {ORDERS: Standing("t", 2)}


def test_nothing_judged_is_one_sentence(warehouse: Warehouse) -> None:
    with pytest.raises(ConfigError, match="No table was judged yet"):
        newest_checks(warehouse)


def test_four_versions_held_back_stay_batches_and_later_ones_join_the_last() -> None:
    standing = Standing("t", 1, "b", ("key.unique is 1",), released=0)
    for version in (1, 1, 2, 3, 4, 5):
        standing = Standing("t", version, "b", ("x",), 0, standing.held).held_back()
    assert (standing.held, standing.released, standing.broken) == ((1, 2, 3, 4), 0, ("x",))
    passed = standing.passed()
    assert (passed.held, passed.released, passed.broken, passed.version) == ((), 5, (), 5)


def showed(*values: tuple[float, bool] | tuple[float, bool, int]) -> list[Seen]:
    """Return what versions showed, the oldest first given: a number, whether it was accepted, its rows."""
    made = [
        Seen(version, Measured(found[0], found[2] if len(found) == 3 else 100), found[1])
        for version, found in enumerate(values)
    ]
    return made[::-1]


@pytest.mark.parametrize(
    ("series", "kept"),
    [
        (showed((43, False), (4300, True)), [4300, 43]),
        (showed((43, False), (4300, True), (45, False)), [45, 43]),
        (showed((43, False), (4300, True), (4500, False)), [4500, 4300, 43]),
        (showed((43, False), (4300, True), (4500, False), (40, False)), [40, 4500, 43]),
        (showed((43, False), (4300, True), (0.5, True), (44, False)), [44, 43]),
        (showed((43, False), (4300, True), (45, False, 3)), [45, 4300, 43]),
        (showed((4300, True), (45, False)), [45, 4300]),
        (showed((0.9, False), (0.0, True), (0.0, False)), [0.0, 0.0, 0.9]),
        (showed((0.9, False), (0.0, True), (0.8, False)), [0.8, 0.9]),
    ],
    ids=["nothing since", "mended", "new level", "the way back", "two", "too few rows", "first of all",
         "ran dry", "ran dry once"],
)  # fmt: skip
def test_what_was_accepted_once_is_not_expected_again(series: list[Seen], kept: list[float]) -> None:
    assert [seen.measured.value for seen in without_exceptions(series)] == kept


def test_exceptions_are_left_out_of_the_past_of_new_rows_only(warehouse: Warehouse) -> None:
    warehouse.create(TABLE_CHECKS)
    asked = [
        a
        for a in asked_of(contract(LINES), ["shop"], SETTINGS)
        if a.rule.code in {"unit_price.median", "key.unique"}
    ]
    past = {a.name: [Measured(43.0, 100)] for a in asked}
    judge = Judge(contract(LINES), SETTINGS, Past(past), date(2024, 3, 10))
    for version, (median, twins) in enumerate([(43, 0), (4300, 1), (45, 0)]):
        numbers = {
            "unit_price.median[shop]": [Measured(float(median), 100)],
            "key.unique": [Measured(float(twins), 100)],
        }
        how = {"accepted": "in cents"} if version == 1 else {}
        put(warehouse, version, judge.verdicts(asked, numbers), table=LINES, **how)
    found = past_of(warehouse, {LINES: Standing("t", 2, released=2)}, 9)[LINES]
    assert [m.value for m in found.measured["unit_price.median[shop]"]] == [45.0, 43.0]
    assert [m.value for m in found.measured["key.unique"]] == [0.0, 1.0, 0.0]
    assert found.released["unit_price.median[shop]"] == Measured(45.0, 100)
