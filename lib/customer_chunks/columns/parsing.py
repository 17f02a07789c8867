"""Text as outsiders write it -> typed values: Column -> Column, null where it cannot be read.

Nothing here fails on bad text: the caller compares what came in with what came out and
gives the row a reason. Times are instants in UTC (the session's time zone is UTC).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F

_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"
_DATE_ONLY = r"^\d{4}-\d{1,2}-\d{1,2}$"
_TIME_LETTERS = re.compile(r"[HhKkmsSan]")
_ZONE_LETTERS = re.compile(r"[XxZVzO]")
_QUOTED = re.compile(r"'[^']*'")
_YES = (
    "true",
    "t",
    "yes",
    "y",
    "1",
    "ja",
    "j",
    "oui",
    "o",
    "si",
    "sí",
    "s",
    "sim",
    "tak",
    "evet",
    "wahr",
    "vrai",
    "x",
)
_NO = ("false", "f", "no", "n", "0", "nein", "non", "não", "nao", "nie", "nee", "hayır", "falsch", "faux")


def as_text(value: Column, spark_type: str) -> Column:
    """Return any raw value as the text that its owner would write: 17850.0 is 17850, dates are ISO."""
    if spark_type == "string":
        return value
    if spark_type in {"double", "float"}:
        whole = value.cast("decimal(38,0)")
        is_whole = (value == F.floor(value)) & (F.abs(value) < F.lit(1e18))
        return F.when(is_whole, whole.cast("string")).otherwise(value.cast("string"))
    if spark_type.startswith("decimal"):
        return F.regexp_replace(value.cast("string"), r"\.0+$", "")
    if spark_type.startswith(("struct", "array", "map")):
        return F.to_json(value)
    return value.cast("string")


def text(value: Column) -> Column:
    """Trim; nothing left is null."""
    # Not by nullif: Spark computes its operand in a step before, as one more column of every row.
    trimmed = F.trim(value)
    return F.when(trimmed != "", trimmed)


def identifier(value: Column) -> Column:
    """Trim, and remove the trailing ``.0`` that spreadsheets give to numeric ids."""
    trimmed = F.trim(value)
    numeric = F.endswith(trimmed, F.lit(".0")) & trimmed.rlike(r"^-?[0-9]+\.0$")
    return F.when(numeric, F.substring_index(trimmed, ".", 1)).when(trimmed != "", trimmed)


def number(value: Column, spark_type: str, *, decimal: str = ".", thousands: str = "") -> Column:
    """Read a number: ``1.234,50``, ``(12.00)``, ``12-``, ``€ 5``; null where it is none.

    Args:
        value: Text.
        spark_type: The decimal type to give; more digits than its scale are rounded HALF_UP.
        decimal: The decimal mark.
        thousands: The mark between thousands; blanks and apostrophes between digits are always ignored. Where
            it does not stand between groups of three (the first ones may be of two, as in India), or, with
            no such mark declared, where a point before three digits may be either, the text is no number.
    """
    plain = F.trim(value)
    if thousands:
        grouped = plain.rlike(_groups(thousands)) | ~F.contains(plain, F.lit(thousands))
        plain = F.when(grouped, F.replace(plain, F.lit(thousands), F.lit("")))
    elif decimal != ".":
        plain = F.when(~(F.contains(plain, F.lit(".")) & plain.rlike(r"\.\d{3}(\D|$)")), plain)
    if decimal != ".":
        plain = F.replace(plain, F.lit(decimal), F.lit("."))
    quick = plain.try_cast(spark_type)
    bare = F.regexp_replace(
        plain, r"[\s\u00a0\u202f'’]|[€$£¥₹₺]|^[A-Z]{3}(?=[\s\u00a0\d-])|(?<=[\s\u00a0\d])[A-Z]{3}$", ""
    )
    bare = F.regexp_replace(bare, r"^\((.*)\)$", "-$1")
    bare = F.regexp_replace(bare, r"^([0-9.]+)-$", "-$1")
    return F.coalesce(quick, bare.try_cast(spark_type))


def _groups(mark: str) -> str:
    """Return the pattern of text in which every mark stands between thousands: 43.07 is none, by a point."""
    between = re.escape(mark)
    return rf"^\D*\d{{1,3}}({between}\d{{2,3}})*{between}\d{{3}}(?![\d]|{between}).*$"


def flag(value: Column) -> Column:
    """Read true and false as people write them in many languages."""
    word = F.lower(F.trim(value))
    return F.when(word.isin(*_YES), True).when(word.isin(*_NO), False)


def has_time(pattern: str) -> bool:
    """Return whether a datetime pattern tells the time of day."""
    return bool(_TIME_LETTERS.search(_QUOTED.sub("", pattern)))


def instant(
    value: Column, spark_type: str, *, formats: Sequence[str], zone: str, date_zone: str
) -> tuple[Column, Column]:
    """Read an instant.

    Args:
        value: The raw column.
        spark_type: Its type: text, date, timestamp (an instant) or timestamp_ntz (a wall clock).
        formats: Spark datetime patterns, tried in order; none means ISO 8601.
        zone: Time zone of wall clocks.
        date_zone: Time zone of values that are dates only: midnight there.

    Returns:
        The instant in UTC, and whether the wall clock fell into the gap of a clock change
        (it is shifted forward; in an overlap the earlier instant is taken).
    """
    if spark_type == "timestamp":
        return value, F.lit(False)
    if spark_type == "date":
        return _at(value.cast("timestamp"), date_zone)
    if spark_type == "timestamp_ntz":
        return _at(value.cast("timestamp"), zone)
    plain = F.trim(value)
    if not formats:
        return _iso_instant(plain, zone, date_zone)
    read, gaps = [], []
    for pattern in formats:
        parsed = F.try_to_timestamp(plain, F.lit(pattern))
        if _ZONE_LETTERS.search(_QUOTED.sub("", pattern)):
            read.append(parsed)
            continue
        at, gap = _at(parsed, zone if has_time(pattern) else date_zone)
        read.append(at)
        gaps.append(parsed.isNotNull() & gap)
    return F.coalesce(*read), F.coalesce(*gaps, F.lit(False)) if len(gaps) == 1 else _any(gaps)


def day(value: Column, spark_type: str, *, formats: Sequence[str]) -> Column:
    """Read a calendar day; a time of day is ignored."""
    if spark_type != "string":
        return value.try_cast("date")
    plain = F.trim(value)
    if not formats:
        return plain.try_cast("date")
    return F.coalesce(*[F.try_to_timestamp(plain, F.lit(pattern)).cast("date") for pattern in formats])


def _iso_instant(plain: Column, zone: str, date_zone: str) -> tuple[Column, Column]:
    parsed = plain.try_cast("timestamp")
    if _is_utc(zone) and _is_utc(date_zone):
        return parsed, F.lit(False)
    clock, clock_gap = _at(parsed, zone)
    midnight, midnight_gap = _at(parsed, date_zone)
    is_date = F.length(plain) <= F.lit(10)
    # The pattern is dear, and few clocks come with an offset: it is tried where one sign of it is there.
    signs = F.substring(plain, -6, 1).isin("+", "-") | F.substring(plain, -5, 1).isin("+", "-")
    may_have = (F.length(plain) > F.lit(16)) & (F.endswith(plain, F.lit("Z")) | signs)
    has_offset = may_have & plain.rlike(_OFFSET)
    at = F.when(is_date, midnight).when(has_offset, parsed).otherwise(clock)
    gap = F.when(is_date, midnight_gap).when(has_offset, F.lit(False)).otherwise(clock_gap)
    return at, gap


def _at(wall_clock: Column, zone: str) -> tuple[Column, Column]:
    """A wall clock, held as if it were UTC, -> the instant in its zone, and whether it never struck."""
    if _is_utc(zone):
        return wall_clock, F.lit(False)
    at = F.to_utc_timestamp(wall_clock, zone)
    return at, F.coalesce(F.from_utc_timestamp(at, zone) != wall_clock, F.lit(False))


def _is_utc(zone: str) -> bool:
    return zone.upper() in {"UTC", "ETC/UTC", "Z", "GMT"}


def _any(flags: list[Column]) -> Column:
    found = F.lit(False)
    for item in flags:
        found = found | F.coalesce(item, F.lit(False))
    return found
