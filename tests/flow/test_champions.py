"""Tables that a model fills are stale when its champion is another, and for nothing else in ops.models."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.flow.bookmarks import with_bookmark
from customer_chunks.flow.champions import champions
from customer_chunks.flow.decide import Decision, Extent, decide
from customer_chunks.flow.registry import promote
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step
from customer_chunks.storage.converge import Scope, converge, note
from customer_chunks.storage.keys import Keys
from tests.builders import table_frame

if TYPE_CHECKING:
    from customer_chunks.storage.warehouse import Warehouse
    from tests.flow.company import Company

NOW = Now(Settings(), None, {}.__getitem__)
STEP = Step(
    name="gold.segments",
    outputs=("gold.segments",),
    inputs={"models": Input("ops.models", on_change=OnChange.FULL, model="segments")},
    build=lambda *_: Built({}),
    refresh=Refresh.WHOLE,
)
IDLE = (Extent.NOTHING, "nothing is new")
STALE = (Extent.ALL, "segments has another champion")


@pytest.fixture
def company(companies: Callable[..., Company]) -> Company:
    """Return a company whose segments were scored by version 1; version 2 waits, churn has one version."""
    made = companies("learnt")
    holds(made.warehouse, "segments", "champion", "challenger")
    holds(made.warehouse, "churn", "champion")
    scored(made.warehouse)
    return made


def holds(warehouse: Warehouse, model: str, *aliases: str | None, document: str = "{}") -> None:
    """Let ops.models hold these versions of a model, and of other models what it holds."""
    rows = [
        {
            "model": model, "version": n, "alias": alias, "as_of": "2024-01-01", "document": document,
            "metrics": {"auc": 0.5}, "notes": [], "inputs": {"silver.orders": n}, "package_version": "1",
            "run_id": f"run-{n}", "fitted_at": "2024-01-01 00:00",
        }
        for n, alias in enumerate(aliases, 1)
    ]  # fmt: skip
    keys = warehouse.session.createDataFrame([(model,)], "_key string")
    converge(
        warehouse,
        MODELS,
        table_frame(warehouse.session, MODELS, rows),
        Scope(keys=Keys(keys, 1), key="model"),
    )


def scored(warehouse: Warehouse) -> None:
    """Commit the step's bookmark as its main output's commit carries it."""
    until = decide(warehouse, STEP, NOW).until
    note(warehouse, STEP.main, with_bookmark(warehouse, STEP, until, {"run": "r"}))


def told(company: Company) -> tuple[Extent, str]:
    """Return what a run that comes now would do, and why."""
    decision: Decision = decide(company.warehouse, STEP, NOW)
    return decision.extent, decision.why


def test_what_was_scored_by_the_champion_is_idle(company: Company) -> None:
    assert told(company) == IDLE


@pytest.mark.slow
def test_another_models_version_or_promotion_is_no_change(company: Company) -> None:
    holds(company.warehouse, "churn", None, "champion")
    assert told(company) == IDLE
    promote(company.warehouse, "churn", 1)
    assert told(company) == IDLE


def test_version_that_waits_is_no_change_until_it_is_promoted(company: Company) -> None:
    holds(company.warehouse, "segments", "champion", None, "challenger")
    assert told(company) == IDLE
    promote(company.warehouse, "segments", None)
    assert told(company) == STALE
    promote(company.warehouse, "segments", 1)
    assert told(company) == IDLE, "the table is still that of version 1"


@pytest.mark.slow
def test_new_fit_that_is_champion_is_a_change_once(company: Company) -> None:
    holds(company.warehouse, "segments", None, "challenger", "champion")
    assert told(company) == STALE
    scored(company.warehouse)
    assert told(company) == IDLE


def test_champion_is_known_by_more_than_its_number(company: Company) -> None:
    company.warehouse.remake(MODELS)
    assert told(company) == STALE, "there is none any more"
    holds(company.warehouse, "segments", "champion", document='{"other": 1}')
    assert told(company) == STALE
    company.warehouse.remake(MODELS)
    holds(company.warehouse, "segments", "champion")
    assert told(company) == IDLE, "the same model came back"


def test_first_champion_is_a_change_for_what_was_filled_without_one(
    companies: Callable[..., Company],
) -> None:
    empty = companies("empty")
    scored(empty.warehouse)
    assert told(empty) == IDLE
    holds(empty.warehouse, "churn", "champion")
    assert told(empty) == IDLE
    holds(empty.warehouse, "segments", "champion")
    assert told(empty) == STALE


@pytest.mark.slow
def test_bookmark_of_an_earlier_release_has_the_table_computed_once(company: Company) -> None:
    notes = with_bookmark(company.warehouse, STEP, decide(company.warehouse, STEP, NOW).until, {"run": "r"})
    del notes["steps"][STEP.name]["champions"]  # it held the version of ops.models alone
    assert notes["steps"][STEP.name]["inputs"].keys() == {"ops.models"}
    note(company.warehouse, STEP.main, notes)
    assert told(company) == (Extent.ALL, "which champion it read was not noted")
    scored(company.warehouse)
    assert told(company) == IDLE


def test_bookmark_still_tells_the_version_that_was_read(company: Company) -> None:
    warehouse = company.warehouse
    last = warehouse.last_commit("ops.models")
    assert last is not None
    assert decide(warehouse, STEP, NOW).until.inputs == {"ops.models": (last.table_id, last.rows_changed_in)}


def test_one_read_serves_all_steps_until_a_version_comes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(company.folder / "warehouse" / "_chunks_kept", ignore_errors=True)
    warehouse = company.warehouse
    read, reads = type(warehouse).read, []

    def counted(self: Warehouse, table: str, version: int | None = None) -> Any:
        reads.append(table)
        return read(self, table, version)

    monkeypatch.setattr(type(warehouse), "read", counted)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: champions(warehouse), range(8)))
    assert {model: told.split(":")[0] for model, told in found[0].items()} == {"segments": "1", "churn": "1"}
    assert found == [found[0]] * 8
    assert reads == ["ops.models"]
    promote(warehouse, "segments", 2)
    assert champions(warehouse)["segments"].startswith("2:")
