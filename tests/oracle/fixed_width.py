"""A made-up file of fixed-width transactions like CDNOW's: customer, day, pieces, amount; no order ids."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from .raw import LineFeed
from .shop import DirtyShop

if TYPE_CHECKING:
    from pathlib import Path

SPANS = (("customer", 1, 6), ("day", 8, 15), ("pieces", 17, 18), ("amount", 20, 26))
FIRST_DAY, DAYS = date(1997, 1, 1), 546
FREE_SHARE, COPY_SHARE, SAME_DAY_SHARE, AT_ONCE_SHARE = 0.002, 0.01, 0.02, 0.3
MOST_CENTS = 10**6

_MAPPING = """\
source: club
time_zone: America/New_York
currency: USD
feeds:
  transactions:
    path: transactions.txt
    format: fixed_width
    header: false
    columns:
      customer: 1-6
      day: 8-15
      pieces: 17-18
      amount: 20-26
    orders: {orders}
    duplicates: {duplicates}
    entities:
      order_lines:
        customer_id: customer
        ordered_at: {{column: day, format: yyyyMMdd}}
        quantity: pieces
        line_amount: amount
"""


def write_fixed_width(
    folder: Path, customers: int = 2357, *, seed: int = 7, orders: str = "each_row", duplicates: str = "drop"
) -> DirtyShop:
    """Write transactions.txt and mapping.yml: about three purchases a customer, some copied, some free.

    Customer ids keep their leading zeros. Several different purchases of one day and exact
    copies both occur, so that each_row, customer_day, drop and keep all differ.
    """
    rng = np.random.default_rng(seed)
    counts = np.minimum(1 + rng.geometric(0.38, customers), 60)
    who = np.repeat(np.arange(1, customers + 1), counts)
    first = rng.integers(0, 84, customers)
    later = rng.integers(0, DAYS, who.size) * (rng.random(who.size) > AT_ONCE_SHARE)
    days = np.minimum(first[who - 1] + later, DAYS - 1)
    again = np.flatnonzero(rng.random(who.size) < SAME_DAY_SHARE)
    who, days = np.append(who, who[again]), np.append(days, days[again])
    pieces = np.minimum(rng.geometric(0.45, who.size), 99)
    cents = np.maximum(rng.lognormal(7.2, 0.6, who.size).astype(int), 99) * pieces
    cents[rng.random(who.size) < FREE_SHARE] = 0
    rows = {
        f" {c:05d} {FIRST_DAY + timedelta(days=int(d)):%Y%m%d} {n:2d} {amount / 100:7.2f}"
        for c, d, n, amount in zip(who.tolist(), days.tolist(), pieces.tolist(), cents.tolist(), strict=True)
        if amount < MOST_CENTS
    }
    unique = sorted(rows)
    copied = rng.choice(len(unique), max(2, int(len(unique) * COPY_SHARE)), replace=False)
    lines = sorted(unique + [unique[i] for i in copied.tolist()])
    folder.mkdir(parents=True, exist_ok=True)
    data, mapping = folder / "transactions.txt", folder / "mapping.yml"
    data.write_text("\n".join(lines) + "\n", encoding="ascii", newline="")
    mapping.write_text(_MAPPING.format(orders=orders, duplicates=duplicates), encoding="utf-8")
    dropped = copied.size if duplicates == "drop" else 0
    feed = LineFeed(
        files=(data,),
        fields={
            "customer_id": "customer",
            "ordered_at": "day",
            "quantity": "pieces",
            "line_amount": "amount",
        },
        date_formats=("%Y%m%d",),
        encoding="ascii",
        spans=SPANS,
        orders=orders,
        duplicates=duplicates,
        time_zone="America/New_York",
        currency="USD",
    )
    account = {"read": len(lines), "accepted": len(lines) - dropped, "quarantined": 0, "duplicate": dropped}
    return DirtyShop(
        folder=folder,
        source="club",
        feed_name="transactions",
        mapping=mapping,
        feed=feed,
        planted={"exact_copies": int(copied.size)},
        account={**account, "excluded": 0},
    )
