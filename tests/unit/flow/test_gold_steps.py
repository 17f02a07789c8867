"""Which customers a changed line or product touches, and which orders the profiles of a past day count."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from pyspark.sql import functions as F

from customer_chunks.config.settings import Settings
from customer_chunks.flow.gold_steps import CUSTOMER_FACTS, CUSTOMER_PROFILES
from customer_chunks.flow.step import Now
from customer_chunks.gold.customer_facts import customer_facts
from tests.builders import a_line, a_product, an_order, order_lines, orders, products, table_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@pytest.fixture
def tables(spark: SparkSession) -> dict[str, DataFrame]:
    """Return two customers and a guest; c1 and the guest bought p1, c2 bought p2 a day later."""
    return {
        "silver.orders": orders(
            spark,
            an_order("o1", customer_id="c1"),
            an_order("o2", customer_id="c2", ordered_at="2024-03-11 12:00"),
            an_order("o3", customer_id=None),
        ),
        "silver.order_lines": order_lines(
            spark,
            a_line("o1", product_id="p1"),
            a_line("o2", product_id="p2"),
            a_line("o3", product_id="p1"),
        ),
        "silver.products": products(spark),
        **{
            f"silver.{name}": table_frame(spark, f"silver.{name}", [])
            for name in ("engagements", "loyalty_events", "interactions")
        },
        "silver.customers": table_frame(
            spark, "silver.customers", [{"customer_id": c} for c in ("c1", "c2")]
        ),
    }


def touched(tables: dict[str, DataFrame], name: str, changes: DataFrame) -> list[str | None]:
    """Return the customers whose facts follow a change of an input."""
    keys_of = CUSTOMER_FACTS.inputs[name].keys_of
    assert keys_of is not None
    found = keys_of(changes, Now(Settings(), None, tables.__getitem__)).collect()
    return sorted((row["customer_id"] for row in found), key=str)


def test_changed_line_touches_the_customer_of_its_order(tables: dict[str, DataFrame]) -> None:
    lines = tables["silver.order_lines"]
    twice = lines.where("order_id = 'o2'").union(lines.where("order_id = 'o2'"))
    assert touched(tables, "order_lines", twice) == ["c2"]


def test_changed_product_touches_those_who_ordered_it(
    spark: SparkSession, tables: dict[str, DataFrame]
) -> None:
    come = products(spark, a_product("p1"), a_product("p9")).withColumn("_change", F.lit(1))
    assert touched(tables, "products", come) == [None, "c1"]


def test_product_of_another_name_touches_nobody_and_one_of_another_category_its_buyers(
    spark: SparkSession, tables: dict[str, DataFrame]
) -> None:
    old, new = a_product("p1", product_name="Mug"), a_product("p1", product_name="Cup")
    gone = products(spark, old).withColumn("_change", F.lit(-1))
    assert touched(tables, "products", gone.union(products(spark, new).withColumn("_change", F.lit(1)))) == []
    moved = products(spark, {**new, "category": "Bar"}).withColumn("_change", F.lit(1))
    assert touched(tables, "products", gone.union(moved)) == [None, "c1"]


@pytest.mark.parametrize(
    ("day", "is_given", "counts"),
    [
        (date(2024, 3, 11), True, {"c1": 1, "c2": 0}),
        (date(2024, 3, 12), True, {"c1": 7, "c2": 7}),
        (date(2024, 3, 11), False, {"c1": 7, "c2": 7}),
    ],
    ids=["orders lie behind it", "none does", "the day after the last order"],
)
def test_profile_of_a_past_day_counts_the_orders_before_it(
    tables: dict[str, DataFrame], day: date, is_given: bool, counts: dict[str, int]
) -> None:
    facts = customer_facts(tables["silver.orders"], tables["silver.order_lines"], tables["silver.products"])
    marked = facts.replace(1, 7, ["purchase_count"])
    frames = {
        name: marked if wanted.table == "gold.customer_facts" else tables[wanted.table]
        for name, wanted in CUSTOMER_PROFILES.inputs.items()
    }
    now = Now(Settings(), day, tables.__getitem__, is_day_given=is_given)
    made = CUSTOMER_PROFILES.build(frames, now).outputs["gold.customer_profiles"].collect()
    assert {row["customer_id"]: row["purchase_count"] for row in made} == counts
    spent = {row["customer_id"]: row["gross_amount"] for row in made}
    assert spent["c1"] == Decimal(10)
