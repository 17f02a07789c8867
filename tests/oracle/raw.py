"""Files of order lines -> one table of text, read by Python's csv and nothing of the product.

Enters: the files of one feed and how they are written. Leaves: an Arrow table with a row
per received row: where it stood, whether its field count is right, its text as one key
and each column as text (NULL where empty).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SEPARATOR = "\x1f"


@dataclass(frozen=True)
class LineFeed:
    """How the oracle reads the order lines of one source.

    ``fields`` maps canonical fields (order_id, ordered_at, customer_id, product_id,
    line_kind, quantity, unit_price, discount_amount, line_amount, currency, country,
    channel, store, is_return) to DuckDB expressions over the raw text columns.
    ``exclude`` names rules of the same kind. ``spans`` (column, first, last character from
    1) means fixed width without a header. ``date_formats`` are strptime patterns.
    """

    files: tuple[Path, ...]
    fields: Mapping[str, str]
    date_formats: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    spans: tuple[tuple[str, int, int], ...] = ()
    decimal: str = "."
    thousands: str = ""
    exclude: Mapping[str, str] = field(default_factory=dict)
    duplicates: str = "drop"
    orders: str | None = None
    time_zone: str = "UTC"
    currency: str | None = None
    prefix: str = ""


def read_rows(feed: LineFeed) -> pa.Table:
    """Return every row of the feed as text: one row per record, by file name and place."""
    header: list[str] | None = [name for name, _, _ in feed.spans] or None
    places: dict[str, list[object]] = {"delivery": [], "row_number": [], "is_malformed": [], "raw_key": []}
    rows: list[list[str]] = []
    for path in sorted(feed.files):
        with path.open(encoding=feed.encoding, newline="") as text:
            records: Iterator[list[str]] = _fixed(text, feed) if feed.spans else _delimited(text, feed)
            if not feed.spans:
                found = next(records)
                if header not in (None, found):
                    message = f"{path.name} has another header than the first file."
                    raise ValueError(message)
                header = found
            for number, record in enumerate(records, start=1):
                places["delivery"].append(path.name)
                places["row_number"].append(number)
                places["raw_key"].append(SEPARATOR.join(record))
                rows.append(record)
    width = len(header or ())
    places["is_malformed"] = [len(record) != width for record in rows]
    padded = ((record + [""] * (width - len(record)))[:width] for record in rows)
    columns = list(zip(*padded, strict=True)) or [()] * width
    texts = {
        name: pa.array((value or None for value in column), pa.string())
        for name, column in zip(header or (), columns, strict=True)
    }
    types = {
        "delivery": pa.string(),
        "row_number": pa.int64(),
        "is_malformed": pa.bool_(),
        "raw_key": pa.string(),
    }
    return pa.table({name: pa.array(values, types[name]) for name, values in places.items()} | texts)


def _delimited(text: Iterable[str], feed: LineFeed) -> Iterator[list[str]]:
    return (record for record in csv.reader(text, delimiter=feed.delimiter) if record)


def _fixed(text: Iterable[str], feed: LineFeed) -> Iterator[list[str]]:
    lines = (line.rstrip("\r\n") for line in text)
    return ([line[first - 1 : last] for _, first, last in feed.spans] for line in lines if line)


def read_instants(texts: Iterable[str], feed: LineFeed, reporting_zone: str) -> pa.Table:
    """Return, for each text, its instant (UTC, no zone), its reporting day and whether it fell in a gap.

    Texts that no format reads are left out. A pattern without %H is a day of the
    reporting zone; others are wall-clock times of the source's zone.
    """
    found: list[tuple[str, datetime, date, bool]] = []
    reporting = ZoneInfo(reporting_zone)
    for text in texts:
        for pattern in feed.date_formats:
            try:
                local = datetime.strptime(text.strip(), pattern)
            except ValueError:
                continue
            zone = ZoneInfo(feed.time_zone) if "%H" in pattern else reporting
            instant, is_gap = to_utc(local, zone)
            day = instant.replace(tzinfo=timezone.utc).astimezone(reporting).date()
            found.append((text, instant, day, is_gap))
            break
    names = {
        "text": pa.string(),
        "ordered_at": pa.timestamp("us"),
        "ordered_on": pa.date32(),
        "is_gap": pa.bool_(),
    }
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    return pa.table({n: pa.array(c, t) for (n, t), c in zip(names.items(), columns, strict=True)})


def to_utc(local: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """Return the instant of a wall-clock time, and whether the clock skipped that time.

    Tries both offsets in force around the time: none fits in a gap (then the offset before
    the change shifts it forward), two fit when the clock goes back (then the earlier counts).
    """
    near = (local - timedelta(days=1), local + timedelta(days=1))
    offsets = [zone.utcoffset(moment) or timedelta(0) for moment in near]
    fits = [local - offset for offset in offsets if _wall_clock(local - offset, zone) == local]
    return (min(fits), False) if fits else (local - offsets[0], True)


def _wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
