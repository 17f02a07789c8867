"""Delimited and fixed-width text as rows."""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.mapping import read_mapping
from customer_chunks.sources.frames import READ_CONF
from tests.unit.sources.feeds import a_feed, a_file, frame_of, rows_of

Case = tuple[str, dict[str, Any], list[tuple[Any, ...]]]
CASES: dict[str, Case] = {
    "values are text as received": (
        "a,b\n007, x \n1.50,true\n",
        {},
        [("007", " x ", 0, None), ("1.50", "true", 1, None)],
    ),
    "an empty field is null, quoted or not": (
        'a,b\n,\n"",1\n',
        {},
        [(None, None, 0, None), (None, "1", 1, None)],
    ),
    "windows line ends and blank lines": (
        "a,b\r\n1,2\r\n\r\n3,4\r\n \r\n\r\n",
        {},
        [("1", "2", 0, None), ("3", "4", 1, None)],
    ),
    "no line end at the end": ("a,b\n1,2", {}, [("1", "2", 0, None)]),
    "old mac line ends": ("a,b\r1,2\r3,4\r", {}, [("1", "2", 0, None), ("3", "4", 1, None)]),
    "delimiters and doubled quotes in quotes": (
        'a,b\n"1,5","say ""hi"""\n',
        {},
        [("1,5", 'say "hi"', 0, None)],
    ),
    "another quote and escape": (
        "a;b\n'1;5';'it\\'s'\n",
        {"delimiter": ";", "quote": "'", "escape": "\\"},
        [("1;5", "it's", 0, None)],
    ),
    "no quoting": ('a,b\n"1",x"y\n', {"quote": "", "escape": ""}, [('"1"', 'x"y', 0, None)]),
    "delimiter of two characters": ('a||b\n1||"x||y"\n', {"delimiter": "||"}, [("1", "x||y", 0, None)]),
    "delimiter of three characters": ("a~|~b\n1~|~2\n", {"delimiter": "~|~"}, [("1", "2", 0, None)]),
    "a short and a long row are kept once": (
        "a,b,c\n1,2\n1,2,3\n1,2,3,4\n",
        {},
        [("1", "2", None, 0, "1,2"), ("1", "2", "3", 1, None), ("1", "2", "3", 2, "1,2,3,4")],
    ),
    "records over several lines": (
        'a,b\n1,"x\ny"\n\n2,z\n3\n',
        {"multi_line": True},
        [("1", "x\ny", 0, None), ("2", "z", 1, None), ("3", None, 2, "3")],
    ),
    "excel's line ends within a windows file": (
        'a,b\r\n1,"x\ny"\r\n2,z\r\n',
        {"multi_line": True},
        [("1", "x\ny", 0, None), ("2", "z", 1, None)],
    ),
    "a quote that never closes stays on its line": (
        'a,b\n"1,2\n3,4\n',
        {},
        [("1,2", None, 0, '"1,2'), ("3", "4", 1, None)],
    ),
    "lines before the header": (
        'Sales "May"\n\n;;\na;b\n1;2\n',
        {"skip_rows": 3, "delimiter": ";"},
        [("1", "2", 0, None)],
    ),
    "lines before records over several lines": (
        'A stray " quote\na,b\n1,"x\ny"\n',
        {"skip_rows": 1, "multi_line": True},
        [("1", "x\ny", 0, None)],
    ),
    "no header": ("1,2\n3,4\n", {"has_header": False}, [("1", "2", 0, None), ("3", "4", 1, None)]),
    "header only": ("a,b\n", {}, []),
    "one column": ("a\n1\n\n2\n", {}, [("1", 0, None), ("2", 1, None)]),
}


@pytest.mark.parametrize("case", CASES)
def test_csv_rows(spark: SparkSession, tmp_path: Path, case: str) -> None:
    content, layout, expected = CASES[case]
    feed = a_feed(a_file(tmp_path / "a.csv", content), **layout)

    assert rows_of(spark, feed, tmp_path / "staging") == expected


