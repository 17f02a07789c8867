"""What a run makes of a step, a feed and a failure, asked on stand-ins for the tables and the work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.errors import PySparkException

from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES
from customer_chunks.errors import SourceError, StorageError
from customer_chunks.flow import runner as running
from customer_chunks.flow.accounts import Account
from customer_chunks.flow.bookmarks import Bookmark
from customer_chunks.flow.compute import Computed
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.ingest import Arrival, Ingested
from customer_chunks.flow.outcome import Outcome, Wish
from customer_chunks.flow.replay import Chosen
from customer_chunks.flow.runner import Runner
from customer_chunks.flow.step import Built, Input, Refresh, Step
from customer_chunks.sources.files import SourceFile
from customer_chunks.sources.inspected import Inspected
from customer_chunks.storage.converge import Counts

FEED: Any = SimpleNamespace(table="bronze.shop_sales")
SHOP: Any = SimpleNamespace(name="shop", feeds=[FEED])
COUNTS = Counts(inserted=1200, unchanged=2)
BAD = Account("sales", "order_lines", 2, quarantined=2, quarantined_by={"at.unparsable": 2})


@pytest.fixture(autouse=True)
def _no_rows_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins hold no tables, so nobody asks them how many rows were received."""
    monkeypatch.setattr(running, "sized", nullcontext)
    monkeypatch.setattr(running, "interpreted_where_few", lambda *_: nullcontext())


def a_step(name: str, *inputs: str, source: str | None = None, needs_as_of: bool = False) -> Step:
    return Step(
        f"{name}[{source}]" if source else name,
        (name,),
        {i: Input(i) for i in inputs},
        lambda *_: Built({}),
        Refresh.WHOLE,
        source=source,
        needs_as_of=needs_as_of,
    )


ORDERS = a_step("silver.orders", "bronze.shop_sales", source="shop")
SCORES = a_step("gold.rfm_scores", "silver.orders", needs_as_of=True)


def arrival(path: str) -> Arrival:
    return Arrival(Inspected(SourceFile(path, 1, datetime(2024, 1, 1, tzinfo=timezone.utc)), None))


def a_runner(*steps: Step, exists: bool = True, **more: Any) -> Runner:
    place, session = SimpleNamespace(label="/w"), SimpleNamespace(interruptAll=list)
    warehouse: Any = SimpleNamespace(
        exists=lambda _: exists, target=place, session=session, set_apart=lambda: None, **more
    )
    return Runner(warehouse, [SHOP], steps, Settings(), "run-1")


def sight(*withheld: str, as_of: object = None) -> Any:
    return SimpleNamespace(
        gate=SimpleNamespace(withheld=lambda _: list(withheld)),
        now=lambda _: SimpleNamespace(as_of=as_of),
        readable=lambda _: "readable",
        wish=Wish(),
    )


def noting(seen: list[Any], answer: Any) -> Callable[..., Any]:
    """Return a function that notes its first argument and answers always the same."""

    def work(first: Any, *_: Any, **__: Any) -> Any:
        seen.append(first)
        return answer

    return work


def computes(patch: pytest.MonkeyPatch, done: Computed, extent: Extent = Extent.ALL) -> list[Any]:
    """Let decide() and compute() answer; return the list of the warehouses that compute() is given."""
    given: list[Any] = []
    decision = Decision(extent, "why", Bookmark({}, ""))
    patch.setattr(running, "decide", lambda *_, **__: decision)
    patch.setattr(running, "replay_decision", lambda *_: decision)
    patch.setattr(running, "compute", noting(given, done))
    return given


@pytest.mark.parametrize(("is_full", "reason"), [(True, "why"), (False, "changed keys only")])
def test_computed_step_tells_what_it_wrote_and_why(
    monkeypatch: pytest.MonkeyPatch, is_full: bool, reason: str
) -> None:
    given = computes(monkeypatch, Computed([], COUNTS, is_full))
    told = a_runner()._step(ORDERS, sight())
    assert (told.state, told.detail) == ("done", f"1,200 inserted, 2 unchanged ({reason})")
    assert given == ["readable"]
    computes(monkeypatch, Computed([], Counts(), is_full))
    assert a_runner()._step(ORDERS, sight()).detail == f"no rows ({reason})"


