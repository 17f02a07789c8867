"""What computing a step counts, settles and commits, asked on stand-ins for warehouse and frames."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.flow import compute as computing
from customer_chunks.flow.accounts import Account
from customer_chunks.flow.bookmarks import Bookmark
from customer_chunks.flow.compute import Computed, compute
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.step import Built, Input, Refresh, Step
from customer_chunks.quality.quarantine import Counted, Moved
from customer_chunks.quality.rows import Judged
from customer_chunks.storage.converge import Counts
from customer_chunks.storage.feed import FeedGoneError
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.ledger import Delivery

THEN = datetime(2024, 1, 1, tzinfo=timezone.utc)
SALES = "bronze.shop_sales"
NOTHING_WRITTEN = Counts()


class Kept:
    """Stands for a frame that is kept."""

    def __init__(self) -> None:
        self.is_let_go = False

    def unpersist(self) -> None:
        self.is_let_go = True


class World:
    """Notes what compute() does, in order: what it counts, settles, converges and notes."""

    def __init__(self, patch: pytest.MonkeyPatch, *, keys: Keys | None = None, quarantined: int = 0) -> None:
        self.done: list[str] = []
        self.scopes: list[Any] = []
        self.notes: dict[str, Any] = {}
        self.counted: list[tuple[Any, ...]] = []
        self.counts = {"silver.order_lines": Counts(inserted=3), "silver.orders": Counts(inserted=1)}
        self.holds_no_quarantine = True
        self.scratch = Kept()
        self.quarantined = quarantined
        self.since: list[int] = []
        self.warehouse: Any = SimpleNamespace(
            read=lambda table: table, last_commit=lambda _: None, exists=lambda _: True
        )
        patch.setattr(computing, "converge", self.converge)
        patch.setattr(computing, "note", self.note)
        patch.setattr(computing, "settle", self.settle)
        patch.setattr(
            computing, "is_empty", lambda _w, table: table is QUARANTINE and self.holds_no_quarantine
        )
        patch.setattr(computing, "count_judged", self.count)
        patch.setattr(computing._Work, "brought", lambda *_: None)
        patch.setattr(computing, "_rows_read", lambda _w, table, after: (table, after))
        patch.setattr(computing, "_keys", lambda *_: keys)

    def settle(self, _: Any, judged: Judged, table: Any, source: str, run_id: str, counted: Counted) -> Moved:
        self.done.append(f"settle {judged.feed} {table}")
        self.since.append(counted.since)
        return Moved(3, 1)

    def count(self, rows: Any, feed: str, entity: str, rows_read: Any, after: int) -> Account:
        self.counted.append((feed, entity, rows_read, after))
        return Account(feed, entity, 2, accepted=2 - self.quarantined, quarantined=self.quarantined)

    def converge(
        self, _: Any, table: Any, frame: Any, scope: Any, notes: Any = None, brought: Any = None
    ) -> Counts:
        assert brought is None
        self.done.append(f"converge {frame}")
        self.scopes.append(scope)
        counts = self.counts[table.full_name]
        if notes is not None:
            self.notes = notes(counts)["steps"]["silver.orders[shop]"]
        return counts

    def note(self, _: Any, table: str, notes: Any) -> None:
        self.done.append(f"note {table}")
        self.notes = notes["steps"]["silver.orders[shop]"]

    def step(self) -> Step:
        judged = [Judged(feed, "order_lines", SimpleNamespace()) for feed in ("sales", "tills")]  # type: ignore[arg-type]
        outputs: Any = {"silver.order_lines": "lines", "silver.orders": "orders"}
        return Step(
            "silver.orders[shop]",
            ("silver.order_lines", "silver.orders"),
            {"all": Input("silver.exchange_rates")},
            lambda *_: Built(outputs, judged, [self.scratch]),  # type: ignore[list-item]
            Refresh.BY_KEY,
            "order_id",
            "shop",
        )

    def computes(self, extent: Extent, seen: Bookmark | None = None) -> Computed:
        now: Any = SimpleNamespace()
        return compute(self.warehouse, self.step(), Decision(extent, "why", seen), now, "run-1")


def test_quarantine_comes_first_then_the_side_table_and_the_main_one_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(monkeypatch, quarantined=1)
    assert world.computes(Extent.ALL).is_full
    assert world.done == [
        f"settle sales {SALES}", "settle tills bronze.shop_tills", "converge lines", "converge orders",
    ]  # fmt: skip
    assert world.scratch.is_let_go
    assert [(s.source, s.keys, s.key) for s in world.scopes] == [("shop", None, "order_id")] * 2
    assert (world.notes["run"], world.notes["source"]) == ("run-1", "shop")
    assert (world.notes["is_full"], world.notes["is_replay"]) == (True, False)


@pytest.mark.parametrize(("rows", "found"), [(3, [["/bad.csv"]] * 2), (2, [[]] * 2)], ids=["a third", "half"])
def test_spoilt_files_are_looked_for_where_they_are_few_among_good_ones(
    monkeypatch: pytest.MonkeyPatch, rows: int, found: list[list[str]]
) -> None:
    world = World(monkeypatch, quarantined=1)
    counted = {"accepted": rows - 1, "quarantined": 1}
    monkeypatch.setattr(
        computing, "count_judged", lambda _, feed, *__: Account(feed, "orders", rows, **counted)
    )
    monkeypatch.setattr(computing, "deliveries", lambda *_: [])
    monkeypatch.setattr(computing, "spoilt_files", lambda *_: ["/bad.csv"])
    assert [account.spoilt for account in world.computes(Extent.ALL).accounts] == found


def test_what_one_feed_did_not_insert_is_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines end in silver.order_lines: what its commit did counts, not what that of the orders did."""
    world = World(monkeypatch)
    told = [(a.feed, a.inserted, a.unchanged) for a in world.computes(Extent.ALL).accounts]
    assert told == [("sales", 2, 0), ("tills", 1, 1)]
    assert [(a["feed"], a["inserted"]) for a in world.notes["accounts"]] == [("sales", 2), ("tills", 1)]


