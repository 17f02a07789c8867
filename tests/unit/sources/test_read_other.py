"""JSON, Parquet and Excel as rows, and the sentences for what cannot be read."""

from __future__ import annotations

import builtins
import importlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T
from tests.unit.sources.feeds import a_feed, a_file, frame_of, inspected, rows_of

from customer_chunks.errors import MachineError, SourceError
from customer_chunks.sources.excel import cell_text
from customer_chunks.sources.failures import as_source_error
from customer_chunks.sources.json_files import merged
from customer_chunks.sources.names import storage_type

xlsxwriter = pytest.importorskip("xlsxwriter")


def test_json_lines_keep_text_structs_and_arrays(spark: SparkSession, tmp_path: Path) -> None:
    content = (
        '\ufeff{"a": 1.10, "n": 123456789012345678901234567890, "s": {"x": true}, "l": [1, "b"]}\n'
        "\n{broken\n"
        '{"a": "é", "l": [], "new": 1e5}\n'
    )
    frame = frame_of(spark, a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl"), tmp_path / "staging")

    assert frame.drop("_path").dtypes == [
        ("a", "string"), ("l", "array<string>"), ("n", "string"), ("new", "string"), ("s", "struct<x:string>"),
        ("_position", "bigint"), ("_rescued", "string"),
    ]  # fmt: skip
    assert [tuple(row) for row in frame.drop("_path").orderBy("_position").collect()] == [
        ("1.10", ["1", "b"], "123456789012345678901234567890", None, ("true",), 0, None),
        (None, None, None, None, None, 1, "{broken"),
        ("é", [], None, "1e5", None, 2, None),
    ]
    assert frame.where("_rescued IS NOT NULL").select("_rescued").collect() == [("{broken",)]
    assert frame.count() == 3


@pytest.mark.parametrize(
    "content", ['[{"a": 1, "b": {"c": 2}}, {"a": 3}]', '[\n {"a": 1,\n "b": {"c": 2}},\n {"a": 3}\n]\n']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_json_array_gives_a_row_per_object(
    spark: SparkSession, tmp_path: Path, content: str, encoding: str
) -> None:
    feed = a_feed(a_file(tmp_path / "a.json", content, encoding), fmt="json", encoding=encoding)

    assert rows_of(spark, feed, tmp_path / "staging") == [("1", {"c": "2"}, 0, None), ("3", None, 1, None)]


def test_json_files_of_both_shapes_share_one_schema(spark: SparkSession, tmp_path: Path) -> None:
    a_file(tmp_path / "1.json", '[{"a": {"x": 1}, "b": [{"k": 1}], "c": {"y": 1}}]')
    a_file(tmp_path / "2.json", '{"a": {"z": 2}, "b": [{"m": 2}], "c": "plain"}\n{"a": null}\n')

    frame = frame_of(spark, a_feed(tmp_path, fmt="json"), tmp_path / "staging")

    assert [tuple(row)[:3] for row in frame.orderBy("_path", "_position").collect()] == [
        (("1", None), [("1", None)], '{"y":1}'),
        ((None, "2"), [(None, "2")], "plain"),
        (None, None, None),
    ]


def test_merged_types_hold_both() -> None:
    text = T.StringType()
    left = T.StructType([T.StructField("a", text), T.StructField("b", T.ArrayType(text))])
    right = T.StructType([T.StructField("b", T.ArrayType(T.StructType([T.StructField("x", text)])))])

    assert merged(left, right).simpleString() == "struct<a:string,b:array<string>>"


def test_explode_makes_a_row_of_each_element(spark: SparkSession, tmp_path: Path) -> None:
    content = (
        '{"id": 1, "items": [{"sku": "A"}, {"sku": "B"}]}\n'
        '{"id": 2, "items": []}\n'
        "nonsense\n"
        '{"id": 3}\n'
    )
    feed = a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl", explode="items")

    assert rows_of(spark, feed, tmp_path / "staging") == [
        ("1", {"sku": "A"}, 0, None),
        ("1", {"sku": "B"}, 1, None),
        ("2", None, 2, None),
        (None, None, 3, "nonsense"),
        ("3", None, 4, None),
    ]


def test_explode_goes_into_structs_and_through_arrays(spark: SparkSession, tmp_path: Path) -> None:
    nested = a_feed(
        a_file(tmp_path / "a.json", '[{"order": {"id": 1, "items": [{"sku": "A"}, {"sku": "B"}]}}]'),
        fmt="json", explode="order.items",
    )  # fmt: skip
    through = a_feed(
        a_file(tmp_path / "b.json", '{\n"orders": [{"id": 1, "items": [7, 8]}, {"id": 2, "items": [9]}]\n}'),
        fmt="json", explode="orders.items",
    )  # fmt: skip

    assert rows_of(spark, nested, tmp_path / "staging") == [
        ({"id": "1", "items": {"sku": "A"}}, 0, None), ({"id": "1", "items": {"sku": "B"}}, 1, None),
    ]  # fmt: skip
    assert rows_of(spark, through, tmp_path / "staging") == [
        ({"id": "1", "items": "7"}, 0, None), ({"id": "1", "items": "8"}, 1, None),
        ({"id": "2", "items": "9"}, 2, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "layout", "said"),
    [
        ('{"items": [1]}\n', {"explode": "item"}, "finds no 'item'. Did you mean 'items'?"),
        ('{"items": 1}\n', {"explode": "items"}, "is no array"),
        ("nope\nneither\n", {}, "holds no JSON object"),
        ("{}\n{}\n", {}, "holds no JSON object"),
        ('{"a": 1, "A": 2}\n', {}, "equal but for case"),
        ('{"a b": 1, "a.b": 2}\n', {}, "too much alike"),
        ('{"_position": 1}\n', {}, "is reserved"),
    ],
)
def test_json_that_cannot_be_read_is_told(
    spark: SparkSession, tmp_path: Path, content: str, layout: dict[str, str], said: str
) -> None:
    feed = a_feed(a_file(tmp_path / "a.jsonl", content), fmt="jsonl", **layout)

    with pytest.raises(SourceError) as caught:
        frame_of(spark, feed, tmp_path / "staging")

    assert said in str(caught.value)


def test_storage_type_renames_at_every_depth() -> None:
    kind = T.ArrayType(T.StructType([T.StructField("a b", T.StructType([T.StructField("c.d", T.StringType())]))]))

    assert storage_type(kind).simpleString() == "array<struct<a_b:struct<c_d:string>>>"


def test_parquet_keeps_types_and_row_numbers(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    at = datetime(2024, 5, 1, 12, 30)
    table = pa.table({"order id": [1, 2, 3], "at": [at, None, at], "x": [1.5, None, 2.0]})
    pq.write_table(table, path, row_group_size=2)

    frame = frame_of(spark, a_feed(path, fmt="parquet"), tmp_path / "staging")

    assert dict(frame.dtypes)["order id"] == "bigint"
    assert [(row[0], row["x"], row["_path"], row["_position"], row["_rescued"]) for row in frame.collect()] == [
        (1, 1.5, str(path), 0, None), (2, None, str(path), 1, None), (3, 2.0, str(path), 2, None),
    ]  # fmt: skip


def test_parquet_files_of_several_schemas_come_together(spark: SparkSession, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([1], pa.int32()), "v": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"V": [7], "id": pa.array([2], pa.int64())}), tmp_path / "2.parquet")

    frame = frame_of(spark, a_feed(tmp_path, fmt="parquet"), tmp_path / "staging")

    assert frame.dtypes[:2] == [("id", "bigint"), ("v", "string")]
    assert sorted(tuple(row)[:2] for row in frame.collect()) == [(1, "x"), (2, "7")]


def a_workbook(path: Path) -> Path:
    book = xlsxwriter.Workbook(str(path))
    instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    notes = book.add_worksheet("Notes")
    notes.write_row(0, 0, ["k", "v"])
    sheet = book.add_worksheet("Sales 2011")
    sheet.write(0, 0, "Report")
    sheet.write_row(1, 0, ["Id", "", "When", "Unit Price"])
    sheet.write_row(2, 0, [17850, True])
    sheet.write_datetime(2, 2, datetime(2011, 12, 1, 8, 26), instant)
    sheet.write(2, 3, 2.55)
    sheet.write_row(4, 0, ["007", " x "])
    sheet.write_datetime(4, 2, datetime(2011, 12, 1), day)
    sheet.write(4, 5, "beyond")
    book.close()
    return path


def test_excel_rows_are_faithful_text(spark: SparkSession, tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    feed = a_feed(path, fmt="excel", sheet="Sales 2011", skip_rows=1)

    assert inspected(feed)[0].header == ("Id", "_c2", "When", "Unit Price")
    assert frame_of(spark, feed, tmp_path / "staging").orderBy("_position").collect() == [
        ("17850", "true", "2011-12-01 08:26:00", "2.55", str(path), 0, None),
        ("007", " x ", "2011-12-01", None, str(path), 1, '["007", " x ", "2011-12-01", null, null, "beyond"]'),
    ]


def test_excel_takes_the_first_sheet_and_notes_that_it_has_no_rows(spark: SparkSession, tmp_path: Path) -> None:
    feed = a_feed(a_workbook(tmp_path / "a.xlsx"), fmt="excel")

    assert inspected(feed)[0].notes == (f"{tmp_path}/a.xlsx: holds a header and no rows.",)
    assert frame_of(spark, feed, tmp_path / "staging").columns[:2] == ["k", "v"]
    assert rows_of(spark, feed, tmp_path / "staging") == []


def test_excel_in_a_zip_and_beside_another_header(spark: SparkSession, tmp_path: Path) -> None:
    first = xlsxwriter.Workbook(str(tmp_path / "b.xlsx"))
    first.add_worksheet().write_column(0, 0, ["Id", 1])
    first.close()
    second = xlsxwriter.Workbook(str(tmp_path / "c.xlsx"))
    second.add_worksheet().write_column(0, 0, ["other", 2])
    second.close()
    a_file(tmp_path / "c.xlsx.zip", (tmp_path / "c.xlsx").read_bytes())
    feed = a_feed(tmp_path / "b.xlsx", tmp_path / "c.xlsx.zip", fmt="excel")

    assert rows_of(spark, feed, tmp_path / "staging") == [("1", None, 0, None), (None, "2", 0, None)]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (17850.0, "17850"), (-0.5, "-0.5"), (0.1, "0.1"), (1e21, "1e+21"), (9007199254740992.0, "9007199254740992"),
        (True, "true"), (False, "false"), ("", None), (" ", " "), ("007", "007"), (datetime(2011, 12, 1, 8, 26), "2011-12-01 08:26:00"),
        (datetime(2011, 12, 1, 8, 26, 1, 123000), "2011-12-01 08:26:01.123"), (date(2011, 12, 1), "2011-12-01"),
        (time(8, 26), "08:26:00"), (timedelta(hours=30), "30:00:00"), (3, "3"),
    ],
)  # fmt: skip
def test_cells_are_written_without_loss(cell: Any, text: str | None) -> None:
    assert cell_text(cell) == text


