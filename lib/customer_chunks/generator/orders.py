"""All orders of some customers: regular ones, those that campaigns bring, bursts, and what is sent back."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from customer_chunks.generator.anomalies import (
    FRAUD,
    FRAUD_SLOT,
    burst,
    fraud_country,
    gets_through,
    order_oddity,
)
from customer_chunks.generator.behaviour import Purchases, purchases
from customer_chunks.generator.campaigns import CAMPAIGNS, FIRST_SLOT, extra_orders
from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Bools, Dice, Floats, Ints
from customer_chunks.generator.seasons import to_calendar
from customer_chunks.generator.segments import per_segment
from customer_chunks.generator.traits import RETURNS_ABUSER, Traits

STORE, WEB, APP = 0, 1, 2
CHANNELS = ("store", "web", "app")
SLOTS = 1024
_PRIME, _FACTOR = 99_999_999_977, 61_803_399
_YEAR = 365.0
_APP_SHARE = 0.6
_WEB_RETURNS = 2.0
_RETURN_FROM, _RETURN_DAYS = 2, 18
_DAY_MINUTES = (9 * 60, 18 * 60)
_STORE_EVENING = (18 * 60, 20 * 60)
_WEB_EVENING = (18 * 60, 24 * 60)


@dataclass(frozen=True)
class Orders:
    """Orders, one array each. ``who`` is the place among the traits; ``day`` counts from the first day.

    number: unique for a purchase and shared by its return; minute: of the day on the head office's clock;
    priced_on: the day whose prices hold (of a return, the purchase's);
    campaign: place of the campaign that brought it, or -1; oddity: code of ``anomalies``; is_known: the
    customer showed the card or logged in, with id ``version`` (1 or 2).
    """

    who: Ints
    slot: Ints
    number: Ints
    day: Ints
    priced_on: Ints
    minute: Ints
    channel: Ints
    country: Ints
    campaign: Ints
    oddity: Ints
    is_known: Bools
    version: Ints
    is_return: Bools

    def where(self, chosen: Bools | Ints) -> Orders:
        """Return the chosen orders, or all of them in the chosen sequence."""
        return Orders(*(getattr(self, f.name)[chosen] for f in fields(self)))


def orders_of(company: Company, people: Traits) -> tuple[Orders, Purchases]:
    """Return the orders of customers by customer, day and minute, and their regular purchases."""
    regular = purchases(company, people)
    who, slot, day, campaign = _with_extras(company, people, regular)
    key = people.ids[who] * SLOTS + slot
    placed = _placed(company, people, (who, slot, day, campaign), key)
    web = placed.channel != STORE
    kept = (placed.day < company.days) & gets_through(company, placed.day, web, key)
    placed = placed.where(kept)
    sent_back = _returns(company, people, placed)
    both = [np.concatenate([getattr(placed, f.name), getattr(sent_back, f.name)]) for f in fields(Orders)]
    every = Orders(*both)
    return every.where(np.lexsort((every.slot, every.minute, every.day, every.who))), regular


def _with_extras(company: Company, people: Traits, regular: Purchases) -> tuple[Ints, Ints, Floats, Ints]:
    """Return customer, slot, day and campaign of regular orders, campaign orders and bursts."""
    parts = [(regular.who, regular.slot, regular.day, np.full(len(regular.who), -1))]
    buys = ~people.is_prospect
    for number, campaign in enumerate(CAMPAIGNS):
        extra, day = extra_orders(company, campaign, people.ids, people.groups[number], regular.alive_until)
        who = np.flatnonzero(extra & buys)
        parts.append((who, np.full(len(who), FIRST_SLOT + number), day[who], np.full(len(who), number)))
    first_day = to_calendar(company, people.segment, people.joined)
    who, slot, day = burst(company, people, first_day)
    parts.append((who, slot, day, np.full(len(who), -1)))
    who, slot, day, campaign_of = (np.concatenate([p[i] for p in parts]) for i in range(4))
    return who, slot, day, campaign_of


def _placed(company: Company, people: Traits, parts: tuple[Ints, Ints, Floats, Ints], key: Ints) -> Orders:
    """Return when, where and under which id each order is placed."""
    who, slot, when, campaign = parts
    dice, day = Dice(company.seed), np.floor(when).astype(np.int64)
    oddity = order_oddity(company, people, who, slot, key)
    channel = _channel(company, people, who, day, key)
    channel = np.where(slot >= FRAUD_SLOT, WEB, channel)
    first_day = to_calendar(company, people.segment, people.joined)
    switched = (first_day + people.second_at * (company.days - first_day))[who]
    in_store = channel == STORE
    has_second = np.where(in_store, people.has_second_card[who], people.has_second_account[who])
    member = company.memberships
    shows = dice.chance("shows.id", key, np.where(in_store, member.shows_card, member.logs_in))
    is_known = np.where(in_store, people.has_card[who] & shows, people.has_account[who] & shows)
    return Orders(
        who=who,
        slot=slot,
        number=key * _FACTOR % _PRIME,
        day=day,
        priced_on=day,
        minute=_minute(dice, people, who, in_store, key),
        channel=channel,
        country=np.where(oddity == FRAUD, fraud_country(people.country[who]), people.country[who]),
        campaign=campaign,
        oddity=oddity,
        is_known=is_known | (channel == APP) | (oddity == FRAUD),
        version=np.where(has_second & (when >= switched), 2, 1),
        is_return=np.zeros(len(who), dtype=np.bool_),
    )


def _channel(company: Company, people: Traits, who: Ints, day: Ints, key: Ints) -> Ints:
    """Return shop, web or app; the web's share grows, and app users use the app rather than the site."""
    dice = Dice(company.seed)
    grown = company.drift.web_share_per_year * (day / _YEAR)
    is_web = dice.chance("channel", key, per_segment("web_share")[people.segment[who]] + grown)
    in_app = people.has_app[who] & dice.chance("in.app", key, _APP_SHARE)
    return np.where(is_web, np.where(in_app, APP, WEB), STORE)


def _minute(dice: Dice, people: Traits, who: Ints, in_store: Bools, key: Ints) -> Ints:
    """Return the minute of the day: in the daytime, or in the evening as often as the segment does."""
    is_evening = dice.chance("evening", key, per_segment("evening")[people.segment[who]])
    opens = np.where(is_evening, np.where(in_store, _STORE_EVENING[0], _WEB_EVENING[0]), _DAY_MINUTES[0])
    shuts = np.where(is_evening, np.where(in_store, _STORE_EVENING[1], _WEB_EVENING[1]), _DAY_MINUTES[1])
    return (opens + (shuts - opens) * dice.uniform("minute", key)).astype(np.int64)


def _returns(company: Company, people: Traits, placed: Orders) -> Orders:
    """Return the orders that come back whole some days later, on the same terms."""
    dice, key = Dice(company.seed), people.ids[placed.who] * SLOTS + placed.slot
    chance = per_segment("returned")[people.segment[placed.who]]
    chance = np.where(placed.channel == STORE, chance, chance * _WEB_RETURNS)
    abuses = people.oddity[placed.who] == RETURNS_ABUSER
    chance = np.where(abuses, company.oddities.abuser_returns, chance)
    after = _RETURN_FROM + (_RETURN_DAYS * dice.uniform("return.after", key)).astype(np.int64)
    comes_back = dice.chance("return", key, chance) & (placed.day + after < company.days)
    back = placed.where(comes_back)
    day, none = back.day + after[comes_back], np.ones(len(back.who), dtype=np.bool_)
    return Orders(**{**{f.name: getattr(back, f.name) for f in fields(back)}, "day": day, "is_return": none})
