"""Planted segments and tastes: who behaves how, for segmentation and recommendations to find.

A customer's rate of buying and level of spending come from the population (``company.Purchasing``,
``company.Spending``); which segment somebody belongs to depends on both. So segments differ in
frequency and money although the population as a whole follows one BG/NBD and one Gamma-Gamma model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice, Floats, Ints

BANDS = (0.4, 1.2)
"""Below 0.4 times the population's mean is low, above 1.2 times is high."""


@dataclass(frozen=True)
class Segment:
    """One kind of customer. ``rate`` and ``spend`` weigh the bands low, middle and high."""

    name: str
    share: float
    rate: tuple[float, float, float]
    spend: tuple[float, float, float]
    web_share: float
    lines: float
    """mean number of lines of an order beyond the first"""
    discounted: float
    """share of lines bought at a reduced price"""
    returned: float
    """share of orders sent back; twice as many on the web"""
    season: float
    """strength of the seasons: 1 as the trade, above it more"""
    evening: float
    """share of orders after six o'clock"""


SEGMENTS = (
    Segment("household_stockers", 0.30, (0.3, 1.2, 3.0), (0.8, 1.2, 1.0), 0.12, 3.4, 0.15, 0.010, 0.6, 0.20),
    Segment("bargain_hunters", 0.25, (0.8, 1.2, 0.8), (2.5, 0.8, 0.1), 0.30, 1.9, 0.65, 0.020, 1.0, 0.30),
    Segment("premium_shoppers", 0.12, (0.8, 1.0, 0.9), (0.0, 0.4, 3.0), 0.25, 1.2, 0.05, 0.015, 0.9, 0.35),
    Segment("online_natives", 0.20, (0.6, 1.2, 1.5), (0.8, 1.2, 1.0), 0.90, 1.4, 0.25, 0.060, 0.9, 0.60),
    Segment("gift_givers", 0.13, (2.5, 0.6, 0.1), (0.8, 1.0, 1.2), 0.40, 1.6, 0.15, 0.040, 2.6, 0.35),
)

TASTES = ("outdoor", "home_cooks", "families", "tech", "beauty", "readers")
CATEGORIES = (
    "Sports", "Garden", "Kitchen", "Home Textiles", "Toys", "Children's Wear",
    "Electronics", "Computers", "Beauty", "Fashion", "Books", "Stationery",
)  # fmt: skip
_FAVOURITE, _SECOND = 0.42, 0.24
"""Each taste buys this share of its lines in its two own categories; the rest is spread evenly."""


def taste_weights() -> Floats:
    """Return the chance of each category (columns) for each taste (rows)."""
    rest = (1 - _FAVOURITE - _SECOND) / (len(CATEGORIES) - 2)
    weights = np.full((len(TASTES), len(CATEGORIES)), rest)
    for taste in range(len(TASTES)):
        weights[taste, 2 * taste], weights[taste, 2 * taste + 1] = _FAVOURITE, _SECOND
    return weights


def segment_of(dice: Dice, company: Company, ids: Ints, rate: Floats, spend: Floats) -> Ints:
    """Return each customer's segment, drawn with chances that depend on rate and spending level.

    Args:
        dice: The draws.
        company: The population's parameters.
        ids: The customers.
        rate: Purchases per day while alive.
        spend: Mean value of an order in euros.
    """
    buying, money = company.purchasing, company.spending
    rates = np.searchsorted(BANDS, rate / (buying.r / buying.alpha))
    spends = np.searchsorted(BANDS, spend / (money.p * money.gamma / (money.q - 1)))
    by_rate = np.array([s.rate for s in SEGMENTS]).T[rates]
    by_spend = np.array([s.spend for s in SEGMENTS]).T[spends]
    weights = by_rate * by_spend * np.array([s.share for s in SEGMENTS])
    edges = np.cumsum(weights, axis=1)
    drawn = dice.uniform("segment", ids) * edges[:, -1]
    return np.asarray((drawn[:, None] >= edges[:, :-1]).sum(axis=1), dtype=np.int64)


def per_segment(field: str) -> Floats:
    """Return a number of every segment, to be indexed by segment."""
    return np.array([getattr(s, field) for s in SEGMENTS], dtype=np.float64)
