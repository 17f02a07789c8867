"""Arrow batches -> one CSV, Parquet or Excel file, and what a cell of each looks like."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from customer_chunks.errors import MachineError, StorageError

EXCEL_ROWS = 1_048_575
EXCEL_TEXT = 32_767
_EXCEL_DIGITS = 15
_FIRST_EXCEL_DAY = date(1900, 3, 1)  # earlier days are counted wrongly by Excel
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

_NUMBER = re.compile(r"-\d+([.,]\d+)?([eE][+-]?\d+)?")
"""A negative number as text is no formula."""

Batches = Iterator[pa.RecordBatch]


def neutral(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: a leading apostrophe where it would."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def text_of(value: Any) -> Any:
    """Return a cell of a CSV file: numbers bare, instants as ISO 8601 in UTC, text neutralised."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return _instant(value)
    return value.isoformat() if isinstance(value, date) else neutral(str(value))


def _instant(value: datetime) -> str:
    at = value.astimezone(timezone.utc) if value.tzinfo else value
    return at.replace(tzinfo=None).isoformat() + "Z"


def write_parquet(draft: Path, schema: pa.Schema, batches: Batches) -> int:
    """Write the rows with their types; return how many."""
    rows = 0
    with pq.ParquetWriter(draft, schema, compression="snappy") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def write_csv(draft: Path, schema: pa.Schema, batches: Batches) -> int:
    """Write the rows as UTF-8 text with commas and a header; return how many."""
    rows = 0
    with draft.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([neutral(name) for name in schema.names])
        for batch in batches:
            columns = [[text_of(v) for v in column.to_pylist()] for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
            rows += batch.num_rows
    return rows


def write_xlsx(draft: Path, schema: pa.Schema, batches: Batches) -> int:
    """Write the rows as one sheet, row by row; return how many.

    Raises:
        MachineError: the package for Excel is missing.
        StorageError: a text is longer than a cell may be.
    """
    try:
        import xlsxwriter  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise MachineError(
            "xlsxwriter is not installed.", "Run `pip install 'customer-chunks[excel]'`."
        ) from None
    options = {"constant_memory": True, "tmpdir": str(draft.parent), "strings_to_formulas": False}
    book = xlsxwriter.Workbook(str(draft), {**options, "strings_to_urls": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("rows")
    shapes = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
    formats: dict[type, Any] = {
        kind: book.add_format({"num_format": shape}) for kind, shape in shapes.items()
    }
    for number, name in enumerate(schema.names):
        sheet.write_string(0, number, neutral(name))
    sheet.freeze_panes(1, 0)
    rows = 0
    for batch in batches:
        for row in zip(*[column.to_pylist() for column in batch.columns], strict=True):
            rows += 1
            _write_row(sheet, rows, row, formats)
    book.close()
    return rows


def _write_row(sheet: Any, number: int, row: Sequence[Any], formats: Mapping[type, Any]) -> None:
    for column, value in enumerate(row):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        elif isinstance(value, datetime) and value.date() >= _FIRST_EXCEL_DAY:
            sheet.write_datetime(number, column, value.replace(tzinfo=None), formats[datetime])
        elif isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_EXCEL_DAY:
            sheet.write_datetime(number, column, value, formats[date])
        elif isinstance(value, int | float | Decimal) and _is_exact(value):
            sheet.write_number(number, column, float(value))
        else:
            _write_text(sheet, number, column, str(text_of(value)))


def _is_exact(value: float | Decimal) -> bool:
    """Return whether Excel keeps all digits of the number: it has fifteen."""
    if isinstance(value, Decimal):
        return len(value.normalize().as_tuple().digits) <= _EXCEL_DIGITS
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 10**_EXCEL_DIGITS


def _write_text(sheet: Any, number: int, column: int, text: str) -> None:
    if len(text) > EXCEL_TEXT:
        raise StorageError(
            f"Row {number} holds a text of more than {EXCEL_TEXT:,} characters, which Excel cannot hold.",
            "Use --format csv or parquet.",
        )
    sheet.write_string(number, column, text)


WRITERS: Mapping[str, Callable[[Path, pa.Schema, Batches], int]] = {
    "csv": write_csv,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}
