"""Which rows of a feed name a customer or a product, as the steps of a source see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.flow.source_steps import source_steps
from customer_chunks.flow.step import Now, Step
from tests.builders import bronze, table_frame, values

MAPPING = """\
source: shop
namespace: s
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    exclude: {tests: "article = 'test'"}
    entities:
      order_lines:
        {order_id: order, ordered_at: at, customer_id: customer, product_id: article, line_amount: n}
      customer_records: {customer_id: customer, city: town}
      products: {product_id: article, category_path: shelf}
  people:
    path: "people*.csv"
    entities:
      customer_records: {customer_id: customer, city: town}
"""
CLICKS = """\
  clicks:
    path: "clicks*.csv"
    entities:
      interactions: {interaction_id: id, customer_id: who, occurred_at: at, interaction_type: kind}
"""
COLUMNS = ("order", "at", "customer", "town", "article", "shelf", "n")
SALES = [
    ("1", "2024-03-10", "c1", "Rome", "mug", "Kitchen", "1"),
    ("2", "2024-03-10", None, None, "pen", "Desk", "1"),
    ("3", "2024-03-10", "c2", "Oslo", "test", None, "1"),
    ("4", "2024-03-10", "c3", "Bonn", None, None, "1"),
]
PEOPLE = [("c1", "Roma"), (None, "Nowhere")]


@pytest.fixture
def steps(tmp_path: Path) -> dict[str, Step]:
    (tmp_path / "shop.yml").write_text(MAPPING, encoding="utf-8")
    return {step.main: step for step in source_steps(read_mapping(tmp_path / "shop.yml"))}


@pytest.fixture
def now(spark: SparkSession) -> Now:
    return Now(Settings(), None, lambda table: table_frame(spark, table, []))


def viewed(steps: dict[str, Step], table: str, name: str, rows: DataFrame, now: Now) -> DataFrame:
    return steps[table].inputs[name].view(rows, now)


def test_row_that_names_nobody_is_excluded_where_the_feed_is_about_more(
    spark: SparkSession, steps: dict[str, Step], now: Now
) -> None:
    sales, people = bronze(spark, COLUMNS, SALES), bronze(spark, ("customer", "town"), PEOPLE)
    found = viewed(steps, "silver.customer_records", "customer_records:sales", sales, now)
    assert values(found, "_position", "_excluded") == [(0, None), (1, "guest"), (2, "tests"), (3, None)]
    found = viewed(steps, "silver.products", "products:sales", sales, now)
    assert values(found, "_position", "_excluded") == [(0, None), (1, None), (2, "tests"), (3, "no_product")]
    found = viewed(steps, "silver.customer_records", "customer_records:people", people, now)
    assert values(found, "_position", "_excluded") == [(0, None), (1, None)], "there it breaks a rule"


def test_customer_is_seen_on_rows_that_no_rule_excludes(
    spark: SparkSession, steps: dict[str, Step], now: Now
) -> None:
    name = "seen:sales:order_lines"
    sales = bronze(spark, COLUMNS, SALES)
    found = viewed(steps, "silver.customer_records", name, sales, now)
    assert (found.columns, values(found, "_key")) == (["_key"], ["c1", "c3"])
    changed = sales.withColumn("_change", F.when(F.col("_position") == 0, -1).otherwise(1))
    found = viewed(steps, "silver.customer_records", name, changed, now)
    assert values(found, "_key", "_change") == [("c1", -1), ("c3", 1)]


def test_all_feeds_that_name_customers_are_looked_at(steps: dict[str, Step]) -> None:
    assert set(steps["silver.customer_records"].inputs) == {
        "customer_records:sales",
        "customer_records:people",
        "seen:sales:order_lines",
    }
    assert set(steps) == {"silver.customer_records", "silver.orders", "silver.products"}


def test_customers_follow_a_change_of_an_id_anywhere_and_of_nothing_else(tmp_path: Path) -> None:
    def mark(text: str) -> str:
        (tmp_path / "other.yml").write_text(text, encoding="utf-8")
        found = source_steps(read_mapping(tmp_path / "other.yml"))
        return next(s.fingerprint for s in found if s.main == "silver.customer_records")

    lines = "ordered_at: at, customer_id: customer"
    assert lines in MAPPING
    assert mark(MAPPING) == mark(MAPPING.replace("line_amount: n", "line_amount: n, quantity: n"))
    assert mark(MAPPING) != mark(MAPPING.replace(lines, "ordered_at: at, customer_id: upper(customer)"))
    assert mark(MAPPING) != mark(MAPPING.replace("article = 'test'", "article = 'trial'"))


def test_rows_of_a_customer_follow_the_links_of_that_source(spark: SparkSession, tmp_path: Path) -> None:
    text = MAPPING + CLICKS
    (tmp_path / "shop.yml").write_text(text, encoding="utf-8")
    step = next(
        s for s in source_steps(read_mapping(tmp_path / "shop.yml")) if s.main == "silver.interactions"
    )
    seen = [("i1", "shop", "c1"), ("i2", "shop", "c2"), ("i3", "web", "c1")]
    plain = {"interaction_type": "view", "occurred_at": "2024-03-10", "occurred_on": "2024-03-10"}
    held = table_frame(
        spark,
        "silver.interactions",
        [{**plain, "interaction_id": i, "source": s, "source_customer_id": c} for i, s, c in seen],
    )
    links = table_frame(
        spark,
        "silver.customer_links",
        [
            {"source": s, "source_customer_id": c, "customer_id": "x", "evidence": "y"}
            for s, c in (("shop", "c1"), ("web", "c2"))
        ],
    )
    keys_of = step.inputs["links"].keys_of
    assert keys_of is not None
    assert values(keys_of(links, Now(Settings(), None, lambda _: held)), "_key") == ["i1"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([("p1", "Mug", 1)], []),
        ([("p1", None, 1)], []),
        ([("p1", "Mug", 1), ("p1", "Mug", -1)], []),
        ([("p1", "Big mug", 1)], ["p1"]),
        ([("p1", "Mug", -1)], ["p1"]),
        ([("p1", None, -1)], ["p1"]),
        ([("p2", None, 1)], []),
        ([("p2", "Pen", 1)], ["p2"]),
        ([("p3", None, 1), ("p4", "Cup", 1)], ["p3", "p4"]),
        ([(None, "Gift", 1)], [None]),
        ([("p5", None, -1), ("p5", "Jar", 1)], []),
        ([("p5", "Jar", -1)], ["p5"]),
        ([("p6", None, -1)], []),
        ([("p6", "Lid", 1)], ["p6"]),
    ],
    ids=[
        "its name again", "no name", "took and brought", "another name", "its name less often", "a line less",
        "the nameless again", "a first name", "first seen", "no product", "a listed, a nameless line less",
        "a listed one's name less often", "a nameless listed one's line less", "a listed one's first name",
    ],
)  # fmt: skip
def test_lines_name_the_products_whose_name_they_may_change(
    spark: SparkSession, steps: dict[str, Step], changes: list[tuple[str, str, int]], found: list[str]
) -> None:
    held = [
        ("p1", "shop", "Mug", True), ("p2", "shop", None, True), ("p1", "web", "Big mug", True),
        ("p4", "web", "Cup", True), ("p5", "shop", "Jar", False), ("p6", "shop", None, False),
    ]  # fmt: skip
    columns = "product_id string, source string, product_name string, is_inferred boolean"
    known = spark.createDataFrame(held, columns)
    lines = spark.createDataFrame(changes, "product_id string, product_name string, _change int")
    keys_of = steps["silver.products"].inputs["order_lines"].keys_of
    assert keys_of is not None
    now = Now(Settings(), None, lambda _: known)
    rows = keys_of(lines.withColumn("source", F.lit("shop")), now).collect()
    assert sorted(row["product_id"] for row in rows) == found
    assert keys_of(lines.withColumn("source", F.lit("web")), now).isEmpty(), "another's lines are no matter"


def test_only_customers_without_a_record_or_gone_from_a_row_are_looked_for(
    spark: SparkSession, steps: dict[str, Step]
) -> None:
    held = [("shop", "c1"), ("shop", "c2"), ("web", "c3"), ("shop", "c5")]
    records = spark.createDataFrame(held, "source string, source_customer_id string")
    changes = [("c1", 1), ("c1", 1), ("c2", -1), ("c2", 1), ("c3", 1), ("c4", 1), ("c6", -1)]
    seen = spark.createDataFrame(changes, "_key string, _change int")
    keys_of = steps["silver.customer_records"].inputs["seen:sales:order_lines"].keys_of
    assert keys_of is not None
    now = Now(Settings(), None, lambda _: records)
    assert values(keys_of(seen, now), "_key") == ["c2", "c3", "c4", "c6"]
    assert keys_of(seen.where("_key = 'c1'"), now).isEmpty(), "one more order of a known customer"
