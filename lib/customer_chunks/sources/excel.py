"""Excel and OpenDocument worksheets -> frames of text columns.

A feed may read several worksheets of one header, one after the other.
Cells leave as text that loses nothing: 17850 for a whole number, 2011-12-01 08:26:00 for an
instant, the date alone at midnight, true and false, null for an empty cell. The library that
reads them is the extra ``excel``. A worksheet has 1,048,576 rows at most; one task reads one file.
"""

from __future__ import annotations

import importlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class WorkbookHead:
    """What a feed's worksheets begin with, and which others the workbook has.

    ``header`` is the header row (or the first row) without the empty cells at its end; None
    stands for worksheets without any cell.
    """

    header: list[str] | None
    has_rows: bool
    not_read: tuple[str, ...]


def excel_header(path: str, layout: FileLayout) -> WorkbookHead:
    """Return what the feed's worksheets begin with.

    Raises:
        SourceError: no worksheet of that name, other headers in one feed, a password, or no workbook.
        MachineError: the extra ``excel`` is not installed.
    """
    with opened(path) as stream:
        known, sheets = _sheets(io.BytesIO(stream.read()), path, layout)
    header: list[str] | None = None
    first, has_rows = "", False
    for name, rows in sheets:
        cells = next(rows, None)
        if cells is None:
            continue
        own = _filled(cells)
        if header is None:
            first, header = name, own
        elif layout.has_header and own != header:
            raise SourceError(
                f"{path}: worksheet '{name}' has another header than worksheet '{first}'.",
                "Give it a feed of its own, with its name as `sheet:`.",
            )
        has_rows = has_rows or not layout.has_header or next(rows, None) is not None
    chosen = {name for name, _ in sheets}
    return WorkbookHead(header, has_rows, tuple(name for name in known if name not in chosen))


def _filled(cells: Row) -> list[str]:
    last = max(n for n, cell in enumerate(cells, start=1) if cell is not None)
    return [cell or "" for cell in cells[:last]]


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


def _sheets(
    source: str | io.BytesIO, path: str, layout: FileLayout
) -> tuple[list[str], list[tuple[str, Iterator[Row]]]]:
    """Return the names of all worksheets, and the feed's worksheets with their filled rows as text."""
    calamine = _calamine()
    try:
        book = calamine.load_workbook(source)
        known = list(book.sheet_names)
        sheets = [(name, book.get_sheet_by_name(name)) for name in _chosen(known, path, layout)]
    except calamine.PasswordError:
        raise SourceError(f"{path}: is protected by a password.", "Save it without one.") from None
    except calamine.CalamineError:
        raise SourceError(
            f"{path}: is cut off, damaged or no Excel workbook.",
            "Open and save it in Excel, or correct `format:`.",
        ) from None
    return known, [(name, _rows(sheet, layout.skip_rows)) for name, sheet in sheets]


def _chosen(known: Sequence[str], path: str, layout: FileLayout) -> list[str]:
    """Return the names that `sheet:` means in the workbook's order: names, or globs of them; else the first.

    No worksheet's name may hold ``*`` or ``?``, so a glob is never mistaken for a name.
    """
    for wanted in layout.sheets:
        if not any(_means(wanted, name) for name in known):
            raise SourceError(f"{path}: has no worksheet '{wanted}'.", did_you_mean(wanted, known))
    if not layout.sheets:
        return list(known[:1])
    return [name for name in known if any(_means(wanted, name) for wanted in layout.sheets)]


def _means(wanted: str, name: str) -> bool:
    pattern = re.escape(wanted).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(pattern, name, re.DOTALL) is not None


def _rows(sheet: Any, skip_rows: int) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows()):
        if number >= skip_rows:
            row = [cell_text(cell) for cell in cells]
            if any(cell is not None for cell in row):
                yield row


def _data_rows(source: str, path: str, layout: FileLayout) -> Iterator[Row]:
    """Yield the rows after the header of one worksheet after the other."""
    for _, rows in _sheets(source, path, layout)[1]:
        if layout.has_header:
            next(rows, None)
        yield from rows


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
    chunk: list[Row] = []
    start = 0
    for row in _data_rows(read_path, path, layout):
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
