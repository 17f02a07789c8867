"""Excel and OpenDocument worksheets -> frames of text columns.

Cells leave as text that loses nothing: 17850 for a whole number, 2011-12-01 08:26:00 for an
instant, the date alone at midnight, true and false, null for an empty cell. The library that
reads them is the extra ``excel``. A worksheet has 1,048,576 rows at most; one task reads one file.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from customer_chunks.config.mapping import Feed, FileLayout
from customer_chunks.errors import MachineError, SourceError, did_you_mean
from customer_chunks.sources.files import opened
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.names import PATH, POSITION, RESCUED
from customer_chunks.sources.staging import path_for_spark

_BATCH_ROWS = 10_000
_EXACT = 1 << 53  # whole numbers up to here are exact in a cell
Row = list[str | None]


def excel_header(path: str, layout: FileLayout) -> tuple[list[str] | None, bool]:
    """Return the cells of the header row (or of the first row), and whether rows follow it.

    Empty cells at the end are left out. None stands for a worksheet without any cell.

    Raises:
        SourceError: no worksheet of that name, a password, or no workbook at all.
        MachineError: the extra ``excel`` is not installed.
    """
    with opened(path) as stream:
        rows = sheet_rows(io.BytesIO(stream.read()), path, layout)
    first = next(rows, None)
    if first is None:
        return None, False
    has_rows = not layout.has_header or next(rows, None) is not None
    filled = [n for n, cell in enumerate(first, start=1) if cell is not None]
    return [cell or "" for cell in first[: filled[-1]]], has_rows


def read_excel(spark: SparkSession, feed: Feed, files: Sequence[Inspected], staging: Path) -> DataFrame:
    """Read workbooks that share one header; ``_position`` counts the filled rows after the header.

    A row with cells beyond the header is kept once, and ``_rescued`` holds it as a JSON list.
    """
    names = files[0].header or ()
    work = [(path_for_spark(item, feed, staging), item.file.path) for item in files]
    layout = feed.layout
    fields = [T.StructField(name, T.StringType()) for name in (*names, PATH)]
    schema = T.StructType(
        [*fields, T.StructField(POSITION, T.LongType()), T.StructField(RESCUED, T.StringType())]
    )

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                located, path = work[number]
                yield from _batches(located, path, names, layout)

    return spark.range(0, len(work), 1, len(work)).mapInArrow(read, schema)


def sheet_rows(source: str | io.BytesIO, path: str, layout: FileLayout) -> Iterator[Row]:
    """Yield the filled rows of the feed's worksheet as text, ``skip_rows`` sheet rows left out."""
    calamine = _calamine()
    try:
        book = calamine.load_workbook(source)
        known = list(book.sheet_names)
        if layout.sheet is not None and layout.sheet not in known:
            raise SourceError(
                f"{path}: has no worksheet '{layout.sheet}'.", did_you_mean(layout.sheet, known)
            )
        sheet = book.get_sheet_by_name(layout.sheet) if layout.sheet else book.get_sheet_by_index(0)
    except calamine.PasswordError:
        raise SourceError(f"{path}: is protected by a password.", "Save it without one.") from None
    except calamine.CalamineError:
        raise SourceError(
            f"{path}: is cut off, damaged or no Excel workbook.",
            "Open and save it in Excel, or correct `format:`.",
        ) from None
    for number, cells in enumerate(sheet.iter_rows()):
        if number >= layout.skip_rows:
            row = [cell_text(cell) for cell in cells]
            if any(cell is not None for cell in row):
                yield row


def cell_text(cell: Any) -> str | None:
    """Return a cell as text, None when it is empty."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) <= _EXACT else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="milliseconds" if cell.microsecond else "seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"
    return str(cell) if cell != "" else None


def _batches(read_path: str, path: str, names: Sequence[str], layout: FileLayout) -> Iterator[pa.RecordBatch]:
    rows = sheet_rows(read_path, path, layout)
    if layout.has_header:
        next(rows, None)
    chunk: list[Row] = []
    start = 0
    for row in rows:
        chunk.append(row)
        if len(chunk) == _BATCH_ROWS:
            yield _batch(chunk, start, path, names)
            start += len(chunk)
            chunk = []
    if chunk:
        yield _batch(chunk, start, path, names)


def _batch(rows: list[Row], start: int, path: str, names: Sequence[str]) -> pa.RecordBatch:
    width = len(names)
    columns = [
        pa.array([row[n] if n < len(row) else None for row in rows], pa.string()) for n in range(width)
    ]
    spilled = [
        json.dumps(row, ensure_ascii=False) if any(c is not None for c in row[width:]) else None
        for row in rows
    ]
    own = [
        pa.array([path] * len(rows), pa.string()),
        pa.array(range(start, start + len(rows)), pa.int64()),
        pa.array(spilled, pa.string()),
    ]
    return pa.RecordBatch.from_arrays([*columns, *own], names=[*names, PATH, POSITION, RESCUED])


def _calamine() -> Any:
    try:
        return importlib.import_module("python_calamine")
    except ImportError:
        raise MachineError(
            "Excel files need the package python-calamine.",
            "Install it: pip install 'customer-chunks[excel]'.",
        ) from None
