"""Numbers, dates and long names -> short text for people; a null becomes a dash."""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from datetime import date

DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def clean_text(value: object) -> str:
    """Return the value as text that is legal in HTML and SVG; control characters become a space."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "unknown"
    return _CONTROL_CHARACTERS.sub(" ", str(value))


def number(value: float, digits: int = 0) -> str:
    """``1234.5`` -> ``1,234.5``."""
    if not math.isfinite(value):
        return DASH
    text = f"{abs(value):,.{digits}f}"
    is_zero = not any(character in "123456789" for character in text)
    return f"{MINUS}{text}" if value < 0 and not is_zero else text


def short(value: float) -> str:
    """Return three significant digits: ``1234567`` -> ``1.23 M``."""
    if not math.isfinite(value):
        return DASH
    for size, unit in ((1e12, " T"), (1e9, " bn"), (1e6, " M"), (1e3, " k")):
        # 0.9995 lifts 999,600 to 1.00 M instead of 1000 k.
        if abs(value) >= size * 0.9995 and abs(value) >= 10_000 * 0.9995:
            scaled = value / size
            return number(scaled, max(0, 2 - int(math.log10(max(abs(scaled), 1.0)) + 1e-9))) + unit
    if value == int(value):
        return number(value)
    return number(value, max(0, 2 - int(math.log10(max(abs(value), 1.0)))))


def tick(value: float) -> str:
    """Label a round value on an axis: ``20000`` -> ``20 k``, ``2500000`` -> ``2.5 M``."""
    for size, unit in ((1e12, " T"), (1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:g}{unit}".replace("-", MINUS)
    return f"{value:g}".replace("-", MINUS)


def money(value: float, currency: str, digits: int = 0) -> str:
    """``1234.5, "EUR"`` -> ``EUR 1,234``, in full."""
    return f"{currency} {number(value, digits)}".strip() if math.isfinite(value) else DASH


def short_money(value: float, currency: str) -> str:
    """``1234567, "EUR"`` -> ``EUR 1.23 M``."""
    return f"{currency} {short(value)}".strip() if math.isfinite(value) else DASH


def percent(share: float) -> str:
    """``0.1234`` -> ``12.3%``; never rounds a part up to all or down to nothing."""
    if not math.isfinite(share):
        return DASH
    text = f"{number(share * 100, 0 if share in {0, 1} else 1)}%"
    if text == "0.0%":
        return "< 0.1%"
    return "> 99.9%" if text == "100.0%" and share < 1 else text


def size(bytes_: float) -> str:
    """``1500000`` -> ``1.5 MB`` (decimal units)."""
    if not math.isfinite(bytes_):
        return DASH
    for unit_size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if bytes_ >= unit_size:
            return f"{bytes_ / unit_size:.1f} {unit}"
    return f"{bytes_:.0f} bytes"


def day(value: date) -> str:
    """``2024-03-01`` -> ``1 Mar 2024``, the same in every locale."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def span(first: date, last: date) -> str:
    """Name a period: the year once where it is the same, one day alone where both are."""
    if (first.year, first.month, first.day) == (last.year, last.month, last.day):
        return day(first)
    start = day(first).removesuffix(f" {first.year}") if first.year == last.year else day(first)
    return f"{start} {DASH} {day(last)}"


def plain(value: float) -> str:
    """Return a number of unknown scale with four significant digits at most: ``3``, ``0.25``, ``98.4``."""
    if not math.isfinite(value):
        return DASH
    if value == int(value):
        return number(value)
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    text = number(value, min(digits, 6))
    return text.rstrip("0").rstrip(".") if "." in text else text


def display_width(text: str) -> float:
    """Return the width in small Latin letters; capitals count a little more, East Asian letters double."""
    wide = sum(0.8 for c in text if unicodedata.east_asian_width(c) in "WF")
    return len(text) + wide + 0.3 * sum(c.isupper() for c in text)


def shorten(text: str, letters: float) -> str:
    """Cut a name to about this many letters, with an ellipsis; the full name stands in the table."""
    if display_width(text) <= letters:
        return text
    while text and display_width(text) > letters - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def count_of(value: float, one: str, many: str = "") -> str:
    """``1, "row"`` -> ``1 row``; ``2, "row"`` -> ``2 rows``."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def query(table: str) -> str:
    """Return the shell command that shows ten rows of a table; it is text to copy and never run here."""
    if re.fullmatch(r"\w+(\.\w+)*", table, flags=re.ASCII):
        return f'chunks sql "select * from {table} limit 10"'
    quoted = ".".join(f"`{part.replace('`', '``')}`" for part in table.split("."))
    return "chunks sql " + shlex.quote(f"select * from {quoted} limit 10")
