"""What a file is, found in one pass on the driver before Spark reads it.

A ``SourceFile`` enters; ``Inspected`` leaves: its content hash, its column names, what is
worth telling, and what decides how it is read. Every fault is one SourceError.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import islice

from customer_chunks.config.mapping import Feed, FileLayout
from customer_chunks.errors import SourceError
from customer_chunks.sources.excel import excel_header
from customer_chunks.sources.files import SourceFile
from customer_chunks.sources.inspected import DOCUMENT, LINES, Inspected
from customer_chunks.sources.names import check_names, names_of
from customer_chunks.sources.parquet_files import parquet_schema
from customer_chunks.sources.records import broken_off, first_records
from customer_chunks.sources.text import HEAD, TextFacts, hash_bytes, scan_text, text_chunks

# Within one JSON value a comma parts a closing from the next opening bracket; its text has no raw newline.
_SEVERAL_VALUES = re.compile(rb"[}\]][ \t]*\r?\n\s*[{\[]")
_SAMPLED_LINES = 20
__all__ = ["Inspected", "inspect", "other_delimiter"]
_DELIMITERS = (",", ";", "\t", "|")
_LINE_ENDS = ("\n", "\r")
_LAST_BYTES = {"[": "]", "{": "}"}


def inspect(file: SourceFile, feed: Feed) -> Inspected:
    """Read the file once, strictly, and return what it is.

    Raises:
        SourceError: it is empty though named alone, wrongly encoded, damaged, not of its format,
            or two of its columns could not live in one table.
    """
    if file.bytes == 0:
        return _empty(file, feed, hash_bytes(file.path))
    kinds: dict[str, Callable[[SourceFile, Feed], Inspected]] = {
        "excel": _excel, "parquet": _parquet, "json": _json, "jsonl": _json, "fixed_width": _fixed_width,
    }  # fmt: skip
    found = kinds.get(feed.layout.format, _delimited)(file, feed)
    return replace(found, notes=found.notes + _folder_notes(file))


def _empty(file: SourceFile, feed: Feed, content_hash: str) -> Inspected:
    if file.path in {os.path.abspath(path) for path in feed.paths}:
        raise SourceError(f"{file.path}: is empty.", "Fetch it again, or name the file that holds the data.")
    return Inspected(
        replace(file, content_hash=content_hash), None, (f"{file.path}: is empty.",), is_empty=True
    )


def _folder_notes(file: SourceFile) -> tuple[str, ...]:
    folders = [part for part in os.path.dirname(file.path).split(os.sep) if re.fullmatch(r"\w+=.*", part)]
    return tuple(f"{file.path}: the folder name '{part}' is not read as a column." for part in folders)


def _delimited(file: SourceFile, feed: Feed) -> Inspected:
    facts = scan_text(file.path, feed.layout.encoding)
    if facts.is_whole and not facts.head.strip():
        return _empty(file, feed, facts.content_hash)
    rows = list(islice(first_records(facts.head, feed.layout, file.path), 2))
    if not rows:
        raise SourceError(
            f"{file.path}: has no line after the {feed.layout.skip_rows} skipped.", "Correct `skip_rows`."
        )
    notes = _encoding_notes(file, feed, facts)
    broken: tuple[str, ...] = ()
    is_bare = False
    _refuse_other_delimiter(file, feed, rows[0])
    if feed.layout.has_header:
        header = names_of(rows[0], feed.layout.columns, file.path)
        is_bare = facts.is_whole and len(rows) == 1
        if is_bare:
            notes += (f"{file.path}: holds a header and no rows.",)
        elif not feed.layout.multi_line:
            broken = broken_off(facts, feed.layout, len(header), file.path)
    else:
        declared = feed.layout.columns
        header = names_of([] if declared else [""] * len(rows[0]), declared, file.path)
        if len(rows[0]) != len(header):
            notes += (
                f"{file.path}: its first row has {len(rows[0])} fields, {len(header)} columns are declared.",
            )
    hashed = replace(file, content_hash=facts.content_hash)
    is_open = not facts.tail.endswith(_LINE_ENDS) and not broken and not is_bare
    return Inspected(hashed, header, (*notes, *broken), facts.encoding, is_open_ended=is_open)


def _encoding_notes(file: SourceFile, feed: Feed, facts: TextFacts) -> tuple[str, ...]:
    """Refuse UTF-8 declared as single-byte text: every byte decodes, but to the wrong letters.

    Text of several bytes a letter (GBK, Shift JIS) can be UTF-8 by chance; there it is a note.
    """
    declared = feed.layout.encoding
    if facts.encoding in {"utf-8", "utf-16"} or not facts.looks_utf8:
        return ()
    if len(bytes(range(256)).decode(declared, "replace")) == len(range(256)):
        raise SourceError(
            f"{file.path}: is utf-8 text, `encoding:` says {declared}.",
            "Set `encoding: utf-8` in the feed, or give such files a feed of their own.",
        )
    return (f"{file.path}: is read as {declared} but looks like utf-8.",)


def other_delimiter(cells: Sequence[str], layout: FileLayout, wanted: Collection[str]) -> str | None:
    """Return the delimiter that parts a header of one cell into wanted names (casefolded), or None."""
    if len(cells) != 1 or layout.format not in {"csv", "tsv"}:
        return None
    for delimiter in _DELIMITERS:
        parts = {part.strip(" \"'").casefold() for part in cells[0].split(delimiter)}
        if delimiter != layout.delimiter and len(parts) > 1 and parts & set(wanted):
            return delimiter
    return None


def _refuse_other_delimiter(file: SourceFile, feed: Feed, row: Sequence[str]) -> None:
    """Refuse a first row of one field that another delimiter parts into the declared number of columns."""
    wanted = len(feed.layout.columns)
    if len(row) != 1 or wanted < 2:  # noqa: PLR2004 - one column needs no delimiter
        return
    for delimiter in _DELIMITERS:
        if row[0].count(delimiter) == wanted - 1:
            shown = "\\t" if delimiter == "\t" else delimiter
            raise SourceError(
                f"{file.path}: its columns are parted by '{shown}', not by '{feed.layout.delimiter}'.",
                f'Set `delimiter: "{shown}"` in the feed, or give such files a feed of their own.',
            )


def _fixed_width(file: SourceFile, feed: Feed) -> Inspected:
    facts = scan_text(file.path, feed.layout.encoding)
    if facts.is_whole and not facts.head.strip():
        return _empty(file, feed, facts.content_hash)
    check_names(feed.layout.columns, feed.where or file.path)
    notes = _encoding_notes(file, feed, facts)
    lines = [line for line in facts.head.splitlines()[feed.layout.skip_rows :] if line.strip()]
    if facts.is_whole and len(lines) <= int(feed.layout.has_header):
        notes += (f"{file.path}: holds no rows.",)
    beside = beside_spans(lines[int(feed.layout.has_header) :], feed.layout)
    if beside:
        notes += (f"{file.path}: characters {beside} hold text that no column takes; compare `columns:`.",)
    hashed = replace(file, content_hash=facts.content_hash)
    is_open = not facts.tail.endswith(_LINE_ENDS)
    return Inspected(hashed, feed.layout.columns, notes, facts.encoding, is_open_ended=is_open)


def beside_spans(lines: Sequence[str], layout: FileLayout) -> str:
    """Return the characters that are filled in some line and in no column, such as "9-10, 20".

    A column that begins one character late cuts the first digit of the largest amounts only.
    """
    taken = {at for _, first, last in layout.spans for at in range(first, last + 1)}
    longest = max(map(len, lines), default=0)
    open_places = [at for at in range(1, longest + 1) if at not in taken]
    filled = [at for at in open_places if any(line[at - 1 : at].strip() for line in lines)]
    runs: list[list[int]] = []
    for at in filled:
        if runs and runs[-1][1] == at - 1:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in runs)


def _json(file: SourceFile, feed: Feed) -> Inspected:
    facts = scan_text(file.path, feed.layout.encoding)
    if facts.is_whole and not facts.head.strip():
        return _empty(file, feed, facts.content_hash)
    shape = LINES if feed.layout.format == "jsonl" else _json_shape(facts)
    start, end = facts.head.lstrip()[:1], facts.tail.rstrip()[-1:]
    if shape == DOCUMENT and end != _LAST_BYTES.get(start):
        raise SourceError(
            f"{file.path}: is cut off or is no JSON.", "Fetch it again, or correct `format:` in the feed."
        )
    if shape == DOCUMENT and _holds_several(file.path):
        raise SourceError(
            f"{file.path}: holds several JSON values after each other.",
            "Write one array, or one object a line and `format: jsonl`.",
        )
    return Inspected(replace(file, content_hash=facts.content_hash), None, (), facts.encoding, shape)


def _json_shape(facts: TextFacts) -> str:
    """Return whether each line is a value of its own, or the file is one array or object."""
    text = facts.head.lstrip()
    if text.startswith("["):
        return DOCUMENT
    line, separator, rest = text.partition("\n")
    if not separator or not rest.strip() or _is_object(line):
        return LINES
    later = [line for line in rest.split("\n")[:_SAMPLED_LINES] if line.strip()]
    return LINES if sum(map(_is_object, later)) > len(later) / 2 else DOCUMENT


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _holds_several(path: str) -> bool:
    before = b""
    for chunk in text_chunks(path):
        if _SEVERAL_VALUES.search(before + chunk):
            return True
        before = chunk[-HEAD // 64 :]
    return False


def _parquet(file: SourceFile, feed: Feed) -> Inspected:
    content_hash = hash_bytes(file.path)
    names, shape = parquet_schema(file.path)
    check_names(names, file.path)
    return Inspected(replace(file, content_hash=content_hash), names, shape=shape)


def _excel(file: SourceFile, feed: Feed) -> Inspected:
    content_hash = hash_bytes(file.path)
    head = excel_header(file.path, feed.layout)
    cells = head.header
    if cells is None:
        return _empty(file, feed, content_hash)
    declared = feed.layout.columns
    shown = cells if feed.layout.has_header else ([] if declared else [""] * len(cells))
    notes: tuple[str, ...] = ()
    if not head.has_rows:
        notes = (f"{file.path}: holds a header and no rows.",)
    if head.not_read and not feed.layout.sheets:
        others = ", ".join(f"'{name}'" for name in head.not_read)
        notes += (f"{file.path}: only its first worksheet is read, not {others}; `sheet:` names others.",)
    return Inspected(replace(file, content_hash=content_hash), names_of(shown, declared, file.path), notes)
