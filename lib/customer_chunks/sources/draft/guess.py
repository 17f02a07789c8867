"""A sample -> what each column is and what kind of file it is, decided as a whole.

For each kind of file (order lines, orders, customers...) every column is weighed against
every role by its name and its values, the best assignment is found, and the kind whose
assignment explains the file best wins.
"""

# ruff: noqa: PLR2004 - the numbers are thresholds of a heuristic, each used once

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from customer_chunks.sources.draft.assign import best_assignment
from customer_chunks.sources.draft.column import Column
from customer_chunks.sources.draft.evidence import value_evidence
from customer_chunks.sources.draft.model import Sample
from customer_chunks.sources.draft.names import Header, concepts_of, first_names_told
from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relate import relate
from customer_chunks.sources.draft.relations import Relations
from customer_chunks.sources.draft.roles import KINDS, ROLES, SINKS

_NAME_WEIGHT = 6.0
_NOT_NAMED = 1.5
_NAMED_BAR, _NAMELESS_BAR = 2.6, 1.0
_LEVELS = {"category_2": 0.94, "category_3": 0.9}


@dataclass
class Decision:
    """What one column was taken to be."""

    role: str
    target: str | None
    confidence: float
    why: str
    alternatives: tuple[str, ...]


@dataclass
class Reading:
    """A sample with its profiles, its kind and a decision for each column."""

    sample: Sample
    profiles: list[Profile]
    relations: Relations
    kind: str
    decisions: list[Decision]

    def position(self, role: str) -> int | None:
        """Return the column that plays a role, or None."""
        return next((n for n, d in enumerate(self.decisions) if d.role == role and d.target), None)

    def profile(self, role: str) -> Profile | None:
        """Return the profile of the column that plays a role, or None."""
        at = self.position(role)
        return self.profiles[at] if at is not None else None


def profiles_of(sample: Sample) -> list[Profile]:
    """Return the profile of each column; a file with decimal commas is read twice."""
    cut_at_semicolon = sample.layout.get("delimiter") == ";"
    found = [Profile(c, sample.values(n), cut_at_semicolon) for n, c in enumerate(sample.columns)]
    commas = any(p.number and p.number.decimal == "," and not p.number.doubtful for p in found)
    points = any(p.number and not p.number.is_whole and p.number.decimal == "." for p in found)
    wanted = commas or (cut_at_semicolon and not points)
    if wanted != cut_at_semicolon:
        found = [Profile(c, sample.values(n), wanted) for n, c in enumerate(sample.columns)]
    return found


def read_sample(sample: Sample) -> Reading:
    """Decide what a file is and what its columns are."""
    profiles = profiles_of(sample)
    relations = relate(profiles)
    readings = [_read_as(kind, sample, profiles, relations) for kind in KINDS]
    _, best = max(readings, key=lambda pair: pair[0])
    return best


@dataclass
class _Weights:
    """What speaks for each role of a kind, column by column."""

    roles: list[str]
    names: list[list[float]]
    scores: list[list[float]]
    sinks: list[tuple[str, float]]
    bars: list[float]


def _read_as(
    kind: str, sample: Sample, profiles: list[Profile], relations: Relations
) -> tuple[float, Reading]:
    headers = first_names_told([_header(c) if sample.named else Header((), 0) for c in sample.columns])
    columns = [Column(n, p, relations, kind, sample.named) for n, p in enumerate(profiles)]
    weights = _weigh(list(KINDS[kind]), headers, columns, named=sample.named)
    gains = [[s - bar for s in row] for row, bar in zip(weights.scores, weights.bars, strict=True)]
    given = best_assignment(gains)
    decisions = [_decide(column, given[n], weights) for n, column in enumerate(columns)]
    reading = Reading(sample, profiles, relations, kind, decisions)
    total = sum(gains[n][r] for n, r in enumerate(given) if r is not None)
    return total + _RULES[kind](reading), reading


def _weigh(roles: list[str], headers: list[Header], columns: list[Column], *, named: bool) -> _Weights:
    names = [[_name_score(header, role) for role in roles] for header in headers]
    scores = []
    for column, row in zip(columns, names, strict=True):
        pairs = zip(roles, row, strict=True)
        scores.append(
            [
                _NAME_WEIGHT * name
                + value_evidence(column, role, name=name)
                - (_NOT_NAMED if named and not name else 0)
                for role, name in pairs
            ]
        )
    sinks = [_best_sink(header) for header in headers]
    least = _NAMED_BAR if named else _NAMELESS_BAR
    return _Weights(roles, names, scores, sinks, [max(least, score) for _, score in sinks])


def _header(column: str) -> Header:
    """Return the concepts of a name; of a dotted path the parents count where the last part is bare."""
    head, _, last = column.rpartition(".")
    own = concepts_of(last)
    if not head:
        return own
    parents = concepts_of(" ".join(head.split(".")[-1:]))
    return Header((*own.words, *[w for w in parents.words if w not in own.words]), own.unknown)


def _name_score(header: Header, role: str) -> float:
    if role in _LEVELS:
        return ROLES["category"].score(header) * _LEVELS[role]
    return ROLES[role].score(header)


