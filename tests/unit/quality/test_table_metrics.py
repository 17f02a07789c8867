"""The numbers of a version in a query or two, worked by hand on a few lines."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.quality import table_metrics
from customer_chunks.quality.table_metrics import BATCH, Since, Version, measure
from customer_chunks.quality.table_rules import Measured, asked_of
from tests.builders import a_line, table_frame
from tests.plans import plan

LINES = contract("silver.order_lines")
ASKED = asked_of(LINES, ["shop", "web"], TableRuleSettings())


def lines(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    return table_frame(spark, LINES, rows)


@pytest.fixture
def rows(spark: SparkSession) -> DataFrame:
    """Four lines of two orders, one of them twice; one product is null and one unknown."""
    return lines(
        spark,
        a_line("o1", 1, product_id="p1", unit_price="2"),
        a_line("o1", 2, product_id="p9", unit_price="4"),
        a_line("o2", 1, product_id=None, unit_price="6"),
        a_line("o2", 1, product_id="p1", unit_price="8", source="web"),
    )


def test_counts_shares_and_quantiles_of_a_first_version(spark: SparkSession, rows: DataFrame) -> None:
    held = {
        "silver.products": table_frame(
            spark, "silver.products", [{"product_id": "p1", "source": s} for s in ("shop", "web")]
        ),
        "silver.orders": table_frame(spark, "silver.orders", [{"order_id": "o1"}]),
    }
    found = measure(Version(rows, references=held), ASKED)
    assert found["key.unique"] == [Measured(1.0, 4)], "four rows, three keys"
    assert found["rows.shrunk"] == [Measured(4.0, 4)]
    assert found["order_id.complete"] == [Measured(1.0, 4)]
    assert found["product_id.found"] == [Measured(2 / 3, 3)], "p1 twice, p9 never, null is not asked"
    assert found["order_id.found"] == [Measured(0.5, 4)]
    assert found["product_id.known[shop]"] == [Measured(2 / 3, 3)]
    assert found["unit_price.median[shop]"] == [Measured(4.0, 3)]
    assert found["unit_price.median[web]"] == [Measured(8.0, 1)]
    assert found["new_rows.grown[web]"] == [Measured(1.0, 1)]


def test_one_query_answers_all_rules_but_quantiles(rows: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[DataFrame] = []
    collect = type(rows).collect

    def counted(frame: DataFrame) -> Any:
        asked.append(frame)
        return collect(frame)

    monkeypatch.setattr(type(rows), "collect", counted)
    measure(Version(rows.where("unit_price < 8")), ASKED)
    assert len(asked) == 2
    counts, quantiles = [plan(frame) for frame in asked.copy()]
    asked.clear()
    assert "percentile_approx" not in counts
    assert "ObjectHashAggregate" not in counts, "it is not compiled"
    assert "percentile_approx" in quantiles
    measure(Version(rows), ASKED)
    assert len(asked) == 3, "equal hashes are looked at once more"


def test_few_changes_are_measured_in_one_query(rows: DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[DataFrame] = []
    collect = type(rows).collect
    monkeypatch.setattr(type(rows), "collect", lambda frame: asked.append(frame) or collect(frame))
    now = rows.where("unit_price < 8")
    before = measure(Version(now), ASKED)
    asked.clear()
    since = Since({name: m[0] for name, m in before.items()}, now.withColumn("_change", F.lit(1)).limit(0), 0)
    found = measure(Version(now, now.limit(1).withColumn(BATCH, F.lit(0)), since=since), ASKED)
    assert len(asked) == 1
    assert found["unit_price.median[shop]"][0].rows == 1


def test_quantiles_of_many_rows_are_those_of_a_part(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_metrics, "ENOUGH_ROWS", 500)
    many = (
        lines(spark, a_line("o", 1))
        .drop("unit_price")
        .join(spark.range(1, 4001).selectExpr("cast(id as decimal(18,6)) as unit_price", "xxhash64(id) as h"))
    )
    many = many.withColumn("_row_hash", F.col("h")).drop("h")
    (median,) = measure(Version(many), ASKED)["unit_price.median[shop]"]
    assert median.rows == 4000, "all rows count"
    assert median.value not in {2000.0, 2001.0}, "a part of them tells the median"
    assert 1800 < (median.value or 0) < 2200
    assert measure(Version(many.repartition(7)), ASKED)["unit_price.median[shop]"] == [median]
    few = lines(spark, *[a_line("p", n, unit_price=str(n), source="web") for n in range(1, 22)])
    few = few.withColumn("_row_hash", F.lit(1).cast("long"))  # of no part
    found = measure(Version(many.unionByName(few)), ASKED)
    assert found["unit_price.median[shop]"] == [median]
    assert found["unit_price.median[web]"] == [Measured(11.0, 21)], "all of a small source's values count"


def test_different_keys_of_one_hash_are_no_duplicates(spark: SparkSession) -> None:
    links = contract("silver.customer_links")
    pair = [{"source": "a", "customer_id": "x"}, {"source_customer_id": "a", "customer_id": "y"}]
    rows = table_frame(spark, links, pair)
    assert rows.select(F.xxhash64(*links.key)).distinct().count() == 1
    found = measure(Version(rows), asked_of(links, ["a"], TableRuleSettings()))
    assert found["key.unique"] == [Measured(0.0, 2)]


def test_new_rows_are_measured_by_batch_beside_the_table(spark: SparkSession, rows: DataFrame) -> None:
    new = lines(
        spark,
        a_line("o3", 1, unit_price="600"),
        a_line("o4", 1, unit_price="5"),
        a_line("o4", 2, unit_price="7"),
    ).withColumn(BATCH, F.when(F.col("order_id") == "o3", 0).otherwise(1))
    found = measure(Version(rows, new, 2), ASKED)
    assert found["unit_price.median[shop]"] == [Measured(600.0, 1), Measured(5.0, 2)]
    assert found["new_rows.grown[shop]"] == [Measured(2.0, 2)], "the newest batch"
    assert found["rows.shrunk"] == [Measured(4.0, 4)], "the table itself"
    assert found["key.unique"] == [Measured(1.0, 4)]
    assert "product_id.found" not in found, "the table referred to is not up to date"


def test_empty_table_has_counts_and_no_shares(spark: SparkSession) -> None:
    found = measure(Version(lines(spark)), ASKED)
    assert found["rows.shrunk"] == [Measured(0.0, 0)]
    assert found["order_id.complete"] == [Measured(None, 0)]
    assert found["unit_price.median[shop]"] == [Measured(None, 0)]
