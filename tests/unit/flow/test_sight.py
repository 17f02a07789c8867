"""D, the first day not counted: as asked, else the day after the newest order that gold reads."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.settings import Settings
from customer_chunks.errors import StorageError
from customer_chunks.flow.outcome import Wish
from customer_chunks.flow.sight import Sight
from customer_chunks.flow.step import Built, Refresh, Step
from customer_chunks.storage.kept import Short
from tests.builders import an_order, orders

ASKED = date(2024, 1, 31)


def a_step(table: str, *, needs_as_of: bool = True) -> Step:
    return Step(table, (table,), {}, lambda *_: Built({}), Refresh.WHOLE, needs_as_of=needs_as_of)


class House:
    """A warehouse with some days of orders, of which gold sees another version."""

    def __init__(self, spark: SparkSession, *days: str, version: int | None = 3) -> None:
        self.reads = 0
        self.version = version
        self._orders = orders(spark, *[an_order(str(n), ordered_at=f"{d} 12:00") for n, d in enumerate(days)])

    def read(self, table: str) -> Any:
        assert table == "silver.orders"
        self.reads += 1
        return self._orders

    def last_commit(self, table: str) -> Any:
        assert table == "silver.orders"
        return None if self.version is None else SimpleNamespace(rows_changed_in=self.version)

    def remembered(self, table: str, short: Short[date | None]) -> date | None:
        assert table == "silver.orders"
        return short.read(short.ask())


def sight(passed: House, *, as_of: date | None = None, is_withheld: bool = False) -> Sight:
    gate: Any = SimpleNamespace(
        settings=Settings(), readable=lambda: passed, day_is_withheld=lambda: is_withheld
    )
    newest: Any = SimpleNamespace(read=lambda _: pytest.fail("gold reads what passed"))
    return Sight(newest, gate, Wish(as_of=as_of))


def test_day_is_the_one_after_the_newest_order_and_is_asked_once_a_version(spark: SparkSession) -> None:
    house = House(spark, "2024-03-09", "2024-03-31", "2024-03-10")
    seen = sight(house)
    now = seen.now(a_step("gold.rfm_scores"))
    assert (now.as_of, now.day, now.is_day_given) == (date(2024, 4, 1), date(2024, 4, 1), False)
    assert seen.now(a_step("gold.customer_profiles")).as_of == date(2024, 4, 1)
    assert seen.told_day() == date(2024, 4, 1)
    assert house.reads == 1
    house.version = 4
    assert seen.told_day() == date(2024, 4, 1)
    assert house.reads == 2


def test_day_that_was_asked_for_comes_first_and_nothing_is_read(spark: SparkSession) -> None:
    house = House(spark, "2024-03-31")
    seen = sight(house, as_of=ASKED, is_withheld=True)
    now = seen.now(a_step("gold.rfm_scores"))
    assert (now.as_of, now.is_day_given, seen.told_day()) == (ASKED, True, ASKED)
    assert house.reads == 0


def test_step_that_needs_no_day_reads_none(spark: SparkSession) -> None:
    house = House(spark, "2024-03-31")
    assert sight(house).now(a_step("gold.kpi_daily", needs_as_of=False)).as_of is None
    assert house.reads == 0


def test_there_is_no_day_without_orders(spark: SparkSession) -> None:
    assert sight(House(spark)).told_day() is None
    assert sight(House(spark, version=None)).now(a_step("gold.rfm_scores")).as_of is None


def test_day_is_not_told_where_orders_are_withheld_or_cannot_be_read(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(spark, "2024-03-31")
    assert sight(house, is_withheld=True).told_day() is None

    def broken(_: str) -> Any:
        raise StorageError("silver.orders: is gone.", "Look.")

    monkeypatch.setattr(house, "read", broken)
    assert sight(house).told_day() is None


def test_silver_steps_read_what_is_newest(spark: SparkSession) -> None:
    house = House(spark, "2024-03-31")
    seen = sight(house)
    assert seen.readable(a_step("silver.orders")) is seen.warehouse
    assert seen.readable(a_step("gold.rfm_scores")) is house
