"""Moments written as one number: seconds or milliseconds since 1970, or yyyyMMddHHmmss."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from customer_chunks.sources.draft.numbers import nearly_all

_STAMP = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)([0-5]\d)")


@dataclass
class DateStyle:
    """How dates are written; ``patterns`` is empty where Spark reads the text by itself (ISO 8601)."""

    kind: str
    patterns: tuple[str, ...] = ()
    has_time: bool = False
    has_zone: bool = False
    doubtful: str = ""
    parsed: dict[str, datetime] = field(default_factory=dict)


def epoch_style(values: Collection[float]) -> DateStyle | None:
    """Return the style of seconds or milliseconds since 1970 between 2000 and 2040, or None."""
    rows = dict.fromkeys(values, 1)
    for kind, factor in (("epoch_seconds", 1), ("epoch_millis", 1000)):
        good = [n for n in rows if 946_684_800 * factor <= n <= 2_208_988_800 * factor]
        if len(good) >= 0.98 * max(len(rows), 1):
            parsed = {
                f"{n:.0f}": datetime.fromtimestamp(n / factor, timezone.utc).replace(tzinfo=None)
                for n in good
            }
            return DateStyle(kind, has_time=True, has_zone=True, parsed=parsed)
    return None


def stamp_style(rows: Mapping[str, int]) -> DateStyle | None:
    """Return the style of fourteen digits from the year to the second, or None."""
    parsed = {}
    for text in rows:
        found = _STAMP.fullmatch(text)
        if found:
            y, m, d, hour, minute, second = (int(g) for g in found.groups())
            parsed[text] = datetime(y, m, min(d, 28), hour, minute, second)
    if not nearly_all(parsed, rows):
        return None
    return DateStyle("timestamp", ("yyyyMMddHHmmss",), has_time=True, parsed=parsed)
