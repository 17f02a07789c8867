"""How well values fit the roles of sales: ids, dates, quantities, prices and amounts."""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

from customer_chunks.sources.draft.column import AMOUNTS, DATES, NO, Column, Test
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import looks_like_id

_NO_CODES = DATES | {"decimal", "time", "boolean"}


def _order_id(p: Profile, c: Column) -> float:
    if p.type in _NO_CODES or (not looks_like_id(p) and p.share("code") < 0.9):
        return NO
    score = -1.5 if p.null_share > 0.05 else 0.0
    score -= 4 if p.distinct < max(3, 0.01 * p.filled) else 0
    score -= 2 if p.type == "integer" and p.quantile(1.0) < min(1000, p.filled / 3) else 0
    if c.kind == "orders":
        return score + (1.5 if p.unique_share > 0.99 else -5.0)
    if c.kind == "lines":
        score += -1.0 if p.unique_share > 0.995 else 0.5
        if c.relations.order not in {None, c.position} and not c.in_order:
            score -= 4
    return score


def _line_id(p: Profile, c: Column) -> float:
    if not looks_like_id(p):
        return NO
    if p.unique_share > 0.995:
        return 0.5 if c.named else -1.0
    return -3.0 if c.in_order else -0.5


def _customer_id(p: Profile, c: Column) -> float:
    if (not looks_like_id(p) and p.share("words") > 0.3) or p.type in DATES | {"time", "boolean", "decimal"}:
        return NO
    score = -2.0 if p.share("email") > 0.8 else 0.0
    # Few customers speak against it, but a handful of rows holds no more.
    score -= 3 if p.distinct < max(min(5, 0.1 * p.filled), 0.005 * p.filled) else 0
    score -= 2.5 if p.type == "text" and p.share("code") < 0.5 else 0
    if c.kind == "customers":
        return score + (1.5 if p.unique_share > 0.99 else -4.0)
    score -= 1.0 if p.unique_share > 0.99 else 0
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
    return 0.02 < p.unique_share < 0.9 and p.quantile(0.5) > 0 and p.quantile(1.0) >= p.distinct / 2


def _product_id(p: Profile, c: Column) -> float:
    if p.type in _NO_CODES or (not looks_like_id(p) and p.share("code") < 0.8):
        return NO
    score = -2.0 if p.share("code") < 0.3 else 0.0
    if c.kind == "products":
        return score + (1.0 if p.unique_share > 0.98 else -4.0)
    score -= 4 if c.in_order else 0
    score -= 2 if p.distinct < 4 and p.filled > 100 else 0
    if not c.named and p.share("ean") > 0.9 and p.type == "integer" and p.mean_length >= 12:
        score += 2.5
    return score


def _product_name(p: Profile, c: Column) -> float:
    if p.type != "text" or p.share("email") > 0.5:
        return NO
    score = (0.5 if c.named else 1.3) if p.share("words") > 0.5 and p.mean_length > 6 else -1.0
    score -= 3 if c.in_order and c.kind == "lines" else 0
    return score - (2 if p.distinct < 4 and p.filled > 100 else 0)


def _quantity(p: Profile, c: Column) -> float:
    if p.type == "boolean" and p.number:
        return -2.0
    if p.type not in AMOUNTS or p.number is None or p.number.sign:
        return NO
    score = (1.0 if c.named else 1.5) if p.number.is_whole and p.quantile(0.5) <= 30 else -0.5
    score -= 5 if p.quantile(0.5) > 5000 else 0
    score -= 3 if p.distinct <= 1 and p.quantile(0.5) != 1 else 0
    return score - (2 if c.in_order and c.kind == "lines" else 0) - (1.5 if p.unique_share > 0.9 else 0)


def _unit_price(p: Profile, c: Column) -> float:
    if p.type not in AMOUNTS:
        return NO
    score = (0.7 if c.named else 1.4) if p.type == "decimal" else -0.7
    score -= 2 if p.negative_share > 0.03 else 0
    score -= 3 if c.in_order and c.kind == "lines" else 1.5 if p.distinct <= 2 else 0
    return score - (3 if p.zero_share > 0.5 else 0)


def _amount(p: Profile, c: Column) -> float:
    if p.type not in AMOUNTS:
        return NO
    score = (0.7 if c.named else 1.4) if p.type == "decimal" else -0.7
    score -= 3 if c.in_order and c.kind == "lines" and c.relations.order is not None else 0
    score -= 1.5 if p.distinct <= 2 else 0
    return score - (3 if p.zero_share > 0.6 else 0)


def _discount(p: Profile, c: Column) -> float:
    if p.type not in AMOUNTS or p.number is None or p.number.sign == "%":
        return NO
    is_rate = p.distinct <= 25 and (
        (p.quantile(1.0) <= 1 and p.type == "decimal") or (p.number.is_whole and p.quantile(1.0) <= 100)
    )
    score = -3.5 if is_rate and p.distinct > 2 else 0.0
    score -= 5 if c.in_order and c.kind == "lines" and (p.distinct > 1 or p.null_share > 0.3) else 0
    return score + (0.3 if p.zero_share > 0.2 else -0.5) - (0.0 if c.named else 2.5)


def _charges(p: Profile, _: Column) -> float:
    return (0.5 if p.distinct < 0.3 * p.filled else -0.5) if p.type in AMOUNTS | {"boolean"} else NO


def _date(p: Profile, c: Column) -> float:
    if p.type in DATES:
        moments = sorted(p.date.parsed.values()) if p.date else []
        old = bool(moments) and moments[len(moments) // 2].year < 1990
        return (1.2 if c.named else 2.0) - (4 if old else 0) - (2 if p.null_share > 0.3 else 0)
    if p.type == "integer" and c.named and p.quantile(1.0) < 80_000 and p.distinct > 31:
        return -0.6
    return NO


def _time(p: Profile, _: Column) -> float:
    if p.type == "time":
        return 3.0
    clock = p.type == "integer" and all(
        len(v) <= 4 and 0 <= n % 100 < 60 and n < 2400 for v, n in p.floats.items()
    )
    return -1.0 if clock and p.distinct > 24 else NO


def _store(p: Profile, c: Column) -> float:
    if p.type in DATES | {"time", "decimal"}:
        return NO
    if p.distinct > max(0.3 * p.filled, 5):
        return -2.0
    few_in_order = p.type == "integer" and c.in_order and 1 < p.distinct < 200
    return 1.8 if few_in_order and not c.named else 0.3 if c.named else -2.0


def _category(p: Profile, c: Column) -> float:
    if p.type in DATES | {"time", "decimal"}:
        return NO
    score = 0.4 if p.distinct <= max(0.25 * p.filled, 5) else -3.0
    score -= 3 if c.in_order and c.kind == "lines" else 0
    return score - (0 if c.named else 4 if p.type != "text" else 1.5)


TESTS: dict[str, Test] = {
    "order_id": _order_id,
    "line_id": _line_id,
    "customer_id": _customer_id,
    "product_id": _product_id,
    "product_name": _product_name,
    "quantity": _quantity,
    "item_count": _quantity,
    "unit_price": _unit_price,
    "list_price": _unit_price,
    "line_amount": _amount,
    "order_amount": _amount,
    "discount_amount": _discount,
    "charges_amount": _charges,
    "ordered_at": _date,
    "occurred_at": _date,
    "changed_at": _date,
    "saved_at": _date,
    "valid_on": _date,
    "registered_on": _date,
    "updated_at": _date,
    "order_time": _time,
    "store": _store,
    "category": _category,
    "category_2": _category,
    "category_3": _category,
}