@pytest.mark.parametrize(("multi_line", "line_end"), [(False, "\n"), (True, "\r\n")])
def test_rows_equal_those_of_another_reader(
    spark: SparkSession, tmp_path: Path, multi_line: bool, line_end: str
) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret is made
    pieces = ["a", "é", "数", " ", '"', ",", ";", "'", "\\", "\t", "0", "#"] + (["\n"] if multi_line else [])
    rows = [["".join(chance.choices(pieces, k=chance.randrange(6))) for _ in range(3)] for _ in range(2000)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows([["x", "y", "z"], *rows])
    for key in READ_CONF:
        spark.conf.set(key, "2000")

    found = rows_of(
        spark,
        a_feed(a_file(tmp_path / "a.csv", text.getvalue()), multi_line=multi_line),
        tmp_path / "staging",
    )

    assert [row[:3] for row in found] == [tuple(cell or None for cell in row) for row in rows]
    assert {row[4] for row in found} == {None}


def test_schema_is_text_then_path_position_rescued(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "order id,b.c,d`e\n1,2,3\n")

    frame = frame_of(spark, a_feed(path), tmp_path / "staging")

    assert frame.dtypes == [
        ("order id", "string"),
        ("b.c", "string"),
        ("d`e", "string"),
        ("_path", "string"),
        ("_position", "bigint"),
        ("_rescued", "string"),
    ]
    assert frame.collect()[0].asDict() == {
        "order id": "1",
        "b.c": "2",
        "d`e": "3",
        "_path": str(path),
        "_position": 0,
        "_rescued": None,
    }


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "windows-1252", "cp850"]
)
@pytest.mark.parametrize("multi_line", [False, True])
def test_encodings(spark: SparkSession, tmp_path: Path, encoding: str, multi_line: bool) -> None:
    path = a_file(tmp_path / "a.csv", "prénom,b\nJosé,ü ¥\n", encoding)
    feed = a_feed(path, encoding=encoding, multi_line=multi_line)

    assert frame_of(spark, feed, tmp_path / "staging").collect() == [("José", "ü ¥", str(path), 0, None)]


def test_signs_of_windows_1252_and_of_asia(spark: SparkSession, tmp_path: Path) -> None:
    for encoding, text in (("windows-1252", "€ “x”"), ("shift_jis", "日本語"), ("gb18030", "数量")):
        feed = a_feed(a_file(tmp_path / f"{encoding}.csv", f"a\n{text}\n", encoding), encoding=encoding)
        assert rows_of(spark, feed, tmp_path / "staging") == [(text, 0, None)]


def test_tsv(spark: SparkSession, tmp_path: Path) -> None:
    feed = a_feed(a_file(tmp_path / "a.tsv", "a\tb\n1, \t\n"), fmt="tsv")

    assert rows_of(spark, feed, tmp_path / "staging") == [("1, ", None, 0, None)]


def test_headers_may_differ_between_files(spark: SparkSession, tmp_path: Path) -> None:
    a_file(tmp_path / "1.csv", "id,Unit Price\n1,9\n")
    a_file(tmp_path / "2.csv", "unit_price,ID,extra\n8,2,x\n")
    a_file(tmp_path / "3.csv", "id\n3\n")
    a_file(tmp_path / "4.csv", "")

    frame = frame_of(spark, a_feed(tmp_path), tmp_path / "staging")

    assert frame.columns == ["id", "Unit Price", "extra", "_path", "_position", "_rescued"]
    assert sorted(tuple(row)[:3] for row in frame.collect()) == [
        ("1", "9", None),
        ("2", "8", "x"),
        ("3", None, None),
    ]


def test_only_empty_files_give_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    a_file(tmp_path / "in" / "1.csv", "")
    a_file(tmp_path / "in" / "2.csv", "")

    frame = frame_of(spark, a_feed(tmp_path / "in", columns=("x",)), tmp_path / "staging")

    assert (frame.columns, frame.count()) == (["x", "_path", "_position", "_rescued"], 0)


def test_gz_and_zip_are_read_and_named_by_their_source(spark: SparkSession, tmp_path: Path) -> None:
    packed = a_file(tmp_path / "in" / "a.csv.gz", "a,b\n1,2\n3\n")
    archive = tmp_path / "in" / "b.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("x.csv", "a,b\n5,6\n")
        made.writestr("same.csv", "a,b\n5,6\n")
        made.writestr("deep/y.csv.gz", gzip.compress(b"a,b\n7,8\n"))

    rows = frame_of(spark, a_feed(tmp_path / "in"), tmp_path / "staging").collect()

    assert sorted(map(tuple, rows)) == [
        ("1", "2", str(packed), 0, None),
        ("3", None, str(packed), 1, "3"),
        ("5", "6", f"{archive}!same.csv", 0, None),
        ("5", "6", f"{archive}!x.csv", 0, None),
        ("7", "8", f"{archive}!deep/y.csv.gz", 0, None),
    ]


