"""The contracts themselves: every table is whole, and says what the design fixes."""

from __future__ import annotations

import re

import pytest

from customer_chunks.contracts import TABLES, Level, Pii, contract
from customer_chunks.contracts.entities import ENTITIES, Kind
from customer_chunks.contracts.table import HASH, Col, Table
from customer_chunks.errors import ConfigError, LeaseError, did_you_mean

CONVERGED = [t for t in TABLES.values() if t.layer in {"silver", "gold"} and t.name != "quarantine"]
GRAINS = {
    "silver.customer_records": ("source", "source_customer_id"),
    "silver.customer_links": ("source", "source_customer_id"),
    "silver.customers": ("customer_id",),
    "silver.products": ("product_id", "source"),
    "silver.orders": ("order_id",),
    "silver.order_lines": ("order_id", "line_number"),
    "silver.interactions": ("interaction_id",),
    "silver.engagements": ("engagement_id",),
    "silver.loyalty_events": ("event_id",),
    "silver.quarantine": ("source", "feed", "delivery", "position", "entity"),
    "gold.customer_facts": ("customer_id",),
    "gold.customer_profiles": ("customer_id",),
    "gold.rfm_scores": ("customer_id",),
    "gold.kpi_daily": ("day", "dimension", "value"),
}


@pytest.mark.parametrize("table", GRAINS)
def test_key_is_the_grain_of_the_design(table: str) -> None:
    assert contract(table).key[-len(GRAINS[table]) :] == GRAINS[table]


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.full_name)
def test_table_is_whole(table: Table) -> None:
    names = table.column_names
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert all(table.column(k).required for k in table.key)
    assert set(table.stats_on) <= set(names)
    assert all(c.description for c in table.columns)
    assert not set(table.stats_on) & set(table.personal_columns), "no statistics on personal columns"


@pytest.mark.parametrize("table", CONVERGED, ids=lambda t: t.full_name)
def test_converged_table_ends_with_its_hash(table: Table) -> None:
    assert table.columns[-1] == HASH
    assert "_row_hash" not in table.hashed_columns


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.full_name)
def test_codes_of_checks_are_object_dot_rule_and_unique(table: Table) -> None:
    codes = [c.code for c in (*table.checks, *table.order_checks)]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", code) for code in codes)


def test_amounts_have_four_decimals_and_prices_six() -> None:
    lines = contract("silver.order_lines").types
    assert (lines["line_amount"], lines["unit_price"]) == ("decimal(18,4)", "decimal(18,6)")
    assert contract("silver.orders").types["order_amount"] == "decimal(18,4)"


def test_warnings_let_rows_pass() -> None:
    warnings = {c.code for c in contract("silver.order_lines").checks if c.level is Level.WARNING}
    assert warnings == {"ordered_at.long_ago", "unit_price.zero", "quantity.zero", "customer_id.missing"}


def test_volatile_columns_are_not_hashed() -> None:
    table = Table(
        "silver", "x", "g", ("a",), (Col("a", "int", "a"), Col("b", "int", "b", volatile=True), HASH)
    )
    assert table.hashed_columns == ("a",)
    assert table.full_name == "silver.x"


def test_contact_points_and_raw_rows_are_personal() -> None:
    assert {"email", "phone", "full_name", "street", "birth_date"} <= set(
        contract("silver.customers").personal_columns
    )
    assert contract("silver.quarantine").personal_columns == ("raw_row",)
    assert contract("silver.orders").column("customer_id").pii is Pii.INDIRECT


def test_unknown_table_and_column_are_key_errors() -> None:
    with pytest.raises(KeyError):
        contract("silver.nothing")
    with pytest.raises(KeyError, match="nothing"):
        contract("silver.orders").column("nothing")


def test_every_entity_ends_in_a_table() -> None:
    assert {e.table for e in ENTITIES.values()} <= set(TABLES)
    assert ENTITIES["order_lines"].field("unit_price").kind is Kind.PRICE
    assert (Kind.PRICE.type, Kind.RATE.type, Kind.ID.type) == ("decimal(18,6)", "decimal(24,12)", "string")


def test_near_name_is_suggested_else_the_known_ones() -> None:
    assert did_you_mean("Custmer", ["customer", "order"]) == "Did you mean 'customer'?"
    assert did_you_mean("xyz", ["b", "a"]) == "Known: a, b."
    assert did_you_mean("xyz", []) == ""


def test_error_is_what_and_remedy_with_an_exit_code() -> None:
    assert str(ConfigError("What.", "Remedy.")) == "What. Remedy."
    assert str(ConfigError("What.")) == "What."
    assert (ConfigError("x").exit_code, LeaseError("x").exit_code) == (3, 8)
