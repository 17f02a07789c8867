"""Entries of the quarantine belong to the row that broke a rule, and to no other."""

from __future__ import annotations

import json

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.quality import quarantine as module
from customer_chunks.quality.quarantine import Counted, Moved, settle
from customer_chunks.quality.rows import Judged
from customer_chunks.storage.warehouse import Warehouse

ENTITY = "order_lines"


def judged(warehouse: Warehouse, feed: str, *rows: tuple[int, list[str]]) -> Judged:
    """Return judged rows of a feed's first delivery: position and reasons."""
    columns = "_position bigint, _reasons array<string>"
    frame = warehouse.spark.createDataFrame(list(rows), columns).withColumns(
        {
            "_delivery": F.lit(0).cast("bigint"),
            "_disposition": F.when(F.size("_reasons") > 0, "quarantined").otherwise("accepted"),
        }
    )
    return Judged(feed, ENTITY, frame)


def bronze(warehouse: Warehouse, value: str) -> DataFrame:
    places = warehouse.spark.range(3).select(
        F.lit(0).cast("bigint").alias("_delivery"), F.col("id").alias("_position")
    )
    nothing = F.lit(None).cast("string")
    return places.withColumns({"value": F.lit(value), "_rescued": nothing, "_subject_key": nothing})


def entries(warehouse: Warehouse) -> list[tuple[str, int, list[str], str, bool]]:
    held = warehouse.read(QUARANTINE.full_name).orderBy("feed", "position")
    return [
        (r["feed"], r["position"], r["reason_codes"], r["raw_row"], r["replayed_at"] is not None)
        for r in held.collect()
    ]


def test_rows_at_the_same_place_of_two_feeds_are_two_entries(warehouse: Warehouse) -> None:
    for feed in ("till", "web"):
        settle(
            warehouse, judged(warehouse, feed, (1, [f"{feed}.bad"])), bronze(warehouse, feed), "shop", "r1"
        )
    both = [
        ("till", 1, ["till.bad"], '{"value":"till"}', False),
        ("web", 1, ["web.bad"], '{"value":"web"}', False),
    ]
    assert entries(warehouse) == both


@pytest.mark.slow
def test_row_of_one_feed_that_passes_after_all_closes_no_entry_of_another(warehouse: Warehouse) -> None:
    for feed in ("till", "web"):
        settle(warehouse, judged(warehouse, feed, (1, ["at.bad"])), bronze(warehouse, feed), "shop", "r1")
    settle(warehouse, judged(warehouse, "web", (1, [])), bronze(warehouse, "web"), "shop", "r2")
    assert [(feed, is_closed) for feed, *_, is_closed in entries(warehouse)] == [
        ("till", False),
        ("web", True),
    ]


def test_settling_again_changes_no_row_and_new_reasons_take_the_place_of_old_ones(
    warehouse: Warehouse,
) -> None:
    rows, raw = judged(warehouse, "till", (0, []), (1, ["at.bad"])), bronze(warehouse, "till")
    settle(warehouse, rows, raw, "shop", "r1")
    settle(warehouse, rows, raw, "shop", "r2")
    held = warehouse.read(QUARANTINE.full_name).collect()
    assert [(r["run_id"], r["reason_codes"]) for r in held] == [("r1", ["at.bad"])]
    settle(warehouse, judged(warehouse, "till", (0, []), (1, ["at.bad", "b.bad"])), raw, "shop", "r3")
    held = warehouse.read(QUARANTINE.full_name).collect()
    assert [(r["run_id"], r["reason_codes"]) for r in held] == [("r3", ["at.bad", "b.bad"])]


@pytest.mark.slow
def test_rows_of_earlier_deliveries_that_move_are_counted_once(warehouse: Warehouse) -> None:
    raw = bronze(warehouse, "till")
    first = judged(warehouse, "till", (0, ["at.bad"]), (1, []), (2, []))
    assert settle(warehouse, first, raw, "shop", "r1") == Moved(), "all of them came now"
    then = judged(warehouse, "till", (0, []), (1, ["order.bad"]), (2, ["order.bad"]))
    assert settle(warehouse, then, raw, "shop", "r2", Counted(1)) == Moved(
        into_quarantine=2, out_of_quarantine=1
    )
    assert settle(warehouse, then, raw, "shop", "r3", Counted(1)) == Moved()


def test_entry_whose_row_the_source_has_withdrawn_is_closed(warehouse: Warehouse) -> None:
    raw = bronze(warehouse, "till")
    settle(warehouse, judged(warehouse, "till", (0, ["at.bad"]), (1, ["at.bad"])), raw, "shop", "r1")
    settle(warehouse, judged(warehouse, "till"), raw.where("_position <> 1"), "shop", "r2")
    assert [(position, is_closed) for _, position, *_, is_closed in entries(warehouse)] == [
        (0, False),
        (1, True),
    ]


