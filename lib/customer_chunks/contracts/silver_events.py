"""Contracts of the silver tables that tell what customers did besides buying."""

from __future__ import annotations

from customer_chunks.contracts.table import HASH, Check, Col, Pii, Table
from customer_chunks.contracts.table_rules import found, known, steady

_CUSTOMER = (
    Col("customer_id", "string", "through silver.customer_links; null when anonymous", pii=Pii.INDIRECT),
    Col("source", "string", "the mapping that brought the event", required=True),
    Col("source_customer_id", "string", "as the source writes it, trimmed", pii=Pii.INDIRECT),
)
_KNOWN = (found("customer_id", "silver.customers", "customer_id"), known("customer_id"))
_WHEN = Check("occurred_at.missing", "occurred_at is not null", "an event says when")

ENGAGEMENTS = Table(
    "silver",
    "engagements",
    "one campaign contact or response",
    ("engagement_id",),
    (
        Col(
            "engagement_id", "string", "namespaced; from the source, or from the row's content", required=True
        ),
        *_CUSTOMER,
        Col("engagement_type", "string", "send, open, click, coupon_redemption...", required=True),
        Col("campaign_id", "string", "the campaign, as the source writes it"),
        Col("coupon_id", "string", "the coupon, as the source writes it"),
        Col("channel", "string", "email, post, push..."),
        Col("occurred_at", "timestamp", "when", unit="UTC", required=True),
        Col("occurred_on", "date", "day in the reporting time zone", required=True),
        HASH,
    ),
    checks=(
        _WHEN,
        Check("engagement_type.missing", "engagement_type is not null", "an engagement has a type"),
    ),
    stats_on=("engagement_id", "customer_id", "occurred_on"),
    clustered_on=("occurred_on",),
    rules=_KNOWN,
)

LOYALTY_EVENTS = Table(
    "silver",
    "loyalty_events",
    "one event of the loyalty programme",
    ("event_id",),
    (
        Col("event_id", "string", "namespaced; from the source, or from the row's content", required=True),
        *_CUSTOMER,
        Col("event_type", "string", "earn, burn, tier_change, offer_shown, offer_accepted...", required=True),
        Col("points", "decimal(18,4)", "negative when burnt", unit="points"),
        Col("tier", "string", "the tier after the event"),
        Col("offer_id", "string", "the offer, as the source writes it"),
        Col("order_id", "string", "the order that caused it, namespaced"),
        Col("occurred_at", "timestamp", "when", unit="UTC", required=True),
        Col("occurred_on", "date", "day in the reporting time zone", required=True),
        HASH,
    ),
    checks=(_WHEN, Check("event_type.missing", "event_type is not null", "an event has a type")),
    stats_on=("event_id", "customer_id", "occurred_on"),
    clustered_on=("occurred_on",),
    rules=(*_KNOWN, *steady("points", "if(points > 0, points, null)", "points of an event")),
)

INTERACTIONS = Table(
    "silver",
    "interactions",
    "one web or app event",
    ("interaction_id",),
    (
        Col(
            "interaction_id",
            "string",
            "namespaced; from the source, or from the row's content",
            required=True,
        ),
        *_CUSTOMER,
        Col("session_id", "string", "as the source writes it", pii=Pii.INDIRECT),
        Col("interaction_type", "string", "page_view, search, add_to_cart...", required=True),
        Col("product_id", "string", "namespaced"),
        Col("device", "string", "as mapped"),
        Col("country", "string", "as mapped"),
        Col("city", "string", "as mapped", pii=Pii.INDIRECT),
        Col("occurred_at", "timestamp", "when", unit="UTC", required=True),
        Col("occurred_on", "date", "day in the reporting time zone", required=True),
        HASH,
    ),
    checks=(
        _WHEN,
        Check("interaction_type.missing", "interaction_type is not null", "an interaction has a type"),
    ),
    stats_on=("interaction_id", "customer_id", "occurred_on"),
    clustered_on=("occurred_on",),
    rules=_KNOWN,
)
