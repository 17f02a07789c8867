"""What a mapping may say: the entities that a feed can fill and their fields.

A field is what a user maps an outside column to. Its kind decides how text becomes a
value: ids are trimmed and lose a trailing ``.0``, amounts know decimal commas, instants
know formats and time zones. ``words`` are header words that point at the field, in the
languages in which shops name their columns; ``chunks source init`` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How the text of a field becomes a value."""

    ID = "id"
    TEXT = "text"
    CODE = "code"
    INSTANT = "instant"
    DAY = "day"
    AMOUNT = "amount"
    PRICE = "price"
    QUANTITY = "quantity"
    RATE = "rate"
    FLAG = "flag"

    @property
    def type(self) -> str:
        """Return the Spark simple type string of the value."""
        return _TYPES.get(self, "string")


_TYPES = {
    Kind.INSTANT: "timestamp",
    Kind.DAY: "date",
    Kind.AMOUNT: "decimal(18,4)",
    Kind.PRICE: "decimal(18,6)",
    Kind.QUANTITY: "decimal(18,4)",
    Kind.RATE: "decimal(24,12)",
    Kind.FLAG: "boolean",
}


@dataclass(frozen=True)
class Field:
    """One thing that a mapping can fill; ``meaning`` is the line that the README shows."""

    name: str
    kind: Kind
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class Entity:
    """One kind of thing that a feed can bring, and the silver table it ends in."""

    name: str
    table: str
    fields: tuple[Field, ...]

    @property
    def field_names(self) -> tuple[str, ...]:
        """Return the names of all fields in order."""
        return tuple(f.name for f in self.fields)

    def field(self, name: str) -> Field:
        """Return the field called ``name``; raises KeyError when there is none."""
        found = {f.name: f for f in self.fields}
        return found[name]


_ORDER_ID = Field("order_id", Kind.ID, "the order; leave out and choose `orders:` where the source has none")
_CUSTOMER_ID = Field("customer_id", Kind.ID, "the source's customer id; empty for guests")
_REQUIRED_CUSTOMER = Field("customer_id", Kind.ID, "the source's customer id", required=True)
_OCCURRED = Field("occurred_at", Kind.INSTANT, "when", required=True)
_ORDER_ATTRIBUTES = (
    Field("currency", Kind.CODE, "ISO 4217 code, where orders differ"),
    Field("country", Kind.TEXT, "country of the order"),
    Field("channel", Kind.TEXT, "store, web, app..."),
    Field("store", Kind.TEXT, "the shop or site"),
    Field("is_return", Kind.FLAG, "true where the order is a cancellation or return"),
)

