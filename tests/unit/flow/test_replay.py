"""Which quarantined rows are tried again, which keys they name, and what is counted of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.settings import Settings
from customer_chunks.flow import compute as computing
from customer_chunks.flow.bookmarks import Bookmark, fingerprint, with_bookmark
from customer_chunks.flow.compute import compute
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.replay import Chosen, Rows, keys_of_rows, replay_decision, replayed_rows
from customer_chunks.flow.step import Built, Input, Now, Refresh, Step
from customer_chunks.quality.quarantine import Moved
from customer_chunks.quality.rows import Judged
from customer_chunks.storage.newest import Commit
from tests.builders import frame, table_frame, values

AT = "2024-01-01 00:00"
CLOSED = {"replayed_at": AT}
BRONZE = {"_delivery": "bigint", "_position": "bigint", "order": "string"}
PLACE = ("_delivery", "_position")


def keyed(rows: DataFrame, _: Now) -> DataFrame:
    return rows.withColumnRenamed("order", "_key")


STEP = Step(
    "silver.orders[shop]",
    ("silver.order_lines", "silver.orders"),
    {
        "lines:sales": Input("bronze.shop_sales", keyed, key="_key", entity="order_lines"),
        "headers:sales": Input("bronze.shop_sales", keyed, key="_key", entity="orders"),
        "lines:tills": Input("bronze.shop_tills", keyed, key="_key", entity="order_lines"),
        "links": Input("silver.customer_links"),
    },
    lambda *_: Built({}),
    Refresh.BY_KEY,
    source="shop",
)


def entry(position: int, *codes: str, **more: Any) -> dict[str, Any]:
    plain = {
        "source": "shop", "feed": "sales", "delivery": 0, "position": position, "entity": "order_lines",
        "reason_codes": list(codes or ("a.bad",)), "run_id": "run-1", "quarantined_at": AT,
    }  # fmt: skip
    return plain | more


ENTRIES = (
    entry(0),
    entry(1, "a.bad", "b.bad"),
    entry(2, "b.bad"),
    entry(3, **CLOSED),
    entry(4, source="web"),
    entry(5, entity="orders"),
    entry(6, feed="tills"),
    entry(7, feed="clicks"),
    entry(0, delivery=9),  # withdrawn since
)
ROWS = [{"_delivery": 0, "_position": n, "order": f"o{n}"} for n in range(8)]


@pytest.fixture(scope="module")
def warehouse(spark: SparkSession) -> Any:
    quarantine = table_frame(spark, "silver.quarantine", ENTRIES)
    bronze = frame(spark, BRONZE, [*ROWS, {"_delivery": 0, "_position": 20, "order": None}])

    def read(table: str, version: int | None = None) -> DataFrame:
        assert (version == 5) is (table == "silver.quarantine"), "one version of the quarantine is read"
        return quarantine if table == "silver.quarantine" else bronze

    return SimpleNamespace(read=read, last_commit=lambda _: Commit(5, "Q", {}))


def places(rows: Rows) -> dict[tuple[str, str], list[tuple[int, int]]]:
    return {name: values(found, *PLACE) for name, found in rows.items()}


LINES, HEADS, TILLS = ("sales", "order_lines"), ("sales", "orders"), ("tills", "order_lines")


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Chosen(), {LINES: [(0, 0), (0, 1), (0, 2)], HEADS: [(0, 5)], TILLS: [(0, 6)]}),
        (Chosen(source="shop", reason="b.bad"), {LINES: [(0, 1), (0, 2)]}),
        (Chosen(source="web"), {}),
    ],
)
def test_open_entries_of_the_step_that_are_chosen_and_still_there(
    warehouse: Any, chosen: Chosen, found: dict[tuple[str, str], list[tuple[int, int]]]
) -> None:
    assert places(replayed_rows(warehouse, STEP, chosen)) == found


def test_step_of_no_source_quarantines_nothing(warehouse: Any) -> None:
    step = Step("silver.orders", ("silver.orders",), STEP.inputs, STEP.build, Refresh.BY_KEY)
    assert replayed_rows(warehouse, step, Chosen()) == {}


def test_keys_are_those_of_the_rows_once_each(spark: SparkSession, warehouse: Any) -> None:
    def at(*positions: int) -> DataFrame:
        return frame(spark, dict.fromkeys(PLACE, "bigint"), [{PLACE[0]: 0, PLACE[1]: n} for n in positions])

    now: Any = None
    found = keys_of_rows(warehouse, STEP, {LINES: at(1, 2, 20), TILLS: at(2, 6)}, now)
    assert values(found.frame, "_key") == ["o1", "o2", "o6"]
    assert found.count == 3


@pytest.mark.parametrize(("refresh", "extent"), [(Refresh.BY_KEY, Extent.KEYS), (Refresh.WHOLE, Extent.ALL)])
def test_bookmark_stays_where_it_was(refresh: Refresh, extent: Extent) -> None:
    step = Step(STEP.name, STEP.outputs, STEP.inputs, STEP.build, refresh, source="shop")
    tables: dict[str, Commit] = {}
    warehouse: Any = SimpleNamespace(last_commit=tables.get)
    now = Now(Settings(), None, {}.__getitem__)
    assert replay_decision(warehouse, step, now) is None
    seen = Bookmark({"bronze.shop_sales": ("S", 3)}, "f", {"bronze.shop_sales": 2})
    mine = fingerprint(step, now)
    for before, then in (("", mine), (mine, mine), ("another's", "several"), ("several", "several")):
        at = replace(seen, replayed=before)
        tables["silver.orders"] = Commit(1, "O", with_bookmark(warehouse, step, at, {}))
        decision = replay_decision(warehouse, step, now)
        assert decision == Decision(extent, "replayed", at, replace(at, replayed=then))


def test_rows_that_are_tried_again_alone_are_counted(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = BRONZE | {
        "_disposition": "string", "_excluded": "string", "_reasons": "array<string>",
        "_warnings": "array<string>",
    }  # fmt: skip
    plain = {"_disposition": "accepted", "_reasons": [], "_warnings": []}
    judged = frame(spark, types, [row | plain for row in ROWS])
    rows = {LINES: judged.where("_position in (1, 2)").select(*PLACE)}
    built = Built({}, [Judged(f, e, judged) for f, e in (LINES, HEADS, TILLS)])
    settled: list[str] = []

    def settle(*given: Any) -> Moved:
        one, counted = given[1], given[-1]
        settled.append(f"{one.feed} {one.entity}")
        others.append(counted.mark(judged).where("_is_other").count())
        return Moved()

    others: list[int] = []

    monkeypatch.setattr(computing, "settle", settle)
    monkeypatch.setattr(computing, "is_empty", lambda *_: True)
    warehouse: Any = SimpleNamespace(read=lambda _: None, last_commit=lambda _: None)
    keys: Any = object()
    work = computing._Work(warehouse, STEP, Decision(Extent.KEYS, ""), "run-1", keys, rows)
    (account,) = work.accounts(built)
    assert (account.feed, account.entity, account.rows_read, account.accepted) == (*LINES, 2, 2)
    assert settled == ["sales order_lines", "sales orders", "tills order_lines"], "others may move with them"
    assert others == [judged.count() - 2, judged.count(), judged.count()], "what nobody asked for, moves"
    (noted,) = work.notes([account])["steps"].values()
    assert (noted["is_replay"], noted["is_full"]) == (True, False)


def test_keys_of_a_replay_are_those_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    keys = SimpleNamespace(count=0)

    def asking(name: str) -> Callable[..., Any]:
        def found(*_: Any) -> Any:
            asked.append(name)
            return keys

        return found

    for name in ("_keys", "keys_of_rows"):
        monkeypatch.setattr(computing, name, asking(name))
    monkeypatch.setattr(computing, "note", lambda *_: None)
    warehouse: Any = SimpleNamespace(last_commit=lambda _: None)
    now: Any = None
    rows: Rows = {}
    for replayed in (rows, None):
        compute(warehouse, STEP, Decision(Extent.KEYS, ""), now, "run-1", replayed)
    assert asked == ["keys_of_rows", "_keys"]
