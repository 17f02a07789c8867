"""JSON, Parquet and Excel -> ``Sample``: nested records become dotted columns, one list is unfolded."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from customer_chunks.errors import MachineError, SourceError
from customer_chunks.sources.draft.bytes_in import Text
from customer_chunks.sources.draft.model import MAX_ROWS, Sample

_DEPTH = 6


def read_json(path: Path, text: Text) -> Sample:
    """Return the records of a JSON or JSON-lines text.

    Raises:
        SourceError: it holds no records.
    """
    body = "\n".join(text.pieces).lstrip("\ufeff \r\n\t")
    lines = _json_lines(body)
    records, outer = (lines, None) if lines else _records(body)
    if not records:
        raise SourceError(
            f"{path.name}: holds no JSON objects.", "Export a list of objects, or one object a line."
        )
    sample = _flat(path, records[:MAX_ROWS], outer)
    sample.layout = {"format": "jsonl" if lines else "json", **sample.layout}
    sample.complete = text.complete
    return sample


def read_parquet(path: Path) -> Sample:
    """Return the first rows of a Parquet file.

    Raises:
        SourceError: it is no Parquet file.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional
        import pyarrow.parquet as pq  # noqa: PLC0415 - optional
    except ImportError:
        raise MachineError(
            "Parquet needs pyarrow.", 'Install it: pip install "customer-chunks[local]".'
        ) from None
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=MAX_ROWS), None)
            total = file.metadata.num_rows
    except (pa.ArrowInvalid, OSError):
        raise SourceError(f"{path.name}: is no valid Parquet file.", "Copy or export it again.") from None
    records = batch.to_pylist() if batch is not None else []
    if not records:
        raise SourceError(f"{path.name}: holds no rows.", "Export it again.")
    sample = _flat(path, records, None)
    sample.layout = {"format": "parquet", **sample.layout}
    sample.complete = total <= len(records)
    return sample


