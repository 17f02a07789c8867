"""The graph of tables: order, floors, and what a table needs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame

from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.model_settings import (
    ModelSettings,
    PropensitySettings,
    SegmentSettings,
    ValueSettings,
)
from customer_chunks.config.settings import RfmSettings, Settings
from customer_chunks.contracts import TABLES
from customer_chunks.errors import ConfigError
from customer_chunks.flow.bookmarks import fingerprint
from customer_chunks.flow.gold_steps import GOLD, SHARED_SILVER, whole
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.house import all_steps
from customer_chunks.flow.model_steps import model_steps
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step
from customer_chunks.gold.customer_facts import customer_facts
from customer_chunks.gold.customer_profiles import customer_profiles

FLOORS = ("bronze", "silver", "gold", "ops")
EVERYTHING = """\
source: shop
currency: EUR
feeds:
  sales: {path: s.csv, entities: {order_lines: {order_id: o, ordered_at: t, customer_id: c, line_amount: a}}}
  heads: {path: h.csv, entities: {orders: {order_id: o, ordered_at: t}}}
  goods: {path: g.csv, entities: {products: {product_id: p}}}
  people: {path: p.csv, entities: {customer_records: {customer_id: c}}}
  mails: {path: m.csv, entities: {engagements: {engagement_type: e, occurred_at: t, customer_id: c}}}
  points: {path: l.csv, entities: {loyalty_events: {event_type: e, occurred_at: t}}}
  clicks: {path: c.csv, entities: {interactions: {interaction_type: e, occurred_at: t}}}
  wishes: {path: w.csv, entities: {consents: {customer_id: c, purpose: p, is_granted: g, changed_at: t}}}
  wallets: {path: v.csv, entities: {wallet_preferences: {customer_id: c, preference: p}}}
  rates: {path: r.csv, entities: {exchange_rates: {currency: c, valid_on: v, rate: r}}}
