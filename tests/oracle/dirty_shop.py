"""A made-up retailer's export, like UCI Online Retail, with dirt in known numbers.

``write_dirty_shop`` writes sales*.csv, products.csv, perhaps rates.csv, and mapping.yml. The
numbers in the returned ``DirtyShop`` come from the planting, not from reading the files:
they check the oracle as the oracle checks the product. They hold for reporting time
zones in which the winter days are London's (UTC is one).
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from . import shop_mapping
from .catalogue import make_catalogue
from .dirt import Sheet, Style, make_sheet, spoil_orders
from .shop import DirtyShop
from .shop_orders import make_lines, make_orders
from .spoilt_lines import spoil_lines

if TYPE_CHECKING:
    from pathlib import Path

    from .catalogue import Catalogue

__all__ = ["DirtyShop", "write_dirty_shop"]


def write_dirty_shop(  # noqa: PLR0913 - each kind of export is one choice
    folder: Path,
    *,
    lines: int = 4000,
    seed: int = 7,
    deliveries: int = 1,
    currencies: bool = False,
    decimal_comma: bool = False,
    duplicates: str = "drop",
) -> DirtyShop:
    """Write the export and its mapping.

    Args:
        folder: Where; made if it is not there.
        lines: Rows of all sales files together, 1,500 or more.
        seed: The same seed writes the same bytes.
        deliveries: Number of sales files; an order may lie across two of them, a copy in a later one.
        currencies: Adds the column Currency and rates.csv, with gaps, dollars late; reporting currency GBP.
        decimal_comma: ``;``, ``1.234,56``, ``31.12.2011`` without a time, windows-1252.
        duplicates: What the mapping says of exact duplicates: ``drop`` or ``keep``.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    copies = max(6, lines // 100)
    style = Style(decimal_comma)
    goods = make_catalogue(rng, punctuation=" \u2013 \u20ac" if decimal_comma else "")
    orders = make_orders(rng, lines - copies - 3)
    drawn = make_lines(rng, orders, goods)
    sheet = make_sheet(rng, orders, drawn, goods, style, currencies=currencies)
    spoil_orders(sheet, orders, drawn, currencies=currencies)
    spoil_lines(rng, sheet, orders, drawn, style)
    sequence = _with_copies(rng, sheet, copies)
    encoding = "cp1252" if decimal_comma else "latin-1"
    delimiter = ";" if decimal_comma else ","
    files = _write_sales(
        folder, sheet, sequence, deliveries=deliveries, encoding=encoding, delimiter=delimiter
    )
    products = _write_products(folder, goods, encoding)
    rates = _write_rates(folder, rng) if currencies else None
    feed = shop_mapping.line_feed(
        files, currencies=currencies, decimal_comma=decimal_comma, duplicates=duplicates
    )
    mapping = folder / "mapping.yml"
    text = shop_mapping.mapping_text(
        currencies=currencies, decimal_comma=decimal_comma, duplicates=duplicates
    )
    mapping.write_text(text, encoding="utf-8")
    return DirtyShop(
        folder=folder,
        source=shop_mapping.SOURCE,
        feed_name=shop_mapping.FEED,
        mapping=mapping,
        feed=feed,
        planted=dict(sheet.planted),
        account=_account(sheet, len(sequence), copies if duplicates == "drop" else 0),
        reason_counts={code: count for code, count in sorted(sheet.reasons.items()) if count},
        reporting_currency="GBP" if currencies else None,
        categories={
            c: k for c, k in zip(goods.codes.tolist(), goods.categories, strict=True) if k is not None
        },
        products=products,
        rates=rates,
    )


def _with_copies(rng: np.random.Generator, sheet: Sheet, count: int) -> np.ndarray:
    """Return the line of each written row: in order, with copies next to their line or anywhere later."""
    size = sheet.standing.size
    ready = np.flatnonzero(sheet.standing)
    copied = rng.choice(ready, count, replace=False)
    copied[: count // 10] = copied[-(count // 10) - 1]
    sheet.planted["exact_copies"] = count
    copied = np.append(copied, sheet.copies)
    near = rng.integers(0, 2, copied.size) == 0
    keys = np.where(near, copied + 0.5, copied + 0.5 + rng.random(copied.size) * (size - copied))
    return np.append(np.arange(size), copied)[np.argsort(np.append(np.arange(size), keys), kind="stable")]


def _account(sheet: Sheet, rows: int, dropped: int) -> dict[str, int]:
    lost = int(sheet.lost.sum()) + sheet.planted["copies_of_quarantined"]
    excluded = sheet.excluded.size + sheet.planted["copies_of_excluded"]
    return {
        "read": rows,
        "accepted": rows - lost - excluded - dropped,
        "quarantined": lost,
        "duplicate": dropped,
        "excluded": excluded,
    }


def _write_sales(
    folder: Path, sheet: Sheet, sequence: np.ndarray, *, deliveries: int, encoding: str, delimiter: str
) -> tuple[Path, ...]:
    header = list(sheet.columns)
    rows = list(zip(*(column.tolist() for column in sheet.columns.values()), strict=True))
    for line, change in sheet.misshapen.items():
        row = rows[line]
        rows[line] = row[:change] if change < 0 else (*row[:2], row[2], "cut here", *row[3:])
    files = []
    for number, part in enumerate(np.array_split(sequence, deliveries), start=1):
        path = folder / ("sales.csv" if deliveries == 1 else f"sales_{number:03d}.csv")
        with path.open("w", encoding=encoding, newline="") as text:
            writer = csv.writer(text, delimiter=delimiter)
            writer.writerow(header)
            writer.writerows(rows[i] for i in part.tolist())
        files.append(path)
    return tuple(files)


def _write_products(folder: Path, goods: Catalogue, encoding: str) -> Path:
    """Write code and category; some codes in small letters, some without category, some not at all."""
    path = folder / "products.csv"
    codes = [
        low if i % 4 else code
        for i, (code, low) in enumerate(zip(goods.codes, goods.lower_codes, strict=True))
    ]
    with path.open("w", encoding=encoding, newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["StockCode", "Category"])
        writer.writerows((c, k) for c, k in zip(codes, goods.categories, strict=True) if k is not None)
    return path


def _write_rates(folder: Path, rng: np.random.Generator) -> Path:
    """Write pounds for one euro (most Mondays, from the start) and one dollar (monthly, from February)."""
    path = folder / "rates.csv"
    mondays = [date(2010, 11, 29) + timedelta(weeks=i) for i in range(54)]
    euro = [
        ("EUR", d, 82_000 + int(rng.integers(0, 8_000))) for i, d in enumerate(mondays) if i % 7 not in (3, 4)
    ]
    dollar = [("USD", date(2011, month, 1), 61_000 + int(rng.integers(0, 4_000))) for month in range(2, 12)]
    rows = euro + dollar
    rng.shuffle(rows)
    with path.open("w", encoding="ascii", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["currency", "valid_on", "rate"])
        writer.writerows((currency, day.isoformat(), f"0.{rate:05d}") for currency, day, rate in rows)
    return path
