"""Contracts of the silver tables that tell who the customers are and how they may be reached."""

from __future__ import annotations

from customer_chunks.contracts.table import HASH, Check, Col, Level, Pii, Table
from customer_chunks.contracts.table_rules import found, known

PERSON = (
    Col("email", "string", "lower case, trimmed", pii=Pii.DIRECT),
    Col("phone", "string", "digits with a leading +, where one was given", pii=Pii.DIRECT),
    Col("first_name", "string", "trimmed, single spaces", pii=Pii.DIRECT),
    Col("last_name", "string", "trimmed, single spaces", pii=Pii.DIRECT),
    Col("full_name", "string", "as given, or first and last name", pii=Pii.DIRECT),
    Col("birth_date", "date", "day of birth", pii=Pii.DIRECT),
    Col("gender", "string", "as mapped", pii=Pii.INDIRECT),
    Col("street", "string", "street and number", pii=Pii.DIRECT),
    Col("postal_code", "string", "as mapped, upper case", pii=Pii.INDIRECT),
    Col("city", "string", "as mapped", pii=Pii.INDIRECT),
    Col("region", "string", "state, county or province", pii=Pii.INDIRECT),
    Col("country", "string", "as mapped"),
)
DEMOGRAPHICS = (
    Col("age_band", "string", "as the source bands it", pii=Pii.INDIRECT),
    Col("income_band", "string", "as the source bands it", pii=Pii.INDIRECT),
    Col("household_size", "string", "as the source counts it", pii=Pii.INDIRECT),
    Col("household_kind", "string", "household composition", pii=Pii.INDIRECT),
    Col("marital_status", "string", "as mapped", pii=Pii.INDIRECT),
    Col("home_ownership", "string", "as mapped", pii=Pii.INDIRECT),
    Col("loyalty_tier", "string", "tier in the loyalty programme"),
    Col("registered_on", "date", "first day as a customer, as the source says"),
)

CUSTOMER_RECORDS = Table(
    "silver",
    "customer_records",
    "one person as one source knows them",
    ("source", "source_customer_id"),
    (
        Col("source", "string", "the mapping that brought the record", required=True),
        Col(
            "source_customer_id",
            "string",
            "as the source writes it, trimmed",
            required=True,
            pii=Pii.INDIRECT,
        ),
        Col("namespace", "string", "prefix of the source's ids; empty when shared", required=True),
        *PERSON,
        *DEMOGRAPHICS,
        Col("is_inferred", "boolean", "seen on orders or events only, in no customer file", required=True),
        Col("originals", "string", "JSON of the received values that standardising changed", pii=Pii.DIRECT),
        HASH,
    ),
    checks=(
        Check("customer_id.missing", "source_customer_id is not null", "a record names its customer"),
        Check(
            "email.invalid",
            "email rlike '^[^@\\\\s]+@[^@\\\\s]+\\\\.[^@\\\\s]+$'",
            "an e-mail has name@host.tld",
            Level.WARNING,
        ),
        Check(
            "birth_date.implausible",
            "birth_date >= '1900-01-01'",
            "nobody was born before 1900",
            Level.WARNING,
        ),
    ),
    stats_on=("source_customer_id",),
    rules=(known("email"), known("birth_date"), known("country")),
)

CUSTOMER_LINKS = Table(
    "silver",
    "customer_links",
    "one customer record and the customer it belongs to",
    ("source", "source_customer_id"),
    (
        Col("source", "string", "as in silver.customer_records", required=True),
        Col("source_customer_id", "string", "as in silver.customer_records", required=True, pii=Pii.INDIRECT),
        Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT),
        Col(
            "evidence",
            "string",
            "why: identity (one to one) until identity resolution says more",
            required=True,
        ),
        HASH,
    ),
    stats_on=("source_customer_id", "customer_id"),
    rules=(found("customer_id", "silver.customers", "customer_id"),),
)

CUSTOMERS = Table(
    "silver",
    "customers",
    "one customer: the current golden record",
    ("customer_id",),
    (
        Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT),
        *PERSON,
        *DEMOGRAPHICS,
        Col("record_count", "int", "customer records linked to the customer", required=True),
        HASH,
    ),
    stats_on=("customer_id",),
)

ADDRESSABILITY = Table(
    "silver",
    "addressability",
    "one contact channel of one customer",
    ("customer_id", "channel"),
    (
        Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT),
        Col("channel", "string", "email, phone or post", required=True),
        Col("has_contact_point", "boolean", "an address of the channel is known", required=True),
        Col(
            "has_consent",
            "boolean",
            "the newest marketing consent; null where none was ever given or withdrawn",
        ),
        Col("is_addressable", "boolean", "has a contact point and no withdrawn consent", required=True),
        HASH,
    ),
    stats_on=("customer_id",),
    rules=(found("customer_id", "silver.customers", "customer_id"),),
)

CONSENTS = Table(
    "silver",
    "consents",
    "the newest state of one consent, as one source knows it",
    ("source", "source_customer_id", "purpose", "channel"),
    (
        Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT),
        Col(
            "source_customer_id",
            "string",
            "as the source writes it, trimmed",
            required=True,
            pii=Pii.INDIRECT,
        ),
        Col("purpose", "string", "marketing, analytics...", required=True),
        Col("channel", "string", "email, phone, any...", required=True),
        Col("is_granted", "boolean", "granted, else withdrawn", required=True),
        Col("changed_at", "timestamp", "when the state began", unit="UTC", required=True),
        Col("source", "string", "the mapping that says so", required=True),
        HASH,
    ),
    checks=(
        Check("customer_id.missing", "source_customer_id is not null", "a consent names its customer"),
        Check("purpose.missing", "purpose is not null", "a consent names its purpose"),
        Check("changed_at.missing", "changed_at is not null", "a consent says since when"),
        Check("is_granted.missing", "is_granted is not null", "a consent is granted or withdrawn"),
    ),
    stats_on=("customer_id",),
    rules=(found("customer_id", "silver.customers", "customer_id"),),
)

WALLET_PREFERENCES = Table(
    "silver",
    "wallet_preferences",
    "one saved preference of one customer's wallet, as one source knows it",
    ("source", "source_customer_id", "preference"),
    (
        Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT),
        Col(
            "source_customer_id",
            "string",
            "as the source writes it, trimmed",
            required=True,
            pii=Pii.INDIRECT,
        ),
        Col("preference", "string", "payment method, delivery slot...", required=True),
        Col("preference_value", "string", "the saved choice", pii=Pii.INDIRECT),
        Col("saved_at", "timestamp", "when it was saved", unit="UTC"),
        Col("source", "string", "the mapping that says so", required=True),
        HASH,
    ),
    checks=(
        Check("customer_id.missing", "source_customer_id is not null", "a preference names its customer"),
        Check("preference.missing", "preference is not null", "a preference has a name"),
    ),
    stats_on=("customer_id",),
    rules=(found("customer_id", "silver.customers", "customer_id"),),
)
