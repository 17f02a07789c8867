"""How well the values of a column fit a role: log-odds like, -8 impossible, 0 says nothing, 3 strong."""

from __future__ import annotations

from customer_chunks.sources.draft import evidence_people, evidence_sales
from customer_chunks.sources.draft.column import NO, Column

_OUTRIGHT, _LEAST = 0.9, -2.0
_STEADY = {"customer_id", "ordered_at", "product_id", "product_name", "quantity", "unit_price", "line_amount"}
_TESTS = {**evidence_people.TESTS, **evidence_sales.TESTS}


def value_evidence(column: Column, role: str, *, name: float = 0.0) -> float:
    """Return how much the values and the other columns speak for a role.

    Where the name says a role outright, values that are only unusual (few customers, one date
    for all) do not outweigh it; values that cannot be the role do.
    """
    if column.profile.type == "empty":
        return -1.0
    test = _TESTS.get(role)
    own = test(column.profile, column) if test else 0.0
    if name >= _OUTRIGHT and own != NO and role in _STEADY and column.kind in {"lines", "orders"}:
        own = max(own, _LEAST)
    return own + column.relations.hints.get((column.position, role), 0.0)
