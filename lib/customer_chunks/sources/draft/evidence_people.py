"""How well values fit the roles of people, places and events."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

from customer_chunks.sources.draft.column import AMOUNTS, DATES, NO, Column, Test
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import looks_like_id


def _pattern(name: str, gain: float, loss: float = NO) -> Test:
    def test(p: Profile, c: Column) -> float:
        if p.type in DATES | {"decimal", "time"}:
            return NO
        share = p.share(name)
        return gain if share > 0.7 else loss if share < 0.3 else 0.0

    return test


def _phone(p: Profile, c: Column) -> float:
    if p.type in DATES | {"decimal", "time"} or p.share("phone") < 0.5:
        return NO
    marked = sum(v.startswith(("+", "00", "(")) or v.count(" ") + v.count("-") > 1 for v in p.some) / len(
        p.some
    )
    if marked <= 0.6 or p.type != "text":
        return 0.3 if c.named else -3.0
    return 3.5 if c.named or sum(v[0] in "+(0" for v in p.some) > 0.6 * len(p.some) else -3.0


def _street(p: Profile, c: Column) -> float:
    if p.type in DATES | {"decimal", "time"}:
        return NO
    few = -3.0 if not c.named and p.distinct < 20 else 0.0
    return few + (2.0 if p.share("street") > 0.7 else -2.0 if p.share("street") < 0.3 else 0.0)


def _letters(p: Profile, c: Column) -> float:
    if p.type != "text":
        return NO
    return (0.5 if p.share("letters") > 0.8 else -2.0) - (0 if c.named else 4)


def _full_name(p: Profile, c: Column) -> float:
    if p.type != "text":
        return NO
    person = p.share("person")
    score = 1.2 if person > 0.7 and p.share("code") < 0.1 else -1.5
    score -= 2.0 if c.kind == "lines" and c.relations.order is not None and not c.in_order else 0
    return score - (2 if p.distinct < 5 else 0) - (0 if c.named else 1.5)


def _birth(p: Profile, _: Column) -> float:
    if p.type not in DATES or not p.date or not p.date.parsed:
        return NO if p.type in {"decimal", "time"} else -3.0
    years = sorted(m.year - (100 if m.year > 2026 else 0) for m in p.date.parsed.values())
    return 2.5 if 1930 < years[len(years) // 2] < 2006 and years[-1] - years[0] > 15 else -1.0


def _postal(p: Profile, c: Column) -> float:
    if p.type in {"timestamp", "time"} or p.type == "decimal":
        return NO
    return (0.6 if 3 <= p.mean_length <= 11 else -2.0) - (0 if c.named else 4)


def _band(p: Profile, c: Column) -> float:
    if p.type in DATES | {"time"}:
        return NO
    return (0.5 if p.distinct <= 120 else -4.0) - (0 if c.named else 4)


def _flag(p: Profile, c: Column) -> float:
    return (1.5 if p.type == "boolean" else 0.0 if p.distinct <= 6 else -5.0) - (0 if c.named else 4)


def _event_type(p: Profile, c: Column) -> float:
    return (0.7 if p.type in {"text", "boolean"} and 1 < p.distinct <= 40 else -4.0) - (0 if c.named else 4)


def _event_id(p: Profile, c: Column) -> float:
    return (0.8 if looks_like_id(p) and p.unique_share > 0.99 else -4.0) - (0 if c.named else 4)


def _reference(p: Profile, c: Column) -> float:
    return (0.3 if looks_like_id(p) or p.distinct < 0.2 * p.filled else -2.0) - (0 if c.named else 4)


def _points(p: Profile, c: Column) -> float:
    return (0.6 if p.type in AMOUNTS else NO) - (0 if c.named else 4)


def _rate(p: Profile, c: Column) -> float:
    return (0.8 if p.type == "decimal" and p.negative_share == 0 else -3.0) - (0 if c.named else 2)


def _listed(words: str, role_length: int) -> Test:
    def test(p: Profile, c: Column) -> float:
        if p.type not in {"text", "boolean"} and not (words == "gender" and p.distinct <= 4):
            return NO
        if p.within(words) > 0.75:
            return 3.5 if p.mean_length > role_length or words != "country" else 1.5
        return -1.0 if c.named and words == "country" and p.distinct < 250 else -5.0

    return test


def _text(most: float, *, digits: bool = False, named_only: bool = True) -> Test:
    """Return a test for names of things: text with at most ``most`` values (a share where below 1)."""

    def test(p: Profile, c: Column) -> float:
        limit = most * p.filled if most < 1 else most
        allowed = {"text", "boolean"} | ({"integer", "decimal"} if digits else set())
        if p.type not in allowed:
            return NO if p.type in DATES | {"time", "decimal"} else -3.0
        return (0.4 if p.distinct <= max(limit, 3) else -3.0) - (0 if c.named or not named_only else 4)

    return test


TESTS: dict[str, Test] = {
    "currency": _listed("currency", 0),
    "country": _listed("country", 3),
    "customer_country": _listed("country", 3),
    "gender": _listed("gender", 0),
    "channel": _text(40),
    "is_return": _flag,
    "is_granted": _flag,
    "brand": _text(0.5),
    "email": _pattern("email", 4.0),
    "phone": _phone,
    "street": _street,
    "postal_code": _postal,
    "first_name": _letters,
    "last_name": _letters,
    "full_name": _full_name,
    "city": _text(0.999),
    "region": _text(400),
    "birth_date": _birth,
    "age_band": _band,
    "income_band": _band,
    "household_size": _band,
    "household_kind": _band,
    "marital_status": _band,
    "home_ownership": _band,
    "loyalty_tier": _band,
    "tier": _band,
    "engagement_type": _event_type,
    "event_type": _event_type,
    "interaction_type": _event_type,
    "purpose": _event_type,
    "engagement_id": _event_id,
    "event_id": _event_id,
    "interaction_id": _event_id,
    "campaign_id": _reference,
    "coupon_id": _reference,
    "offer_id": _reference,
    "session_id": _reference,
    "points": _points,
    "rate": _rate,
    "device": _text(400),
    "preference": _event_type,
    "preference_value": _text(400, digits=True),
}