def test_quarantine_is_looked_at_where_rows_fail_or_are_in_it_or_only_some_keys_are_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def settled(world: World, extent: Extent = Extent.ALL) -> bool:
        world.computes(extent)
        return f"settle sales {SALES}" in world.done

    assert not settled(World(monkeypatch))
    assert settled(World(monkeypatch, quarantined=1))
    mended = World(monkeypatch)
    mended.holds_no_quarantine = False
    assert settled(mended)


def test_earlier_deliveries_are_counted_again_only_where_all_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = Bookmark({}, "f", {SALES: 4})
    world = World(monkeypatch)
    world.computes(Extent.ALL, seen)
    assert [c[3] for c in world.counted] == [-1, -1]

    frame: Any = None
    keys = Keys(frame, 1)
    world = World(monkeypatch, keys=keys)
    monkeypatch.setattr(computing.Narrowed, "frame", lambda *_: None)
    done = world.computes(Extent.KEYS, seen)
    assert not done.is_full
    assert [(c[2], c[3]) for c in world.counted] == [((SALES, 4), 4), (("bronze.shop_tills", -1), -1)]
    assert world.since == [5, 0], "of a feed that was never counted all rows come now"
    assert [(a["moved_in"], a["moved_out"]) for a in world.notes["accounts"]] == [(3, 1), (3, 1)]
    assert not world.notes["is_full"]
    assert {id(s.keys) for s in world.scopes} == {id(keys)}


def test_change_that_touches_no_key_moves_the_bookmark_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame: Any = None
    keys = Keys(frame, 0)
    world = World(monkeypatch, keys=keys)
    assert world.computes(Extent.KEYS) == Computed([], NOTHING_WRITTEN, is_full=False)
    assert world.done == ["note silver.orders"]
    assert world.notes["accounts"] == []


def test_change_feed_that_is_gone_asks_for_all() -> None:
    def gone(table: str, *_: int) -> None:
        raise FeedGoneError.of(table)

    warehouse: Any = SimpleNamespace(changes=gone)
    inputs = {"gone": Input("silver.gone", key="k"), "other": Input("silver.other", key="k")}
    step = Step("gold.x", ("gold.x",), inputs, lambda *_: Built({}), Refresh.BY_KEY)
    at = {"silver.gone": ("G", 1), "silver.other": ("O", 1)}
    decision = Decision(Extent.KEYS, "", Bookmark(at, "f"), Bookmark(at, "f"), ("silver.gone",))
    now: Any = SimpleNamespace()
    with pytest.raises(FeedGoneError, match=r"silver\.gone no longer tells"):
        computing._keys(warehouse, step, decision, now)


def test_all_is_computed_and_told_why_where_a_change_feed_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise FeedGoneError("silver.x no longer tells what changed")

    world = World(monkeypatch)
    monkeypatch.setattr(computing, "_keys", gone)
    did = world.computes(Extent.KEYS)
    assert (did.is_full, did.why) == (True, "silver.x no longer tells what changed")
    assert world.computes(Extent.ALL).why == ""


def test_rows_of_replaced_and_of_counted_deliveries_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [
        Delivery(0, "/a", 1, THEN, "0", row_count=1),
        Delivery(1, "/b", 1, THEN, "1", row_count=10),
        Delivery(2, "/a", 1, THEN, "2", row_count=100, replaces=0),
        Delivery(3, "/c", 1, THEN, "3", row_count=1000),
    ]
    monkeypatch.setattr(computing, "deliveries", lambda *_: held)
    warehouse: Any = None
    read = [computing._rows_read(warehouse, SALES, after) for after in (-1, 0, 1, 2, 3)]
    assert read == [1110, 1110, 1100, 1000, 0]


@pytest.mark.parametrize(
    ("is_others", "is_replay", "found"),
    [(False, False, "fewer"), (True, False, "all"), (False, True, "all")],
    ids=["as noted", "edited by hand", "behind a replay"],
)
def test_keys_are_fewer_only_where_the_table_is_what_its_bookmark_tells(
    monkeypatch: pytest.MonkeyPatch, *, is_others: bool, is_replay: bool, found: str
) -> None:
    class Changes:
        columns: tuple[str, ...] = ()

        def __init__(self, told: str) -> None:
            self.told = told

        def select(self, _: Any) -> Changes:
            return self

    step_of = {"is_replay": is_replay}
    last = SimpleNamespace(notes={"steps": {"gold.x": step_of}}, is_others=is_others)
    warehouse: Any = SimpleNamespace(changes=lambda *_: Changes("all"), last_commit=lambda _: last)
    monkeypatch.setattr(
        computing.F, "col", lambda _: SimpleNamespace(cast=lambda _: SimpleNamespace(alias=str))
    )
    monkeypatch.setattr(computing.Keys, "of", lambda changes: changes.told)
    fewer: Any = lambda *_: Changes("fewer")  # noqa: E731 - a view
    inputs = {"lines": Input("silver.lines", key="k", keys_of=fewer)}
    step = Step("gold.x", ("gold.x",), inputs, lambda *_: Built({}), Refresh.BY_KEY)
    at = Bookmark({"silver.lines": ("L", 1)}, "f")
    now: Any = SimpleNamespace()
    decision = Decision(Extent.KEYS, "", at, at, ("silver.lines",))
    assert computing._keys(warehouse, step, decision, now) == found
