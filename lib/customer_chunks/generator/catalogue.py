"""What the company sells: categories x price points x brands, the same in every country.

Prices of a category rise in even steps (a constant ratio), so that for any budget there is an
article of any brand within a few percent of it: a basket can be filled to a target value with
articles from the catalogue, at catalogue prices.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from customer_chunks.generator.company import COUNTRIES
from customer_chunks.generator.draws import Floats, Ints
from customer_chunks.generator.segments import CATEGORIES
from customer_chunks.generator.words import words

PRICE_POINTS = 80
CHEAPEST, DEAREST = 0.80, 400.0
_STEP = math.log(DEAREST / CHEAPEST) / (PRICE_POINTS - 1)
FIRST_NUMBER = 7_000_000

BAG, ROUNDING, SHIPPING = "BAG", "ROUNDING", "SHIPPING"
"""What is on receipts and is no product."""


def brands() -> int:
    """Return how many brands there are; each has every category and price point."""
    return len(words().brands)


def size() -> int:
    """Return how many products there are."""
    return len(CATEGORIES) * PRICE_POINTS * brands()


@lru_cache(maxsize=1)
def list_prices() -> Floats:
    """Return the list price of every product in euros, rounded to cents; place is product."""
    points = CHEAPEST * np.exp(_STEP * np.arange(PRICE_POINTS))
    by_point = np.repeat(np.round(points, 2), brands())
    return np.tile(by_point, len(CATEGORIES))


def nearest(category: Ints, brand: Ints, budget: Floats) -> Ints:
    """Return the product of a category and brand whose list price is nearest to a budget in euros."""
    point = np.rint(np.log(np.maximum(budget, CHEAPEST) / CHEAPEST) / _STEP)
    point = np.clip(point, 0, PRICE_POINTS - 1).astype(np.int64)
    return (category * PRICE_POINTS + point) * brands() + brand


def category_of(product: Ints) -> Ints:
    """Return the category of each product."""
    return product // (PRICE_POINTS * brands())


def local_levels() -> Floats:
    """Return what a euro of list price costs in each country's money, on the first day."""
    return np.array([c.money * c.price_level for c in COUNTRIES])


def listing() -> list[tuple[int, str, str, str, float]]:
    """Return every product as number, name, category path, brand and list price; a few thousand rows."""
    prices, known = list_prices(), words()
    rows = []
    for product in range(size()):
        category, rest = divmod(product, PRICE_POINTS * brands())
        point, brand = divmod(rest, brands())
        nouns = known.nouns[CATEGORIES[category]]
        noun = nouns[point % len(nouns)]
        grade = known.grades[point * len(known.grades) // PRICE_POINTS]
        path = f"{CATEGORIES[category]} > {noun}"
        name = f"{known.brands[brand]} {noun} {grade} {point + 1:02d}"
        rows.append((FIRST_NUMBER + product, name, path, known.brands[brand], float(prices[product])))
    return rows
