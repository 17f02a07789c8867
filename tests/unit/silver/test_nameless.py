"""A row that names nothing is still somebody's row: its key is its place, so that no account loses it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.silver.consents import prepared_consents
from customer_chunks.silver.customer_records import prepared_records
from customer_chunks.silver.exchange_rates import prepared_rates
from customer_chunks.silver.order_lines import prepared_lines
from customer_chunks.silver.orders import prepared_headers
from customer_chunks.silver.products import prepared_products
from customer_chunks.silver.wallet_preferences import prepared_preferences
from tests.builders import mapped
from tests.unit.silver.judging import RULES

PREPARED: dict[str, Callable[[DataFrame], DataFrame]] = {
    "customer_records": lambda rows: prepared_records(rows, "shop"),
    "products": lambda rows: prepared_products(rows, "shop", "w:"),
    "consents": lambda rows: prepared_consents(rows, "shop"),
    "wallet_preferences": lambda rows: prepared_preferences(rows, "shop"),
    "exchange_rates": lambda rows: prepared_rates(rows, "shop"),
    "orders": lambda rows: prepared_headers(rows, RULES),
    "order_lines": lambda rows: prepared_lines(rows, RULES),
}


@pytest.mark.parametrize("entity", PREPARED)
def test_rows_without_a_name_have_their_places_for_keys(spark: SparkSession, entity: str) -> None:
    rows = mapped(spark, entity, [{"_delivery": 3}, {"_feed": "more"}])
    assert [row["_key"] for row in PREPARED[entity](rows).collect()] == ["sales@3@0", "more@0@1"]
