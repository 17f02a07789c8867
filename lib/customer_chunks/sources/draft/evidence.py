"""How well the values of a column fit a role: log-odds like, -8 impossible, 0 says nothing, 3 strong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import Relations, looks_like_id

NO = -8.0
_AMOUNTS = {"integer", "decimal"}
_DATES = {"date", "timestamp"}


@dataclass(frozen=True)
class Column:
    """A column in its table: what the evidence looks at."""

    position: int
    profile: Profile
    relations: Relations
    kind: str
    named: bool

    @property
    def in_order(self) -> bool:
        """Return whether all lines of an order share the value."""
        return self.position in self.relations.constant_in_order


def value_evidence(column: Column, role: str) -> float:
    """Return how much the values and the other columns speak for a role."""
    if column.profile.type == "empty":
        return -1.0
    test = _TESTS.get(role)
    own = test(column.profile, column) if test else 0.0
    return own + column.relations.hints.get((column.position, role), 0.0)


def _order_id(p: Profile, c: Column) -> float:
    if not looks_like_id(p) and p.share("code") < 0.9:  # noqa: PLR2004
        return NO
    score = -1.5 if p.null_share > 0.05 else 0.0  # noqa: PLR2004 - an order always has its number
    score -= 4 if p.distinct < max(3, 0.01 * p.filled) else 0
    score -= 2 if p.type == "integer" and p.quantile(1.0) < min(1000, p.filled / 3) else 0
    if c.kind == "orders":
        return score + (1.5 if p.unique_share > 0.99 else -5.0)  # noqa: PLR2004
    if c.kind == "lines":
        score += -1.0 if p.unique_share > 0.995 else 0.5  # noqa: PLR2004
        if c.relations.order not in {None, c.position} and not c.in_order:
            score -= 4
    return score


def _line_id(p: Profile, c: Column) -> float:
    if not looks_like_id(p):
        return NO
    if p.unique_share > 0.995:  # noqa: PLR2004
        return 0.5 if c.named else -1.0
    return -3.0 if c.in_order else -0.5


def _customer_id(p: Profile, c: Column) -> float:
    if not looks_like_id(p) and p.share("words") > 0.3 or p.type in _DATES | {"time", "boolean", "decimal"}:  # noqa: PLR2004
        return NO
    score = -2.0 if p.share("email") > 0.8 else 0.0  # noqa: PLR2004
    score -= 3 if p.distinct < max(5, 0.005 * p.filled) else 0
    score -= 2.5 if p.type == "text" and p.share("code") < 0.5 else 0  # noqa: PLR2004 - names, not numbers
    if c.kind == "customers":
        return score + (1.5 if p.unique_share > 0.99 else -4.0)  # noqa: PLR2004
    score -= 1.0 if p.unique_share > 0.99 else 0  # noqa: PLR2004 - every row another customer
    if (
        c.kind == "lines"
        and c.relations.order is not None
        and c.position != c.relations.order
        and not c.in_order
    ):
        score -= 4
    if not c.named and c.relations.order is None and _sorted_groups(p):
        score += 2.0
    return score


def _sorted_groups(p: Profile) -> bool:
    return 0.02 < p.unique_share < 0.9 and p.quantile(0.5) > 0 and p.quantile(1.0) >= p.distinct / 2  # noqa: PLR2004


def _product_id(p: Profile, c: Column) -> float:
    if not looks_like_id(p) and p.share("code") < 0.8:  # noqa: PLR2004
        return NO
    score = -2.0 if p.share("code") < 0.3 else 0.0  # noqa: PLR2004
    if c.kind == "products":
        return score + (1.0 if p.unique_share > 0.98 else -4.0)  # noqa: PLR2004
    score -= 4 if c.in_order else 0
    score -= 2 if p.distinct < 4 and p.filled > 100 else 0  # noqa: PLR2004
    if not c.named and p.share("ean") > 0.9 and p.type == "integer" and p.mean_length >= 12:  # noqa: PLR2004
        score += 2.5
    return score


def _product_name(p: Profile, c: Column) -> float:
    if p.type != "text" or p.share("email") > 0.5:  # noqa: PLR2004
        return NO
    score = 0.5 if p.share("words") > 0.5 and p.mean_length > 6 else -1.0  # noqa: PLR2004
    score -= 3 if c.in_order and c.kind == "lines" else 0
    return score - (2 if p.distinct < 4 and p.filled > 100 else 0)  # noqa: PLR2004


def _quantity(p: Profile, c: Column) -> float:
    if p.type == "boolean" and p.number:
        return -2.0
    if p.type not in _AMOUNTS or p.number is None or p.number.sign:
        return NO
    score = 1.0 if p.number.is_whole and p.quantile(0.5) <= 30 else -0.5  # noqa: PLR2004
    score -= 5 if p.quantile(0.5) > 5000 else 0  # noqa: PLR2004
    score -= 3 if p.distinct <= 1 and p.quantile(0.5) != 1 else 0
    return score - (2 if c.in_order and c.kind == "lines" else 0) - (1.5 if p.unique_share > 0.9 else 0)  # noqa: PLR2004


def _unit_price(p: Profile, c: Column) -> float:
    if p.type not in _AMOUNTS:
        return NO
    score = 0.7 if p.type == "decimal" else -0.7
    score -= 2 if p.negative_share > 0.03 else 0  # noqa: PLR2004
    score -= 3 if p.distinct <= 2 or c.in_order and c.kind == "lines" else 0  # noqa: PLR2004
    return score - (3 if p.zero_share > 0.5 else 0)  # noqa: PLR2004


def _amount(p: Profile, c: Column) -> float:
    if p.type not in _AMOUNTS:
        return NO
    score = 0.7 if p.type == "decimal" else -0.7
    score -= 3 if c.in_order and c.kind == "lines" and c.relations.order is not None else 0
    score -= 3 if p.distinct <= 2 else 0  # noqa: PLR2004
    return score - (3 if p.zero_share > 0.6 else 0)  # noqa: PLR2004


def _discount(p: Profile, c: Column) -> float:
    if p.type not in _AMOUNTS or p.number is None or p.number.sign == "%":
        return NO
    is_rate = p.distinct <= 25 and (
        p.quantile(1.0) <= 1 and p.type == "decimal" or p.number.is_whole and p.quantile(1.0) <= 100
    )  # noqa: PLR2004
    score = -3.5 if is_rate and p.distinct > 2 else 0.0  # noqa: PLR2004
    score -= 3 if c.in_order and c.kind == "lines" and p.distinct > 1 else 0
    return score + (0.3 if p.zero_share > 0.2 else -0.5) - (0.0 if c.named else 2.5)  # noqa: PLR2004


def _charges(p: Profile, _: Column) -> float:
    return (0.5 if p.distinct < 0.3 * p.filled else -0.5) if p.type in _AMOUNTS | {"boolean"} else NO  # noqa: PLR2004


def _date(p: Profile, c: Column) -> float:
    if p.type in _DATES:
        old = (
            bool(p.date and p.date.parsed)
            and sorted(p.date.parsed.values())[len(p.date.parsed) // 2].year < 1990
        )  # type: ignore[union-attr]  # noqa: PLR2004, E501
        return (2.0 if not c.named else 1.2) - (4 if old else 0) - (2 if p.null_share > 0.3 else 0)  # noqa: PLR2004
    if p.type == "integer" and c.named and p.quantile(1.0) < 80_000 and p.distinct > 12:  # noqa: PLR2004
        return -0.6
    return NO


def _time(p: Profile, _: Column) -> float:
    if p.type == "time":
        return 3.0
    clock = p.type == "integer" and all(
        len(v) <= 4 and 0 <= n % 100 < 60 and n < 2400 for v, n in p.floats.items()
    )  # noqa: PLR2004
    return -1.0 if clock and p.distinct > 24 else NO  # noqa: PLR2004


def _listed(words: str, role_length: int) -> Callable[[Profile, Column], float]:
    def test(p: Profile, c: Column) -> float:
        if p.type not in {"text", "boolean"} and not (words == "gender" and p.distinct <= 4):  # noqa: PLR2004
            return NO
        if p.within(words) > 0.75:  # noqa: PLR2004
            return 3.5 if p.mean_length > role_length or words != "country" else 1.5
        return -1.0 if c.named and words == "country" and p.distinct < 250 else -5.0  # noqa: PLR2004

    return test


def _text(
    most: float, *, digits: bool = False, named_only: bool = True
) -> Callable[[Profile, Column], float]:
    """Return a test for names of things: text, with at most ``most`` different values (a share where below 1)."""

    def test(p: Profile, c: Column) -> float:
        limit = most * p.filled if most < 1 else most
        allowed = {"text", "boolean"} | ({"integer", "decimal"} if digits else set())
        if p.type not in allowed:
            return NO if p.type in _DATES | {"time", "decimal"} else -3.0
        return (0.4 if p.distinct <= max(limit, 3) else -3.0) - (0 if c.named or not named_only else 4)

    return test


def _store(p: Profile, c: Column) -> float:
    if p.type in _DATES | {"time", "decimal"}:
        return NO
    if p.distinct > max(0.3 * p.filled, 5):  # noqa: PLR2004
        return -2.0
    few_in_order = p.type == "integer" and c.in_order and 1 < p.distinct < 200  # noqa: PLR2004
    return 1.8 if few_in_order and not c.named else 0.3 if c.named else -2.0


def _pattern(name: str, gain: float, loss: float = NO) -> Callable[[Profile, Column], float]:
    def test(p: Profile, c: Column) -> float:
        if p.type in _DATES | {"decimal", "time"}:
            return NO
        share = p.share(name)
        return gain if share > 0.7 else loss if share < 0.3 else 0.0  # noqa: PLR2004

    return test


def _phone(p: Profile, c: Column) -> float:
    if p.type in _DATES | {"decimal", "time"} or p.share("phone") < 0.5:  # noqa: PLR2004
        return NO
    marked = sum(v.startswith(("+", "00", "(")) or v.count(" ") + v.count("-") > 1 for v in p.some) / len(
        p.some
    )
    return 3.5 if marked > 0.6 and p.type == "text" else 0.3 if c.named else -3.0  # noqa: PLR2004


def _letters(p: Profile, c: Column) -> float:
    if p.type != "text":
        return NO
    return (0.5 if p.share("letters") > 0.8 else -2.0) - (0 if c.named else 4)  # noqa: PLR2004


def _full_name(p: Profile, c: Column) -> float:
    if p.type != "text":
        return NO
    person = p.share("person")
    score = 1.2 if person > 0.7 and p.share("code") < 0.1 else -1.5  # noqa: PLR2004
    score -= 2.0 if c.kind == "lines" and c.relations.order is not None and not c.in_order else 0
    return score - (2 if p.distinct < 5 else 0) - (0 if c.named else 1.5)  # noqa: PLR2004


def _birth(p: Profile, _: Column) -> float:
    if p.type not in _DATES or not p.date or not p.date.parsed:
        return NO if p.type in {"decimal", "time"} else -3.0
    years = sorted(m.year - (100 if m.year > 2026 else 0) for m in p.date.parsed.values())  # noqa: PLR2004 - yy reads 2026..2099
    return 2.5 if 1930 < years[len(years) // 2] < 2006 and years[-1] - years[0] > 15 else -1.0  # noqa: PLR2004


def _postal(p: Profile, c: Column) -> float:
    if p.type in {"timestamp", "time"} or p.type == "decimal":
        return NO
    return (0.6 if 3 <= p.mean_length <= 11 else -2.0) - (0 if c.named else 4)  # noqa: PLR2004


def _band(p: Profile, c: Column) -> float:
    if p.type in _DATES | {"time"}:
        return NO
    return (0.5 if p.distinct <= 120 else -4.0) - (0 if c.named else 4)  # noqa: PLR2004


def _flag(p: Profile, c: Column) -> float:
    return (1.5 if p.type == "boolean" else 0.0 if p.distinct <= 6 else -5.0) - (0 if c.named else 4)  # noqa: PLR2004


def _category(p: Profile, c: Column) -> float:
    if p.type in _DATES | {"time", "decimal"}:
        return NO
    score = 0.4 if p.distinct <= max(0.25 * p.filled, 5) else -3.0  # noqa: PLR2004
    score -= 3 if c.in_order and c.kind == "lines" else 0
    return score - (0 if c.named else 4 if p.type != "text" else 1.5)


def _event_type(p: Profile, c: Column) -> float:
    return (0.7 if p.type in {"text", "boolean"} and 1 < p.distinct <= 40 else -4.0) - (0 if c.named else 4)  # noqa: PLR2004


def _event_id(p: Profile, c: Column) -> float:
    return (0.8 if looks_like_id(p) and p.unique_share > 0.99 else -4.0) - (0 if c.named else 4)  # noqa: PLR2004


def _reference(p: Profile, c: Column) -> float:
    return (0.3 if looks_like_id(p) or p.distinct < 0.2 * p.filled else -2.0) - (0 if c.named else 4)  # noqa: PLR2004


def _points(p: Profile, c: Column) -> float:
    return (0.6 if p.type in _AMOUNTS else NO) - (0 if c.named else 4)


def _rate(p: Profile, c: Column) -> float:
    return (0.8 if p.type == "decimal" and p.negative_share == 0 else -3.0) - (0 if c.named else 2)


_TESTS: dict[str, Callable[[Profile, Column], float]] = {
    "order_id": _order_id, "line_id": _line_id, "customer_id": _customer_id, "product_id": _product_id,
    "product_name": _product_name, "quantity": _quantity, "item_count": _quantity, "unit_price": _unit_price,
    "list_price": _unit_price, "line_amount": _amount, "order_amount": _amount, "discount_amount": _discount,
    "charges_amount": _charges, "ordered_at": _date, "occurred_at": _date, "changed_at": _date, "saved_at": _date,
    "valid_on": _date, "registered_on": _date, "updated_at": _date, "order_time": _time,
    "currency": _listed("currency", 0), "country": _listed("country", 3), "customer_country": _listed("country", 3),
    "gender": _listed("gender", 0), "channel": _text(40), "store": _store, "is_return": _flag, "is_granted": _flag,
    "category": _category, "category_2": _category, "category_3": _category, "brand": _text(0.5),
    "email": _pattern("email", 4.0), "phone": _phone, "street": _pattern("street", 2.0, -2.0), "postal_code": _postal,
    "first_name": _letters, "last_name": _letters, "full_name": _full_name, "city": _text(0.999), "region": _text(400),
    "birth_date": _birth, "age_band": _band, "income_band": _band, "household_size": _band, "household_kind": _band,
    "marital_status": _band, "home_ownership": _band, "loyalty_tier": _band, "tier": _band,
    "engagement_type": _event_type, "event_type": _event_type, "interaction_type": _event_type, "purpose": _event_type,
    "engagement_id": _event_id, "event_id": _event_id, "interaction_id": _event_id, "campaign_id": _reference,
    "coupon_id": _reference, "offer_id": _reference, "session_id": _reference, "points": _points, "rate": _rate,
    "device": _text(400), "preference": _event_type, "preference_value": _text(400, digits=True),
}  # fmt: skip
