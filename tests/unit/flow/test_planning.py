"""What a run would do, told from what is new, what is unjudged and what runs before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.flow import planning
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.outcome import Outcome, Report, Wish
from customer_chunks.flow.planning import planned
from customer_chunks.flow.step import Built, Input, Refresh, Step

SALES: Any = SimpleNamespace(table="bronze.shop_sales")


def a_step(name: str, *inputs: str) -> Step:
    return Step(name, (name,), {i: Input(i) for i in inputs}, lambda *_: Built({}), Refresh.WHOLE)


ORDERS = a_step("silver.orders", "bronze.shop_sales")
SCORES = a_step("gold.rfm_scores", "silver.orders")


def plan(
    patch: pytest.MonkeyPatch,
    *,
    files: int = 0,
    changed: int = 0,
    extent: Extent = Extent.NOTHING,
    unjudged: tuple[str, ...] = (),
    missing: tuple[str, ...] = (),
) -> dict[str, tuple[str, str]]:
    """Return the plan of one feed and two steps."""

    def found(_: Any, feed: Any, *, full: bool, writes: bool) -> list[Any]:
        assert not writes, "a plan writes nothing"
        new = SimpleNamespace(replaces=None)
        return [new] * (1 if full else files) + [SimpleNamespace(replaces=3)] * changed

    patch.setattr(planning, "arrivals", found)
    patch.setattr(planning, "decide", lambda *_, forced: Decision(Extent.ALL if forced else extent, "why"))
    warehouse: Any = SimpleNamespace(exists=lambda table: table not in missing)
    sight: Any = SimpleNamespace(
        readable=lambda _: warehouse,
        now=lambda _: None,
        gate=SimpleNamespace(unjudged=lambda _: list(unjudged)),
    )
    return {s: (e, w) for s, e, w in planned(warehouse, [SALES], [ORDERS, SCORES], sight, Wish())}


def test_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan(monkeypatch) == {
        "bronze.shop_sales": ("nothing", "nothing is new"),
        "silver.orders": ("nothing", "why"),
        "gold.rfm_scores": ("nothing", "why"),
    }


@pytest.mark.parametrize(
    ("files", "changed", "told"),
    [(1, 0, "1 new file"), (0, 1, "1 changed file"), (2, 1, "2 new and 1 changed files")],
)
def test_changed_files_are_told_from_new_ones(
    monkeypatch: pytest.MonkeyPatch, files: int, changed: int, told: str
) -> None:
    assert plan(monkeypatch, files=files, changed=changed)["bronze.shop_sales"] == ("append", told)


def test_what_moves_may_move_what_stands_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan(monkeypatch, files=2, unjudged=("silver.orders",)) == {
        "bronze.shop_sales": ("append", "2 new files"),
        "silver.orders": ("if rows change", "bronze.shop_sales will run before"),
        "gold.rfm_scores": ("if rows change", "silver.orders will run before"),
    }


def test_fit_may_move_the_tables_of_its_own_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Step("ops.models[churn]", ("ops.models",), {}, ORDERS.build, Refresh.WHOLE)
    churn, segments = (
        Step(f"gold.{m}", (f"gold.{m}",), {"models": Input("ops.models", model=m)}, fit.build, Refresh.WHOLE)
        for m in ("churn", "segments")
    )
    extents = {fit.name: Extent.ALL}
    monkeypatch.setattr(
        planning, "decide", lambda _w, s, *_, forced: Decision(extents.get(s.name, Extent.NOTHING), "why")
    )
    everything: Any = SimpleNamespace(exists=lambda _: True)
    sight: Any = SimpleNamespace(
        readable=lambda _: everything, now=lambda _: None, gate=SimpleNamespace(unjudged=lambda _: [])
    )
    assert planned(everything, [], [fit, churn, segments], sight, Wish()) == [
        ("ops.models[churn]", "all", "why"),
        ("gold.churn", "if rows change", "ops.models[churn] will run before"),
        ("gold.segments", "nothing", "why"),
    ]


def test_step_that_is_stale_by_itself_says_so_whatever_runs_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plan(monkeypatch, files=2, extent=Extent.KEYS)["silver.orders"] == ("keys", "why")


def test_version_that_waits_for_its_verdict_is_told_of_steps_behind_the_gate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = plan(monkeypatch, unjudged=("silver.orders",))
    assert found["gold.rfm_scores"] == ("if rules hold", "silver.orders will be judged before")
    assert found["silver.orders"] == ("nothing", "why")


def test_step_whose_own_table_or_input_is_not_there_was_never_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = plan(monkeypatch, missing=("silver.orders",), extent=Extent.KEYS)
    assert found["silver.orders"] == ("all", "never computed")
    assert found["gold.rfm_scores"] == ("all", "never computed")
    found = plan(monkeypatch, missing=("gold.rfm_scores",), extent=Extent.KEYS)
    assert (found["silver.orders"], found["gold.rfm_scores"]) == (("keys", "why"), ("all", "never computed"))


def test_wish_forces_what_it_names_or_else_everything() -> None:
    assert not Wish().forces(ORDERS)
    assert Wish(is_full=True).forces(ORDERS)
    assert Wish(full=frozenset({"silver.orders"})).forces(ORDERS)
    assert not Wish(full=frozenset({"gold.rfm_scores"}), is_full=True).forces(ORDERS)
    lines = Step(
        "silver.orders[a]", ("silver.order_lines", "silver.orders"), {}, ORDERS.build, Refresh.BY_KEY
    )
    assert Wish(full=frozenset({"silver.order_lines"})).forces(lines)
    assert Wish(full=frozenset({"silver.orders[a]"})).forces(lines)


@pytest.mark.parametrize(
    ("states", "is_idle"),
    [((), True), (("idle", "warned"), True), (("idle", "done"), False), (("held",), False)],
)
def test_run_is_idle_where_nothing_was_done_or_held(states: tuple[str, ...], is_idle: bool) -> None:
    outcomes = tuple(Outcome("s", "t", state, "", remarks=(f"{state} remark",)) for state in states)
    report = Report("run-1", outcomes, None)
    assert report.is_idle is is_idle
    assert report.remarks == [f"{state} remark" for state in states]
    assert report.errors == []
