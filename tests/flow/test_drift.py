"""Files that differ from those before them: from the files to silver, as docs/drift.md says.

One company brings a first delivery of every feed, then a mutated one, and at last what the remedies are
for. Each test holds one feed's rows in bronze and in silver, its account, and what was told.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from customer_chunks.flow.outcome import Report
from tests.flow.company import HEADER, Company
from tests.flow.drifting import (
    account,
    bronze,
    feed,
    kinds,
    lines,
    parquet,
    price,
    quarantined,
    record,
    records,
    source,
    told,
)  # fmt: skip

pytestmark = pytest.mark.slow
ORDERS = "silver.orders"
HUGE = "99999999999999999999"
DATES = "{column: at, format: [yyyy-MM-dd, dd.MM.yyyy]}"
BROKEN = {
    f"v2,2024-03-10,c1,mug,{HUGE},5.00,DE": "quantity.unparsable",
    f"v3,2024-03-10,c1,mug,1,{HUGE}.5,DE": "unit_price.unparsable",
    "v4,31/02/2024,c1,mug,1,5.00,DE": "ordered_at.unparsable",
    "v5,2024-02-31,c1,mug,1,5.00,DE": "ordered_at.unparsable",
    "v6,,c1,mug,1,5.00,DE": "ordered_at.missing",
    "v7,2024-03-10,c1,mug,1": "record.malformed",
    "v8,2024-03-10,c1,mug,1,5.00,DE,more": "record.malformed",
}
CUP = {"article": "cup", "pieces": 1, "price": 7}


@dataclass(frozen=True)
class Drifted:
    """The company after a delivery, and what the run said."""

    company: Company
    report: Report


def first(company: Company) -> None:
    company.brings("plain1.csv", "p1,2024-03-10,c1,mug,2,5.00,DE", "p2,2024-03-11,c2,pen,1,1.50,FR")
    company.brings("noted1.csv", "n1,2024-03-10,c1,mug,2,5.00,DE,gift", header=f"{HEADER},note")
    company.brings("values1.csv", "v1,2024-03-10,c1,mug,2,5.00,DE")
    parquet(
        company, "typed1", order=["t1"], customer=pa.array([7], pa.int32()), price=price("5.00", 6, 2),
        pieces=pa.array([2], pa.int32()), empty=pa.array([None], pa.null()),
    )  # fmt: skip
    pen = {"article": "pen", "pieces": 1, "price": 1.50}
    records(
        company, "nested1", record("j1", pen, customer="c1", country="DE"), record("j2", pen, country="FR")
    )


def second(company: Company) -> None:
    header = "COUNTRY,Price,pieces,article,customer,at,order,channel"
    company.brings("plain2.csv", "FR,7.00,1,cup,c3,2024-03-12,p3,web", header=header)
    company.brings("plain3.csv", "DE,5.00,2,mug,c1,2024-03-10,p1,", header=header)
    company.brings("noted2.csv", "n2,2024-03-11,c2,pen,1,1.50,FR")
    dates = [f"d{n},{n}.03.2024,c1,mug,1,5.00,DE" for n in (13, 14, 15, 16)]
    company.brings("values2.csv", *BROKEN, *dates, f"v{HUGE},2024-03-10,{HUGE},mug,1,5.00,DE")
    parquet(
        company, "typed2", order=["t2"], customer=pa.array([3_000_000_000]), price=price("7.1250", 10, 4),
        pieces=pa.array([1], pa.int16()), empty=["now"],
    )  # fmt: skip
    parquet(
        company, "typed3", order=["t1"], customer=pa.array([7]), price=price("5.0000", 10, 4),
        pieces=pa.array([2]), empty=pa.array([None], pa.string()),
    )  # fmt: skip
    red = {**CUP, "colour": {"name": "red"}}
    records(
        company,
        "nested2",
        record("j3", red, customer="c3", country="FR", ship={"post-code": "69001"}),
        record("j4", CUP, customer={"id": "c4"}, country="FR"),
        record("j6", {**CUP, "article": {"sku": "cup"}}, customer="c3", country="FR"),
    )


def third(company: Company) -> None:
    """What stops a run, with its remedies."""
    renamed = HEADER.replace("price", "unit price")
    company.brings("plain4.csv", "p4,2024-03-12,c3,cup,1,7.00,FR", header=renamed)
    parquet(
        company, "typed4", order=["t4"], customer=["K-8"], price=pa.array([1.5]), pieces=pa.array([1.0]),
        empty=["x"],
    )  # fmt: skip
    records(company, "nested3", record("j5", CUP, country="FR"))


@pytest.fixture(scope="module")
def drifted(spark: SparkSession, empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Drifted:
    company = Company(spark, tmp_path_factory.mktemp("drift"), empty_warehouse)
    typed, nested = feed("typed", "parquet"), feed("nested", "jsonl")
    company.maps(source("shop", feed("plain"), feed("noted"), feed("values"), typed, nested))
    first(company)
    company.run(ORDERS)
    second(company)
    return Drifted(company, company.run(ORDERS))


def test_columns_added_reordered_and_written_otherwise_evolve(drifted: Drifted) -> None:
    company, report = drifted.company, drifted.report
    assert told(report, company, "plain") == [
        "'channel' came for the first time; null in the rows before.",
        "'COUNTRY' is taken for 'country'.",
        "'Price' is taken for 'price'.",
    ]
    assert bronze(company, "shop_plain", "order", "country", "price", "channel") == [
        ("p1", "DE", "5.00", None), ("p1", "DE", "5.00", None), ("p2", "FR", "1.50", None),
        ("p3", "FR", "7.00", "web"),
    ]  # fmt: skip
    assert lines(company, "p") == [
        ("p1", "mug", 2, "5.00", "DE"), ("p2", "pen", 1, "1.50", "FR"), ("p3", "cup", 1, "7.00", "FR"),
    ]  # fmt: skip
    assert account(report, "plain") == {"read": 2, "inserted": 1, "duplicate": 1}


def test_column_that_nothing_reads_may_go(drifted: Drifted) -> None:
    company, report = drifted.company, drifted.report
    assert told(report, company, "noted") == ["noted2.csv: has no 'note'; null in its rows."]
    assert bronze(company, "shop_noted", "order", "note") == [("n1", "gift"), ("n2", None)]
    assert lines(company, "n") == [("n1", "mug", 2, "5.00", "DE"), ("n2", "pen", 1, "1.50", "FR")]
    assert account(report, "noted") == {"read": 1, "inserted": 1}


def test_values_and_dates_of_another_format_are_quarantined_and_told(drifted: Drifted) -> None:
    company, report = drifted.company, drifted.report
    # An id is text: one beyond 64 bits stays as it is.
    assert lines(company, "v") == [("v1", "mug", 2, "5.00", "DE"), (f"v{HUGE}", "mug", 1, "5.00", "DE")]
    assert (f"v{HUGE}", HUGE) in company.rows(ORDERS, "order_id", "customer_id")
    assert account(report, "values") == {"read": 12, "inserted": 1, "quarantined": 11}
    assert quarantined(company, "values") == sorted([*BROKEN.values(), *["ordered_at.unparsable"] * 4])
    assert lines(company, "d") == []
    assert told(report, company, "values") == [
        "values order_lines: 50% of 12 rows are in quarantine by ordered_at.unparsable: "
        "has the format changed?"
    ]


def test_wider_types_evolve_and_narrower_ones_are_kept(drifted: Drifted) -> None:
    company, report = drifted.company, drifted.report
    assert kinds(company, "shop_typed", "customer", "pieces", "price", "empty") == [
        "bigint", "bigint", "decimal(10,4)", "string",
    ]  # fmt: skip
    assert {
        "'customer' comes as bigint; the table holds bigint from now on, not int.",
        "'price' comes as decimal(10,4); the table holds decimal(10,4) from now on, not decimal(6,2).",
    } < set(told(report, company, "typed"))
    # A line that came again in the wider types is a copy still.
    assert account(report, "typed") == {"read": 2, "inserted": 1, "duplicate": 1}
    found = company.rows("silver.order_lines", "order_id", "unit_price")
    assert [(o, p) for o, p in found if o[0] == "t"] == [
        ("t1", Decimal("5.000000")), ("t2", Decimal("7.125000")),
    ]  # fmt: skip
    customers = dict(company.rows(ORDERS, "order_id", "customer_id"))
    assert (customers["t1"], customers["t2"]) == ("7", "3000000000")


def test_nested_fields_evolve_and_a_value_that_became_an_object_is_rescued(drifted: Drifted) -> None:
    company, report = drifted.company, drifted.report
    was = "struct<article:string,pieces:string,price:string>"
    comes = "struct<article:string,colour:struct<name:string>,pieces:string,price:string>"
    now = "struct<article:string,pieces:string,price:string,colour:struct<name:string>>"
    assert told(report, company, "nested") == [
        "'ship' came for the first time; null in the rows before.",
        f"'items' comes as {comes}; the table holds {now} from now on, not {was}.",
        "nested order_lines: 67% of 3 rows are in quarantine by record.malformed: has the format changed?",
    ]
    assert bronze(company, "shop_nested", "order", "items.colour.name", "ship.`post-code`") == [
        ("j1", None, None), ("j2", None, None), ("j3", "red", "69001"), ("j4", None, None),
        ("j6", None, None),
    ]  # fmt: skip
    assert lines(company, "j") == [
        ("j1", "pen", 1, "1.50", "DE"), ("j2", "pen", 1, "1.50", "FR"), ("j3", "cup", 1, "7.00", "FR"),
    ]  # fmt: skip
    assert account(report, "nested") == {"read": 3, "inserted": 1, "quarantined": 2}
    assert quarantined(company, "nested") == ["record.malformed"] * 2
    texts = [text for (text,) in bronze(company, "shop_nested", "_rescued") if text is not None]
    kept = {whole["order"]: whole for whole in map(json.loads, texts)}
    assert json.loads(kept["j4"]["customer"]) == {"id": "c4"}
    assert json.loads(kept["j6"]["items"]["article"]) == {"sku": "cup"}


def test_remedies_that_were_told_bring_every_row_in(drifted: Drifted) -> None:
    """Last in the file: it changes the mapping of the company that the tests above look at."""
    company = drifted.company
    third(company)
    renamed = feed("plain", price="coalesce(price, `unit price`)")
    typed, nested = feed("typed", "parquet"), feed("nested", "jsonl")
    company.maps(source("shop", renamed, feed("noted"), feed("values", at=DATES), typed, nested))
    report = company.run(ORDERS, full=["bronze.shop_typed"])
    assert told(report, company, "plain") == [
        "plain4.csv: has no 'price', 'channel'; null in its rows.",
        "'unit price' came for the first time; null in the rows before.",
    ]
    plain = "struct<article:string,pieces:string,price:string>"
    assert told(report, company, "nested") == [
        "nested3: has no 'customer'; null in its rows.",
        f"'items' comes as {plain} and is kept as {plain[:-1]},colour:struct<name:string>>.",
        "nested order_lines: 2 of 3 rows of nested2 are in quarantine: has its format changed?",
    ]
    assert lines(company, "p")[-1] == ("p4", "cup", 1, "7.00", "FR")
    counted = account(report, "plain")
    assert (counted["read"], counted["duplicate"]) == (5, 1)

    # Both date formats are read; a day that does not exist stays where it is.
    assert [o for o, *_ in lines(company, "d")] == ["d13", "d14", "d15", "d16"]
    assert quarantined(company, "values") == sorted(BROKEN.values())

    # Types that no column holds both of: read anew, as text where they differ.
    assert kinds(company, "shop_typed", "customer", "price", "pieces") == ["string", "string", "string"]
    assert [(o, q, p) for o, _, q, p, _ in lines(company, "t")] == [
        ("t1", 2, "5.00"), ("t2", 1, "7.12"), ("t4", 1, "1.50"),
    ]  # fmt: skip
    customers = dict(company.rows(ORDERS, "order_id", "customer_id"))
    assert [customers[o] for o in ("t1", "t2", "t4", "j2", "j5")] == ["7", "3000000000", "K-8", None, None]
    assert lines(company, "j")[-1] == ("j5", "cup", 1, "7.00", "FR")
    assert company.run(ORDERS).is_idle
