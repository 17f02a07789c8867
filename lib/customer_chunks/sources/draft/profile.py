"""What the values of one column look like, without regard to its name."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from customer_chunks.sources.draft.dates import CLOCK, date_style
from customer_chunks.sources.draft.dates_coded import DateStyle, epoch_style
from customer_chunks.sources.draft.model import NULL_MARKERS
from customer_chunks.sources.draft.names import concepts_of
from customer_chunks.sources.draft.numbers import NumberStyle, number_style, to_float
from customer_chunks.sources.draft.wordlists import BOOLEANS, COUNTRIES, CURRENCIES, GENDERS, ISO2, ISO3

_LOOKED_AT = 3000
_TOO_BIG = 2.0**63
_PATTERNS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "phone": re.compile(r"\+?[(\d][\d\s()./-]{6,18}\d"),
    "ean": re.compile(r"\d{8}|\d{12,14}"),
    "uuid": re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{32}"),
    "url": re.compile(r"(?:https?://|www\.)\S+", re.I),
    "ip": re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]{8,39}"),
    "code": re.compile(r"[#]?[\w./-]*\d[\w./-]*"),
    "words": re.compile(r"[^\W\d_].*\s.*[^\W_].*"),
    "letters": re.compile(r"[^\W\d_][^\W\d_'\u2019. -]*"),
    "person": re.compile(r"[^\W\d_][^\W\d_'\u2019.-]+(?:,? [^\W\d_]['\u2019.\w-]*){1,3}"),
    "street": re.compile(r".*[^\W\d_]{3,}.* \d{1,5} ?[a-zA-Z]?|\d{1,5}[a-zA-Z]?,? .*[^\W\d_]{3,}.*"),
}  # fmt: skip
_TYPED = {"integer", "decimal", "date", "timestamp", "time"}
_SURE_MARKERS = {"NULL", "null", "N/A", "n/a", "#N/A", "\\N", "(null)"}


@dataclass
class Profile:
    """One column of a sample; ``cells`` hold an empty text for a null."""

    name: str
    cells: list[str]
    comma_file: bool = False
    native: bool = False
    markers: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        seen = Counter(self.cells)
        present = {m for m in NULL_MARKERS if m in seen}
        if present:
            self._drop(present, seen)

    def _drop(self, present: set[str], seen: Counter[str]) -> None:
        rest = [v for v in self.cells if v and v not in present]
        bare = Profile(self.name, rest, self.comma_file)
        typed = bare.type in _TYPED or bare.share("email") > 0.9 or bare.share("code") > 0.9
        gone = present if typed else present & _SURE_MARKERS
        if len(rest) == 0 or len(gone) == 0:
            return
        self.markers = gone
        self.cells = ["" if c in gone else c for c in self.cells]

    @cached_property
    def counts(self) -> Counter[str]:
        """Return how often each value occurs, nulls left out."""
        found = Counter(self.cells)
        found.pop("", None)
        return found

    @cached_property
    def some(self) -> list[str]:
        """Return at most 3,000 distinct values, spread over all."""
        values = list(self.counts)
        step = max(1, len(values) // _LOOKED_AT)
        return values[::step][:_LOOKED_AT]

    @cached_property
    def filled(self) -> int:
        """Return the number of rows that have a value."""
        return sum(self.counts.values())

    @property
    def distinct(self) -> int:
        """Return the number of different values."""
        return len(self.counts)

    @property
    def null_share(self) -> float:
        """Return the share of rows without a value."""
        return 1 - self.filled / len(self.cells) if self.cells else 1.0

    @property
    def unique_share(self) -> float:
        """Return distinct values per filled row: 1 for a key."""
        return self.distinct / self.filled if self.filled else 0.0

    @cached_property
    def run_share(self) -> float:
        """Return the share of neighbouring rows with the same value."""
        pairs = [(a, b) for a, b in zip(self.cells, self.cells[1:], strict=False) if a and b]
        return sum(a == b for a, b in pairs) / len(pairs) if pairs else 0.0

    @cached_property
    def number(self) -> NumberStyle | None:
        """Return how numbers are written, or None."""
        return number_style(self._rows, comma_file=self.comma_file) if self.some else None

    @cached_property
    def floats(self) -> dict[str, float]:
        """Return the distinct values as numbers."""
        style = self.number
        if style is None:
            return {}
        read = {v: to_float(v, style) for v in self.counts}
        return {v: n for v, n in read.items() if n is not None}

    @cached_property
    def date(self) -> DateStyle | None:
        """Return how dates are written, or None."""
        filled = [c for c in self.cells if c]
        style = date_style(filled, self._rows)
        if style and self.distinct > len(self.some):
            style = date_style(filled, self.counts) or style
        if style is None and self.number and self.number.is_whole and self._may_be_epoch():
            style = epoch_style(list(self.floats.values()))
        return style

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {v: self.counts[v] for v in self.some}

    @cached_property
    def no_numbers(self) -> int:
        """Return the number of rows whose value is no number, or one beyond 64 bits."""
        fine = sum(self.counts[v] for v, n in self.floats.items() if abs(n) < _TOO_BIG)
        return self.filled - fine if self.number else 0

    @cached_property
    def no_dates(self) -> int:
        """Return the number of rows whose value is no date, or one that no calendar has."""
        if self.date is None or self.date.kind.startswith("epoch"):
            return 0
        return self.filled - sum(self.counts[v] for v in self.date.parsed)

    @cached_property
    def keys(self) -> list[str]:
        """Return the cells as ids: of whole numbers a trailing .0 counts for nothing."""
        if self.type != "integer" or not any(v.endswith(".0") for v in self.some):
            return self.cells
        return [c.removesuffix(".0") for c in self.cells]

    def _may_be_epoch(self) -> bool:
        if sum(len(v) in {10, 13} for v in self.some) < len(self.some) / 2:
            return False
        said = concepts_of(self.name.rpartition(".")[2])
        return bool(said.concepts & {"DATE", "TIME", "CREATED", "UPDATED", "REGISTERED"})

    @cached_property
    def type(self) -> str:
        """Return empty, boolean, date, timestamp, time, integer, decimal or text."""
        if not self.some:
            return "empty"
        lowered = {v.lower() for v in self.some}
        if len(lowered) <= 2 and any(lowered <= pair for pair in BOOLEANS) and lowered != {"1"}:
            return "boolean"
        if self.date:
            return "date" if self.date.kind == "date" else "timestamp"
        if sum(bool(CLOCK.fullmatch(v)) for v in self.some) >= 0.98 * len(self.some):
            return "time"
        if self.number is None:
            return "text"
        return "integer" if self.number.is_whole and self.number.sign in {"", "%"} else "decimal"

    def share(self, pattern: str) -> float:
        """Return the share of distinct values (nulls aside) that have the pattern."""
        if pattern not in self._shares:
            part = self.some[:1000]
            hits = sum(bool(_PATTERNS[pattern].fullmatch(v)) for v in part)
            self._shares[pattern] = hits / len(part) if part else 0.0
        return self._shares[pattern]

    @cached_property
    def _shares(self) -> dict[str, float]:
        return {}

    def within(self, words: str) -> float:
        """Return the share of distinct values in a word list: country, currency or gender."""
        lists = {"country": COUNTRIES | ISO2 | ISO3, "currency": CURRENCIES, "gender": GENDERS}
        part = [v.casefold() if words != "currency" else v.upper() for v in self.some[:1000]]
        known = {w.casefold() for w in lists[words]} if words != "currency" else CURRENCIES
        return sum(v in known for v in part) / len(part) if part else 0.0

    @cached_property
    def mean_length(self) -> float:
        """Return the mean number of characters of a value."""
        return sum(map(len, self.some)) / len(self.some) if self.some else 0.0

    @cached_property
    def same_length(self) -> bool:
        """Return whether all values are of one length."""
        return len({len(v) for v in self.some}) == 1

    @cached_property
    def negative_share(self) -> float:
        """Return the share of filled rows below zero."""
        below = sum(self.counts[v] for v, n in self.floats.items() if n < 0)
        return below / self.filled if self.filled else 0.0

    @cached_property
    def zero_share(self) -> float:
        """Return the share of filled rows that are zero."""
        zero = sum(self.counts[v] for v, n in self.floats.items() if n == 0)
        return zero / self.filled if self.filled else 0.0

    def quantile(self, q: float) -> float:
        """Return a quantile of the absolute values, each row counted."""
        ordered = sorted((abs(n), self.counts[v]) for v, n in self.floats.items())
        goal, total = q * sum(c for _, c in ordered), 0.0
        for number, count in ordered:
            total += count
            if total >= goal:
                return number
        return 0.0
