"""Every reason for which a step is stale, and how much of it is then computed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.config.settings import RfmSettings, Settings
from customer_chunks.flow.bookmarks import Bookmark, fingerprint, with_bookmark
from customer_chunks.flow.decide import Decision, Extent, decide
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step
from customer_chunks.storage.newest import Commit

STEP = Step(
    name="gold.x[shop]",
    outputs=("gold.side", "gold.x"),
    inputs={"keyed": Input("silver.keyed", key="k"), "whole": Input("silver.whole", on_change=OnChange.FULL)},
    build=lambda *_: Built({}),
    refresh=Refresh.BY_KEY,
    fingerprint="mapping",
)
NOW = Now(Settings(), date(2024, 1, 1), {}.__getitem__)


def a_warehouse(step: Step = STEP, now: Now = NOW, **commits: Commit) -> Any:
    """Return what decide() asks of a warehouse; the step has consumed version 3 of keyed and 4 of whole."""
    seen = Bookmark(
        {"silver.keyed": ("K", 3), "silver.whole": ("W", 4)}, fingerprint(step, now), {"silver.keyed": 7}
    )
    tables = {
        "silver.keyed": Commit(3, "K", {"last_delivery": 7}),
        "silver.whole": Commit(4, "W", {}),
    } | {name.replace("_", ".", 1): commit for name, commit in commits.items()}
    warehouse = SimpleNamespace(last_commit=tables.get)
    notes = with_bookmark(warehouse, step, seen, {"run": "r"})  # type: ignore[arg-type]
    tables.setdefault("gold.x", Commit(9, "X", notes))
    return warehouse


def decided(warehouse: Any, step: Step = STEP, now: Now = NOW, *, forced: bool = False) -> Decision:
    return decide(warehouse, step, now, forced=forced)


def test_nothing_new_is_nothing_to_do() -> None:
    decision = decided(a_warehouse())
    assert (decision.extent, decision.why, decision.changed) == (Extent.NOTHING, "nothing is new", ())


def test_changed_keyed_input_asks_for_its_keys_only() -> None:
    decision = decided(a_warehouse(silver_keyed=Commit(5, "K", {"last_delivery": 8})))
    assert (decision.extent, decision.why) == (Extent.KEYS, "silver.keyed changed")
    assert decision.changed == ("silver.keyed",)
    assert decision.seen is not None
    assert (decision.seen.inputs["silver.keyed"], decision.seen.deliveries) == (("K", 3), {"silver.keyed": 7})
    assert decision.until.inputs["silver.keyed"] == ("K", 5)
    assert decision.until.deliveries == {"silver.keyed": 8}


def test_commit_of_notes_alone_is_no_change() -> None:
    assert decided(a_warehouse(silver_keyed=Commit(6, "K", {"rows_changed_in": 3}))).extent is Extent.NOTHING


def test_changed_input_of_the_whole_asks_for_all() -> None:
    decision = decided(a_warehouse(silver_whole=Commit(5, "W", {})))
    assert (decision.extent, decision.why) == (Extent.ALL, "silver.whole changed")


def test_whole_step_is_computed_whole_for_any_change() -> None:
    step = replace(STEP, refresh=Refresh.WHOLE)
    decision = decided(a_warehouse(step, silver_keyed=Commit(5, "K", {})), step)
    assert (decision.extent, decision.why) == (Extent.ALL, "silver.keyed changed")


@pytest.mark.parametrize("replayed", ["", "mine", "another's"])
def test_rows_tried_again_by_another_mapping_ask_for_all(replayed: str) -> None:
    warehouse = a_warehouse()
    (noted,) = warehouse.last_commit("gold.x").notes["steps"].values()
    noted["replayed"] = noted["fingerprint"] if replayed == "mine" else replayed
    decision = decided(warehouse)
    expected = (Extent.ALL, "rows were tried again by another mapping")
    is_same = replayed != "another's"
    assert (decision.extent, decision.why) == ((Extent.NOTHING, "nothing is new") if is_same else expected)
    assert decision.until.replayed == ""


def test_first_time_asks_for_all() -> None:
    decision = decided(a_warehouse(gold_x=Commit(0, "X", {})))
    assert (decision.extent, decision.why, decision.seen) == (Extent.ALL, "never computed", None)
    other = decided(a_warehouse(gold_x=Commit(5, "X", {"steps": {"gold.x[web]": {}}})))
    assert other.why == "never computed"


def test_wish_of_the_user_asks_for_all() -> None:
    decision = decided(a_warehouse(), forced=True)
    assert (decision.extent, decision.why) == (Extent.ALL, "asked for")
    assert decision.seen is not None


@pytest.mark.parametrize("table", [Commit(3, "NEW", {}), Commit(2, "K", {})])
def test_input_that_was_made_anew_or_restored_asks_for_all(table: Commit) -> None:
    decision = decided(a_warehouse(silver_keyed=table))
    assert (decision.extent, decision.why) == (Extent.ALL, "silver.keyed was made anew")


def test_other_inputs_than_before_ask_for_all() -> None:
    step = replace(STEP, inputs={**STEP.inputs, "third": Input("silver.third")})
    decision = decided(a_warehouse(silver_third=Commit(1, "T", {})), step)
    assert (decision.extent, decision.why) == (Extent.ALL, "it reads other tables than before")


CHANGED = "mapping, settings, code or as-of day changed"


def test_other_mapping_asks_for_all() -> None:
    assert decided(a_warehouse(), replace(STEP, fingerprint="other")).why == CHANGED


def test_other_version_of_the_code_asks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = a_warehouse()
    monkeypatch.setattr("customer_chunks.__version__", "99")
    assert decided(warehouse).why == CHANGED


def test_other_reporting_zone_asks_for_all() -> None:
    now = replace(NOW, settings=Settings(reporting_time_zone="Asia/Tokyo"))
    assert decided(a_warehouse(), now=now).why == CHANGED


def test_setting_counts_only_where_the_step_names_it() -> None:
    now = replace(NOW, settings=Settings(rfm=RfmSettings(window_days=5)))
    assert decided(a_warehouse(), now=now).extent is Extent.NOTHING
    step = replace(STEP, settings=("rfm",))
    assert decided(a_warehouse(step), step, now).why == CHANGED


def test_day_counts_only_where_the_step_needs_it() -> None:
    now = replace(NOW, as_of=date(2024, 1, 2))
    assert decided(a_warehouse(), now=now).extent is Extent.NOTHING
    step = replace(STEP, needs_as_of=True)
    assert decided(a_warehouse(step), step, now).why == CHANGED
    assert decided(a_warehouse(step), step).extent is Extent.NOTHING


def test_bookmark_keeps_those_of_other_steps_and_the_tables_id() -> None:
    held = {"table": "T", "rows_changed_in": 4, "steps": {"other": {"x": 1}, STEP.name: {"old": True}}}
    warehouse: Any = SimpleNamespace(last_commit={"gold.x": Commit(5, "T", held)}.get)
    notes = with_bookmark(warehouse, STEP, Bookmark({"silver.keyed": ("K", 3)}, "f", {"b": 1}), {"run": "r"})
    assert notes == {
        "table": "T",
        "steps": {
            "other": {"x": 1},
            STEP.name: {
                "inputs": {"silver.keyed": ["K", 3]},
                "fingerprint": "f",
                "deliveries": {"b": 1},
                "champions": {},
                "run": "r",
            },
        },
    }
