"""What a value becomes in a CSV or Excel cell, in JSON, and in a table on a terminal."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from customer_chunks.cli.console import cell, masked, plain
from customer_chunks.errors import StorageError
from customer_chunks.serving.export import check_place, format_of
from customer_chunks.serving.file_writers import EXCEL_TEXT, neutral, text_of, write_csv, write_xlsx


@pytest.mark.parametrize("text", ["=1+1", "+33 1", "-10% off", "@sum", "\tx", "\rx", "-5+2", "-x"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Mug", "1=1", " =x", "", "'=1", "-5", "-0.67", "-0,5", "-1e-05"])
def test_other_text_is_left_alone(text: str) -> None:
    assert neutral(text) == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, -5),
        (Decimal("-0.0000001"), "-0.0000001"),
        (True, "true"),
        (date(2024, 1, 31), "2024-01-31"),
        (datetime(2024, 1, 31, 12, tzinfo=timezone.utc), "2024-01-31T12:00:00Z"),
        (None, None),
    ],
)
def test_cell_of_a_csv_file(value: Any, written: Any) -> None:
    assert text_of(value) == written


def test_csv_quotes_what_needs_quotes(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"name": ['a "b", c', "two\nlines", None], "n": [-1, 0, None]})
    assert write_csv(tmp_path / "f.csv", batch.schema, iter([batch])) == 3
    text = (tmp_path / "f.csv").read_bytes().decode()
    assert text == 'name,n\n"a ""b"", c",-1\n"two\nlines",0\n,\n'


def test_excel_keeps_digits_that_its_numbers_would_lose(tmp_path: Path) -> None:
    numbers = [1, 12345678901234567, -2]
    batch = pa.RecordBatch.from_pydict({"n": numbers, "d": [Decimal("1.50"), Decimal("0.00"), None]})
    write_xlsx(tmp_path / "f.xlsx", batch.schema, iter([batch]))
    rows = CalamineWorkbook.from_path(tmp_path / "f.xlsx").get_sheet_by_index(0).to_python()
    assert rows == [["n", "d"], [1.0, 1.5], ["12345678901234567", 0.0], [-2.0, ""]]


def test_excel_refuses_a_text_that_does_not_fit(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"t": ["x" * (EXCEL_TEXT + 1)]})
    with pytest.raises(StorageError, match="Use --format csv"):
        write_xlsx(tmp_path / "f.xlsx", batch.schema, iter([batch]))


def test_format_comes_from_the_name_unless_given() -> None:
    assert format_of(Path("a.XLSX"), None) == "xlsx"
    assert format_of(Path("a.txt"), "csv") == "csv"


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is a folder"):
        check_place(tmp_path, overwrite=True)


def test_json_keeps_decimals_as_numbers_where_no_digit_is_lost() -> None:
    held = [Decimal("11.0000"), Decimal("3.50"), Decimal("12345678901234.1234"), float("nan")]
    assert plain(held) == [11, 3.5, "12345678901234.1234", None]


def test_table_cells_hold_no_control_characters() -> None:
    assert cell("a\x1b[31mb\nc") == "a·[31mb c"
    assert cell(Decimal("3.5000")) == "3.50"
    assert cell({"a": Decimal("1.0")}) == '{"a": 1}'


def test_an_email_address_is_masked_wherever_it_stands() -> None:
    assert masked("ann@example.org", is_personal=False) == "•••"
    assert masked("C1", is_personal=False) == "C1"
    assert masked(None, is_personal=True) is None
