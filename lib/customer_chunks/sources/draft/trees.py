"""JSON, Parquet and Excel -> ``Sample``: nested records become dotted columns, one list is unfolded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
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
        import pyarrow as pa
        import pyarrow.parquet as pq
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
    """Return the rows of the sheet that holds most of them.

    Raises:
        SourceError: it is no workbook, or has no rows.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise MachineError(
            "Excel needs python-calamine.", 'Run: pip install "customer-chunks[excel]".'
        ) from None
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: book.get_sheet_by_name(name).to_python(nrows=MAX_ROWS + 1) for name in book.sheet_names
        }
    except (CalamineError, OSError):
        raise SourceError(f"{path.name}: is no valid workbook.", "Save it again as .xlsx.") from None
    name = max(sheets, key=lambda n: len(sheets[n]), default="")
    grid = [[_text(cell) for cell in row] for row in sheets.get(name, [])]
    width = max((sum(bool(c) for c in row) for row in grid[:50]), default=0)
    start = next((n for n, row in enumerate(grid) if sum(bool(c) for c in row) >= max(2, width * 0.5)), None)
    if start is None or len(grid) <= start + 1:
        raise SourceError(f"{path.name}: no sheet holds rows.", "Export it again.")
    columns = [cell or f"_c{n}" for n, cell in enumerate(grid[start])]
    sample = Sample(path, columns, grid[start + 1 :])
    sample.layout = {"format": "excel"}
    if start:
        sample.layout["skip_rows"] = str(start)
    if len(sheets) > 1:
        sample.layout["sheet"] = name
        sample.notes["sheet"] = "the sheet with most rows"
    for n, column in enumerate(columns):
        cells = [row[n] for row in sheets[name][start + 1 :] if n < len(row) and row[n] not in {"", None}]
        if cells and all(isinstance(c, datetime | date) for c in cells):
            sample.types[column] = "native"
    return sample


def _json_lines(body: str) -> list[Any]:
    rows = []
    lines = [line for line in body.split("\n")[: MAX_ROWS + 1] if line.strip()]
    if len(lines) < 2 or not lines[0].lstrip().startswith("{"):  # noqa: PLR2004 - one line is a document
        return _one_line(lines)
    for n, line in enumerate(lines):
        try:
            rows.append(json.loads(line))
        except ValueError:
            if n < 2:  # noqa: PLR2004 - a pretty-printed document
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
    if lists and scalars <= 6:  # noqa: PLR2004 - an envelope has a few counters beside its list
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
        for name, value in record.items():
            if _is_list_of_records(value):
                lists[name] += len(value) * len(value[0])
    inner = lists.most_common(1)[0][0] if lists else None
    rows: list[dict[str, str]] = []
    for record in records:
        base = dict(_leaves({k: v for k, v in record.items() if k != inner}))
        parts = record.get(inner) if inner else None
        for part in parts or [{}]:
            rows.append(base | (dict(_leaves(part, f"{inner}.")) if isinstance(part, dict) and inner else {}))
    columns = list(dict.fromkeys(key for row in rows for key in row))
    sample = Sample(path, columns, [[row.get(c, "") for c in columns] for row in rows[:MAX_ROWS]])
    if outer and inner:
        sample.layout["explode"] = f"{outer}.{inner}"
    elif outer or inner:
        sample.layout["explode"] = str(outer or inner)
    if "explode" in sample.layout:
        sample.notes["explode"] = "one row for each element of this list"
    prefix = f"{outer}." if outer else ""
    sample.columns = [prefix + c for c in columns]
    others = [name for name in lists if name != inner]
    if others:
        sample.warnings.append(
            f"further lists stay whole: {', '.join(others)}; give each its own feed with `explode:`"
        )
    return sample


def _leaves(record: dict[str, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in record.items():
        if isinstance(value, dict) and depth < _DEPTH:
            yield from _leaves(value, f"{prefix}{name}.", depth + 1)
        else:
            yield prefix + name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds" if not value.microsecond else "milliseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return json.dumps(value, default=str)
    return str(value)