def test_excel_faults_are_told(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match="has no worksheet 'Sales 2012'. Did you mean 'Sales 2011'?"):
        inspected(a_feed(path, fmt="excel", sheet="Sales 2012"))

    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceError, match="cut off, damaged or no Excel workbook"):
        inspected(a_feed(path, fmt="excel"))


def test_missing_excel_extra_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == "python_calamine":
            raise builtins.ImportError(name)
        return known(name, package)

    path = a_workbook(tmp_path / "a.xlsx")
    monkeypatch.setattr(importlib, "import_module", without)

    with pytest.raises(MachineError, match=r"pip install 'customer-chunks\[excel\]'"):
        inspected(a_feed(path, fmt="excel"))


def failure_of(spark: SparkSession, tmp_path: Path, name: str, spoil: bytes, content: str = "a,b\n1,2\n") -> str:
    """Spoil a file after its inspection and return the sentence for what Spark then says."""
    path = a_file(tmp_path / name, content)
    feed = a_feed(path)
    frame = frame_of(spark, feed, tmp_path / "staging")
    path.write_bytes(spoil)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Spark raises is the matter of the test
        frame.collect()
    error = as_source_error(caught.value, feed)
    assert error.remedy
    assert "\n" not in str(error)
    return str(error).replace(str(tmp_path), "")


