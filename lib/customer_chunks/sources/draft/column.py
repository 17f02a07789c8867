"""A column in its table: what the weighing of evidence looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customer_chunks.sources.draft.profile import Profile
from customer_chunks.sources.draft.relations import Relations

NO = -8.0
AMOUNTS = {"integer", "decimal"}
DATES = {"date", "timestamp"}


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


Test = Callable[[Profile, Column], float]
