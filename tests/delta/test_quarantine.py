"""Entries of the quarantine belong to the row that broke a rule, and to no other."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.quality.quarantine import settle
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
            "_subject_key": F.lit(None).cast("string"),
        }
    )
    return Judged(feed, ENTITY, frame)


def bronze(warehouse: Warehouse, value: str) -> DataFrame:
    places = warehouse.spark.range(3).select(
        F.lit(0).cast("bigint").alias("_delivery"), F.col("id").alias("_position")
    )
    return places.withColumns({"value": F.lit(value), "_rescued": F.lit(None).cast("string")})


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
