"""The gate by itself, on tables that are written straight: what is judged, held back, released and told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.errors import StorageError
from customer_chunks.flow import gates
from customer_chunks.flow.gates import Gate, Gated
from customer_chunks.flow.house import all_steps
from customer_chunks.flow.judging import Bench
from customer_chunks.quality.table_checks import standings
from customer_chunks.storage.conform import conform
from customer_chunks.storage.converge import Scope, append, converge
from customer_chunks.storage.pinned import pinned
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import a_line, an_order, table_frame
from tests.flow.company import Company

ORDERS, LINES = "silver.orders", "silver.order_lines"
Rows = Iterable[dict[str, Any]]


@dataclass
class House:
    """Writes silver tables and judges them, every time as a new run would."""

    company: Company
    settings: Settings
    runs: int = 0

    def holds(self, table: str, rows: Rows, *, is_appended: bool = False) -> None:
        """Make the table hold these rows; appended, it takes whatever comes, twins too."""
        store, wanted = self.company.warehouse, contract(table)
        frame = table_frame(store.spark, table, rows)
        if is_appended:
            append(store, table, conform(frame, wanted), None)
        else:
            converge(store, wanted, frame, Scope())

    def gate(self) -> Gate:
        self.runs += 1
        steps = all_steps(self.company.sources)
        return Gate(self.company.warehouse, steps, ["shop"], self.settings, f"run-{self.runs}")

    def judge(self, reason: str | None = None, failed: Iterable[str] = ()) -> dict[str, Gated]:
        gate = self.gate()
        return {g.table: g for g in gate.judge(gate.steps, list(failed), reason)}

    def read(self, table: str) -> int:
        """Return how many rows of the table gold sees."""
        return self.gate().readable().read(table).count()


@pytest.fixture
def house(company: Company) -> House:
    return House(company, Settings())


def people(count: int = 3) -> list[dict[str, Any]]:
    return [{"customer_id": f"c{n}", "record_count": 1} for n in range(count)]


def orders(*ids: str, **overrides: Any) -> list[dict[str, Any]]:
    return [an_order(i, customer_id="c1", **overrides) for i in ids]


def line(order_id: str, number: int = 1, **overrides: Any) -> dict[str, Any]:
    return a_line(order_id, number, discount_amount=0, **overrides)


def products() -> list[dict[str, Any]]:
    return [{"product_id": "p1", "source": "shop", "source_product_id": "p1", "is_inferred": True}]


def test_good_tables_pass_and_are_not_judged_twice(house: House) -> None:
    house.holds("silver.customers", people())
    house.holds(ORDERS, orders("o1", "o2"))
    told = house.judge()
    assert {t: g.state for t, g in told.items()} == {"silver.customers": "done", ORDERS: "done"}
    assert "rules hold" in told[ORDERS].detail
    before = house.company.versions()
    assert house.judge() == {}
    assert house.company.versions() == before


@pytest.mark.slow
def test_twins_unknown_customers_and_lines_without_order_are_held_back(house: House) -> None:
    house.holds("silver.customers", people())
    house.holds("silver.products", products())
    house.holds(ORDERS, orders("o1"))
    house.holds(LINES, [line("o1")])
    house.judge()
    house.holds(ORDERS, [an_order("o1", customer_id="nobody")], is_appended=True)
    house.holds(LINES, [line("o7", product_id="p7")], is_appended=True)
    told = house.judge()
    assert "key.unique is 1, expected at most 0" in told[ORDERS].detail
    assert "customer_id.found is 0.5, expected at least 1" in told[ORDERS].detail
    assert "order_id.found is 0.5" in told[LINES].detail
    assert "product_id.found is 0.5" in told[LINES].detail
    assert {g.error.exit_code for g in told.values() if g.error} == {10}
    assert (house.read(ORDERS), house.read(LINES)) == (1, 1)

    # The lines are mended, the orders not: both wait. Then a row goes and both pass.
    house.holds(LINES, [line("o1"), line("o1", 2)])
    told = house.judge()
    assert f"waits for {ORDERS}" in told[LINES].detail
    assert house.read(LINES) == 1
    house.holds(ORDERS, orders("o1", "o2"))
    told = house.judge()
    assert {g.error for g in told.values()} == {None}
    assert (house.read(ORDERS), house.read(LINES)) == (2, 2)


@pytest.mark.slow
def test_no_version_ever_passed_holds_the_steps_that_need_it(house: House) -> None:
    house.holds("silver.customers", people())
    house.holds(ORDERS, [an_order("o1", customer_id="nobody")])
    told = house.judge()[ORDERS]
    assert "so gold is not built from it" in str(told.error)
    gate = house.gate()
    held = {s.name: gate.withheld(s) for s in gate.steps if gates.is_behind(s)}
    assert held["gold.rfm_scores"] == [ORDERS]
    assert held["gold.customer_profiles"] == [ORDERS], "D comes from the orders"
    assert gate.day_is_withheld()
    accepted = house.judge("an outlet without records")[ORDERS]
    assert "accepted: customer_id.found" in accepted.detail
    noted = house.company.warehouse.read("ops.table_checks").where("accepted_reason is not null").collect()
    assert [(r["rule"], r["accepted_reason"], r["accepted_run_id"]) for r in noted] == [
        ("customer_id.found", "an outlet without records", f"run-{house.runs}")
    ]
    assert not house.gate().day_is_withheld()
    assert house.judge() == {}


def test_table_referred_to_by_a_step_that_failed_is_not_asked(house: House) -> None:
    house.holds("silver.customers", people())
    house.holds(ORDERS, [an_order("o1", customer_id="new")])
    told = house.judge(failed=["silver.customers"])[ORDERS]
    assert told.error is None
    assert "customer_id.found" not in {v.asked.name for v in told.verdicts}


@pytest.mark.slow
def test_table_that_is_mended_from_outside_is_judged_again(house: House) -> None:
    """The orders stay as they are; the customers that they name come."""
    house.holds("silver.customers", people())
    house.holds(ORDERS, [an_order("o1", customer_id="late")])
    assert house.judge()[ORDERS].error is not None
    assert house.judge()[ORDERS].verdicts == (), "told again, not judged again"
    house.holds("silver.customers", [*people(), {"customer_id": "late", "record_count": 1}])
    assert house.judge()[ORDERS].error is None
    assert house.read(ORDERS) == 1


@pytest.mark.slow
def test_table_that_cannot_be_judged_does_not_stop_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.holds("silver.customers", people())
    house.holds(ORDERS, orders("o1"))
    real = Bench.judged

    def fails_at_orders(bench: Bench, table: str, *rest: Any) -> Any:
        if table == ORDERS:
            raise StorageError("silver.orders: cannot be read.")
        return real(bench, table, *rest)

    monkeypatch.setattr(Bench, "judged", fails_at_orders)
    told = house.judge()
    assert isinstance(told[ORDERS].error, StorageError)
    assert told["silver.customers"].state == "done"
    assert set(standings(house.company.warehouse)) == {"silver.customers"}
    monkeypatch.undo()
    assert house.judge()[ORDERS].state == "done"


def test_switched_off_nothing_is_judged(house: House) -> None:
    house.settings = Settings(table_rules=TableRuleSettings(is_enabled=False))
    house.holds(ORDERS, [an_order("o1", customer_id="nobody")])
    before = house.company.versions()
    assert house.judge() == {}
    assert (house.read(ORDERS), house.company.versions()) == (1, before)


def test_old_orders_are_told_by_every_run_and_hold_nothing_back(house: House) -> None:
    house.settings = Settings(table_rules=TableRuleSettings(freshness_days=3))
    house.holds("silver.customers", people())
    house.holds(ORDERS, orders("o1"))
    first, second = house.judge()[ORDERS], house.judge()[ORDERS]
    assert (first.state, second.state) == ("done", "warned")
    days = (date.today() - date(2024, 3, 10)).days
    for told in (first, second):
        assert "ordered_on.fresh is" in told.detail
        assert any(f"is {n}, expected at most 3" in told.detail for n in (days - 1, days, days + 1))
    assert house.read(ORDERS) == 1


def test_version_that_is_no_longer_kept_is_one_sentence(company: Company) -> None:
    house = House(company, Settings())
    house.holds("silver.customers", people())
    house.holds("silver.customers", people(4))
    seen: Warehouse = pinned(company.warehouse, {"silver.customers": 99})
    with pytest.raises(StorageError, match=r"version 99, the newest that passed .* is no longer kept"):
        seen.read("silver.customers")
    assert pinned(company.warehouse, {"silver.customers": 1}).read("silver.customers").count() == 3


@pytest.mark.slow
def test_thresholds_that_were_changed_judge_a_held_back_version_again(house: House) -> None:
    house.holds("silver.customers", people())
    house.holds(ORDERS, [*orders("o1", "o2"), an_order("o3", customer_id="nobody")])
    assert house.judge()[ORDERS].error is not None
    house.settings = replace(house.settings, table_rules=TableRuleSettings(reference_share=0.6))
    assert house.judge()[ORDERS].error is None


def priced(count: int, price: int, first: int = 0) -> list[dict[str, Any]]:
    return [line(f"o{n}", unit_price=price, product_id=None) for n in range(first, first + count)]


@pytest.mark.slow
def test_price_of_another_unit_is_held_back_however_many_good_rows_come_after_it(house: House) -> None:
    wanted = [an_order(f"o{n}", customer_id=None) for n in range(200)]
    house.holds(ORDERS, wanted)
    house.holds(LINES, priced(30, 5))
    assert house.judge()[LINES].error is None
    house.holds(LINES, [*priced(30, 5), *priced(25, 500, 30)])
    told = house.judge()[LINES]
    assert "unit_price.median[shop] is 500, expected 0.5 to 50" in told.detail
    assert "so gold stays at version" in told.detail
    house.holds(LINES, [*priced(30, 5), *priced(25, 500, 30), *priced(100, 5, 60)])
    assert house.judge()[LINES].error is not None
    assert house.read(LINES) == 30

    # Switched off, gold reads what is newest and waits for nothing.
    house.settings = Settings(table_rules=TableRuleSettings(is_enabled=False))
    gate = house.gate()
    assert house.read(LINES) == 155
    behind = [s for s in gate.steps if gates.is_behind(s)]
    assert [t for s in behind for t in (*gate.withheld(s), *gate.unjudged(s))] == []
