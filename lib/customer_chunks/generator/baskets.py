"""What is in an order: a Gamma-Gamma value, filled with articles of the catalogue by taste."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.generator import anomalies, catalogue
from customer_chunks.generator.campaigns import CAMPAIGNS
from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice, Floats, Ints
from customer_chunks.generator.orders import SLOTS, Orders
from customer_chunks.generator.segments import per_segment, taste_weights
from customer_chunks.generator.traits import Traits

MOST_LINES = 14
_LINE_SLOTS = 16
_PIECES = (0.78, 0.15, 0.04, 0.03)
_FAVOURITE_BRAND = 0.5
_REDUCTIONS = (0.1, 0.2, 0.3)
_YEAR = 365.0


@dataclass(frozen=True)
class Baskets:
    """Lines of orders; those of order ``n`` stand at offsets[n]:offsets[n + 1]. Money in cents, local.

    quantity: pieces, negative on returns; price: of one piece before the discount, on returns what was paid;
    discount: of the whole line, none on returns; value: the order's target value in euros.
    """

    offsets: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    value: Floats


def baskets(company: Company, people: Traits, orders: Orders) -> Baskets:
    """Return the lines of orders; a return has the lines of its purchase with negative quantities.

    The value z of an order is Gamma(p) / nu with nu = p / (mean order value). Parts of it go to the lines
    in the proportions of exponential draws; each line takes the article of its category and brand whose
    price is nearest to its part.
    """
    dice, key = Dice(company.seed), people.ids[orders.who] * SLOTS + orders.slot
    value = dice.gamma("spend.order", key, company.spending.p) / company.spending.p
    value = value * people.order_value[orders.who]
    value = np.where(orders.oddity == anomalies.FRAUD, value * anomalies.FRAUD_SPENDS, value)
    more = per_segment("lines")[people.segment[orders.who]]
    count = 1 + dice.poisson("lines", key, more, MOST_LINES - 1)
    offsets = np.concatenate([[0], np.cumsum(count)])
    of = np.repeat(np.arange(len(count)), count)
    line = key[of] * _LINE_SLOTS + (np.arange(len(of)) - offsets[of])
    share = dice.exponential("share", line)
    share = share / np.add.reduceat(share, offsets[:-1])[of] if len(of) else share
    lines = _lines(company, people, orders, of, line, value[of] * share)
    return Baskets(offsets, *lines, value)


def _lines(
    company: Company, people: Traits, orders: Orders, of: Ints, line: Ints, budget: Floats
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return product, quantity, price and discount of lines whose orders are ``of``."""
    dice, who = Dice(company.seed), orders.who[of]
    category = _category(dice, people.taste[who], line)
    loyal = dice.chance("brand.loyal", line, _FAVOURITE_BRAND)
    brand = np.where(loyal, people.brand[who], dice.choice("brand.other", line, [1.0] * catalogue.brands()))
    pieces = 1 + dice.choice("pieces", line, _PIECES)
    reduced = _reduction(dice, per_segment("discounted")[people.segment[who]], orders.campaign[of], line)
    product = catalogue.nearest(category, brand, budget / pieces / (1 - reduced))
    listed = catalogue.list_prices()[product]
    inflation = (1 + company.drift.price_inflation_per_year) ** (orders.priced_on[of] / _YEAR)
    local = listed * catalogue.local_levels()[orders.country[of]] * inflation
    price = anomalies.odd_price(company, orders.oddity[of], category, orders.priced_on[of], local)
    cents = np.maximum(np.rint(price * 100), 1).astype(np.int64)
    quantity = anomalies.odd_quantity(company, orders.oddity[of], pieces)
    discount = np.rint(cents * quantity * reduced).astype(np.int64)
    is_back = orders.is_return[of]
    paid = np.rint(cents * (1 - reduced)).astype(np.int64)
    return (
        product,
        np.where(is_back, -quantity, quantity),
        np.where(is_back, paid, cents),
        np.where(is_back, 0, discount),
    )


def _category(dice: Dice, taste: Ints, line: Ints) -> Ints:
    edges = np.cumsum(taste_weights(), axis=1)[taste]
    drawn = dice.uniform("category", line)[:, None] * edges[:, -1:]
    return np.asarray((drawn >= edges[:, :-1]).sum(axis=1), dtype=np.int64)


def _reduction(dice: Dice, discounted: Floats, campaign: Ints, line: Ints) -> Floats:
    """Return the reduction of each line: the campaign's, else one of a few, else none."""
    usual = np.array(_REDUCTIONS)[dice.choice("reduction", line, [1.0] * len(_REDUCTIONS))]
    usual = np.where(dice.chance("reduced", line, discounted), usual, 0.0)
    coupon = np.array([*(c.discount for c in CAMPAIGNS), 0.0])[campaign]
    return np.where(campaign >= 0, coupon, usual)
