"""What makes the gold tables cheap: how often each input is read, and no aggregate that sorts."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.contracts import contract
from customer_chunks.gold.customer_facts import customer_facts
from customer_chunks.gold.customer_profiles import customer_profiles
from customer_chunks.gold.kpi_daily import kpi_daily
from customer_chunks.gold.temporal_features import temporal_features
from tests.plans import plan

D = date(2024, 6, 1)
Read = Callable[[str], DataFrame]


@pytest.fixture(scope="module")
def read(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Read:
    """Return what reads an empty table from a file, so that a plan tells where it reads it."""
    folder = tmp_path_factory.mktemp("plans")

    def table(name: str) -> DataFrame:
        place = str(folder / name)
        ddl = ", ".join(f"`{c.name}` {c.type}" for c in contract(name).columns)
        spark.createDataFrame([], ddl).write.mode("ignore").parquet(place)
        return spark.read.parquet(place)

    return table


def operators(frame: DataFrame) -> list[str]:
    """Return the physical plan's operators, a line each."""
    return [line for line in plan(frame).splitlines() if re.match(r"[ :+-]*\*?\(?\d*\)? ?[A-Z]", line)]


def count(told: list[str], word: str) -> int:
    return sum(word in line for line in told)


def facts(read: Read) -> DataFrame:
    return customer_facts(read("silver.orders"), read("silver.order_lines"), read("silver.products"))


def kpis(read: Read) -> DataFrame:
    return kpi_daily(read("silver.orders"), read("silver.order_lines"), read("silver.products"))


def profiles(read: Read) -> DataFrame:
    names = (
        "silver.customers", "gold.customer_facts", "silver.engagements", "silver.loyalty_events",
        "silver.interactions",
    )  # fmt: skip
    return customer_profiles(*map(read, names), as_of=D)


def features(read: Read) -> DataFrame:
    return temporal_features(read("silver.orders"), as_of=D)


@pytest.mark.parametrize("build", [facts, kpis, profiles, features])
def test_no_aggregate_sorts_orders_lines_or_events(read: Read, build: Callable[[Read], DataFrame]) -> None:
    told = operators(build(read))
    assert count(told, "HashAggregate(") > 0
    sorting = [line for line in told if "SortAggregate(" in line]
    assert [line for line in sorting if "key=[product_id#" not in line] == []  # products are few


@pytest.mark.parametrize("build", [facts, kpis])
def test_lines_are_read_once(read: Read, build: Callable[[Read], DataFrame]) -> None:
    told = operators(build(read))
    assert count(told, "silver.order_lines") == 1


def test_features_read_orders_once_and_send_each_customers_days_to_one_place(read: Read) -> None:
    told = operators(features(read))
    assert count(told, "silver.orders") == 1
    assert count(told, "Exchange hashpartitioning(customer_id") == 2  # by day, then by customer
    assert count(told, "Window [") == 1
