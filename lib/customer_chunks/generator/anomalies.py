"""Planted anomalies: odd orders, odd customers and odd days, each rare and each told in the truth.

Orders: a bulk order, a slip of the decimal mark. Customers: a reseller, a returns abuser, a fraudster.
Days: an outage of the web shop, a wrong price list for one category.
"""

from __future__ import annotations

import numpy as np

from customer_chunks.generator.company import COUNTRIES, Company
from customer_chunks.generator.draws import Bools, Dice, Floats, Ints
from customer_chunks.generator.segments import CATEGORIES
from customer_chunks.generator.traits import FRAUDSTER, RESELLER, Traits

NONE, BULK, PRICE_SLIP, RESALE, FRAUD, PRICE_ERROR = range(6)
ORDER_ODDITIES = ("", "bulk_order", "price_slip", "resale", "fraud", "price_error")
FRAUD_SLOT = 900
FRAUD_DAYS = 2.0
FRAUD_SPENDS = 6.0
RESALE_FACTOR = 15
SLIP_FACTOR = 10
_OUTAGE_AT, _PRICE_ERROR_AT = 0.72, 0.86


def outage_day(company: Company) -> int:
    """Return the number of the day on which the web shop was down."""
    return int(_OUTAGE_AT * company.days)


def price_error_day(company: Company) -> int:
    """Return the number of the day with the wrong price list."""
    return int(_PRICE_ERROR_AT * company.days)


def price_error_category(company: Company) -> int:
    """Return the category whose prices were wrong on that day."""
    return company.seed % len(CATEGORIES)


def burst(company: Company, people: Traits, first_day: Floats) -> tuple[Ints, Ints, Floats]:
    """Return the fraudsters' extra orders as places among the people, slots and days."""
    dice, each = Dice(company.seed), company.oddities.fraud_orders
    who = np.repeat(np.flatnonzero(people.oddity == FRAUDSTER), each)
    turn = np.tile(np.arange(each), len(who) // each)
    day = first_day[who] + FRAUD_DAYS * dice.uniform("fraud.day", people.ids[who], turn)
    return who, FRAUD_SLOT + turn, day


def fraud_country(own: Ints) -> Ints:
    """Return where a fraudster has the goods sent: never home."""
    return (own + 2) % len(COUNTRIES)


def order_oddity(company: Company, people: Traits, who: Ints, slot: Ints, key: Ints) -> Ints:
    """Return what is odd about each order; the customer's own oddity comes first."""
    odd, dice = company.oddities, Dice(company.seed)
    plain = 1 - odd.bulk_order - odd.price_slip
    drawn = dice.choice("order.oddity", key, [plain, odd.bulk_order, odd.price_slip])
    drawn = np.where(people.oddity[who] == RESELLER, RESALE, drawn)
    return np.where(slot >= FRAUD_SLOT, FRAUD, drawn)


def gets_through(company: Company, day: Ints, is_web: Bools, key: Ints) -> Bools:
    """Return which orders the outage lets through."""
    kept = Dice(company.seed).chance("outage", key, company.oddities.outage_keeps)
    is_down = np.asarray(is_web & (day == outage_day(company)))
    return ~is_down | kept


def odd_quantity(company: Company, oddity: Ints, quantity: Ints) -> Ints:
    """Return the quantities of lines as odd orders have them."""
    factor = np.select([oddity == BULK, oddity == RESALE], [company.oddities.bulk_factor, RESALE_FACTOR], 1)
    return np.asarray(quantity * factor)


def odd_price(company: Company, oddity: Ints, category: Ints, day: Ints, price: Floats) -> Floats:
    """Return the prices of lines as odd orders and the wrong price list have them."""
    slipped = np.where(oddity == PRICE_SLIP, price * SLIP_FACTOR, price)
    wrong = is_mispriced(company, category, day)
    return np.where(wrong, slipped * company.oddities.price_error_factor, slipped)


def is_mispriced(company: Company, category: Ints, day: Ints) -> Bools:
    """Return which lines were sold by the wrong price list."""
    return np.asarray((day == price_error_day(company)) & (category == price_error_category(company)))


def with_price_errors(company: Company, oddity: Ints, of: Ints, category: Ints, day: Ints) -> Ints:
    """Return the oddities of orders, those with a mispriced line and nothing else odd marked.

    Args:
        company: The company.
        oddity: One code an order.
        of: The order of each line.
        category: The category of each line.
        day: The day whose prices hold for each line.
    """
    hit = np.zeros(len(oddity), dtype=np.bool_)
    hit[of[is_mispriced(company, category, day)]] = True
    return np.where(hit & (oddity == NONE), PRICE_ERROR, oddity)
