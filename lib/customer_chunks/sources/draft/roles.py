"""What a column can be: each role's header concepts, and the canonical field it fills in each kind of file.

roles.yml holds the patterns; sinks are roles that no canonical field takes.
"""

from __future__ import annotations

from dataclasses import dataclass

from customer_chunks.sources.draft.names import Header
from customer_chunks.sources.draft.vocabulary import read_table

_EVERYWHERE = frozenset({"CODE", "GROSS", "NET"})
_HEAVY = frozenset(
    {
        "TAX",
        "DISCOUNT",
        "SHIPPING",
        "COST",
        "FEE",
        "PROFIT",
        "STATUS",
        "PERCENT",
        "PAYMENT",
        "DUE",
        "UPDATED",
        "METHOD",
        "NOTE",
        "URL",
        "RETURN",
        "BALANCE",
        "RATING",
        "WEIGHT",
        "ZONE",
        "TECH",
        "PERIOD",
        "COUPON",
        "COMPANY",
        "STAFF",
        "TYPE",
        "MEASURE",
        "COUNT",
        "LAST",
        "WAREHOUSE",
        "SECOND",
        "COLOR",
        "IP",
        "RATE",
        "ACCOUNT",
    }
)


@dataclass(frozen=True)
class Role:
    """One thing a column can be."""

    name: str
    patterns: tuple[tuple[frozenset[str], float], ...]
    and_may: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()

    def score(self, header: Header) -> float:
        """Return how well a header names the role, from 0 to 1."""
        concepts = header.concepts
        if any(word <= self.blocks for word in header.words):
            return 0.0
        best = 0.0
        for needed, weight in self.patterns:
            if needed <= concepts:
                fine = needed | self.and_may | _EVERYWHERE
                spare = [word for word in header.words if not word & fine]
                heavy = sum(bool(word & _HEAVY) for word in spare)
                best = max(
                    best, weight - 0.45 * heavy - 0.18 * (len(spare) - heavy) - 0.1 * min(header.unknown, 3)
                )
        return max(best, 0.0)


def _read(table: object) -> dict[str, Role]:
    found = {}
    for name, parts in dict(table).items():  # type: ignore[call-overload]
        patterns = []
        for pattern in parts["is"].split(","):
            concepts, _, weight = pattern.partition("=")
            patterns.append((frozenset(concepts.split()), float(weight or 1)))
        beside = parts.get("with", "").replace("PERSON", _PERSON_WORDS)
        found[name] = Role(
            name, tuple(patterns), frozenset(beside.split()), frozenset(parts.get("not", "").split())
        )
    return found


_PERSON_WORDS = "CUSTOMER MEMBER CONTACT BILLING INVOICE USER HOUSEHOLD ACCOUNT"
_TABLES = read_table("roles.yml")
ROLES = _read(_TABLES["roles"])
SINKS = _read(_TABLES["sinks"])

_PERSON = {
    name: f"customer_records.{name}"
    for name in (
        "email",
        "phone",
        "first_name",
        "last_name",
        "full_name",
        "birth_date",
        "gender",
        "street",
        "postal_code",
        "city",
        "region",
        "age_band",
        "income_band",
        "household_size",
        "household_kind",
        "marital_status",
        "home_ownership",
        "loyalty_tier",
    )
}


def _same(entity: str, names: str) -> dict[str, str]:
    return {name: f"{entity}.{name}" for name in names.split()}


_PRODUCT = {
    "category": "products.category_path",
    "category_2": "products.category_path",
    "category_3": "products.category_path",
    "brand": "products.brand",
}

KINDS: dict[str, dict[str, str]] = {
    "lines": {
        **_same(
            "order_lines",
            "order_id line_id ordered_at customer_id product_id product_name quantity unit_price "
            "discount_amount line_amount currency country channel store is_return",
        ),
        "order_time": "order_lines.ordered_at",
        **_PERSON,
        "customer_country": "customer_records.country",
        **_PRODUCT,
    },
    "orders": {
        **_same(
            "orders",
            "order_id ordered_at customer_id order_amount charges_amount item_count currency country channel "
            "store is_return",
        ),
        "order_time": "orders.ordered_at",
        **_PERSON,
        "customer_country": "customer_records.country",
    },
    "customers": {
        "customer_id": "customer_records.customer_id",
        "country": "customer_records.country",
        **_PERSON,
        **_same("customer_records", "registered_on updated_at"),
    },
    "products": {
        **_same("products", "product_id product_name list_price"),
        **_PRODUCT,
    },
    "engagements": _same(
        "engagements", "engagement_id customer_id engagement_type campaign_id coupon_id channel occurred_at"
    ),
    "loyalty": _same(
        "loyalty_events", "event_id customer_id event_type points tier offer_id order_id occurred_at"
    ),
    "interactions": _same(
        "interactions",
        "interaction_id customer_id session_id interaction_type product_id device country city occurred_at",
    ),
    "consents": _same("consents", "customer_id purpose channel is_granted changed_at"),
    "preferences": _same("wallet_preferences", "customer_id preference preference_value saved_at"),
    "rates": _same("exchange_rates", "currency valid_on rate"),
}
