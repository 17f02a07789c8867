"""How a column writes its numbers: decimal mark, thousands mark, currency sign.

Texts -> ``NumberStyle`` and floats (for weighing evidence only; nothing here ends in a table).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SIGNS = {
    "€": "EUR", "$": "USD", "£": "GBP", "₺": "TRY", "₽": "RUB", "R$": "BRL", "zł": "PLN", "Kč": "CZK",
    "¥": "JPY", "₹": "INR", "kr": "SEK", "TL": "TRY", "\u0440\u0443\u0431": "RUB", "Ft": "HUF", "lei": "RON",
    "CHF": "CHF",
}  # fmt: skip
_SIGN = "|".join(sorted((re.escape(s) for s in SIGNS), key=len, reverse=True))
_NUMBER = re.compile(
    r"(?P<open>\()?\s*(?P<minus>[-\u2212+])?\s*"
    rf"(?P<before>{_SIGN}|[A-Z]{{3}}(?=[\s\u00a0]))?\.?[\s\u00a0]*(?P<minus2>[-\u2212])?"
    rf"(?P<body>\d(?:[\d.,'\u2019\u00a0\u202f ]*\d)?|[.,]\d+)"
    rf"[\s\u00a0]*(?P<after>{_SIGN}|(?<=[\s\u00a0])[A-Z]{{3}}|%)?\.?(?P<minus3>-)?\s*\)?"
)
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SPACES = (" ", "\u00a0", "\u202f", "'", "\u2019")
_GROUPS = {mark: re.compile(rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+") for mark in (",", ".", *_SPACES)}


@dataclass(frozen=True)
class NumberStyle:
    """The marks of a column of numbers; ``sign`` is a currency sign or code, or %."""

    decimal: str = "."
    thousands: str = ""
    sign: str = ""
    is_whole: bool = True
    doubtful: bool = False


def number_style(values: Iterable[str], *, comma_file: bool = False) -> NumberStyle | None:
    """Return how the values are written, or None when they are no numbers (2 in 100 may fail).

    Args:
        values: Distinct texts, nulls left out.
        comma_file: Whether the file writes decimal commas elsewhere (or is cut at ``;``).
    """
    texts = list(values)
    bodies, signs, plain = [], [], 0
    for value in texts:
        if _PLAIN.fullmatch(value):
            plain += 1
            bodies.append(value.lstrip("+-"))
            continue
        found = _NUMBER.fullmatch(value)
        if found:
            bodies.append(found["body"])
            signs.append(found["before"] or found["after"] or "")
    if not bodies or len(bodies) < 0.98 * len(texts):
        return None
    sign = max(set(signs), key=signs.count) if len(signs) > len(texts) / 2 else ""
    marks = _marks(bodies, comma_file=comma_file)
    if marks is None:
        return None
    decimal, thousands, doubtful = marks
    if any(body.count(decimal) > 1 for body in bodies):
        return None
    is_whole = not any(decimal in b and b.rpartition(decimal)[2].strip("0") for b in bodies)
    return NumberStyle(decimal, thousands, sign, is_whole, doubtful)


def to_float(value: str, style: NumberStyle) -> float | None:
    """Read one value, or return None."""
    found = _NUMBER.fullmatch(value)
    if not found:
        try:
            return float(value)
        except ValueError:
            return None
    body = re.sub(r"[\s\u00a0\u202f'\u2019]", "", found["body"])
    body = body.replace(style.thousands, "") if style.thousands else body
    try:
        number = float(body.replace(style.decimal, ".") if style.decimal != "." else body)
    except ValueError:
        return None
    negative = found["open"] or "-" in "".join(found[g] or "" for g in ("minus", "minus2", "minus3")).replace(
        "\u2212", "-"
    )
    return -number if negative else number


def _marks(bodies: list[str], *, comma_file: bool) -> tuple[str, str, bool] | None:
    """Return (decimal mark, thousands mark, doubtful), or None when the marks make no sense."""
    both = [b for b in bodies if "," in b and "." in b]
    if both:
        comma_last = sum(b.rfind(",") > b.rfind(".") for b in both)
        return (",", ".", False) if comma_last > len(both) / 2 else (".", ",", False)
    spaced = next((m for m in _SPACES if any(m in b for b in bodies)), "")
    if spaced and not all(_GROUPS[spaced].match(b) for b in bodies if spaced in b):
        return None
    commas, points = [b for b in bodies if "," in b], [b for b in bodies if "." in b]
    if commas and points:
        return None
    return _commas(commas, comma_file=comma_file) if commas else _points(points, comma_file=comma_file)


def _commas(bodies: list[str], *, comma_file: bool) -> tuple[str, str, bool]:
    if not _all_grouped(bodies, ","):
        return ",", "", False
    sure = any(b.count(",") > 1 for b in bodies)
    return (",", "", True) if comma_file and not sure else (".", ",", not sure)


def _points(bodies: list[str], *, comma_file: bool) -> tuple[str, str, bool]:
    sure = any(b.count(".") > 1 for b in bodies)
    if bodies and _all_grouped(bodies, ".") and (sure or comma_file):
        return ",", ".", not sure
    return ".", "", False


def _all_grouped(bodies: list[str], mark: str) -> bool:
    return all(_GROUPS[mark].fullmatch(b) and not b.startswith("0") for b in bodies)