ENTITIES: dict[str, Entity] = {
    e.name: e
    for e in (
        Entity(
            "order_lines",
            "silver.order_lines",
            (
                _ORDER_ID,
                Field("line_id", Kind.ID, "the source's own line number or id: the key against duplicates"),
                Field("ordered_at", Kind.INSTANT, "when; may be left to an `orders` feed"),
                _CUSTOMER_ID,
                Field("product_id", Kind.ID, "article number, SKU"),
                Field("product_name", Kind.TEXT, "description; the most frequent one names the product"),
                Field("line_kind", Kind.CODE, "product (default), charge or adjustment"),
                Field("quantity", Kind.QUANTITY, "pieces; negative on returns"),
                Field("unit_price", Kind.PRICE, "price of one piece before line discount"),
                Field("discount_amount", Kind.AMOUNT, "discount of the whole line, positive"),
                Field("line_amount", Kind.AMOUNT, "instead of quantity x unit_price - discount_amount"),
                *_ORDER_ATTRIBUTES,
            ),
        ),
        Entity(
            "orders",
            "silver.orders",
            (
                _ORDER_ID,
                Field("ordered_at", Kind.INSTANT, "when", required=True),
                _CUSTOMER_ID,
                Field("order_amount", Kind.AMOUNT, "value of the products; left out where lines tell it"),
                Field("charges_amount", Kind.AMOUNT, "postage and fees"),
                Field("item_count", Kind.QUANTITY, "pieces, where there are no lines"),
                *_ORDER_ATTRIBUTES,
            ),
        ),
        Entity(
            "products",
            "silver.products",
            (
                Field("product_id", Kind.ID, "article number, SKU", required=True),
                Field("product_name", Kind.TEXT, "name"),
                Field("category_path", Kind.TEXT, "levels joined by ' > ', or one level"),
                Field("brand", Kind.TEXT, "brand"),
                Field("list_price", Kind.PRICE, "list price"),
            ),
        ),
        Entity(
            "customer_records",
            "silver.customer_records",
            (
                _REQUIRED_CUSTOMER,
                Field("email", Kind.TEXT, "e-mail address"),
                Field("phone", Kind.TEXT, "telephone number"),
                Field("first_name", Kind.TEXT, "given name"),
                Field("last_name", Kind.TEXT, "family name"),
                Field("full_name", Kind.TEXT, "whole name, where it is not split"),
                Field("birth_date", Kind.DAY, "day of birth"),
                Field("gender", Kind.TEXT, "gender"),
                Field("street", Kind.TEXT, "street and number"),
                Field("postal_code", Kind.TEXT, "postal code"),
                Field("city", Kind.TEXT, "city"),
                Field("region", Kind.TEXT, "state, county, province"),
                Field("country", Kind.TEXT, "country"),
                Field("age_band", Kind.TEXT, "age group"),
                Field("income_band", Kind.TEXT, "income group"),
                Field("household_size", Kind.TEXT, "people in the household"),
                Field("household_kind", Kind.TEXT, "household composition"),
                Field("marital_status", Kind.TEXT, "marital status"),
                Field("home_ownership", Kind.TEXT, "owner, renter..."),
                Field("loyalty_tier", Kind.TEXT, "tier in the loyalty programme"),
                Field("registered_on", Kind.DAY, "customer since"),
                Field("updated_at", Kind.INSTANT, "when the record last changed: the newest wins"),
            ),
        ),
        Entity(
            "engagements",
            "silver.engagements",
            (
                Field("engagement_id", Kind.ID, "the source's event id"),
                _CUSTOMER_ID,
                Field("engagement_type", Kind.CODE, "send, open, click, coupon_redemption...", required=True),
                Field("campaign_id", Kind.ID, "the campaign"),
                Field("coupon_id", Kind.ID, "the coupon"),
                Field("channel", Kind.TEXT, "email, post, push..."),
                _OCCURRED,
            ),
        ),
        Entity(
            "loyalty_events",
            "silver.loyalty_events",
            (
                Field("event_id", Kind.ID, "the source's event id"),
                _CUSTOMER_ID,
                Field("event_type", Kind.CODE, "earn, burn, tier_change, offer_shown...", required=True),
                Field("points", Kind.AMOUNT, "points, negative when burnt"),
                Field("tier", Kind.TEXT, "tier after the event"),
                Field("offer_id", Kind.ID, "the offer"),
                Field("order_id", Kind.ID, "the order that caused it"),
                _OCCURRED,
            ),
        ),
        Entity(
            "interactions",
            "silver.interactions",
            (
                Field("interaction_id", Kind.ID, "the source's event id"),
                _CUSTOMER_ID,
                Field("session_id", Kind.ID, "the session"),
                Field("interaction_type", Kind.CODE, "page_view, search, add_to_cart...", required=True),
                Field("product_id", Kind.ID, "the product"),
                Field("device", Kind.TEXT, "device"),
                Field("country", Kind.TEXT, "country"),
                Field("city", Kind.TEXT, "city"),
                _OCCURRED,
            ),
        ),
        Entity(
            "consents",
            "silver.consents",
            (
                _REQUIRED_CUSTOMER,
                Field("purpose", Kind.CODE, "marketing, analytics...", required=True),
                Field("channel", Kind.CODE, "email, phone...; any where left out"),
                Field("is_granted", Kind.FLAG, "true when granted, false when withdrawn", required=True),
                Field("changed_at", Kind.INSTANT, "when", required=True),
            ),
        ),
        Entity(
            "wallet_preferences",
            "silver.wallet_preferences",
            (
                _REQUIRED_CUSTOMER,
                Field("preference", Kind.CODE, "payment method, delivery slot...", required=True),
                Field("preference_value", Kind.TEXT, "the saved choice"),
                Field("saved_at", Kind.INSTANT, "when it was saved: the newest wins"),
            ),
        ),
        Entity(
            "exchange_rates",
            "silver.exchange_rates",
            (
                Field("currency", Kind.CODE, "ISO 4217 code", required=True),
                Field("valid_on", Kind.DAY, "first day of the rate", required=True),
                Field("rate", Kind.RATE, "reporting currency for one unit of currency", required=True),
            ),
        ),
    )
}
