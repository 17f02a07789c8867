"""The company's year: how busy each day is, and which delivery tells it.

Time runs twice. Customers buy in *business time*, where every day is alike and the BG/NBD model
holds exactly; the calendar stretches it: a busy Saturday in December holds three days of business
time, a Sunday half a day. Over the whole history both run equally long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Floats, Ints
from customer_chunks.generator.segments import SEGMENTS

# Monday to Sunday: German retail sales by weekday have their peak on Saturday; Sunday is the web's alone.
WEEK = (0.92, 0.90, 0.94, 1.00, 1.18, 1.42, 0.64)
# January to December: the winter peak and the summer dip of retail trade indices.
YEAR = (0.86, 0.85, 0.95, 0.98, 0.99, 0.95, 0.92, 0.90, 0.97, 1.02, 1.20, 1.41)
_CLOSED = {(1, 1): 0.15, (12, 25): 0.10, (12, 26): 0.30, (5, 1): 0.40}
_BLACK_FRIDAY = 2.2
_NOVEMBER, _FRIDAY = 11, 4
_EARLY_EASTER_WEEK = 1.25


@dataclass(frozen=True)
class Calendar:
    """Business time and calendar time of one season strength.

    ``weights`` has one number a day with mean 1; ``reached[d]`` is the business time at the start of day d.
    """

    weights: Floats
    reached: Floats

    def to_calendar(self, business: Floats) -> Floats:
        """Return the calendar days (from 0, with fractions) of instants in business time."""
        return np.interp(business, self.reached, np.arange(len(self.reached), dtype=np.float64))


@lru_cache(maxsize=64)
def calendar(company: Company, strength: float) -> Calendar:
    """Return the calendar of customers who follow the seasons with this strength (1: as the trade does)."""
    days = [company.day(d) for d in range(company.days)]
    busy = np.array([_busy(day) for day in days]) ** strength
    week = np.array([WEEK[day.weekday()] for day in days])
    weights = busy * week
    weights = weights / weights.mean()
    return Calendar(weights, np.concatenate([[0.0], np.cumsum(weights)]))


def to_calendar(company: Company, segment: Ints, business: Floats) -> Floats:
    """Return calendar days of instants in business time, by the season that each segment follows."""
    days = business.copy()
    for number, one in enumerate(SEGMENTS):
        mine = (segment == number) & np.isfinite(business)
        days[mine] = calendar(company, one.season).to_calendar(business[mine])
    return days


def easter(year: int) -> date:
    """Return Easter Sunday (Meeus, Jones and Butcher: Astronomical Algorithms, 1991)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _busy(day: date) -> float:
    special = _CLOSED.get((day.month, day.day), 1.0)
    if _is_black_friday(day):
        special = _BLACK_FRIDAY
    if timedelta(0) < easter(day.year) - day <= timedelta(days=9):
        special = _EARLY_EASTER_WEEK
    return YEAR[day.month - 1] * special


def _is_black_friday(day: date) -> bool:
    """Return whether it is the day after the fourth Thursday of November."""
    return day.month == _NOVEMBER and day.weekday() == _FRIDAY and 23 <= day.day <= 29  # noqa: PLR2004 - 4th Thursday + 1