def test_account_is_told_and_rules_that_most_rows_broke_but_not_of_rows_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computes(monkeypatch, Computed([BAD], COUNTS, is_full=False))
    told = a_runner()._step(ORDERS, sight())
    assert (told.detail, told.accounts) == ("2 read = 2 quarantined (changed keys only)", (BAD,))
    assert len(told.remarks) == 1
    monkeypatch.setattr(running, "replayed_rows", lambda *_: {("sales", "order_lines"): None})
    again = a_runner()._replay(Chosen(), ORDERS, sight())
    assert (again.detail, again.remarks) == ("2 read = 2 quarantined (why)", ())


def test_step_rests_where_nothing_is_new_or_there_is_no_day(monkeypatch: pytest.MonkeyPatch) -> None:
    given = computes(monkeypatch, Computed([], COUNTS, is_full=True), Extent.NOTHING)
    told = a_runner()._step(ORDERS, sight())
    assert (told.state, told.detail) == ("idle", "nothing is new")
    computes(monkeypatch, Computed([], COUNTS, is_full=True))
    told = a_runner()._step(SCORES, sight())
    assert (told.state, told.detail, given) == ("idle", "no orders yet", [])
    assert a_runner()._step(SCORES, sight(as_of="day")).state == "done"
    assert a_runner()._step(ORDERS, sight()).state == "done", "a step of no day needs none"


def test_step_behind_the_gate_waits_for_a_version_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    computes(monkeypatch, Computed([], COUNTS, is_full=True))
    told = a_runner()._step(SCORES, sight("silver.orders", as_of="day"))
    assert (told.state, told.detail) == ("held", "no version of silver.orders passed its table rules yet")
    assert a_runner()._step(ORDERS, sight("silver.orders")).state == "done"


@pytest.mark.parametrize(("is_seen", "state"), [(False, "idle"), (True, "done")])
def test_replay_leaves_a_mended_mapping_without_such_rows_to_the_next_run(
    monkeypatch: pytest.MonkeyPatch, is_seen: bool, state: str
) -> None:
    computes(monkeypatch, Computed([], COUNTS, is_full=True))
    monkeypatch.setattr(running, "replayed_rows", lambda *_: {})
    monkeypatch.setattr(running, "is_fingerprint_seen", lambda *_: is_seen)
    told = a_runner()._replay(Chosen(), ORDERS, sight())
    assert told.state == state
    assert ("a mended mapping waits for `chunks run`" in told.detail) is not is_seen
    assert a_runner()._replay(Chosen(), SCORES, sight(as_of="day")).state == "done"


def test_feed_is_read_where_files_are_new_or_its_table_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    new: list[Arrival] = []
    done = Ingested(1, 1200, 0, ("a remark",))

    def arrivals(*_: Any, full: bool) -> list[Arrival]:
        asked.append(full)
        return new

    monkeypatch.setattr(running, "arrivals", arrivals)
    monkeypatch.setattr(running, "ingest", lambda *_, full: done)
    assert a_runner()._ingest(SHOP, FEED, Wish()).detail == "no new files"
    told = a_runner(exists=False)._ingest(SHOP, FEED, Wish(full=frozenset({FEED.table})))
    assert (told.state, told.detail, told.remarks) == ("done", "1 file, 1,200 rows", ("a remark",))
    new += [arrival(f"/in/{n}.csv") for n in range(3)]
    done = Ingested(3, 2, 3)
    told = a_runner()._ingest(SHOP, FEED, Wish(is_full=True))
    assert told.detail == "3 files (0.csv, 1.csv, 2.csv), 3 replaced, 2 rows"
    new.append(arrival("/in/3.csv"))
    done = Ingested(1000, 2)
    assert a_runner()._ingest(SHOP, FEED, Wish()).detail == "1,000 files, 2 rows"
    assert asked == [False, True, False, False]