"""

EVERYTHING_ASKED = Settings(
    rfm=RfmSettings(migration_months=3),
    models=ModelSettings(SegmentSettings(), ValueSettings(), PropensitySettings(), PropensitySettings()),
)


@pytest.fixture
def steps(tmp_path: Path) -> tuple[Step, ...]:
    path = tmp_path / "shop.yml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return all_steps([read_mapping(path)], EVERYTHING_ASKED)


@pytest.fixture
def graph(steps: tuple[Step, ...]) -> Graph:
    return Graph(steps, ["bronze.shop_sales", "bronze.shop_heads", "bronze.shop_rates", "bronze.shop_mails"])


def floor(table: str) -> int:
    layer = table.split(".", maxsplit=1)[0]
    # Models are learnt from gold, and gold is filled by them.
    return FLOORS.index("gold" if table == "ops.models" else layer)


def test_no_step_reads_a_higher_floor(steps: tuple[Step, ...]) -> None:
    for step in steps:
        for wanted in step.inputs.values():
            assert floor(wanted.table) <= min(floor(t) for t in step.outputs), (
                f"{step.name} reads {wanted.table}"
            )


def test_whoever_reads_models_names_the_one_whose_champion_it_reads(steps: tuple[Step, ...]) -> None:
    read = {i.model for s in steps for i in s.inputs.values() if i.table == "ops.models"}
    assert read == {s.owns for s in steps if s.is_fit}
    assert {i.table for s in steps for i in s.inputs.values() if i.model is not None} == {"ops.models"}


def test_every_output_has_a_contract_and_every_name_is_one(steps: tuple[Step, ...]) -> None:
    assert {t for s in steps for t in s.outputs} <= set(TABLES)
    assert len({s.name for s in steps}) == len(steps)


def test_every_silver_and_gold_table_is_written_by_a_step(steps: tuple[Step, ...]) -> None:
    written = {t for s in steps for t in s.outputs} | {"silver.quarantine"}
    assert {t for t in TABLES if not t.startswith("ops.")} <= written


def test_tables_are_written_before_they_are_read(graph: Graph, steps: tuple[Step, ...]) -> None:
    done: set[str] = set()
    writers = {t: {s.name for s in steps if t in s.outputs} for s in steps for t in s.outputs}
    for step in graph.steps:
        for wanted in step.inputs.values():
            before = writers.get(wanted.table, set()) if wanted.model is None else {wanted.written_by}
            assert before <= done, f"{step.name} reads {wanted.table}"
        done.add(step.name)
    assert len(graph.steps) == len(steps)


def test_order_step_writes_lines_first_and_its_bookmark_with_the_orders(steps: tuple[Step, ...]) -> None:
    (step,) = [s for s in steps if s.name == "silver.orders[shop]"]
    assert (step.outputs, step.main) == (("silver.order_lines", "silver.orders"), "silver.orders")
    assert (step.refresh, step.source, step.scope_key) == (Refresh.BY_KEY, "shop", "order_id")
    assert {i.table for i in step.inputs.values()} == {
        "bronze.shop_sales", "bronze.shop_heads", "silver.customer_links", "silver.exchange_rates",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "build", "also"),
    [
        ("gold.customer_facts", customer_facts, set()),
        # What facts are made of: of a day in the past they are computed anew.
        ("gold.customer_profiles", customer_profiles, {"orders", "order_lines", "products"}),
    ],
)
def test_inputs_are_named_like_the_builds_parameters(step: str, build: object, also: set[str]) -> None:
    (found,) = [s for s in GOLD if s.name == step]
    positional = [
        n
        for n, p in inspect.signature(build).parameters.items()
        if p.kind is p.POSITIONAL_OR_KEYWORD  # type: ignore[arg-type]
    ]
    assert set(found.inputs) == set(positional) | also
    assert all(i.table.split(".")[1] == n for n, i in found.inputs.items())


def test_whole_step_names_inputs_settings_and_day_by_its_build() -> None:
    steps = {s.name: s for s in (*SHARED_SILVER, *GOLD)}
    rfm = steps["gold.rfm_scores"]
    assert (rfm.refresh, rfm.settings, rfm.needs_as_of) == (Refresh.WHOLE, ("rfm",), True)
    assert {n: (i.table, i.on_change) for n, i in rfm.inputs.items()} == {
        "orders": ("silver.orders", OnChange.FULL)
    }
    kpi = steps["gold.kpi_daily"]
    assert (kpi.needs_as_of, kpi.settings, set(kpi.inputs)) == (
        False,
        (),
        {"orders", "order_lines", "products"},
    )


def test_whole_step_with_an_input_that_its_build_does_not_take_is_an_error() -> None:
    def build(orders: DataFrame) -> DataFrame:
        return orders

    with pytest.raises(TypeError, match=r"build has no parameter \['products'\]"):
        whole("gold.x", build, "silver.orders", "silver.products")


def names(graph: Graph, table: str) -> set[str]:
    return {s.name for s in graph.until(table)}


def test_table_needs_what_it_stands_on_and_no_more(graph: Graph) -> None:
    assert names(graph, "silver.orders") == {
        "silver.exchange_rates[shop]", "silver.customer_records[shop]", "silver.customer_links",
        "silver.orders[shop]",
    }  # fmt: skip
    assert names(graph, "silver.order_lines") == names(graph, "silver.orders")
    assert names(graph, "silver.exchange_rates[shop]") == {"silver.exchange_rates[shop]"}
    assert names(graph, "gold.rfm_scores") == names(graph, "silver.orders") | {"gold.rfm_scores"}
    assert graph.until(None) == graph.steps
    assert names(graph, "gold") == {s.name for s in graph.steps} - {
        "silver.addressability", "silver.consents[shop]", "silver.wallet_preferences[shop]",
    }  # fmt: skip


def test_table_of_a_model_waits_for_the_fit_of_that_model_and_no_other(
    graph: Graph, steps: tuple[Step, ...]
) -> None:
    fits = {s.name for s in steps if s.is_fit}
    assert names(graph, "gold.customer_values") & fits == {"ops.models[customer_values]"}
    assert names(graph, "gold.segment_profiles") & fits == {"ops.models[segments]"}
    # Scores are ranked within segments too.
    assert names(graph, "gold.churn_scores") & fits == {"ops.models[churn]", "ops.models[segments]"}
    (values,) = [s for s in steps if s.name == "gold.customer_values"]
    assert graph.needs(values) & fits == {"ops.models[customer_values]"}


def test_settings_of_one_model_make_only_what_reads_them_stale(steps: tuple[Step, ...]) -> None:
    def told(asked: ModelSettings) -> dict[str, str]:
        now = Now(replace(EVERYTHING_ASKED, models=asked), date(2024, 5, 1), no_table)
        return {s.name: fingerprint(s, now) for s in model_steps(asked)}

    asked = EVERYTHING_ASKED.models
    usual = told(asked)
    of_churn = told(replace(asked, churn=PropensitySettings(explained=7)))
    changed = {name for name in usual if of_churn[name] != usual[name]}
    assert changed == {"ops.models[churn]", "gold.churn_scores"}
    of_fit = told(replace(asked, customer_values=ValueSettings(holdout_days=30)))
    assert {name for name in usual if of_fit[name] != usual[name]} == {"ops.models[customer_values]"}
    of_segments = told(replace(asked, segments=SegmentSettings(population="order_count > 1")))
    assert {name for name in usual if of_segments[name] != usual[name]} == {
        "ops.models[segments]",
        "gold.segments",
    }


def no_table(name: str) -> DataFrame:
    raise AssertionError(name)


def test_bronze_tables_are_those_that_the_steps_read(graph: Graph) -> None:
    everything = {"bronze.shop_sales", "bronze.shop_heads", "bronze.shop_rates", "bronze.shop_mails"}
    assert graph.tables_until(None) == everything
    assert graph.tables_until("silver.exchange_rates") == {"bronze.shop_rates"}
    assert graph.until("bronze.shop_sales") == graph.until("bronze") == ()
    assert graph.tables_until("bronze") == everything
    assert graph.tables_until("bronze.shop_sales") == {"bronze.shop_sales"}
    assert graph.tables_until("silver.orders") == everything


def test_unknown_table_is_an_error_with_the_nearest(graph: Graph) -> None:
    with pytest.raises(
        ConfigError, match=r"No step writes 'gold\.rfm_score'\. Did you mean 'gold\.rfm_scores'\?"
    ):
        graph.until("gold.rfm_score")


def a_step(name: str, *inputs: str) -> Step:
    def build(_: Mapping[str, DataFrame], __: Now) -> Built:
        return Built({})

    return Step(name, (name,), {i: Input(i) for i in inputs}, build, Refresh.WHOLE)


def test_circle_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"in a circle: .*a\.x.*Cut it"):
        Graph([a_step("a.x", "a.y"), a_step("a.y", "a.x")], [])
