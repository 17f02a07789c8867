"""The orders of the made-up retailer before any cell is spoilt: who, when, where and what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import catalogue as stock

if TYPE_CHECKING:
    from .catalogue import Catalogue

ORDINARY = "ordinary"
FIRST_MINUTE = np.datetime64("2010-12-01T08:26", "m")
DAYS = 374
DOLLAR_RATES_FROM = np.datetime64("2011-02-01", "m")
PIECES = np.array([1, 1, 1, 2, 2, 3, 4, 6, 6, 8, 10, 12, 12, 24, 48, 100, 1200]) * 1000
METRES = np.array([125, 500, 1250, 2500, 333])
HUNDRED_THOUSAND = 100_000
FIRST_CUSTOMER = 12346
GUEST_SHARE, HOME_SHARE, NIGHT_SHARE, OTHER_NAME_SHARE, OTHER_PRICE_SHARE = 0.25, 0.8, 0.03, 0.15, 0.4

FEWEST = {
    "cancellation": (8, 0.08, 1), "positive_cancellation": (3, 0.001, 1), "bad_debt": (3, 0, 1),
    "far_future": (3, 0, 1), "two_customers": (4, 0.0004, 2), "unmarked_return": (4, 0.001, 1),
    "write_off": (3, 0.01, 1), "free": (3, 0.0005, 1), "lasting": (10, 0, 3), "clock_back": (4, 0, 1),
    "clock_gap": (3, 0, 1), "late_country": (5, 0, 2), "no_country": (3, 0, 1), "late_currency": (3, 0, 2),
    "tied_first": (6, 0, 1), "early_dollar": (2, 0, 1), "later_dollar": (4, 0, 1),
}  # fmt: skip
"""Kinds of order besides ordinary: at least so many, this share of all, with at least so many lines."""


@dataclass
class Orders:
    """One entry an order, in order of time; ``customers`` is 0 for guests, ``minutes`` are wall clock."""

    kinds: np.ndarray
    sizes: np.ndarray
    minutes: np.ndarray
    customers: np.ndarray
    countries: np.ndarray
    numbers: np.ndarray

    def of(self, kind: str) -> np.ndarray:
        """Return the indexes of the orders of a kind."""
        found: np.ndarray = np.flatnonzero(self.kinds == kind)
        return found

    @property
    def currencies(self) -> np.ndarray:
        """The currency of each order, by country."""
        found: np.ndarray = stock.CURRENCIES[self.countries]
        return found

    @property
    def lacks_rate(self) -> np.ndarray:
        """Whether an order was paid in dollars before the first dollar rate."""
        found: np.ndarray = (self.currencies == "USD") & (self.minutes < DOLLAR_RATES_FROM)
        return found


def make_orders(rng: np.random.Generator, lines: int) -> Orders:
    """Return orders that have ``lines`` lines together."""
    count = max(90, lines // 18)
    weights = rng.gamma(1.0, 1.0, count)
    sizes = 1 + rng.multinomial(lines - count, weights / weights.sum())
    kinds = np.full(count, ORDINARY, dtype=object)
    free = rng.permutation(count)
    for kind, (fewest, share, size) in sorted(FEWEST.items(), key=lambda item: -item[1][2]):
        chosen = free[sizes[free] >= size][: max(fewest, int(count * share))]
        kinds[chosen] = kind
        free = np.setdiff1d(free, chosen, assume_unique=True)
        rng.shuffle(free)
    people = max(60, count // 3)
    customers = FIRST_CUSTOMER + (people * rng.random(count) ** 1.7).astype(np.int64)
    customers[rng.random(count) < GUEST_SHARE] = 0
    homes = np.where(rng.random(people) < HOME_SHARE, 0, rng.integers(1, len(stock.COUNTRIES), people))
    visited = homes[rng.integers(0, people, count)]
    countries = np.where(customers > 0, homes[np.maximum(customers - FIRST_CUSTOMER, 0)], visited)
    orders = Orders(kinds, sizes, _minutes(rng, count), customers, countries, 536365 + np.arange(count))
    _place_special(rng, orders, FIRST_CUSTOMER + people)
    return orders


def _minutes(rng: np.random.Generator, count: int) -> np.ndarray:
    days = np.sort(rng.integers(0, DAYS, count))
    by_night, by_day = rng.integers(1, 59, count), rng.integers(400, 1215, count)
    minutes = np.where(rng.random(count) < NIGHT_SHARE, by_night, by_day)
    times: np.ndarray = FIRST_MINUTE.astype("datetime64[D]") + days
    return times.astype("datetime64[m]") + minutes


def _place_special(rng: np.random.Generator, orders: Orders, unused_customer: int) -> None:
    """Set the times, countries and customers that make each special kind what it is."""
    late = np.datetime64("2099-05-04T12:00", "m")
    orders.minutes[orders.of("far_future")] = late + np.arange(orders.of("far_future").size) * 1440
    orders.minutes[orders.of("clock_back")] = np.datetime64("2011-10-30T01:10", "m") + np.arange(4) * 12
    orders.minutes[orders.of("clock_gap")] = np.datetime64("2011-03-27T01:05", "m") + np.arange(3) * 20
    lasting = orders.of("lasting")
    orders.minutes[lasting[:4]] = np.datetime64("2011-01-31T23:59", "m")
    for kind, low, days in (("early_dollar", "2010-12-05", 50), ("later_dollar", "2011-02-01", 300)):
        chosen = orders.of(kind)
        orders.countries[chosen] = stock.DOLLAR_INDEX
        later = rng.integers(0, days, chosen.size) * 1440
        orders.minutes[chosen] = np.datetime64(f"{low}T10:00", "m") + later
    in_euro = orders.of("late_currency")
    orders.countries[in_euro] = 1 + rng.integers(0, len(stock.EURO_LANDS), in_euro.size)
    for kind in ("no_country", "bad_debt", "write_off"):
        orders.countries[orders.of(kind)] = 0
    for kind in ("bad_debt", "write_off"):
        orders.customers[orders.of(kind)] = 0
    for kind in ("two_customers", "positive_cancellation", "unmarked_return", "lasting"):
        orders.customers[orders.of(kind)] = np.maximum(orders.customers[orders.of(kind)], FIRST_CUSTOMER)
        orders.countries[orders.of(kind)] = 0
    tied = orders.of("tied_first")
    for first, second in zip(tied[::2], tied[1::2], strict=True):
        orders.minutes[second] = orders.minutes[first]
        orders.customers[[first, second]] = unused_customer + first
        orders.countries[[first, second]] = 0, 2
        orders.numbers[[first, second]] = orders.numbers[[second, first]]


@dataclass
class Lines:
    """One entry a line: its order, product, thousandths of a piece and hundred-thousandths of a price."""

    order: np.ndarray
    place: np.ndarray
    product: np.ndarray
    variant: np.ndarray
    thousandths: np.ndarray
    price: np.ndarray


def make_lines(rng: np.random.Generator, orders: Orders, goods: Catalogue) -> Lines:
    """Return the lines of all orders, no product twice in one; signs and free prices by their kind."""
    order = np.repeat(np.arange(orders.sizes.size), orders.sizes)
    place = np.arange(order.size) - np.repeat(np.cumsum(orders.sizes) - orders.sizes, orders.sizes)
    start = (stock.PRODUCTS * rng.random(orders.sizes.size) ** 2).astype(np.int64)
    step = rng.integers(1, stock.PRODUCTS, orders.sizes.size)
    product = (start[order] + place * step[order]) % stock.PRODUCTS
    variant = (rng.random(order.size) < OTHER_NAME_SHARE) * rng.integers(1, 3, order.size)
    by_metre = goods.is_by_metre[product]
    thousandths = np.where(by_metre, rng.choice(METRES, order.size), rng.choice(PIECES, order.size))
    price = goods.prices[
        product, rng.integers(0, 3, order.size) * (rng.random(order.size) < OTHER_PRICE_SHARE)
    ]
    kinds = orders.kinds[order]
    back = np.isin(kinds, ["cancellation", "unmarked_return", "write_off"])
    thousandths = np.where(back, -thousandths, thousandths)
    price = np.where(np.isin(kinds, ["free", "write_off"]), 0, price)
    debt = kinds == "bad_debt"
    thousandths = np.where(debt, 1000, thousandths)
    price = np.where(debt, -(1_106_206 + np.arange(order.size)) * 1000, price)
    return Lines(order, place, product, variant, thousandths, price)
