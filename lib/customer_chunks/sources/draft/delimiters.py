"""Lines -> the delimiter that parts their cells."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x01", "\x1f")
_LOOKS_LIKE_DATA = re.compile(
    r"[-+(]?[$€£]?\s?[.,]?\d[\d.,:/ \-]*\)?%?|[-+]?\d*\.?\d+[eE][-+]?\d+|\d{4}-\d\d-\d\d.*|\S+@\S+\.\w+"
)
_DECIMAL = re.compile(
    r"[-+(]?\s?[$€£]?\s?\d*(?:[.'\u2019\u00a0\u202f ]\d{3})*(?:,\d+)?(?:[eE][-+]?\d+)?"
    r"\s?(?:[%$€£]|[A-Z]{3})?\)?"
)
_PARTS = re.compile(r",\S")
_BESIDE_DECIMALS = (";", "\t", "|")
_SNIFFED = 400
_HALF, _NEARLY_ALL = 0.5, 0.95
csv.field_size_limit(10_000_000)


@dataclass(frozen=True)
class _Parted:
    """What a delimiter makes of the lines.

    Attributes:
        score: How well it parts them.
        rows: Those with as many cells as most have.
    """

    score: float
    rows: Sequence[list[str]]

    @property
    def has_names(self) -> bool:
        """Return whether no cell of the first row looks like data."""
        return not any(map(looks_like_data, self.rows[0]))

    @property
    def has_commas_in_numbers(self) -> bool:
        """Return whether cells below the first row hold commas, nearly all of them in a number."""
        told = [cell.strip() for row in self.rows[1:] for cell in row if "," in cell]
        is_among_names = self.has_names and any(_PARTS.search(cell) for cell in self.rows[0])
        return bool(told) and not is_among_names and sum(map(_is_decimal, told)) > _NEARLY_ALL * len(told)


def find_delimiter(head: str) -> str | None:
    """Return what parts the lines into the same number of cells, two at least; None where nothing does.

    A comma that stands once within each number of cells that a semicolon, tab or bar parts is a decimal one.
    """
    lines = head.splitlines()[:_SNIFFED]
    text = "\n".join(lines)
    found = {c: told for c in DELIMITERS if c in text and (told := _parted(text, c))}
    if "," in found and _belongs_to_numbers(lines, found):
        del found[","]
    return max(found, key=lambda c: found[c].score) if found else None


def parse(text: str, delimiter: str, quote: str, escape: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (physical lines consumed so far, cells)."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        escapechar="\\" if escape == "\\" else None,
        doublequote=escape != "\\",
    )
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        return


def looks_like_data(cell: str) -> bool:
    """Return whether a cell is a number, an amount, a date or an e-mail address."""
    return bool(_LOOKS_LIKE_DATA.fullmatch(cell.strip()))


def _parted(text: str, delimiter: str) -> _Parted | None:
    rows = [cells for _, cells in parse(text, delimiter, '"', '"') if cells]
    widths = Counter(map(len, rows))
    width, count = max(((w, n) for w, n in widths.items() if w > 1), key=lambda x: x[1], default=(1, 0))
    share = count / max(len(rows), 1)
    if width == 1 or share <= _HALF:
        return None
    return _Parted(share * share * math.log2(1 + width), [row for row in rows if len(row) == width])


def _belongs_to_numbers(lines: Sequence[str], found: dict[str, _Parted]) -> bool:
    """Return whether the comma, which parts the lines, belongs to numbers."""
    others = [parted for delimiter, parted in found.items() if delimiter in _BESIDE_DECIMALS]
    if not others:
        first, *below = [line.strip() for line in lines if line.strip()]
        return "," not in first and not looks_like_data(first) and all(map(_is_decimal, below))
    return any(parted.has_commas_in_numbers and parted.has_names >= found[","].has_names for parted in others)


def _is_decimal(cell: str) -> bool:
    return bool(_DECIMAL.fullmatch(cell))
