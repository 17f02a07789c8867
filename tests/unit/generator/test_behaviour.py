"""The population does what its parameters say: BG/NBD, Gamma-Gamma, segments, seasons, campaigns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from customer_chunks.generator.anomalies import (
    FRAUD,
    PRICE_ERROR,
    PRICE_SLIP,
    outage_day,
    price_error_category,
    price_error_day,
    with_price_errors,
)
from customer_chunks.generator.baskets import baskets
from customer_chunks.generator.behaviour import purchases
from customer_chunks.generator.campaigns import CAMPAIGNS, CONTROL, TREATED
from customer_chunks.generator.company import Company, Oddities
from customer_chunks.generator.orders import STORE, orders_of
from customer_chunks.generator.seasons import calendar, easter
from customer_chunks.generator.segments import SEGMENTS
from customer_chunks.generator.traits import FRAUDSTER, PLAIN, RETURNS_ABUSER, traits_of

COMPANY = Company(20_000, 200, 3)
PEOPLE = traits_of(COMPANY, np.arange(20_000))
BOUGHT = purchases(COMPANY, PEOPLE)
ORDERS, _ = orders_of(COMPANY, PEOPLE)
BUYS = ~PEOPLE.is_prospect & (PEOPLE.oddity == PLAIN)


def counts() -> np.ndarray:
    return np.bincount(BOUGHT.who, minlength=len(PEOPLE.ids))


def test_share_without_repeat_is_that_of_bg_nbd() -> None:
    """P(X(t) = 0) = (alpha / (alpha + t))^r over the customers' own t (Fader, Hardie and Lee, eq. 8)."""
    buying, t = COMPANY.purchasing, COMPANY.days - PEOPLE.joined[BUYS]
    expected = ((buying.alpha / (buying.alpha + t)) ** buying.r).mean()
    assert (counts()[BUYS] == 1).mean() == pytest.approx(expected, abs=0.01)


def test_number_of_repeats_is_that_of_another_simulation_of_bg_nbd() -> None:
    """Played out once more with numpy's generator, one customer after the other."""
    rng, buying = np.random.default_rng(1), COMPANY.purchasing
    repeats = []
    for t in (COMPANY.days - PEOPLE.joined[BUYS])[:8_000]:
        rate, dropout, now, n = rng.gamma(buying.r) / buying.alpha, rng.beta(buying.a, buying.b), 0.0, 0
        while (now := now + rng.exponential(1 / rate)) < t:
            n += 1
            if rng.random() < dropout:
                break
        repeats.append(n)
    mine = counts()[BUYS] - 1
    error = np.std(repeats) * np.sqrt(1 / len(repeats) + 1 / len(mine))
    assert mine.mean() == pytest.approx(np.mean(repeats), abs=4 * error)
    assert np.quantile(mine, [0.5, 0.9]) == pytest.approx(np.quantile(repeats, [0.5, 0.9]), abs=1)


def test_nobody_buys_after_dropping_out_or_before_joining() -> None:
    assert (BOUGHT.day <= BOUGHT.alive_until[BOUGHT.who] + 1e-9).all()
    assert not np.isin(np.flatnonzero(PEOPLE.is_prospect), BOUGHT.who).any()
    assert BOUGHT.day.min() >= 0
    assert BOUGHT.day.max() < COMPANY.days


def test_order_values_are_gamma_gamma() -> None:
    """E(Z) = p gamma / (q - 1); orders of one customer vary with 1 / p of their squared mean."""
    money = COMPANY.spending
    value = baskets(COMPANY, PEOPLE, ORDERS).value
    fair = (ORDERS.oddity != FRAUD) & ~ORDERS.is_return
    expected = money.p * money.gamma / (money.q - 1)
    assert PEOPLE.order_value.mean() == pytest.approx(expected, rel=0.03)
    ratio = (value / PEOPLE.order_value[ORDERS.who])[fair]
    assert ratio.mean() == pytest.approx(1, abs=0.01)
    assert ratio.var() == pytest.approx(1 / money.p, rel=0.03)


def test_baskets_come_near_their_value() -> None:
    basket = baskets(COMPANY, PEOPLE, ORDERS)
    cents = np.add.reduceat(basket.quantity * basket.price - basket.discount, basket.offsets[:-1])
    german = (ORDERS.country == 0) & (ORDERS.oddity == 0) & ~ORDERS.is_return
    german &= ORDERS.day != price_error_day(COMPANY)
    ratio = cents[german] / 100 / basket.value[german]
    assert np.median(ratio) == pytest.approx(1, abs=0.03)
    assert cents[german].sum() / 100 / basket.value[german].sum() == pytest.approx(1, abs=0.03)


