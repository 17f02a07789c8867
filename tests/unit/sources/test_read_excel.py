"""Worksheets as rows."""

from __future__ import annotations

import builtins
import importlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import MachineError, SourceError
from customer_chunks.sources.excel import cell_text
from tests.unit.sources.feeds import a_feed, a_file, frame_of, inspected, rows_of

xlsxwriter = pytest.importorskip("xlsxwriter")


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
    feed = a_feed(path, fmt="excel", sheets=("Sales 2011",), skip_rows=1)

    assert inspected(feed)[0].header == ("Id", "_c2", "When", "Unit Price")
    assert frame_of(spark, feed, tmp_path / "staging").orderBy("_position").collect() == [
        ("17850", "true", "2011-12-01 08:26:00", "2.55", str(path), 0, None),
        (
            "007",
            " x ",
            "2011-12-01",
            None,
            str(path),
            1,
            '["007", " x ", "2011-12-01", null, null, "beyond"]',
        ),
    ]


def test_excel_takes_the_first_sheet_and_notes_that_it_has_no_rows(
    spark: SparkSession, tmp_path: Path
) -> None:
    feed = a_feed(a_workbook(tmp_path / "a.xlsx"), fmt="excel")

    assert inspected(feed)[0].notes == (
        f"{tmp_path}/a.xlsx: holds a header and no rows.",
        f"{tmp_path}/a.xlsx: only its first worksheet is read, not 'Sales 2011'; `sheet:` names others.",
    )
    assert frame_of(spark, feed, tmp_path / "staging").columns[:2] == ["k", "v"]
    assert rows_of(spark, feed, tmp_path / "staging") == []


def two_years(path: Path, header: list[str]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, head, ids in (
            ("Year 2010", ["Id"], [1, 2]),
            ("About", ["x"], []),
            ("Year 2011", header, [2]),
        ):
            book.add_worksheet(name).write_column(0, 0, [*head, *ids])
    return path


@pytest.mark.parametrize("sheets", [("Year 2010", "Year 2011"), ("Year *",), ("Year 201?", "Year 2011")])
def test_excel_reads_several_sheets_of_one_header_after_each_other(
    spark: SparkSession, tmp_path: Path, sheets: tuple[str, ...]
) -> None:
    feed = a_feed(two_years(tmp_path / "a.xlsx", ["Id"]), fmt="excel", sheets=sheets)

    assert inspected(feed)[0].notes == ()
    assert sorted(rows_of(spark, feed, tmp_path / "staging"), key=lambda r: r[-2]) == [
        ("1", 0, None), ("2", 1, None), ("2", 2, None),
    ]  # fmt: skip


def test_excel_sheets_of_other_headers_are_refused(tmp_path: Path) -> None:
    feed = a_feed(two_years(tmp_path / "a.xlsx", ["Number"]), fmt="excel", sheets=("Year *",))

    with pytest.raises(SourceError, match="'Year 2011' has another header than worksheet 'Year 2010'"):
        inspected(feed)


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
        (17850.0, "17850"),
        (-0.5, "-0.5"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        (9007199254740992.0, "9007199254740992"),
        (True, "true"),
        (False, "false"),
        ("", None),
        (" ", " "),
        ("007", "007"),
        (datetime(2011, 12, 1, 8, 26), "2011-12-01 08:26:00"),
        (datetime(2011, 12, 1, 8, 26, 1, 123000), "2011-12-01 08:26:01.123"),
        (date(2011, 12, 1), "2011-12-01"),
        (time(8, 26), "08:26:00"),
        (timedelta(hours=30), "30:00:00"),
        (3, "3"),
    ],
)
def test_cells_are_written_without_loss(cell: Any, text: str | None) -> None:
    assert cell_text(cell) == text


def test_excel_faults_are_told(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "a.xlsx")
    with pytest.raises(SourceError, match=r"has no worksheet 'Sales 2012'\. Did you mean 'Sales 2011'\?"):
        inspected(a_feed(path, fmt="excel", sheets=("Sales 2012",)))

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