def _best_sink(header: Header) -> tuple[str, float]:
    name = max(SINKS, key=lambda s: SINKS[s].score(header))
    return name, _NAME_WEIGHT * SINKS[name].score(header)


def _decide(column: Column, given: int | None, weights: _Weights) -> Decision:
    n, roles = column.position, weights.roles
    scores, bar = weights.scores[n], weights.bars[n]
    ranked = [k for k in sorted(range(len(roles)), key=lambda k: -scores[k]) if roles[k] not in _LEVELS]
    others = tuple(roles[k] for k in ranked if k != given and scores[k] > 1.0)[:3]
    if given is None:
        return _unmapped(column, scores[ranked[0]], bar, weights.sinks[n], others)
    role = roles[given]
    rival = max((scores[k] for k in ranked if k != given), default=0.0)
    sure = _sigmoid(min(scores[given] - bar + 0.8, scores[given] - rival + 1.2))
    by_name, by_value = weights.names[n][given] > 0.3, value_evidence(column, role) > 0.35
    why = "name + values" if by_name and by_value else "name" if by_name else "values"
    reasons = column.relations.reasons.get((n, role), [])
    why += f" ({reasons[0]})" if reasons else ""
    return Decision(role, KINDS[column.kind][role], sure, why, others)


def _unmapped(
    column: Column, best: float, bar: float, sink: tuple[str, float], others: tuple[str, ...]
) -> Decision:
    if column.profile.type == "empty":
        return Decision("empty", None, 0.5, "no value", others)
    role = sink[0] if sink[1] > 1.0 else "unknown"
    return Decision(role, None, _sigmoid(bar - best + 1.0), "name" if sink[1] > 1.0 else "", others)


def _sigmoid(x: float) -> float:
    return round(min(1 / (1 + math.exp(-x)), 0.99), 2)


def _has(reading: Reading, *roles: str) -> bool:
    return any(reading.position(role) is not None for role in roles)


def _lines(reading: Reading) -> float:
    if _bare_sales(reading, "quantity", "line_amount"):
        return 1.0
    score = -1.5 if not _has(reading, "product_id", "product_name") else 1.0
    score -= 7 if not _has(reading, "unit_price", "line_amount") else 0
    score -= 6 if not _has(reading, "order_id", "ordered_at") else 0
    score -= 4 if not _has(reading, "product_id", "product_name") and not _has(reading, "order_id") else 0
    order = reading.profile("order_id")
    if order and order.unique_share > 0.995 and not _has(reading, "product_id", "product_name"):
        score -= 4
    return score + (2 if order and order.unique_share < 0.97 else 0)


def _bare_sales(reading: Reading, quantity: str, amount: str) -> bool:
    """Return whether rows without an order number say who bought how many pieces for how much, and when."""
    needed = ("customer_id", "ordered_at", quantity, amount)
    return all(_has(reading, role) for role in needed) and not _has(reading, "order_id")


def _orders(reading: Reading) -> float:
    if _bare_sales(reading, "item_count", "order_amount"):
        return -2.5  # such rows are lines
    score = -4.0 if not _has(reading, "order_id") else 0.0
    score += (
        3
        if not _has(reading, "order_id") and _has(reading, "ordered_at") and _has(reading, "customer_id")
        else 0
    )
    score -= 3 if not _has(reading, "ordered_at") else 0
    score -= 2 if not _has(reading, "order_amount", "charges_amount") else 0
    # A day alone is that of anything: rates, weather, shifts.
    score -= 7 if not _has(reading, "order_id", "customer_id", "order_amount") else 0
    return score


def _customers(reading: Reading) -> float:
    person = [
        d for d in reading.decisions if d.target and d.role not in {"customer_id", "country", "updated_at"}
    ]
    score = -8.0 if not _has(reading, "customer_id", "email") else 0.0
    score -= 5 if len(person) < 2 else 0
    return score + 0.5


def _products(reading: Reading) -> float:
    score = -8.0 if not _has(reading, "product_id") else 0.0
    return score - (5 if not _has(reading, "product_name", "category", "brand") else 0)


def _needs(*roles: str) -> Callable[[Reading], float]:
    def rule(reading: Reading) -> float:
        missing = sum(not _has(reading, *role.split("|")) for role in roles)
        return 1.0 - 7.0 * missing

    return rule


_RULES: dict[str, Callable[[Reading], float]] = {
    "lines": _lines, "orders": _orders, "customers": _customers, "products": _products,
    "engagements": _needs("engagement_type|campaign_id|coupon_id", "campaign_id|coupon_id", "occurred_at"),
    "loyalty": _needs("points|tier", "event_type", "occurred_at", "customer_id"),
    "interactions": _needs("interaction_type", "occurred_at", "customer_id|session_id"),
    "consents": _needs("purpose", "is_granted", "changed_at", "customer_id"),
    "preferences": _needs("preference", "preference_value", "customer_id"),
    "rates": _needs("currency", "valid_on", "rate"),
}  # fmt: skip
