"""A column and its field -> what the mapping says: a name, an expression, formats and number marks."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from customer_chunks.contracts.entities import Kind
from customer_chunks.sources.draft.profile import Profile

_PLAIN = re.compile(r"[^\W\d][\w.]*(?:[ _-]?[\w.()/%]+)*")
_READ_BY_ITSELF = {"", "€", "$", "£", "¥", "₺", "%"}
_NUMBERS = {Kind.AMOUNT, Kind.PRICE, Kind.QUANTITY, Kind.RATE}


@dataclass(frozen=True)
class Value:
    """The right-hand side of a line of the mapping, and what to say about it."""

    yaml: str
    note: str = ""
    doubt: str = ""


def scalar(text: str) -> str:
    """Return text as a YAML scalar, quoted where YAML would read something else."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def quoted(column: str) -> str:
    """Return a column in a Spark SQL expression."""
    return (
        column if re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", column) else f"`{column.replace('`', '``')}`"
    )


def sql_text(text: str) -> str:
    """Return a Spark SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def flow(items: dict[str, str | tuple[str, ...]]) -> str:
    """Return a YAML flow mapping."""
    parts = []
    for key, value in items.items():
        if isinstance(value, tuple):
            parts.append(f"{key}: [{', '.join(json.dumps(v, ensure_ascii=False) for v in value)}]")
        else:
            parts.append(f"{key}: {scalar_in_flow(value)}")
    return "{" + ", ".join(parts) + "}"


def scalar_in_flow(text: str) -> str:
    """Return text as a scalar inside braces."""
    return text if re.fullmatch(r"[A-Za-z_][\w.]*( [\w.]+)*", text) else json.dumps(text, ensure_ascii=False)


def value_of(p: Profile, kind: Kind) -> Value:
    """Return how a column becomes a field of a kind."""
    if kind in {Kind.INSTANT, Kind.DAY}:
        return _moment(p)
    if kind in _NUMBERS:
        return _number(p)
    if (
        kind is Kind.CODE
        and p.type == "text"
        and p.within("currency") > 0.9
        and any(v.islower() for v in p.some)
    ):
        return Value(scalar(f"upper({quoted(p.name)})"))
    note = "ids keep no trailing .0" if kind is Kind.ID and any(v.endswith(".0") for v in p.some[:50]) else ""
    return Value(scalar(p.name), note)


def product_id(p: Profile) -> Value:
    """Return a product id; upper case where ids are written in both cases."""
    if len({v.upper() for v in p.counts}) < p.distinct:
        return Value(scalar(f"upper({quoted(p.name)})"), "the same ids are written in both cases")
    lettered = [v for v in p.counts if v.upper() != v.lower()]
    low, high = sum(v.islower() for v in lettered), sum(v.isupper() for v in lettered)
    if low and high and low + high > 0.9 * len(lettered):
        return Value(scalar(f"upper({quoted(p.name)})"), "ids are written in both cases")
    return value_of(p, Kind.ID)


def discount(p: Profile) -> Value:
    """Return a discount as a positive amount."""
    if p.negative_share > 0 and p.negative_share + p.zero_share > 0.98:
        items: dict[str, str | tuple[str, ...]] = {"expr": f"regexp_replace({quoted(p.name)}, '-', '')"}
        return Value(flow(items | _marks(p)), "written as a negative amount")
    return _number(p)


def date_and_time(day: Profile, time: Profile) -> Value:
    """Return one instant out of a column of days and one of times."""
    if day.date is None and time.type != "time":
        found = _days(day)
        inner = found.yaml.removeprefix('{expr: "').removesuffix('"}')
        expression = f"concat({inner}, ' ', lpad({quoted(time.name)}, 4, '0'))"
        return Value(flow({"expr": expression, "format": "yyyy-MM-dd HHmm"}), found.note, found.doubt)
    if day.date is None or day.date.has_time:
        return _moment(day)
    clock = _clock_pattern(time)
    tail = quoted(time.name) if time.type == "time" else f"lpad({quoted(time.name)}, 4, '0')"
    expression = f"concat({quoted(day.name)}, ' ', {tail})"
    if not day.date.patterns and clock.startswith("H:mm"):
        day_patterns: tuple[str, ...] = ("yyyy-MM-dd",)
    else:
        day_patterns = day.date.patterns or ("yyyy-MM-dd",)
    formats = tuple(f"{pattern} {clock}" for pattern in day_patterns)
    one = formats[0] if len(formats) == 1 else formats
    return Value(flow({"expr": expression, "format": one}), "date and time", day.date.doubtful)


def _clock_pattern(time: Profile) -> str:
    if time.type != "time":
        return "HHmm"
    sample = time.some[0] if time.some else ""
    half = sample[-1:].lower() == "m"
    seconds = ":ss" if sample.count(":") > 1 else ""
    return f"h:mm{seconds}{' ' if ' ' in sample else ''}a" if half else f"H:mm{seconds}"


def _moment(p: Profile) -> Value:
    style, name = p.date, quoted(p.name)
    if p.native:
        return Value(scalar(p.name))
    if style is None:
        return _days(p)
    if style.kind == "epoch_seconds":
        return Value(flow({"expr": f"timestamp_seconds(CAST({name} AS BIGINT))"}), "seconds since 1970")
    if style.kind == "epoch_millis":
        return Value(flow({"expr": f"timestamp_millis(CAST({name} AS BIGINT))"}), "milliseconds since 1970")
    junk = _junk(p.no_dates, p, "dates")
    if not style.patterns:
        return Value(scalar(p.name), _joined("ISO date", junk), style.doubtful)
    form = style.patterns[0] if len(style.patterns) == 1 else style.patterns
    note = (
        "two-digit years are read as 20xx" if any("yyyy" not in pattern for pattern in style.patterns) else ""
    )
    return Value(flow({"column": p.name, "format": form}), _joined(note, junk), style.doubtful)


def _days(p: Profile) -> Value:
    name = quoted(p.name)
    if p.type == "integer" and 30_000 < p.quantile(0.5) < 60_000:
        expression = f"date_add(DATE'1899-12-30', CAST({name} AS INT))"
        return Value(flow({"expr": expression}), "a spreadsheet's day number")
    expression = f"date_add(DATE'2000-01-01', CAST({name} AS INT) - 1)"
    return Value(flow({"expr": expression}), "", "day numbers and no dates: put the date of day 1")


def _number(p: Profile) -> Value:
    style = p.number
    doubt = "is the mark in 1.234 a decimal or a thousands mark?" if style and style.doubtful else ""
    if style is None:
        return Value(scalar(p.name))
    marks, junk = _marks(p), _junk(p.no_numbers, p, "numbers")
    if style.sign not in _READ_BY_ITSELF and not re.fullmatch("[A-Z]{3}", style.sign):
        expression = f"regexp_replace({quoted(p.name)}, '[^0-9,.()-]', '')"
        return Value(flow({"expr": expression, **marks}), _joined(f"written with {style.sign}", junk), doubt)
    return Value(flow({"column": p.name, **marks}) if marks else scalar(p.name), junk, doubt)


def _junk(count: int, p: Profile, what: str) -> str:
    """Return a sentence about the values that the product will not be able to read."""
    return (
        f"{count:,} of {p.filled:,} values looked at are no {what}: they will be quarantined" if count else ""
    )


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _marks(p: Profile) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    if p.number and p.number.decimal == ",":
        found["decimal"] = ","
    if p.number and p.number.thousands.strip() in {",", "."}:
        found["thousands"] = p.number.thousands
    return found