def read_excel(path: Path) -> Sample:
    """Return the rows of the sheet that holds most of them, and of the sheets with the same header.

    Raises:
        SourceError: it is no workbook, or has no rows.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - optional
    except ImportError:
        raise MachineError(
            "Excel needs python-calamine.", 'Run: pip install "customer-chunks[excel]".'
        ) from None
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: list(islice(book.get_sheet_by_name(name).iter_rows(), MAX_ROWS + 60))
            for name in book.sheet_names
        }
    except (CalamineError, OSError):
        raise SourceError(f"{path.name}: is no valid workbook.", "Save it again as .xlsx.") from None
    name = max(sheets, key=lambda n: len(sheets[n]), default="")
    grid = [[_text(cell) for cell in row] for row in sheets.get(name, [])]
    width = max((sum(bool(c) for c in row) for row in grid[:50]), default=0)
    start = next((n for n, row in enumerate(grid) if sum(bool(c) for c in row) >= max(2, width * 0.5)), None)
    if start is None or len(grid) <= start + 1:
        raise SourceError(f"{path.name}: no sheet holds rows.", "Export it again.")
    columns = [cell or f"_c{n}" for n, cell in enumerate(grid[start], 1)]
    alike = [n for n, rows in sheets.items() if rows[start : start + 1] == sheets[name][start : start + 1]]
    sample = Sample(path, columns, _rows_of([sheets[n][start + 1 :] for n in alike]))
    sample.layout = {"format": "excel"}
    if start:
        sample.layout["skip_rows"] = str(start)
    if len(sheets) > 1:
        sample.layout["sheet"] = "\n".join(alike)
        sample.notes["sheet"] = _sheet_note(alike, list(sheets))
    for n, column in enumerate(columns):
        cells = [row[n] for row in sheets[name][start + 1 :] if n < len(row) and row[n] not in {"", None}]
        if cells and all(isinstance(c, datetime | date) for c in cells):
            sample.types[column] = "native"
    return sample


def _rows_of(sheets: list[list[list[Any]]]) -> list[list[str]]:
    """Return rows of each sheet as text, no more of all together than of one."""
    share = MAX_ROWS // len(sheets)
    return [[_text(cell) for cell in row] for rows in sheets for row in rows[:share]]


def _sheet_note(alike: list[str], everything: list[str]) -> str:
    others = ", ".join(f"'{name}'" for name in everything if name not in alike)
    said = "the sheets with one header" if len(alike) > 1 else "the sheet with most rows"
    return f"CHECK: {said}; {others} not read, a feed may name them" if others else said


def _json_lines(body: str) -> list[Any]:
    rows = []
    lines = [line for line in body.split("\n")[: MAX_ROWS + 1] if line.strip()]
    if len(lines) < 2 or not lines[0].lstrip().startswith("{"):
        return _one_line(lines)
    for n, line in enumerate(lines):
        try:
            rows.append(json.loads(line))
        except ValueError:
            if n < 2:
                return []
    return [row for row in rows if isinstance(row, dict)]


def _one_line(lines: list[str]) -> list[Any]:
    try:
        row = json.loads(lines[0]) if len(lines) == 1 else None
    except ValueError:
        return []
    nested = isinstance(row, dict) and any(_is_list_of_records(v) for v in row.values())
    return [row] if isinstance(row, dict) and not nested else []


def _records(body: str) -> tuple[list[Any], str | None]:
    """Return the records of a document, and the name of the list that held them."""
    if body.startswith("["):
        return list(_elements(body, 1)), None
    try:
        document = json.loads(body)
    except ValueError:
        key = body[: body.find("[")].rpartition('"')[0].rpartition('"')[2] if "[" in body else ""
        return (list(_elements(body, body.find("[") + 1)), key) if key else ([], None)
    if not isinstance(document, dict):
        return [], None
    lists = {key: value for key, value in document.items() if _is_list_of_records(value)}
    scalars = sum(not isinstance(v, dict | list) for v in document.values())
    if lists and scalars <= 6:
        key = max(lists, key=lambda k: len(lists[k]))
        return lists[key], key
    return [document], None


def _elements(body: str, at: int) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    while at < len(body):
        while at < len(body) and body[at] in " \r\n\t,":
            at += 1
        try:
            record, at = decoder.raw_decode(body, at)
        except ValueError:
            return
        if isinstance(record, dict):
            yield record


def _is_list_of_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _flat(path: Path, records: list[Any], outer: str | None) -> Sample:
    """Return records as rows; the longest list of objects in them is unfolded."""
    lists: Counter[str] = Counter()
    for record in records:
        lists.update({k: len(v) * len(v[0]) for k, v in record.items() if _is_list_of_records(v)})
    inner = lists.most_common(1)[0][0] if lists else None
    rows = [row for record in records for row in _unfolded(record, inner)]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    prefix = f"{outer}." if outer else ""
    grid = [[row.get(c, "") for c in columns] for row in rows[:MAX_ROWS]]
    sample = Sample(path, [prefix + c for c in columns], grid)
    if outer or inner:
        sample.layout["explode"] = ".".join(part for part in (outer, inner) if part)
        sample.notes["explode"] = "one row for each element of this list"
    others = [name for name in lists if name != inner]
    if others:
        sample.warnings.append(
            f"further lists stay whole: {', '.join(others)}; give each its own feed with `explode:`"
        )
    return sample


def _unfolded(record: dict[str, Any], inner: str | None) -> Iterator[dict[str, str]]:
    """Yield a row for each element of the inner list, the rest of the record repeated."""
    base = dict(_leaves({k: v for k, v in record.items() if k != inner}))
    parts = record.get(inner) if inner else None
    if not isinstance(parts, list) or not parts:
        yield base
        return
    for part in parts:
        yield base | (dict(_leaves(part, f"{inner}.")) if isinstance(part, dict) else {})


def _leaves(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _leaves(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name, _text(value)


def _text(value: object) -> str:
    """Return a value as an export would write it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="milliseconds" if value.microsecond else "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool | list | dict):
        return json.dumps(value, default=str)
    return "" if value is None else str(value)
