"""How a column writes its dates: Spark datetime patterns, and whether day or month comes first.

Texts -> ``DateStyle``. A number above 12 decides; else the order of the rows does;
else the style is marked as doubtful.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from customer_chunks.sources.draft.dates_coded import DateStyle, stamp_style
from customer_chunks.sources.draft.numbers import FEW, nearly_all

_MONTHS = {
    m: n
    for n, m in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_TIME = (
    r"(?P<gap>T|\s+|,\s+)(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?P<dot>[.,])?(?P<F>(?<=[.,])\d{1,9})?)?"
    r"(?:(?P<apgap>\s?)(?P<ap>[AaPp]\.?[Mm]\.?))?(?:(?P<zgap>\s?)(?P<Z>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
)
_DAYS = (
    ("ymd", r"(?P<y>\d{4})(?P<s>[-/.])(?P<a>\d{1,2})(?P=s)(?P<b>\d{1,2})"),
    ("num", r"(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})"),
    ("dmon", r"(?P<a>\d{1,2})(?P<s>[-/. ])(?P<mon>[A-Za-z]{3,9})\.?(?P=s)(?P<y>\d{4}|\d{2})"),
    ("mond", r"(?P<mon>[A-Za-z]{3,9})(?P<s> )(?P<a>\d{1,2}),? (?P<y>\d{4})"),
    ("cjk", r"(?P<y>\d{4})(?P<s>年)(?P<a>\d{1,2})月(?P<b>\d{1,2})日"),
    ("compact", r"(?P<y>(?:19|20)\d{2})(?P<s>)(?P<a>0[1-9]|1[0-2])(?P<b>0[1-9]|[12]\d|3[01])"),
)
_SHAPES = tuple((name, re.compile(rf"{day}(?:{_TIME})?")) for name, day in _DAYS)
CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[AaPp][Mm])?")


@dataclass
class _Group:
    shape: str
    rows: Mapping[str, int]
    finds: list[re.Match[str]] = field(default_factory=list)
    is_day_first: bool = True
    doubt: str = ""


def date_style(ordered: Sequence[str], distinct: Iterable[str]) -> DateStyle | None:
    """Return how the values are written, or None when they are no dates (few may fail).

    Args:
        ordered: The values in file order, whose order may tell days from months.
        distinct: The distinct values; a mapping says in how many rows each stands.
    """
    rows = distinct if isinstance(distinct, Mapping) else dict.fromkeys(distinct, 1)
    groups: dict[tuple[str, ...], _Group] = {}
    matched = []
    for value in rows:
        for shape, pattern in _SHAPES:
            found = pattern.fullmatch(value)
            if found and _is_possible(found):
                groups.setdefault(_key(shape, found), _Group(shape, rows)).finds.append(found)
                matched.append(value)
                break
    if not nearly_all(matched, rows):
        return stamp_style(rows)
    for group in groups.values():
        if group.shape == "num":
            _decide(group, ordered)
    _settle(list(groups.values()))
    return _style(groups)


def _key(shape: str, found: re.Match[str]) -> tuple[str, ...]:
    parts = found.groupdict()
    zone = parts["Z"] or ""
    return (
        shape, parts["s"], str(len(parts["y"])), parts["gap"] or "", (parts["S"] and "S") or "",
        str(len(parts["F"] or "")), (parts["ap"] and "a") or "", (parts["zgap"] if zone else "") or "",
        "Z" if zone == "Z" else "name" if zone.isalpha() else ":" if ":" in zone else zone[:1] and "+",
        ("long" if len(parts.get("mon") or "") > 3 else "short") if "mon" in parts else "",
        (parts["apgap"] if parts["ap"] else "") or "",
    )  # fmt: skip


def _is_possible(found: re.Match[str]) -> bool:
    parts = found.groupdict()
    if "mon" in parts:
        return parts["mon"][:3].lower() in _MONTHS and 1 <= int(parts["a"]) <= 31
    a, b = int(parts["a"]), int(parts["b"])
    return 1 <= a <= 31 and 1 <= b <= 31 and min(a, b) <= 12


def _decide(group: _Group, ordered: Sequence[str]) -> None:
    """Let numbers above 12 tell days from months; a few broken dates do not outvote the many."""
    day_first = sum(group.rows[f.string] for f in group.finds if int(f["a"]) > 12)
    month_first = sum(group.rows[f.string] for f in group.finds if int(f["b"]) > 12)
    if not day_first and not month_first:
        _by_order(group, ordered)
        return
    group.is_day_first = day_first >= month_first
    if min(day_first, month_first) > FEW * max(day_first, month_first):
        group.doubt = "some dates are day first, others month first"


def _by_order(group: _Group, ordered: Sequence[str]) -> None:
    at = {f.string: (int(f["y"]), int(f["a"]), int(f["b"])) for f in group.finds}
    seen = [at[v] for v in ordered if v in at]
    pairs = list(pairwise(seen))
    down_day = sum((y, b, a) > (z, d, c) for (y, a, b), (z, c, d) in pairs)
    down_month = sum((y, a, b) > (z, c, d) for (y, a, b), (z, c, d) in pairs)
    low, high = sorted((down_day, down_month))
    if high > 4 and low * 4 < high:
        group.is_day_first = down_day < down_month
        return
    if group.finds[0]["s"] == ".":
        return  # with dots the day comes first everywhere
    group.is_day_first = group.finds[0]["s"] != "/" or not group.finds[0]["ap"]
    group.doubt = "no value above 12 tells the day from the month"


def _settle(groups: list[_Group]) -> None:
    """Let a doubtful group follow a sure one of the same column."""
    sure = [g for g in groups if g.shape == "num" and not g.doubt]
    for group in groups:
        if group.shape == "num" and group.doubt.startswith("no value") and sure:
            group.is_day_first, group.doubt = sure[0].is_day_first, ""


def _style(groups: dict[tuple[str, ...], _Group]) -> DateStyle:
    patterns: dict[str, None] = {}
    is_iso = all(_is_iso(key) for key in groups)
    style = DateStyle("date")
    for group in sorted(groups.values(), key=lambda g: -len(g.finds)):
        patterns[_pattern(group)] = None
        style.doubtful = style.doubtful or group.doubt
        style.has_time |= any(f["H"] for f in group.finds)
        style.has_zone |= any(f["Z"] for f in group.finds)
        for found in group.finds:
            moment = _moment(found, group)
            if moment:
                style.parsed[found.string] = moment
    style.kind = "timestamp" if style.has_time else "date"
    style.patterns = () if is_iso else tuple(patterns)
    return style


def _is_iso(key: tuple[str, ...]) -> bool:
    return (
        key[0] == "ymd"
        and key[1] == "-"
        and key[6] == ""
        and key[7] == ""
        and key[8] in {"", "Z", ":"}
        and key[3] in {"", "T", " "}
    )


def _pattern(group: _Group) -> str:
    first = group.finds[0]
    return _day_pattern(group, first, "yy" if len(first["y"]) == 2 else "yyyy") + _clock(group)


def _day_pattern(group: _Group, first: re.Match[str], year: str) -> str:
    s = first["s"]
    if group.shape == "compact":
        return "yyyyMMdd"
    if group.shape in {"dmon", "mond"}:
        day = "d" * _width(group, "a")
        month = "MMMM" if any(len(f["mon"]) > 3 for f in group.finds) else "MMM"
        comma = "," if "," in first.string[: first.end("y")] else ""
        return f"{day}{s}{month}{s}{year}" if group.shape == "dmon" else f"{month} {day}{comma} {year}"
    day_first = group.shape == "num" and group.is_day_first
    a, b = ("d", "M") if day_first else ("M", "d")
    a, b = a * _width(group, "a"), b * _width(group, "b")
    if group.shape == "cjk":
        return f"yyyy年{a}月{b}日"
    return f"{year}{s}{a}{s}{b}" if group.shape == "ymd" else f"{a}{s}{b}{s}{year}"


def _clock(group: _Group) -> str:
    first = group.finds[0]
    if not first["H"]:
        return ""
    letter = "h" if first["ap"] else "H"
    gap = "'T'" if first["gap"] == "T" else first["gap"]
    text = f"{gap}{letter * _width(group, 'H')}:mm{':ss' if first['S'] else ''}"
    text += first["dot"] + "S" * len(first["F"]) if first["F"] else ""
    text += first["apgap"] + "a" if first["ap"] else ""
    if not first["Z"]:
        return text
    zone = "XXX" if first["Z"] == "Z" or ":" in first["Z"] else "VV" if first["Z"].isalpha() else "xx"
    return text + first["zgap"] + zone


def _width(group: _Group, part: str) -> int:
    """Return 2 when numbers below ten are padded, 1 when they are not or none was seen."""
    texts = [f[part] for f in group.finds if f[part]]
    return 2 if any(t.startswith("0") for t in texts) and all(len(t) == 2 for t in texts) else 1


def _moment(found: re.Match[str], group: _Group) -> datetime | None:
    parts = found.groupdict()
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
    a, b = int(parts["a"]), int(parts.get("b") or 1)
    if "mon" in parts:
        month, day = _MONTHS[parts["mon"][:3].lower()], a
    elif group.shape == "num":
        month, day = (b, a) if group.is_day_first else (a, b)
    else:
        month, day = a, b
    hour = int(parts["H"] or 0) % (12 if parts["ap"] else 24) + (
        12 if (parts["ap"] or "").lower().startswith("p") else 0
    )
    try:
        return datetime(year, month, day, hour, int(parts["M"] or 0), min(int(parts["S"] or 0), 59))
    except ValueError:
        return None