def test_packed_text_in_another_encoding_with_lines_to_skip(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("été\na,b\n1,€\n".encode("windows-1252")))

    assert rows_of(spark, a_feed(path, encoding="windows-1252", skip_rows=1), tmp_path / "staging") == [
        ("1", "€", 0, None)
    ]


def test_staged_copies_have_the_same_names_in_each_run_and_nothing_unfinished(
    spark: SparkSession, tmp_path: Path
) -> None:
    feed = a_feed(a_file(tmp_path / "a.csv.zip", "a,b\n1,2\n"))
    staging = tmp_path / "staging"

    frame_of(spark, feed, staging)
    first = sorted(p.name for p in staging.iterdir())
    frame_of(spark, feed, staging)

    assert sorted(p.name for p in staging.iterdir()) == first
    assert len(first) == 1


ODD_NAMES = [
    "sp ace.csv",
    "été 数.csv",
    "100%.csv",
    "a+b,c.csv",
    "a&b='c'.csv",
    "(1)~!$;@.csv",
    "a#b.csv",
    "br[1].csv",
    "co:lon.csv",
    "_under.csv",
    "{a}.csv",
    "what?.csv",
    "pi|pe^.csv",
    'quo"te<>.csv',
    "%20.csv",
    "back\\slash.csv",
]


def test_odd_file_names_are_read_and_given_back(spark: SparkSession, tmp_path: Path) -> None:
    paths = [a_file(tmp_path / "données 1" / name, f"a\n{n}\n") for n, name in enumerate(ODD_NAMES)]

    rows = frame_of(spark, a_feed(*paths), tmp_path / "staging").collect()

    assert {(row["_path"], row["a"]) for row in rows} == {(str(path), str(n)) for n, path in enumerate(paths)}
    assert len(rows) == len(paths)


def test_rescued_alone_can_be_asked_for(spark: SparkSession, tmp_path: Path) -> None:
    frame = frame_of(spark, a_feed(a_file(tmp_path / "a.csv", "a,b\n1,2\n,\n3\n")), tmp_path / "staging")

    assert frame.where("_rescued IS NOT NULL").count() == 1
    assert frame.select("_rescued").collect() == [(None,), (None,), ("3",)]
    assert frame.count() == 3


@pytest.mark.parametrize(("line", "has_header"), [("", False), ("header: true", True)])
def test_fixed_width_has_a_header_only_when_told(tmp_path: Path, line: str, has_header: bool) -> None:
    mapping = a_file(
        tmp_path / "shop.yml",
        "source: shop\nfeeds:\n  goods:\n    path: a.txt\n    format: fixed_width\n    columns: {id: 1-4}\n"
        f"    {line}\n    entities: {{products: {{product_id: id}}}}\n",
    )

    layout = read_mapping(mapping).feeds[0].layout

    assert (layout.has_header, layout.spans) == (has_header, (("id", 1, 4),))


SPANS = (("id", 1, 4), ("name", 6, 10), ("amount", 11, 16))


def test_fixed_width_rows(spark: SparkSession, tmp_path: Path) -> None:
    lines = ["0001 Zoë  001.50", "0002 Bo", "0003", "", "   ", "0004 Al      7.5XX", "          12", "    -"]
    feed = a_feed(a_file(tmp_path / "a.txt", "\r\n".join(lines)), fmt="fixed_width", spans=SPANS)

    assert rows_of(spark, feed, tmp_path / "staging") == [
        ("0001", "Zoë", "001.50", 0, None),
        ("0002", "Bo", None, 1, None),
        ("0003", None, None, 2, None),
        ("0004", "Al", "7.5", 3, None),
        (None, None, "12", 4, None),
        (None, None, None, 5, "    -"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_fixed_width_spans_are_characters(spark: SparkSession, tmp_path: Path, encoding: str) -> None:
    path = a_file(tmp_path / "a.txt", "ID   Name\nü001 Zoëë 1\n", encoding)
    feed = a_feed(path, fmt="fixed_width", spans=SPANS, encoding=encoding, has_header=True)

    assert rows_of(spark, feed, tmp_path / "staging") == [("ü001", "Zoëë", "1", 0, None)]


def test_fixed_width_lines_to_skip(spark: SparkSession, tmp_path: Path) -> None:
    feed = a_feed(a_file(tmp_path / "a.txt.gz", "May\n0001 A\n"), fmt="fixed_width", spans=SPANS, skip_rows=1)

    assert rows_of(spark, feed, tmp_path / "staging") == [("0001", "A", None, 0, None)]
