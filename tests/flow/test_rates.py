"""Exchange rates that come late or change: the orders of their days alone are computed anew, or in wait."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.settings import Settings
from customer_chunks.errors import StorageError
from customer_chunks.flow.compute import _Work
from tests.flow.company import Company

MAPPING = """\
source: shop
time_zone: UTC
feeds:
  sales:
    path: "sales*.csv"
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        customer_id: customer
        quantity: pieces
        unit_price: price
        currency: in
  rates:
    path: "rates*.csv"
    changed_files: replace
    entities:
      exchange_rates: {currency: code, valid_on: day, rate: rate}
"""
RATES = "code,day,rate"
SALES = "order,at,customer,pieces,price,in"


@pytest.mark.slow
def test_changed_rate_reaches_the_orders_of_its_days_alone(spark: SparkSession, tmp_path: Path) -> None:
    company = Company(spark, tmp_path, None, Settings(reporting_currency="EUR")).maps(MAPPING)
    company.keeps_only = frozenset(
        {"silver.exchange_rates", "silver.customer_links", "silver.orders", "silver.customer_records"}
    )
    company.brings("rates1.csv", "USD,2024-01-01,0.5", header=RATES)
    company.brings(
        "sales1.csv", "A,2024-01-05,c1,1,10,USD", "B,2024-02-05,c1,1,10,USD", "E,2024-02-05,c2,1,10,EUR",
        "G,2024-02-05,c2,1,10,GBP", "H,2023-12-31,c2,1,10,USD", header=SALES,
    )  # fmt: skip
    company.run()
    assert amounts(company) == {"A": "5", "B": "5", "E": "10"}
    written = {row["order_id"]: row["_row_hash"] for row in company.warehouse.read("silver.orders").collect()}

    company.brings("rates2.csv", "USD,2024-02-01,0.8", "GBP,2024-01-01,2", header=RATES)
    assert keys_alone(company)
    assert amounts(company) == {"A": "5", "B": "8", "E": "10", "G": "20"}
    newer = {row["order_id"]: row["_row_hash"] for row in company.warehouse.read("silver.orders").collect()}
    assert {o for o in written if newer[o] != written[o]} == {"B"}

    # A rate is mended, another one withdrawn: B goes back to the earlier one.
    company.brings("rates1.csv", "USD,2023-01-01,0.6", "USD,2024-01-01,0.55", header=RATES)
    company.brings("rates2.csv", "GBP,2024-01-01,2", header=RATES)
    assert keys_alone(company)
    assert amounts(company) == {"A": "5.5", "B": "5.5", "E": "10", "G": "20", "H": "6"}

    # Without a rate G has no amount: it is put in quarantine again.
    company.brings("rates2.csv", "CHF,2024-01-01,1", header=RATES)
    assert keys_alone(company)
    by_changes = amounts(company), open_entries(company)
    assert by_changes[0] == {"A": "5.5", "B": "5.5", "E": "10", "H": "6"}
    assert by_changes[1] == [["exchange_rate.missing"]]
    company.run(is_full=True)
    assert (amounts(company), open_entries(company)) == by_changes


@pytest.mark.slow
def test_order_that_waited_for_its_rate_outlives_a_kill_behind_the_quarantine(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Company(spark, tmp_path, None, Settings(reporting_currency="EUR")).maps(MAPPING)
    company.keeps_only = frozenset({"silver.exchange_rates", "silver.customer_links", "silver.orders"})
    company.brings("rates1.csv", "USD,2024-01-01,0.5", header=RATES)
    company.brings("sales1.csv", "A,2024-01-05,c1,1,10,USD", "G,2024-02-05,c2,1,10,GBP", header=SALES)
    company.run()
    assert open_entries(company) == [["exchange_rate.missing"]]

    written = _Work.written

    def killed(work: _Work, *told: Any) -> Any:
        if work.step.main == "silver.orders":
            raise StorageError("The disk is full.", "Make room.")
        return written(work, *told)

    company.brings("rates2.csv", "GBP,2024-01-01,2", header=RATES)
    with monkeypatch.context() as patch:
        patch.setattr(_Work, "written", killed)
        told = company.tries()
    assert [str(e) for e in told.errors] == ["The disk is full. Make room."]
    assert (amounts(company), open_entries(company)) == ({"A": "5"}, [])
    company.run()
    assert amounts(company) == {"A": "5", "G": "20"}
    assert open_entries(company) == []


def keys_alone(company: Company) -> bool:
    """Run, and return whether the orders followed by their keys."""
    (orders,) = [o for o in company.run().outcomes if o.step == "silver.orders[shop]"]
    return "changed keys only" in orders.detail


def amounts(company: Company) -> dict[str, str]:
    rows = company.rows("silver.orders", "order_id", "order_amount_base")
    return {order: f"{Decimal(amount).normalize():f}" for order, amount in rows}


def open_entries(company: Company) -> list[list[str]]:
    entries = company.warehouse.read("silver.quarantine").where("replayed_at is null").orderBy("position")
    return [row["reason_codes"] for row in entries.collect()]
