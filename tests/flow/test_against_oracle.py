"""Dirty made-up shops through the whole flow, against an independent computation of the same definitions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from customer_chunks.config.settings import RfmSettings, Settings
from tests.flow.company import Company
from tests.oracle import DirtyShop, Oracle, assert_same_table, write_dirty_shop, write_fixed_width

Companies = Callable[..., Company]
BESIDE = frozenset(
    {"gold.customer_profiles", "gold.customer_facts", "silver.addressability", "silver.customers"}
)
RFM = [
    "customer_id",
    "as_of",
    "recency_days",
    "frequency",
    "monetary_amount",
    "r_score",
    "f_score",
    "m_score",
]
KPI = [
    "day",
    "dimension",
    "value",
    "gross_revenue",
    "returns_amount",
    "net_revenue",
    "orders",
    "active_customers",
    "new_customers",
    "average_order_value",
]
ORDERS = [
    "order_id", "customer_id", "ordered_at", "ordered_on", "order_amount", "currency", "order_amount_base",
    "charges_amount", "country", "channel", "store", "item_count", "is_return", "quarantined_line_count",
]  # fmt: skip
LINES = ["order_id", "line_number", "product_id", "line_kind", "quantity", "unit_price", "line_amount"]


def frame(company: Company, table: str, columns: list[str]) -> pd.DataFrame:
    """Return a table of the warehouse as plain Python values."""
    rows = [tuple(r) for r in company.warehouse.read(table).select(*columns).collect()]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def same_gold(company: Company, oracle: Oracle) -> None:
    assert_same_table(frame(company, "gold.rfm_scores", RFM), oracle.rfm_scores[RFM], ["customer_id"])
    assert_same_table(
        frame(company, "gold.kpi_daily", KPI), oracle.kpi_daily[KPI], ["day", "dimension", "value"]
    )


def same_silver(company: Company, oracle: Oracle) -> None:
    assert_same_table(frame(company, "silver.orders", ORDERS), oracle.orders[ORDERS], ["order_id"])
    lines = frame(company, "silver.order_lines", LINES)
    assert_same_table(lines, oracle.lines[LINES], ["order_id", "line_number"])


def same_reasons(company: Company, shop: DirtyShop) -> None:
    """Check quarantine and account against what was planted."""
    found: dict[str, int] = {}
    for codes in company.rows("silver.quarantine", "reason_codes"):
        for code in codes:
            found[code] = found.get(code, 0) + 1
    assert found == dict(shop.reason_counts)
    parts = (
        "rows_read",
        "inserted",
        "updated",
        "unchanged",
        "quarantined",
        "duplicate",
        "excluded",
        "superseded",
    )
    rows = (
        company.warehouse.read("ops.run_accounts")
        .where(f"feed = '{shop.feed_name}'")
        .select(*parts)
        .collect()
    )
    total = {p: sum(r[p] for r in rows) for p in parts}
    accepted = total["inserted"] + total["updated"] + total["unchanged"]
    told = {"read": total["rows_read"], "accepted": accepted} | {
        p: total[p] for p in ("quarantined", "duplicate", "excluded")
    }
    assert told == dict(shop.account)


def a_company(companies: Companies, shop: DirtyShop, **settings: Any) -> Company:
    company = companies(settings=Settings(reporting_currency=shop.reporting_currency, **settings))
    company.leaves_out = BESIDE
    return company.takes(shop.folder)


@pytest.mark.slow
def test_shop_that_delivers_in_three_files_one_run_at_a_time(companies: Companies, tmp_path: Path) -> None:
    shop = write_dirty_shop(tmp_path / "shop", lines=1500, deliveries=3)
    company = a_company(companies, shop)
    inside = [company.folder / "conf" / path.name for path in shop.files]
    for path in inside[1:]:
        path.rename(path.with_suffix(".later"))
    for path in inside:
        if not path.exists():
            path.with_suffix(".later").rename(path)
        company.run(None if path == inside[-1] else "silver.orders")
    oracle = shop.oracle()
    same_silver(company, oracle)
    same_gold(company, oracle)
    found: dict[str, int] = {}
    for codes in company.rows("silver.quarantine", "reason_codes"):
        for code in codes:
            found[code] = found.get(code, 0) + 1
    assert found == dict(shop.reason_counts)


@pytest.mark.slow
def test_shop_with_currencies_decimal_commas_and_kept_copies(companies: Companies, tmp_path: Path) -> None:
    shop = write_dirty_shop(
        tmp_path / "shop", lines=1500, currencies=True, decimal_comma=True, duplicates="keep", seed=11
    )
    company = a_company(companies, shop)
    company.run()
    oracle = shop.oracle()
    same_silver(company, oracle)
    same_gold(company, oracle)
    same_reasons(company, shop)


@pytest.mark.slow
@pytest.mark.parametrize(
    "choices",
    [{}, {"currencies": True, "seed": 5}, {"decimal_comma": True, "seed": 3}, {"duplicates": "keep"}],
    ids=["plain", "currencies", "decimal comma", "copies kept"],
)
def test_shop_of_every_kind_equals_the_oracle(
    companies: Companies, tmp_path: Path, choices: dict[str, Any]
) -> None:
    shop = write_dirty_shop(tmp_path / "shop", lines=4000, **choices)
    company = a_company(companies, shop)
    company.run()
    oracle = shop.oracle()
    same_silver(company, oracle)
    same_gold(company, oracle)
    same_reasons(company, shop)


@pytest.mark.slow
def test_shop_reporting_in_another_zone_and_window(companies: Companies, tmp_path: Path) -> None:
    shop = write_dirty_shop(tmp_path / "shop", lines=2000, seed=9)
    rfm = RfmSettings(window_days=120, net_of_returns=False)
    company = a_company(companies, shop, reporting_time_zone="Asia/Tokyo", rfm=rfm)
    company.run()
    oracle = shop.oracle(reporting_time_zone="Asia/Tokyo", window_days=120, net_of_returns=False)
    same_silver(company, oracle)
    same_gold(company, oracle)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("orders", "duplicates"),
    [
        ("customer_day", "drop"),
        ("each_row", "drop"),
        ("each_row", "keep"),
        ("customer_day", "keep"),
    ],
)
def test_fixed_width_transactions(companies: Companies, tmp_path: Path, orders: str, duplicates: str) -> None:
    shop = write_fixed_width(tmp_path / "club", customers=150, orders=orders, duplicates=duplicates)
    company = a_company(companies, shop)
    company.run()
    oracle = shop.oracle()
    same_gold(company, oracle)
    same_reasons(company, shop)
    columns = [c for c in ORDERS if c != "order_id"]
    assert_same_table(
        frame(company, "silver.orders", columns), oracle.orders[columns], ["customer_id", "ordered_on"]
    )
