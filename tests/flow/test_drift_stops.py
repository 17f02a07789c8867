"""Files that a run refuses, different or broken: one sentence, the remedy, and nothing written.

The cases marked slow are asked without a run in tests/unit/flow/test_lost.py and tests/unit/sources.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import SourceError
from customer_chunks.flow.outcome import Report
from tests.flow.company import HEADER, Company
from tests.flow.drifting import bronze, feed, parquet, price, record, records, source

ROW = "3,2024-03-12,c3,caf\xe9,1,7.00,FR"
WHOLE = f"{HEADER}\n{ROW}\n".encode()
MUG = {"article": "mug", "pieces": 2, "price": "5.00"}


def stopped(company: Company, table: str, name: str) -> str:
    """Bring a table up to date; hold that nothing was written; return why, without the folder."""
    before = company.data_versions()
    (error,) = company.tries(f"bronze.{table}").errors
    assert isinstance(error, SourceError)
    assert (error.exit_code, company.data_versions()) == (4, before)
    (company.folder / "conf" / name).unlink()
    return str(error).replace(f"{company.folder}/conf/", "")


@pytest.fixture(scope="module")
def company(spark: SparkSession, empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Return a company with a first delivery of three kinds in bronze, and a feed of another encoding."""
    made = Company(spark, tmp_path_factory.mktemp("stops"), empty_warehouse)
    latin = feed("latin").replace("    format", "    encoding: latin-1\n    format")
    made.maps(source("shop", feed("plain"), feed("typed", "parquet"), feed("nested", "jsonl"), latin))
    made.brings("plain1.csv", "1,2024-03-10,c1,mug,2,5.00,DE")
    made.brings("latin1.csv", "1,2024-03-10,c1,mug,2,5.00,DE")
    parquet(
        made, "typed1", order=["1"], customer=pa.array([7]), price=price("5.00", 6, 2), pieces=pa.array([2])
    )
    records(made, "nested1", record("1", MUG, customer="c1", country="DE"), record("2", MUG, country="DE"))
    made.run("bronze")
    return made


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"order,at,customer,article,pieces,price\n3,2024-03-12,c3,cup,1,7.00\n",
            "plain2.csv: has no column 'country', which the mapping reads for country. "
            "Export it with 'country', or give it a feed of its own; "
            "where files may lack it, map `country: coalesce(country, '')`.",
        ),
        pytest.param(
            WHOLE.replace(b"price", b"unit price"),
            "plain2.csv: has no column 'price', which the mapping reads for unit_price. "
            "It has 'unit price', which no field reads: if that is its new name, "
            "read both with `coalesce(price, `unit price`)` for unit_price.",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            b"id,name\n7,Ann\n",
            "plain2.csv: has no columns 'order', 'at', 'customer', 'article', 'pieces', 'price', 'country', "
            "which the mapping reads for order_id, ordered_at, customer_id, product_id, quantity, "
            "unit_price, country. It has another header ('id', 'name'): keep it out of `path:`, "
            "or give it a feed of its own.",
            marks=pytest.mark.slow,
        ),
        (
            WHOLE.replace(b",", b";"),
            "plain2.csv: its columns are parted by ';', not by ','. "
            'Set `delimiter: ";"` in the feed, or give such files a feed of their own.',
        ),
        (
            WHOLE.decode().encode("latin-1"),
            "plain2.csv: is not utf-8; byte 0xE9 at offset 66 (line 2) does not belong to it. "
            "It can be read with `encoding: windows-1252`; "
            "where other files of the feed are not, give it a feed of its own.",
        ),
        pytest.param(
            WHOLE.decode().encode("utf-16"),
            "plain2.csv: is not utf-8; byte 0xFF at offset 0 (line 1) does not belong to it. "
            "It can be read with `encoding: utf-16`; "
            "where other files of the feed are not, give it a feed of its own.",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["dropped", "renamed", "another header", "delimiter", "latin-1", "utf-16"],
)
def test_text_that_is_not_as_before_stops(company: Company, content: bytes, said: str) -> None:
    (company.folder / "conf" / "plain2.csv").write_bytes(content)
    assert stopped(company, "shop_plain", "plain2.csv") == said
    assert bronze(company, "shop_plain", "order") == [("1",)]


