"""Lines of the made-up retailer -> cells of text; orders that are dirty as a whole, in known numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from . import catalogue as stock
from .shop_orders import HUNDRED_THOUSAND, ORDINARY, Lines, Orders

if TYPE_CHECKING:
    from collections.abc import Callable

    from .catalogue import Catalogue

CHARGES = ("POST", "DOT", "BANK CHARGES", "AMAZONFEE")
ADJUSTMENTS = ("M", "D", "SAMPLES")
LOWER_SHARE, CHARGED_SHARE, ADJUSTED_SHARE = 0.05, 0.25, 0.07
TOO_MANY_DIGITS = "99999999999999999999"


@dataclass
class Sheet:
    """Columns of text, one entry a line, and what has been spoilt.

    ``standing`` marks lines that no row rule takes out and no special order holds: those
    may be spoilt or copied. ``reasons`` counts rows by reason code; ``lost`` marks rows in quarantine.
    """

    columns: dict[str, np.ndarray]
    standing: np.ndarray
    lost: np.ndarray
    planted: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    excluded: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    misshapen: dict[int, int] = field(default_factory=dict)
    copies: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class Style:
    """How numbers and times are written."""

    decimal_comma: bool

    def number(self, units: int, scale: int, fewest: int) -> str:
        """Return units / scale as text with at least ``fewest`` decimals."""
        sign, units = ("-" if units < 0 else ""), abs(units)
        whole, rest = divmod(units, scale)
        decimals = f"{rest:0{len(str(scale)) - 1}d}".rstrip("0").ljust(fewest, "0")
        if self.decimal_comma:
            return sign + f"{whole:,}".replace(",", ".") + (f",{decimals}" if decimals else "")
        return f"{sign}{whole}" + (f".{decimals}" if decimals else "")

    def time(self, minute: np.datetime64) -> str:
        """Return a wall-clock minute as text: 12/1/2010 8:26, or 01.12.2010 without the time."""
        moment = minute.astype("datetime64[m]").astype(datetime)
        if self.decimal_comma:
            return f"{moment:%d.%m.%Y}"
        return f"{moment.month}/{moment.day}/{moment.year} {moment.hour}:{moment.minute:02d}"


def texts(values: np.ndarray, write: Callable[[int], str]) -> np.ndarray:
    """Return each value as text; ``write`` sees each distinct value once."""
    unique, places = np.unique(values, return_inverse=True)
    return np.array(
        [write(v) for v in (unique if unique.dtype.kind == "M" else unique.tolist())], dtype=object
    )[places]


def make_sheet(
    rng: np.random.Generator,
    orders: Orders,
    lines: Lines,
    goods: Catalogue,
    style: Style,
    *,
    currencies: bool,
) -> Sheet:
    """Write every line as text; special orders already show their kind, no cell is spoilt yet."""
    kinds = orders.kinds[lines.order]
    letter = {"cancellation": "C", "positive_cancellation": "C", "bad_debt": "A"}
    numbers = np.array(
        [letter.get(k, "") + str(n) for k, n in zip(orders.kinds, orders.numbers.tolist(), strict=True)],
        dtype=object,
    )
    minutes = orders.minutes[lines.order]
    lasting = kinds == "lasting"
    minutes = np.where(
        lasting, minutes + np.where(lines.place == 0, 2, np.where(lines.place == 1, 0, 1)), minutes
    )
    is_lower = (rng.random(lines.order.size) < LOWER_SHARE) & (kinds == ORDINARY)
    codes = np.where(is_lower, goods.lower_codes[lines.product], goods.codes[lines.product])
    codes = np.where(kinds == "bad_debt", "B", codes)
    ids = _customer_texts(rng, orders.customers[lines.order])
    names = np.where(kinds == "bad_debt", "Adjust bad debt", goods.descriptions[lines.product, lines.variant])
    columns = {
        "InvoiceNo": numbers[lines.order],
        "StockCode": codes,
        "Description": names,
        "Quantity": texts(lines.thousandths, lambda v: style.number(v, 1000, 0)),
        "InvoiceDate": texts(minutes, style.time),  # type: ignore[arg-type]
        "UnitPrice": texts(lines.price, lambda v: style.number(v, HUNDRED_THOUSAND, 2)),
        "Customer ID": ids,
        "Country": stock.COUNTRIES[orders.countries][lines.order],
    }
    if currencies:
        columns["Currency"] = orders.currencies[lines.order]
    early = orders.lacks_rate[lines.order] if currencies else np.zeros(lines.order.size, dtype=bool)
    return Sheet(columns, standing=(kinds == ORDINARY) & ~early, lost=np.zeros(lines.order.size, dtype=bool))


def _customer_texts(rng: np.random.Generator, customers: np.ndarray) -> np.ndarray:
    form = rng.choice(3, customers.size, p=[0.6, 0.38, 0.02])
    plain = texts(customers, lambda v: str(v) if v else "")
    decimal = texts(customers, lambda v: f"{v}.0" if v else "")
    blank = texts(customers, lambda v: f" {v} " if v else "")
    return np.where(form == 0, plain, np.where(form == 1, decimal, blank))


def spoil_orders(sheet: Sheet, orders: Orders, lines: Lines, *, currencies: bool) -> None:
    """Blank the first line's country or currency, mix customers; count the rows lost with their order."""
    kinds = orders.kinds[lines.order]
    first = lines.place == 0
    sheet.columns["Country"][(kinds == "no_country") | (first & (kinds == "late_country"))] = ""
    if currencies:
        sheet.columns["Currency"][(kinds == "no_country") | (first & (kinds == "late_currency"))] = ""
    conflict = kinds == "two_customers"
    last = np.append(np.diff(lines.order) > 0, [True])
    sheet.columns["Customer ID"][conflict & last] = "99999"
    future = kinds == "far_future"
    sheet.reasons["customer_id.conflict"] += int(conflict.sum())
    sheet.reasons["ordered_at.in_future"] += int(future.sum())
    lost = conflict | future
    if currencies:
        rateless = orders.lacks_rate[lines.order]
        sheet.reasons["exchange_rate.missing"] += int((rateless & ~future).sum())
        lost |= rateless
    sheet.lost |= lost
    sheet.planted.update(
        {f"{kind}_orders": int((orders.kinds == kind).sum()) for kind in set(orders.kinds.tolist())}
    )
