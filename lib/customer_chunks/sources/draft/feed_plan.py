"""What the draft says about one kind of file: entities, their fields, and remarks."""

from __future__ import annotations

from dataclasses import dataclass, field

from customer_chunks.sources.draft.expressions import Value
from customer_chunks.sources.draft.guess import Reading
from customer_chunks.sources.draft.model import Guess

_MAIN = {
    "lines": "order_lines",
    "orders": "orders",
    "customers": "customer_records",
    "products": "products",
    "engagements": "engagements",
    "loyalty": "loyalty_events",
    "interactions": "interactions",
    "consents": "consents",
    "preferences": "wallet_preferences",
    "rates": "exchange_rates",
}


@dataclass
class Line:
    """One field of an entity: its YAML value, and the comment behind it."""

    value: str
    comment: str


@dataclass
class FeedPlan:
    """All that the draft says about one kind of file."""

    name: str
    reading: Reading
    entities: dict[str, dict[str, Line]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    orders: tuple[str, str] | None = None
    remarks: list[str] = field(default_factory=list)
    guesses: list[Guess] = field(default_factory=list)

    @property
    def main(self) -> str:
        """Return the entity that the file is mostly about."""
        return _MAIN[self.reading.kind]

    def put(self, entity: str, name: str, value: Value | str, comment: str) -> None:
        """Map a field unless it is mapped."""
        text = value if isinstance(value, str) else value.yaml
        self.entities.setdefault(entity, {}).setdefault(name, Line(text, comment))
