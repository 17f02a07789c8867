"""How a column writes its numbers: decimal mark, thousands mark, currency sign.

Texts -> ``NumberStyle`` and floats (for weighing evidence only; nothing here ends in a table).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
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
FEW, FEW_KINDS = 0.03, 0.02  # the share of rows, and of different values, that may be junk
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
    """Return how the values are written, or None when they are no numbers (few may fail).

    Args:
        values: Distinct texts, nulls left out; a mapping says in how many rows each stands.
        comma_file: Whether the file writes decimal commas elsewhere (or is cut at ``;``).
    """
    rows = values if isinstance(values, Mapping) else dict.fromkeys(values, 1)
    bodies: dict[str, int] = {}
    signs: Counter[str] = Counter()
    read = []
    for value, count in rows.items():
        found = None if _PLAIN.fullmatch(value) else _NUMBER.fullmatch(value)
        if found is None and not _PLAIN.fullmatch(value):
            continue
        body = found["body"] if found else value.lstrip("+-")
        bodies[body] = bodies.get(body, 0) + count
        read.append(value)
        signs[(found["before"] or found["after"] or "") if found else ""] += 1
    if not nearly_all(read, rows):
        return None
    usual = max(signs, key=lambda sign: signs[sign])
    sign = usual if signs[usual] > len(rows) / 2 else ""
    marks = _marks(bodies, comma_file=comma_file)
    if marks is None:
        return None
    decimal, thousands, doubtful = marks
    odd = sum(count for body, count in bodies.items() if body.count(decimal) > 1)
    if odd > FEW * sum(bodies.values()):
        return None
    is_whole = not any(decimal in b and b.rpartition(decimal)[2].strip("0") for b in bodies)
    return NumberStyle(decimal, thousands, sign, is_whole, doubtful)


def nearly_all(good: Collection[str], rows: Mapping[str, int]) -> bool:
    """Return whether good values are nearly all: by different values, or by rows and most values too."""
    if not good:
        return False
    if len(good) >= (1 - FEW_KINDS) * len(rows):
        return True
    return len(good) >= len(rows) / 2 and sum(rows[v] for v in good) >= (1 - FEW) * sum(rows.values())


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


def _marks(bodies: Mapping[str, int], *, comma_file: bool) -> tuple[str, str, bool] | None:
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
        return _mixed(bodies, commas, points, comma_file=comma_file)
    return _commas(commas, comma_file=comma_file) if commas else _points(points, comma_file=comma_file)


def _mixed(
    bodies: Mapping[str, int], commas: list[str], points: list[str], *, comma_file: bool
) -> tuple[str, str, bool] | None:
    """Tell 1.200 beside 2,5: one mark groups thousands; else the many outvote a few."""
    by_comma, by_point = _all_grouped(commas, ","), _all_grouped(points, ".")
    if by_comma or by_point:
        is_comma = by_point and (comma_file or not by_comma)
        return (",", ".", by_comma) if is_comma else (".", ",", by_point)
    low, high = sorted((sum(bodies[b] for b in part), mark) for part, mark in ((commas, ","), (points, ".")))
    return (high[1], "", False) if low[0] <= FEW * high[0] else None


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