def test_failure_leaves_out_the_rest_of_its_source_alone() -> None:
    told: list[tuple[str, str | None]] = []
    runner = a_runner()
    runner.listener = lambda name, outcome: told.append((name, outcome.state if outcome else None))
    fine = Outcome("s", "t", "done", "")

    def fails() -> Outcome:
        raise SourceError("shop: no.", "Mend it.")

    def breaks() -> Outcome:
        raise PySparkException("[SOME] thing")

    failed = runner._guarded("a", fails, None, "t")
    assert (failed.state, failed.detail) == ("failed", "shop: no. Mend it.")
    assert runner._guarded("b", lambda: fine, None, "t").state == "done", "tables of all have no source"
    broken = runner._guarded("c", breaks, "shop", "silver.orders")
    assert isinstance(broken.error, StorageError)
    assert isinstance(broken.error.__cause__, PySparkException)
    step = Step("d", ("t",), {}, lambda *_: Built({}), Refresh.WHOLE, source="shop")
    skipped = runner._unless_failed(step, lambda: fine)
    assert (skipped.state, skipped.detail) == ("skipped", "source shop failed before")
    assert runner._unless_failed(replace(step, name="e", source="web"), lambda: fine).state == "done"
    assert told == [
        ("a", None), ("a", "failed"), ("b", None), ("b", "done"), ("c", None), ("c", "failed"),
        ("d", "skipped"), ("e", None), ("e", "done"),
    ]  # fmt: skip


def test_tables_of_the_chosen_steps_are_created_with_the_quarantine_and_of_a_whole_run_all() -> None:
    created: list[set[str]] = []
    runner = a_runner(create_all=lambda tables: created.append({t.full_name for t in tables}))
    runner._create_tables([SCORES], every=False)
    runner._create_tables([SCORES], every=True)
    assert created[0] == {"gold.rfm_scores", "silver.orders", "silver.quarantine"}
    assert created[0] | {"ops.run_accounts", "silver.customers"} < created[1]


def test_tables_that_cannot_follow_their_contract_are_made_anew_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remade: list[str] = []
    monkeypatch.setattr(running, "breaking", lambda _, table: table.full_name == "silver.orders")
    runner = a_runner(ORDERS, SCORES, remake=lambda table: remade.append(table.full_name))
    runner._remake_tables(Wish())
    runner._remake_tables(Wish(full=frozenset({"gold.rfm_scores"})))
    assert remade == []
    runner._remake_tables(Wish(is_full=True))
    assert remade == ["silver.orders"]


def test_accounts_that_a_killed_run_left_are_settled_before_commits_take_their_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[str] = []
    gate = SimpleNamespace(judge=noting([], []), withheld=lambda _: [], day_is_withheld=lambda: True)
    monkeypatch.setattr(running, "Gate", lambda *_: gate)
    monkeypatch.setattr(running, "settle_accounts", lambda _, mains: done.append(f"settle {mains}"))
    monkeypatch.setattr(running, "record", lambda *_: done.append("record"))

    def ran(_: Runner, one: Any, *__: Any) -> Outcome:
        done.append(one.name)
        return Outcome(one.name, "", "done", "")

    monkeypatch.setattr(Runner, "_ingest", ran)
    monkeypatch.setattr(Runner, "_step", ran)
    monkeypatch.setattr(Runner, "_replay", lambda _, chosen, *more: ran(_, *more))
    created: list[set[str]] = []
    runner = a_runner(ORDERS, SCORES, create_all=lambda tables: created.append({t.full_name for t in tables}))
    runner.warehouse.target = SimpleNamespace(label="/w", folder=tmp_path)  # type: ignore[assignment]
    report = runner.run(Wish())
    settle = "settle ['silver.orders']"
    flow = [ORDERS.name, SCORES.name, settle, "record"]
    assert done == [settle, "shop", *flow]
    assert report.run_id == "run-1"
    done.clear()
    runner.replay(Chosen())
    wanted = {name for name, table in TABLES.items() if not table.is_optional}
    assert created == [wanted] * 2, "also those that a newer version brought"
    assert done == [settle, *flow]
