"""How well the values of a column fit a role: log-odds like, -8 impossible, 0 says nothing, 3 strong."""

from __future__ import annotations

from customer_chunks.sources.draft import evidence_people, evidence_sales
from customer_chunks.sources.draft.column import Column

_TESTS = {**evidence_people.TESTS, **evidence_sales.TESTS}


def value_evidence(column: Column, role: str) -> float:
    """Return how much the values and the other columns speak for a role."""
    if column.profile.type == "empty":
        return -1.0
    test = _TESTS.get(role)
    own = test(column.profile, column) if test else 0.0
    return own + column.relations.hints.get((column.position, role), 0.0)