@pytest.mark.slow
def test_many_rows_are_found_by_their_hashes_as_few_are(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_FEW_ROWS", 0)
    rows = ((0, ["at.bad"]), (1, []), (2, ["sum.bad"]))
    received = bronze(warehouse, "v").withColumn("_position", F.col("_position").cast("int"))
    settle(warehouse, judged(warehouse, "web", *rows), received, "shop", "r1")
    told = [("web", 0, ["at.bad"], '{"value":"v"}', False), ("web", 2, ["sum.bad"], '{"value":"v"}', False)]
    assert entries(warehouse) == told
    settle(warehouse, judged(warehouse, "web", *rows), received, "shop", "r2")
    assert entries(warehouse) == told
    left = received.where("_position < 2")
    settle(warehouse, judged(warehouse, "web", (0, []), (1, ["at.bad"])), left, "shop", "r3")
    assert [(position, is_closed) for _, position, *_, is_closed in entries(warehouse)] == [
        (0, True), (1, False), (2, True),
    ]  # fmt: skip


def test_column_of_a_source_may_be_called_as_our_own(warehouse: Warehouse) -> None:
    received = bronze(warehouse, "v").withColumn("_reasons", F.lit("of the till"))
    settle(warehouse, judged(warehouse, "till", (1, ["at.bad"])), received, "shop", "r1")
    ((*_, reasons, raw, _),) = entries(warehouse)
    assert (reasons, json.loads(raw)) == (["at.bad"], {"value": "v", "_reasons": "of the till"})


@pytest.mark.slow
def test_row_that_breaks_its_rule_again_opens_its_entry_again(warehouse: Warehouse) -> None:
    raw = bronze(warehouse, "till")
    for run, reasons in (("r1", ["at.bad"]), ("r2", []), ("r3", ["at.bad"])):
        settle(warehouse, judged(warehouse, "till", (1, reasons)), raw, "shop", run)
    (row,) = warehouse.read(QUARANTINE.full_name).collect()
    assert (row["replayed_at"], row["run_id"], row["reason_codes"]) == (None, "r3", ["at.bad"])


def test_rows_that_pass_write_no_commit(warehouse: Warehouse) -> None:
    settle(warehouse, judged(warehouse, "till", (0, []), (1, [])), bronze(warehouse, "till"), "shop", "r1")
    last = warehouse.last_commit(QUARANTINE.full_name)
    assert last is not None
    assert last.version == 0


def test_entry_holds_the_record_as_text_and_the_key_of_its_person(warehouse: Warehouse) -> None:
    rows = judged(warehouse, "till", (1, ["record.malformed"]))
    told = {"_rescued": F.lit("a;b;c"), "_subject_key": F.lit("hash of c1")}
    settle(warehouse, rows, bronze(warehouse, "till").withColumns(told), "shop", "r1")
    (row,) = warehouse.read(QUARANTINE.full_name).collect()
    assert (row["subject_key"], row["entity"]) == ("hash of c1", ENTITY)
    assert json.loads(row["raw_row"]) == {"value": "till", "_rescued": "a;b;c"}


def test_late_writer_of_entries_looks_again(warehouse: Warehouse) -> None:
    warehouse.create(QUARANTINE)
    late = Warehouse(warehouse.spark.newSession(), warehouse.target)
    assert late.last_commit(QUARANTINE.full_name) is not None
    for store, feed in ((warehouse, "till"), (late, "web")):
        settle(store, judged(store, feed, (1, ["at.bad"])), bronze(store, feed), "shop", "r1")
    warehouse.forget(QUARANTINE.full_name)
    assert [feed for feed, *_ in entries(warehouse)] == ["till", "web"]


def test_entries_that_are_all_new_are_appended_and_others_merged(warehouse: Warehouse) -> None:
    raw = bronze(warehouse, "v")

    def done(run: str, counted: Counted, *rows: tuple[int, list[str]]) -> str:
        settle(warehouse, judged(warehouse, "till", *rows), raw, "shop", run, counted)
        return str(warehouse.history(QUARANTINE.full_name, 1).collect()[0]["operation"])

    assert done("r1", Counted(), (0, ["at.bad"])) == "WRITE", "the first of all"
    assert done("r2", Counted(0), (0, ["at.bad"]), (1, ["at.bad"])) == "WRITE", "one more"
    assert done("r3", Counted(0), (0, ["at.bad"]), (1, []), (2, ["at.bad"])) == "MERGE", "one is healed"
    assert done("r4", Counted(0), (0, ["at.bad"]), (1, ["at.bad"]), (2, ["at.bad"])) == "MERGE", "it is back"
    told = [(r["position"], r["run_id"]) for r in warehouse.read(QUARANTINE.full_name).collect()]
    assert sorted(told) == [(0, "r1"), (1, "r4"), (2, "r3")], "one entry each"
