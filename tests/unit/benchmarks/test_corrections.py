"""Late corrections of the benchmarks' files: the same for a seed, whole orders together, every kind."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from benchmarks.corrections import BROKEN, HOT, KEY, Plan, account, history_draw, late
from customer_chunks.generator.draws import Dice

ORDERS, LINES = 3000, 2
PLAN = Plan(Dice(7), share=0.2, begins=50.0, customers=1000)
MOVED = ("customer_id", "ordered_at", "country")


@pytest.fixture(scope="module")
def every(spark: SparkSession) -> DataFrame:
    return _sold(spark, ORDERS)


def _sold(spark: SparkSession, orders: int) -> DataFrame:
    """Return orders of two lines over 60 days, every fourth a guest's."""
    number = F.col("number")
    day = (number % 60).cast("int")
    lines = spark.range(orders * LINES).select(
        F.floor(F.col("id") / LINES).alias("number"),
        F.lit(False).alias("is_return"),
        (F.col("id") % LINES).cast("int").alias("line_no"),
    )
    return lines.select(
        *KEY,
        day.alias("day"),
        F.lit(0).alias("minute"),
        F.concat(F.date_add(F.lit("2024-03-01"), day).cast("string"), F.lit(" 09:30:00")).alias("ordered_at"),
        F.when(number % 4 > 0, F.concat(F.lit("C"), number + 5000)).alias("customer_id"),
        F.lit(100_000).alias("product_id"),
        F.lit("2").alias("quantity"),
        F.lit("9.99").alias("unit_price"),
        F.lit("DE").alias("country"),
    )


def _rows(frame: DataFrame) -> dict[tuple[Any, ...], Row]:
    """Return at most 6,000 rows by order and line."""
    rows = frame.collect()
    found = {tuple(row[k] for k in KEY): row for row in rows}
    assert len(found) == len(rows), "a file corrects a line once"
    return found


def _by_order(rows: dict[tuple[Any, ...], Row]) -> dict[int, list[Row]]:
    found = defaultdict(list)
    for row in rows.values():
        found[row.number].append(row)
    return found


def test_corrections_are_the_same_for_a_seed_and_others_for_another(every: DataFrame) -> None:
    one = _rows(late(every, PLAN))
    assert one == _rows(late(every.repartition(3, "line_no"), PLAN))
    assert one.keys() != _rows(late(every, Plan(Dice(8), 0.2, 50.0, 1000))).keys()
    assert 0.17 < len(one) / (ORDERS * LINES * 50 / 60) < 0.23


def test_every_kind_of_correction_comes_and_only_lines_from_before(every: DataFrame) -> None:
    sold, rows = _rows(every), _rows(late(every, PLAN))
    changed = {name: [r for k, r in rows.items() if r[name] != sold[k][name]] for name in every.columns}
    assert all(row.day < 50 for row in rows.values())
    assert {r.quantity for r in changed["quantity"]} == {"0", "3", "n/a"}
    assert {r.unit_price for r in changed["unit_price"]} == {"-9.99"}
    assert "n/a" in {r.ordered_at for r in changed["ordered_at"]}
    assert len({r.product_id for r in changed["product_id"]}) > 20
    assert {r.country for r in changed["country"]} == {"AT", "FR", "GB", "PL"}
    others = {k: r.customer_id for k, r in rows.items() if r.customer_id != sold[k].customer_id}
    became = {(sold[k].customer_id is None, customer is None) for k, customer in others.items()}
    assert became == {(False, False), (True, False), (False, True)}


def test_lines_that_came_broken_are_mended(spark: SparkSession) -> None:
    draw = history_draw(PLAN.dice)
    is_broken = (draw < BROKEN / 2) | (draw > 1 - BROKEN / 2)
    came_broken = _sold(spark, 100_000).where(is_broken & (F.col("day") < 50))
    mended = _rows(late(came_broken, Plan(Dice(7), 1e-6, 50.0, 1000)))
    assert 5 < len(mended) < 60
    assert {(row.quantity, row.unit_price, row.product_id) for row in mended.values()} == {
        ("2", "9.99", 100_000)
    }


def _place(line: Row) -> tuple[Any, ...]:
    return tuple(line[column] for column in MOVED)


def test_an_order_moves_with_all_its_lines(every: DataFrame) -> None:
    sold = _by_order(_rows(every))
    moved = 0
    for number, lines in _by_order(_rows(late(every, PLAN))).items():
        dated = [_place(line) for line in lines if line.ordered_at != "n/a"]
        assert len(set(dated)) <= 1
        if dated and dated[0] != _place(sold[number][0]):
            moved += 1
            assert len(lines) == LINES
            assert all((line.quantity, line.unit_price) == ("2", "9.99") for line in lines)
    assert moved > 50


def test_later_corrections_know_where_an_order_has_moved(every: DataFrame) -> None:
    sold, days = _rows(every), [_rows(late(every, PLAN, number)) for number in (1, 2, 3)]
    customers: dict[int, set[Any]] = defaultdict(set)
    for rows in days:
        for key, row in rows.items():
            if row.customer_id != sold[key].customer_id:
                customers[row.number].add(row.customer_id)
    first = {row.number: row for k, row in days[0].items() if row.customer_id != sold[k].customer_id}
    again = [row for rows in days[1:] for row in rows.values() if row.number in first]
    assert len(again) > 10
    assert all(row.customer_id == first[row.number].customer_id for row in again)
    assert all(len(several) == 1 for several in customers.values())


def test_one_account_has_its_share_of_the_orders_and_of_their_returns(every: DataFrame) -> None:
    plan = Plan(Dice(7), 0.2, 50.0, 1000, hot_share=0.5)
    told = every.withColumn("customer_id", account(plan, "hot", F.col("customer_id")))
    back = every.withColumn("is_return", F.lit(True))
    of_returns = back.withColumn("customer_id", account(plan, "hot", F.col("customer_id")))
    bought, returned = (
        {row.number for row in frame.where(F.col("customer_id") == HOT).collect()}
        for frame in (told, of_returns)
    )
    assert 0.45 < len(bought) / ORDERS < 0.55
    assert bought == returned
