"""What the gate judges in a run of some steps, and in which words it tells what it held back."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.flow import gates
from customer_chunks.flow.gates import Gate
from customer_chunks.flow.step import Built, Input, Refresh, Step
from customer_chunks.quality.table_checks import Standing
from customer_chunks.storage.newest import Commit


def a_step(name: str, outputs: tuple[str, ...], *inputs: str, needs_as_of: bool = False) -> Step:
    read = {i: Input(i) for i in inputs}
    return Step(name, outputs, read, lambda *_: Built({}), Refresh.WHOLE, needs_as_of=needs_as_of)


ORDERS = a_step("silver.orders[shop]", ("silver.order_lines", "silver.orders"), "bronze.shop_sales")
PRODUCTS = a_step("silver.products[shop]", ("silver.products",), "silver.order_lines")
KPI = a_step("gold.kpi_daily", ("gold.kpi_daily",), "silver.orders", "bronze.shop_sales")
RFM = a_step("gold.rfm_scores", ("gold.rfm_scores",), "silver.products", needs_as_of=True)
STEPS = (ORDERS, PRODUCTS, KPI, RFM)


def a_gate(
    patch: pytest.MonkeyPatch, standing: dict[str, Standing], *, is_enabled: bool = True, version: int = 3
) -> Gate:
    patch.setattr(gates, "standings", lambda _: standing)
    warehouse: Any = SimpleNamespace(last_commit=lambda table: Commit(version, f"id of {table}", {}))
    rules = TableRuleSettings(is_enabled=is_enabled)
    return Gate(warehouse, STEPS, ["shop"], Settings(table_rules=rules), "run-1")


def stood(table: str, **more: Any) -> Standing:
    return Standing(f"id of {table}", 3, **more)


def test_run_of_some_steps_judges_what_its_gold_reads_and_what_is_written_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = a_gate(monkeypatch, {})
    assert gate._scope([ORDERS, KPI]) == ["silver.order_lines", "silver.orders"]
    assert gate._scope([ORDERS]) == []
    assert gate._scope([ORDERS, PRODUCTS]) == ["silver.order_lines", "silver.orders", "silver.products"]
    assert gate._scope([RFM]) == ["silver.products"]


def test_tables_that_are_written_together_may_be_looked_up_though_their_step_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = a_gate(monkeypatch, {})
    assert gate._usable("silver.order_lines", []) == {"silver.orders"}
    assert gate._usable("silver.order_lines", ["silver.products"]) == {"silver.orders", "silver.products"}
    assert gate._current(STEPS[:2], ["silver.products[shop]"]) == {"silver.order_lines", "silver.orders"}
    assert gate._current(STEPS[1:2], []) == {"silver.products"}


def test_table_that_was_made_anew_has_no_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = a_gate(monkeypatch, {"silver.orders": Standing("another id", 3, released=3)})
    assert gate.withheld(KPI) == ["silver.orders"]
    assert gate.withheld(RFM) == ["silver.orders", "silver.products"], "D comes from the orders"
    assert gate.day_is_withheld()


@pytest.mark.parametrize(("is_enabled", "version"), [(False, 3), (True, 0)])
def test_nothing_is_withheld_where_rules_are_off_or_a_table_never_had_rows(
    monkeypatch: pytest.MonkeyPatch, is_enabled: bool, version: int
) -> None:
    gate = a_gate(monkeypatch, {}, is_enabled=is_enabled, version=version)
    assert (gate.withheld(RFM), gate.unjudged(KPI), gate.day_is_withheld()) == ([], [], False)


def test_newest_version_waits_for_its_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    held = {"silver.orders": stood("silver.orders"), "silver.products": Standing("id of silver.products", 2)}
    gate = a_gate(monkeypatch, held)
    assert (gate.unjudged(KPI), gate.unjudged(RFM)) == ([], ["silver.products"])


@pytest.mark.parametrize(
    ("broken", "released", "said"),
    [
        (
            ("a", "b", "c"),
            None,
            r"version 3 breaks its table rules \(a; b; c\), so gold is not built from it",
        ),
        (("a", "b", "c", "d", "e"), 0, r"\(a; b; c; and 2 more\), so gold stays at version 0\."),
    ],
)
def test_three_broken_rules_are_named_and_the_version_that_gold_keeps(
    monkeypatch: pytest.MonkeyPatch, broken: tuple[str, ...], released: int | None, said: str
) -> None:
    gate = a_gate(monkeypatch, {})
    error = gate._error("silver.orders", stood("silver.orders", broken=broken, released=released))
    with pytest.raises(type(error), match=said):
        raise error


def test_held_back_version_is_judged_again_for_a_reason_or_where_what_it_looks_up_is_up_to_date(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = {"silver.products": stood("silver.products", broken=("a",), basis="old")}
    held["silver.order_lines"] = stood("silver.order_lines", broken=("a",), basis="old")
    held["silver.orders"] = stood("silver.orders", basis="old")
    gate = a_gate(monkeypatch, held)
    monkeypatch.setattr(gates, "basis", lambda *_: "new")
    assert gate._is_open("silver.order_lines", ["silver.products"], None)
    assert not gate._is_open("silver.order_lines", [], None)
    assert gate._is_open("silver.order_lines", [], "a reason")
    assert not gate._is_open("silver.orders", ["silver.customers"], "a reason"), "it is not held back"
    monkeypatch.setattr(gates, "basis", lambda *_: "old")
    assert not gate._is_open("silver.order_lines", ["silver.products"], None)
