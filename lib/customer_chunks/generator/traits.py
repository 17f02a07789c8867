"""Who a customer is: everything about a person that does not change, drawn from the person's number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from customer_chunks.generator.campaigns import CAMPAIGNS, group_of
from customer_chunks.generator.catalogue import brands
from customer_chunks.generator.company import CITIES_PER_COUNTRY, COUNTRIES, Company
from customer_chunks.generator.draws import Bools, Dice, Floats, Ints
from customer_chunks.generator.seasons import to_calendar
from customer_chunks.generator.segments import TASTES, segment_of

PLAIN, RESELLER, RETURNS_ABUSER, FRAUDSTER = 0, 1, 2, 3
CUSTOMER_ODDITIES = ("", "reseller", "returns_abuser", "fraudster")
_JOINED_BY, _EARLY = 0.85, 1.6
"""Customers join within the first 85% of the history, more of them early: 0.85 u^1.6."""
CONSENTS_TO_MAIL = 0.75
LIVE_TOGETHER = 0.35
"""of neighbouring numbers: two people of one name at one address"""


@dataclass(frozen=True)
class Traits:
    """Traits of many customers, one array each, in the order of ``ids``.

    rate: purchases a day while alive; dropout: chance to leave after a purchase; order_value: mean euros
    of an order; joined: business time of the first order; second_at: share of the time since joining after
    which a second card or account is used; household: the lowest number of those who live together;
    groups: campaign groups, one row a campaign.
    """

    ids: Ints
    household: Ints
    country: Ints
    city: Ints
    segment: Ints
    taste: Ints
    brand: Ints
    rate: Floats
    dropout: Floats
    order_value: Floats
    joined: Floats
    oddity: Ints
    is_prospect: Bools
    has_card: Bools
    has_second_card: Bools
    has_account: Bools
    has_second_account: Bools
    has_crm: Bools
    has_app: Bools
    consents: Bools
    second_at: Floats
    groups: Ints


def traits_of(company: Company, ids: Ints) -> Traits:
    """Return the traits of customers.

    Args:
        company: The company.
        ids: Numbers of people, from 0.
    """
    dice = Dice(company.seed)
    buying, money, member = company.purchasing, company.spending, company.memberships
    rate = dice.gamma("rate", ids, buying.r) / buying.alpha
    value = money.p / (dice.gamma("spend.level", ids, money.q) / money.gamma)
    segment = segment_of(dice, company, ids, rate, value)
    joined = _JOINED_BY * company.days * dice.uniform("joined", ids) ** _EARLY
    has_crm = dice.chance("crm", ids, member.crm)
    consents = dice.chance("consents", ids, CONSENTS_TO_MAIL)
    oddity = _oddity(dice, company, ids)
    has_card, has_account = dice.chance("card", ids, member.card), dice.chance("account", ids, member.account)
    reachable = has_crm & consents & (oddity == PLAIN)
    reachable_from = np.where(reachable, to_calendar(company, segment, joined), np.inf)
    groups = [group_of(company, c, ids, segment, reachable_from) for c in CAMPAIGNS]
    home = _household(dice, ids)
    return Traits(
        ids=ids,
        household=home,
        country=dice.choice("country", home, [c.share for c in COUNTRIES]),
        city=dice.choice("city", home, [1 / (n + 1) for n in range(CITIES_PER_COUNTRY)]),
        segment=segment,
        taste=dice.choice("taste", ids, [1.0] * len(TASTES)),
        brand=dice.choice("brand", ids, [1.0] * brands()),
        rate=rate,
        dropout=dice.beta("dropout", ids, buying.a, buying.b),
        order_value=value,
        joined=joined,
        oddity=oddity,
        is_prospect=dice.chance("prospect", ids, member.prospects) & (oddity == PLAIN),
        has_card=has_card,
        has_second_card=has_card & dice.chance("second.card", ids, member.second_card),
        has_account=has_account | (oddity == FRAUDSTER),
        has_second_account=has_account & dice.chance("second.account", ids, member.second_account),
        has_crm=has_crm,
        has_app=has_account & dice.chance("app", ids, member.app / member.account),
        consents=consents,
        second_at=0.3 + 0.4 * dice.uniform("second.at", ids),
        groups=np.stack(groups),
    )


def _household(dice: Dice, ids: Ints) -> Ints:
    """Return the number of each one's household: the even number of a pair that lives together."""
    together = dice.chance("together", ids // 2, LIVE_TOGETHER)
    return np.where(together, ids // 2 * 2, ids)


def _oddity(dice: Dice, company: Company, ids: Ints) -> Ints:
    odd = company.oddities
    shares = (odd.reseller, odd.returns_abuser, odd.fraudster)
    return dice.choice("oddity", ids, [1 - sum(shares), *shares])