def test_what_spark_says_becomes_a_sentence(spark: SparkSession, tmp_path: Path) -> None:
    whole = a_file(tmp_path / "whole.gz", "a,b\n" + "".join(f"{n},{n * n}\n" for n in range(20000))).read_bytes()

    assert failure_of(spark, tmp_path, "cut 1.csv.gz", whole[:-1000]) == (
        "/cut 1.csv.gz: is cut off; its compressed data ends early. Fetch it again from where it came."
    )
    assert "/false.csv.gz: is no gzip file" in failure_of(spark, tmp_path, "false.csv.gz", b"a,b\n1,2\n" * 50)
    assert "/wide.csv: holds a line with far too many columns." in failure_of(
        spark, tmp_path, "wide.csv", b"a,b\nsecret" + b"," * 30000 + b"\n"
    )
    assert "/long.csv: holds a field of more than 16 million characters." in failure_of(
        spark, tmp_path, "long.csv", b"a,b\n" + b"x" * (17 << 20) + b",1\n"
    )


def test_file_gone_after_reading_began_is_told(spark: SparkSession, tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "a,b\n1,2\n")
    feed = a_feed(path)
    frame = frame_of(spark, feed, tmp_path / "staging")
    path.unlink()

    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever Spark raises is the matter of the test
        frame.collect()

    assert f"{path}: is no longer there." in str(as_source_error(caught.value, feed))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("java.io.IOException: No space left on device", "A file of feed 'shop.sales' cannot be read: the disk is full."),
        ("[FAILED_READ_FILE.NO_HINT] Encountered error while reading file file:///x/a%20b.csv.  SQLSTATE: KD001\n"
         "Caused by: java.io.FileNotFoundException: /x/a b.csv (Permission denied)", "/x/a b.csv: may not be read."),
        ("expected magic number at tail [80, 65, 82, 49] but found", "A file of feed 'shop.sales' is no Parquet file, or is cut off."),
        ("[SOMETHING.NEW] a cell said Anna", "A file of feed 'shop.sales' cannot be read (SOMETHING.NEW)."),
        ("who knows", "A file of feed 'shop.sales' cannot be read (RuntimeError)."),
    ],
)  # fmt: skip
def test_known_and_unknown_causes(said: str, sentence: str) -> None:
    assert as_source_error(RuntimeError(said), a_feed("x.csv")).what == sentence
