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
    Standing,
    newest_checks,
    past_of,
    standings,
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
