"""The first records of a delimited text, read by Python with the quoting that Spark will use.

The head of a file enters as text; rows of cells leave.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace

from customer_chunks.config.mapping import FileLayout
from customer_chunks.errors import SourceError
from customer_chunks.sources.text import TextFacts

_UNIT = "\x1f"


def first_records(text: str, layout: FileLayout, path: str) -> Iterator[list[str]]:
    """Yield the records of the text after ``skip_rows`` lines, without blank lines.

    A record is a line, unless the layout says ``multi_line``.

    Raises:
        SourceError: a line cannot be split.
    """
    lines = io.StringIO(text, newline="")
    for _ in range(layout.skip_rows):
        lines.readline()
    long = len(layout.delimiter) > 1
    wanted = (line.replace(layout.delimiter, _UNIT) if long else line for line in lines if line.strip())
    try:
        if layout.multi_line:
            rows: Iterator[list[str]] = _reader(wanted, layout)
        else:
            rows = (row for line in wanted for row in _reader(iter([line]), layout))
        for row in rows:
            yield [cell.replace(_UNIT, layout.delimiter) for cell in row] if long else row
    except csv.Error:
        raise SourceError(
            f"{path}: its first lines cannot be split into columns.",
            "Check `delimiter`, `quote` and `header`.",
        ) from None


def broken_off(facts: TextFacts, layout: FileLayout, columns: int, path: str) -> tuple[str, ...]:
    """Return a note where the text ends within a line that lacks columns, as half a file does."""
    before, separator, last = facts.tail.rpartition("\n")
    if not separator or not before.strip() or not last.strip():
        return ()
    try:
        found = len(next(first_records(last, replace(layout, skip_rows=0), path)))
    except SourceError:  # a quote that stays open
        found = 1
    if found >= columns:
        return ()
    return (f"{path}: breaks off in its last line, after {found} of {columns} columns; is the file whole?",)


def _reader(lines: Iterator[str], layout: FileLayout) -> Iterator[list[str]]:
    doubled = layout.escape in {layout.quote, ""}
    return csv.reader(
        lines,
        delimiter=_UNIT if len(layout.delimiter) > 1 else layout.delimiter,
        quotechar=layout.quote or None,
        quoting=csv.QUOTE_MINIMAL if layout.quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled or not layout.quote else layout.escape,
    )
