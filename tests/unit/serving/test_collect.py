"""What the report reads from the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from customer_chunks.serving.report.collect import told_currency
from tests.builders import an_order, orders

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EURO, FRANC = {"currency": "EUR"}, {"currency": "CHF", "order_amount_base": "9.50"}


@pytest.mark.parametrize(
    ("told", "currency"),
    [
        ([EURO, EURO], "EUR"),
        ([EURO, FRANC, {"currency": "CHF", "order_amount": 0}], "EUR"),
        ([FRANC], ""),
        ([EURO, {"currency": "USD"}], ""),
        ([], ""),
    ],
    ids=["one currency", "the one that is not converted", "none", "two that may be it", "no orders"],
)
def test_reporting_currency_is_that_of_the_orders_that_are_not_converted(
    spark: SparkSession, told: list[dict[str, object]], currency: str
) -> None:
    rows = [an_order(f"o{n}", **fields) for n, fields in enumerate(told)]
    assert told_currency(orders(spark, *rows)) == currency
