"""Text -> ``Sample`` of a delimited file: delimiter, quotes, lines before the header, header or none."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import Path

from customer_chunks.sources.draft.bytes_in import Text
from customer_chunks.sources.draft.delimiters import DELIMITERS, find_delimiter, looks_like_data, parse
from customer_chunks.sources.draft.model import MAX_ROWS, NULL_MARKERS, Sample
from customer_chunks.sources.draft.names import concepts_of
from customer_chunks.sources.draft.numbers import number_style


def read_delimited(path: Path, text: Text, *, delimiter: str | None = None) -> Sample | None:
    """Return the sample, or None where no delimiter makes columns."""
    head = text.pieces[0].replace("\x00", "")
    found = delimiter or find_delimiter(head)
    if found is None:
        return None
    quote, escape = _find_quotes(head, found)
    rows = list(parse(head, found, quote, escape))
    width = _width(rows)
    start = _first_table_row(rows, width)
    body = [cells for _, cells in rows[start:] if cells]
    if not body:
        return None
    named = looks_like_header(body) or (len(body) == 1 and not any(map(looks_like_data, body[0])))
    more = [[c for _, c in parse(p, found, quote, escape)][1:-1] for p in text.pieces[1:]]
    sample = Sample(path, _names(body[0], named), _bounded(body[1:] if named else body, more), named=named)
    sample.complete = text.complete
    width = len(sample.columns)
    ragged = [row for row in sample.rows if len(row) != width]
    sample.rows = [row for row in sample.rows if len(row) == width]
    _describe(sample, found, quote, escape, rows[start - 1][0] if start else 0)
    if ragged:
        sample.warnings.append(
            f"{len(ragged)} of the rows looked at do not have {width} fields, as the others have"
        )
    return sample


def read_single(path: Path, text: Text) -> Sample | None:
    """Return the sample of a file of one column of numbers, or None where it is none."""
    unused = next((d for d in DELIMITERS if not any(d in piece for piece in text.pieces)), None)
    sample = read_delimited(path, text, delimiter=unused) if unused else None
    if sample is None or len(sample.columns) > 1:
        return None
    told = [value for value in sample.values(0) if value and value not in NULL_MARKERS]
    return sample if number_style(Counter(told)) else None


def looks_like_header(rows: list[list[str]]) -> bool:
    """Return whether the first row names the columns rather than being data."""
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if not filled or len(filled) < len(first) / 2:
        return False
    if any(looks_like_data(cell) and not re.fullmatch(r"\d{1,2}|(19|20)\d\d", cell) for cell in filled):
        return False
    known = sum(bool(concepts_of(cell).concepts) for cell in filled)
    numbers_above = sum(bool(re.fullmatch(r"\d+", cell)) for cell in filled)
    if numbers_above > len(filled) / 2 or len(set(filled)) < len(filled) * 0.7:
        return False
    if known >= max(1, len(filled) * 0.3):
        return True
    below = [[r[n].strip() for r in rows[1:200] if n < len(r)] for n in range(len(first))]
    unlike = sum(first[n] not in column and bool(column) for n, column in enumerate(below))
    typed = sum(bool(c) and sum(map(looks_like_data, c)) > 0.8 * len(c) for c in below)
    return typed > 0 and unlike > len(first) * 0.8


def _find_quotes(head: str, delimiter: str) -> tuple[str, str]:
    part = head[:400_000]
    around = re.escape(delimiter)
    doubled = len(re.findall(rf'(?:^|{around})"', part, flags=re.M))
    single = len(re.findall(rf"(?:^|{around})'[^'\n]*'(?=$|\r|{around})", part, flags=re.M))
    if not doubled and single > part.count("\n") / 2:
        return "'", "'"
    if '"' in part:
        with_quotes, without = (_agreement(part, delimiter, q) for q in ('"', ""))
        if without > with_quotes:
            return "", ""
    if re.search(r'\\"(?!\s*(?:$|[,;\t|]))', part) and not re.search(rf'[^{around}\n]""', part):
        return '"', "\\"
    return '"', '"'


def _agreement(part: str, delimiter: str, quote: str) -> float:
    lines = "\n".join(part.splitlines()[:3000])
    widths = Counter(len(cells) for _, cells in parse(lines, delimiter, quote, quote) if cells)
    rows = sum(widths.values())
    return widths.most_common(1)[0][1] / rows * min(rows / 3000, 1) ** 0.1 if rows else 0.0


def _width(rows: list[tuple[int, list[str]]]) -> int:
    widths = Counter(len(cells) for _, cells in rows if len(cells) > 1)
    return widths.most_common(1)[0][0] if widths else 1


def _first_table_row(rows: list[tuple[int, list[str]]], width: int) -> int:
    for n, (_, cells) in enumerate(rows[:60]):
        filled = sum(bool(c.strip()) for c in cells)
        if len(cells) == width and filled >= max(min(2, width), width * 0.5):
            return n
    return next((n for n, (_, cells) in enumerate(rows) if len(cells) == width), 0)


def _names(first: list[str], named: bool) -> list[str]:
    if not named:
        return [f"column_{n}" for n in range(1, len(first) + 1)]
    return [cell.strip().lstrip("\ufeff") or f"_c{n}" for n, cell in enumerate(first, 1)]


def _bounded(rows: list[list[str]], more: list[list[list[str]]]) -> list[list[str]]:
    if any(more):
        kept = rows[: MAX_ROWS * 6 // 10]
        for piece in more:
            kept += [row for row in piece[: MAX_ROWS * 2 // 10] if row]
        return kept
    if len(rows) <= MAX_ROWS:
        return rows
    fifth, middle = MAX_ROWS // 5, len(rows) // 2
    return rows[: 3 * fifth] + rows[middle : middle + fifth] + rows[-fifth:]


def _describe(sample: Sample, delimiter: str, quote: str, escape: str, skipped: int) -> None:
    layout = sample.layout
    layout["format"] = "tsv" if delimiter == "\t" else "csv"
    if delimiter not in {",", "\t"}:
        layout["delimiter"] = delimiter
    if quote != '"':
        layout["quote"] = quote
    elif escape != '"':
        layout["escape"] = escape
    if any("\n" in cell for row in sample.rows for cell in row):
        layout["multi_line"] = "true"
        sample.notes["multi_line"] = "some quoted fields hold line breaks"
    if skipped:
        layout["skip_rows"] = str(skipped)
        sample.notes["skip_rows"] = "lines before the table"
    if not sample.named:
        layout["header"] = "false"
        sample.notes["header"] = "the first line looks like data; the column names below were made up"
    own = own_names(sample.columns)
    if sample.named and own != sample.columns:
        sample.columns = own
        sample.renamed = True
        sample.notes["columns"] = "instead of the header's names, some of which stand more than once"


def own_names(columns: list[str]) -> list[str]:
    """Return the names with a number behind those that a table could not tell from an earlier one."""
    taken: set[str] = set()
    names = []
    for column in columns:
        name, n = column, 2
        while _key(name) in taken:
            name, n = f"{column}_{n}", n + 1
        taken.add(_key(name))
        names.append(name)
    return names


def _key(name: str) -> str:
    """Return what two names share when no table could hold both."""
    kept = re.sub(r"^[\s,;{}()=.`]+|[\s,;{}()=.`]+$", "", unicodedata.normalize("NFC", name))
    return re.sub(r"[\s,;{}()=.`]+", "_", kept).casefold()
