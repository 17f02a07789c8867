"""One column of text of any file as numbers or as days: how it is written, and what is doubtful."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

from customer_chunks.columns import parsing
from customer_chunks.sources.draft.dates import date_style
from customer_chunks.sources.draft.dates_coded import DateStyle
from customer_chunks.sources.draft.model import NULL_MARKERS, Sample
from customer_chunks.sources.draft.numbers import SIGNS, NumberStyle, number_style

_DIGITS = "decimal(38,12)"
_MISSING = frozenset({"", *(marker.casefold() for marker in NULL_MARKERS)})
_SHOWN = 30
_LOOKED_AT = 1000
_OTHER = {".": ",", ",": "."}
TELLS_MARKS = r"[.,](\d{1,2}|\d{4,})(\D|$)|[.,].*[.,]"
"""Numbers with a mark that parts no thousands, or with several marks."""
TELLS_DAYS = r"^\D*(1[3-9]|2\d|3[01])[-/.]\d|^\D*\d{1,2}[-/.](1[3-9]|2\d|3[01])[-/.]"
"""Dates with a number above 12, which is no month."""


def says_nothing(text: str) -> bool:
    """Return whether a text says that there is no value: nothing, or a word such as NA, NULL and NaN."""
    return text.strip().casefold() in _MISSING


def is_missing(text: Column) -> Column:
    """Return ``says_nothing`` of a column; true of null."""
    return text.isNull() | F.lower(F.trim(text)).isin(*sorted(_MISSING))


def pattern_of(text: Column) -> Column:
    """Return how a text is built, not what it says: its letters as A, its digits as 9, thirty of them."""
    letters = F.regexp_replace(F.substring(F.trim(text), 1, _SHOWN), r"\p{L}", "A")
    return F.regexp_replace(letters, r"\p{N}", "9")


def built(text: str) -> str:
    """Return ``pattern_of`` one text."""
    return "".join("A" if c.isalpha() else "9" if c.isnumeric() else c for c in text.strip()[:_SHOWN])


def numbers_written(values: Sequence[str], *, comma_file: bool) -> NumberStyle | None:
    """Return how the numbers among the values are written; None where there is none, or no one way."""
    rows = Counter(values)
    style = number_style(rows, comma_file=comma_file)
    if style is not None:
        return style
    return number_style({v: n for v, n in rows.items() if number_style([v])}, comma_file=comma_file)


def days_written(values: Sequence[str]) -> DateStyle | None:
    """Return how the dates among the values are written; None where fewer than half of the rows hold one."""
    rows = Counter(values)
    style = date_style(values, rows)
    if style is not None:
        return style
    dates = {v: n for v, n in rows.items() if date_style([v], [v])}
    if not dates or sum(dates.values()) * 2 < len(values):
        return None
    return date_style([v for v in values if v in dates], dates)


def writes_commas(sample: Sample) -> bool:
    """Return whether a file writes decimal commas: as sure columns say, else where ; parts them."""
    votes: Counter[str] = Counter()
    for n in range(len(sample.columns)):
        rows = Counter(v for v in sample.values(n)[:_LOOKED_AT] if not says_nothing(v))
        either = {number_style(rows, comma_file=said) for said in (False, True)}
        style = either.pop()
        if not either and style is not None and not style.is_whole:
            votes[style.decimal] += 1
    if votes["."] != votes[","]:
        return votes[","] > votes["."]
    return sample.layout.get("delimiter") == ";"


def as_number(text: Column, style: NumberStyle) -> Column:
    """Return text as double, 45% as 0.45; null where it is no number, or none that is finite."""
    plain = F.trim(F.translate(text, "\u2212", "-"))
    if style.sign in SIGNS:
        plain = F.trim(F.replace(plain, F.lit(style.sign), F.lit("")))
    bare = F.rtrim(plain, F.lit("% "))
    found = parsing.number(bare, _DIGITS, decimal=style.decimal, thousands=style.thousands).cast("double")
    if style.decimal == ".":  # a program's own writing, which has all digits and exponents
        is_java = F.substring(bare, -1, 1).isin("d", "D", "f", "F")  # 12d is a number to Java alone
        found = F.coalesce(F.when(~is_java, bare.try_cast("double")), found)
    found = F.when(F.endswith(plain, F.lit("%")), found / 100).otherwise(found)
    return finite(found)


def finite(number: Column) -> Column:
    """Return a double where it is a number; null for NaN and what is infinite."""
    return F.when(F.abs(number) < F.lit(float("inf")), number)


def with_decimal(mark: str, style: NumberStyle | None) -> NumberStyle:
    """Return the style of somebody who says which mark is the decimal one."""
    return NumberStyle(mark, _OTHER[mark], style.sign if style else "")


def doubt_of_numbers(column: str, style: NumberStyle) -> str:
    """Return what is doubtful about reading numbers so, and what tells it; empty where nothing is."""
    if not style.doubtful:
        return ""
    return (
        f"Column '{column}': every comma or point stands before three digits, and may part thousands or "
        f"decimals; {_SPOKEN[style.decimal]} is taken for the decimal mark. If it is not: "
        f"--decimal {_OTHER[style.decimal]}"
    )


_SPOKEN = {".": "the point", ",": "the comma"}


def doubt_of_days(column: str, style: DateStyle) -> str:
    """Return what is doubtful about reading days so, and what tells it; empty where nothing is."""
    if not style.doubtful:
        return ""
    taken = next((p for p in style.patterns if _is_of_numbers(p)), "")
    if not taken:
        return f"Column '{column}': {style.doubtful}."
    other = taken.translate(str.maketrans("dM", "Md"))
    return f"Column '{column}': {style.doubtful}; {taken} is taken. If that is wrong: --date-format {other}"


def _is_of_numbers(pattern: str) -> bool:
    return re.match(r"(d{1,2}[-/.]M{1,2}|M{1,2}[-/.]d{1,2})[-/.]", pattern) is not None