def test_utf8_where_latin1_was_stops(company: Company) -> None:
    (company.folder / "conf" / "latin2.csv").write_bytes(WHOLE)
    assert stopped(company, "shop_latin", "latin2.csv") == (
        "latin2.csv: is utf-8 text, `encoding:` says latin-1. "
        "Set `encoding: utf-8` in the feed, or give such files a feed of their own."
    )


def test_type_that_the_table_cannot_hold_stops(company: Company) -> None:
    line = {"order": ["2"], "price": price("5.00", 6, 2)}
    parquet(company, "typed2", **line, customer=["K-8"], pieces=pa.array([1]))
    assert stopped(company, "shop_typed", "typed2") == (
        "bronze.shop_typed: column 'customer' was bigint and comes as string. Export it as before, "
        "give these files a feed of their own, or read all files again: "
        "`chunks run --full bronze.shop_typed`."
    )


@pytest.mark.parametrize(
    ("item", "more", "said"),
    [
        (
            MUG,
            {"customer": "c3"},
            "nested2: has no column 'country', which the mapping reads for country.",
        ),
        pytest.param(
            {"article": "mug", "pieces": "1"},
            {"customer": "c3", "country": "FR"},
            "nested2: has no column 'items.price', which the mapping reads for unit_price.",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            MUG,
            {"customer": {"id": "c3"}, "country": "FR"},
            "bronze.shop_nested: column 'customer' was string and comes as struct<id:string>.",
            marks=pytest.mark.slow,
        ),
    ],
    ids=["key", "key within", "object"],
)
def test_json_that_lost_what_every_record_had_stops(
    company: Company, item: dict[str, object], more: dict[str, object], said: str
) -> None:
    records(company, "nested2", record("3", item, **more))
    assert stopped(company, "shop_nested", "nested2").startswith(said)


PACKED = gzip.compress(b"".join(b"%d,%d\n" % (n, n * n) for n in range(9999)))
BAD = {
    "cut.csv.gz": (PACKED[: len(PACKED) // 2], "is cut off or damaged"),
    "false.csv.gz": (WHOLE, "is not a whole gzip file"),
    "packed.csv": (PACKED, "is gzip-compressed, but its name does not end in .gz"),
    "null.csv": (WHOLE.replace(b"c3", b"c\0"), "holds a null byte in line 2"),
    "twins.csv": (WHOLE.replace(b"pieces", b"price"), "has two columns named 'price'"),
    "alike.csv": (WHOLE.replace(b"pieces", b"PRICE"), "'PRICE' and 'price' are too much alike"),
    "empty.csv": (b"", "is empty"),
    "book.csv": (b"PK\x03\x04....", "is a zip archive or an Excel workbook"),
}


@pytest.fixture(scope="module")
def bad_run(
    spark: SparkSession, empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Company, Report]:
    """Return what one run says of a source of each bad file, and of one that has a header alone."""
    company = Company(spark, tmp_path_factory.mktemp("bad"), empty_warehouse)
    files = {name: content for name, (content, _) in BAD.items()}
    for name, content in {**files, "header.csv": f"{HEADER}\n".encode()}.items():
        mapping = source(name.split(".", maxsplit=1)[0], feed("sales")).replace("sales[0-9]*", name)
        company.maps(f"namespace: shared\n{mapping}", name)
        (company.folder / "conf" / name).write_bytes(content)
    return company, company.tries("bronze")


@pytest.mark.parametrize("name", BAD)
def test_file_that_cannot_be_read_is_one_sentence_with_a_remedy(
    bad_run: tuple[Company, Report], name: str
) -> None:
    company, report = bad_run
    table = f"bronze.{name.split('.', maxsplit=1)[0]}_sales"
    (outcome,) = [o for o in report.outcomes if o.table == table]
    assert isinstance(outcome.error, SourceError)
    assert outcome.error.what.startswith(f"{company.folder}/conf/{name}: ")
    assert BAD[name][1] in outcome.error.what
    assert outcome.error.remedy
    assert "\n" not in str(outcome.error)
    assert table not in company.versions()


def test_header_without_rows_is_told_and_is_a_delivery_of_none(
    bad_run: tuple[Company, Report],
) -> None:
    company, report = bad_run
    assert report.remarks == [f"{company.folder}/conf/header.csv: holds a header and no rows."]
    assert company.rows("ops.deliveries", "bronze_table", "row_count") == [("bronze.header_sales", 0)]
