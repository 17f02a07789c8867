"""Plans of feeds -> where the shop seems to be: its currency and the time zone of its clocks."""

from __future__ import annotations

from collections import Counter

from customer_chunks.sources.draft.feed_plan import FeedPlan
from customer_chunks.sources.draft.numbers import SIGNS
from customer_chunks.sources.draft.wordlists import (
    COUNTRY_CURRENCY,
    COUNTRY_ZONE,
    CURRENCIES,
    CURRENCY_ZONE,
)

_ALPHABETS = (("łąęśż", "PLN"), ("řěů", "CZK"), ("ğış", "TRY"), ("åø", "SEK"), ("ãõ", "BRL"))


def currency_of(plans: list[FeedPlan]) -> tuple[str, str]:
    """Return the likeliest currency and why."""
    with_rate = {
        c.upper() for plan in plans if plan.reading.kind == "rates" for c in _counts(plan, "currency")
    }
    for plan in plans:
        if plan.reading.kind == "rates":
            continue
        found = [c.upper() for c, _ in _counts(plan, "currency").most_common() if c.upper() in CURRENCIES]
        without = [c for c in found if c not in with_rate]
        if with_rate and without:
            return without[0], "the most frequent of those that need no exchange rate"
        if found:
            return found[0], "the most frequent; used where a row names none"
    signs = Counter(
        p.number.sign
        for plan in plans
        for p in plan.reading.profiles
        if p.number and p.number.sign not in {"", "%"}
    )
    if signs:
        sign = signs.most_common(1)[0][0]
        code = SIGNS.get(sign, sign)
        return (code if code in CURRENCIES else "EUR"), f"the amounts are written with {sign}"
    for country in _countries(plans):
        if country in COUNTRY_CURRENCY:
            return COUNTRY_CURRENCY[country], "CHECK: guess from the most frequent country"
    return _currency_of_text(plans)


def _currency_of_text(plans: list[FeedPlan]) -> tuple[str, str]:
    names = " ".join(p.name for plan in plans for p in plan.reading.profiles).lower()
    for code in sorted(CURRENCIES):
        if f" {code.lower()} " in f" {names} ".replace("_", " ").replace("(", " ").replace(")", " "):
            return code, "CHECK: a column name says so"
    for letters, code in _ALPHABETS:
        if any(c in names for c in letters):
            return code, "CHECK: guess from the language of the names"
    if any("\u0400" <= c <= "\u04ff" for c in names):
        return "RUB", "CHECK: guess from the language of the names"
    if any("\u3040" <= c <= "\u30ff" for c in names) or "単価" in names or "注文" in names:
        return "JPY", "CHECK: guess from the language of the names"
    commas = any(p.number and p.number.decimal == "," for plan in plans for p in plan.reading.profiles)
    return (
        ("EUR", "CHECK: guess from decimal commas")
        if commas
        else ("USD", "CHECK: nothing in the files tells it")
    )


def zone_of(plans: list[FeedPlan], currency: str) -> tuple[str, str]:
    """Return the likeliest time zone and why; UTC where the place has several or is unknown."""
    if any(p.date and p.date.has_zone for plan in plans for p in plan.reading.profiles):
        return "UTC", "for times without an offset of their own"
    for country in _countries(plans):
        if country in COUNTRY_ZONE:
            return COUNTRY_ZONE[country], "CHECK: guess from the most frequent country"
        if country in COUNTRY_CURRENCY:
            return "UTC", "CHECK: guess; the files do not say where their clocks stand"
    if currency in CURRENCY_ZONE:
        return CURRENCY_ZONE[currency], f"CHECK: guess from the currency {currency}"
    hint = " (Europe/Berlin?)" if currency == "EUR" else ""
    return "UTC", f"CHECK: guess; the files do not say where their clocks stand{hint}"


def _counts(plan: FeedPlan, role: str) -> Counter[str]:
    p = plan.reading.profile(role)
    return p.counts if p else Counter()


def _countries(plans: list[FeedPlan]) -> list[str]:
    """Return the most frequent country of each column of countries."""
    columns = [_counts(plan, role) for plan in plans for role in ("country", "customer_country")]
    return [counts.most_common(1)[0][0].casefold() for counts in columns if counts]