def test_returns_take_back_what_was_paid() -> None:
    basket = baskets(COMPANY, PEOPLE, ORDERS)
    cents = np.add.reduceat(basket.quantity * basket.price - basket.discount, basket.offsets[:-1])
    bought = {n: c for n, c, r in zip(ORDERS.number, cents, ORDERS.is_return, strict=True) if not r}
    back = [(n, c) for n, c, r in zip(ORDERS.number, cents, ORDERS.is_return, strict=True) if r]
    assert len(back) > 100
    assert (basket.discount >= 0).all()
    paid = np.array([bought[n] for n, _ in back])
    assert -np.array([c for _, c in back]) == pytest.approx(paid, rel=0.03, abs=5)


def test_segments_differ_as_planted() -> None:
    web = ORDERS.channel != STORE
    names = [s.name for s in SEGMENTS]
    share = {n: web[PEOPLE.segment[ORDERS.who] == i].mean() for i, n in enumerate(names)}
    assert share["online_natives"] > 0.85
    assert share["household_stockers"] < 0.25
    value = {n: PEOPLE.order_value[PEOPLE.segment == i].mean() for i, n in enumerate(names)}
    assert value["premium_shoppers"] > 1.5 * value["bargain_hunters"]


def test_calendar_runs_as_long_as_business_time() -> None:
    """A Saturday is worth 1.42 / 0.64 Sundays of the same season."""
    days = calendar(COMPANY, 0.0)
    assert days.weights.sum() == pytest.approx(COMPANY.days)
    ends = np.array([0.0, COMPANY.days])
    assert days.to_calendar(ends) == pytest.approx(ends)
    saturday = next(d for d in range(7) if COMPANY.day(d).weekday() == 5)
    assert days.weights[saturday] / days.weights[saturday + 1] == pytest.approx(1.42 / 0.64)


@pytest.mark.parametrize("day", [date(2023, 4, 9), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5)])
def test_easter_is_when_the_church_says(day: date) -> None:
    assert easter(day.year) == day


def test_campaign_has_its_effect_and_the_control_group_none() -> None:
    for number, campaign in enumerate(CAMPAIGNS):
        group = PEOPLE.groups[number]
        alive = BOUGHT.alive_until > campaign.first_day(COMPANY)
        who = ORDERS.who[(ORDERS.campaign == number) & ~ORDERS.is_return]
        assert (group[who] == TREATED).all()
        treated = (group == TREATED) & alive
        error = 4 * np.sqrt(campaign.effect / treated.sum())
        assert len(who) / treated.sum() == pytest.approx(campaign.effect, abs=error + 0.01)
        assert (group == TREATED).sum() / (group == CONTROL).sum() == pytest.approx(4, rel=0.2)


def test_oddities_are_planted() -> None:
    web = ORDERS.channel != STORE
    down, before = (((ORDERS.day == outage_day(COMPANY) - k) & web).sum() for k in (0, 7))
    assert down < 0.2 * before
    frauds = ORDERS.where(ORDERS.oddity == FRAUD)
    assert (frauds.country != PEOPLE.country[frauds.who]).all()
    assert (PEOPLE.oddity[frauds.who] == FRAUDSTER).all()
    back = ORDERS.is_return[PEOPLE.oddity[ORDERS.who] == RETURNS_ABUSER]
    assert back.mean() > 0.25
    assert (ORDERS.oddity == PRICE_SLIP).any()


def test_wrong_prices_are_marked_where_they_hold() -> None:
    day, category = price_error_day(COMPANY), price_error_category(COMPANY)
    of, lines = np.array([0, 0, 1, 2]), np.array([category, category + 1, category + 1, category])
    marked = with_price_errors(COMPANY, np.array([0, 0, FRAUD]), of, lines, np.full(4, day))
    assert marked.tolist() == [PRICE_ERROR, 0, FRAUD]
    assert with_price_errors(COMPANY, np.zeros(3, dtype=int), of, lines, np.full(4, day + 1)).sum() == 0


def test_a_customer_is_the_same_in_any_company_of_any_batch() -> None:
    alone = traits_of(COMPANY, np.array([17]))
    mine, _ = orders_of(COMPANY, alone)
    among = ORDERS.where(ORDERS.who == 17)
    assert alone.rate[0] == PEOPLE.rate[17]
    assert mine.number.tolist() == among.number.tolist()
    assert mine.day.tolist() == among.day.tolist()


def test_without_oddities_nothing_is_odd() -> None:
    plain = Oddities(bulk_order=0, price_slip=0, reseller=0, returns_abuser=0, fraudster=0, outage_keeps=1)
    company = Company(2_000, 60, 3, oddities=plain)
    people = traits_of(company, np.arange(2_000))
    assert not people.oddity.any()
    assert not orders_of(company, people)[0].oddity.any()
