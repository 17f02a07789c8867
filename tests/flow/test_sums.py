"""Tables of sums: what changed is taken off and added, and ends in the sums of all rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from customer_chunks.config.settings import Settings
from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.flow import sums
from customer_chunks.flow.outcome import Report
from customer_chunks.gold.kpi_daily import kpi_daily
from tests.flow.company import Company

MAPPING = """\
source: shop
currency: EUR
feeds:
  articles:
    path: "articles.csv"
    changed_files: replace
    entities:
      products:
        product_id: article
        category_path: category
  sales:
    path: "sales*.csv"
    changed_files: replace
    entities:
      order_lines:
        order_id: order
        line_id: line
        ordered_at: at
        customer_id: customer
        product_id: article
        quantity: pieces
        unit_price: price
        country: country
"""
TABLES = frozenset(
    {
        "silver.orders", "silver.products", "silver.customer_links", "silver.customer_records",
        "gold.kpi_daily",
    }
)  # fmt: skip
SALES = "order,line,at,customer,article,pieces,price,country"
ARTICLES = "article,category"
FIRST = (
    "1,1,2024-03-10,c1,mug,2,5.00,DE",
    "1,2,2024-03-10,c1,pen,1,1.00,DE",
    "2,1,2024-03-10,c2,mug,1,5.00,AT",
    "3,1,2024-03-11,c2,pen,4,1.00,AT",
    "4,1,2024-03-11,,mug,1,5.00,DE",
    "5,1,2024-03-12,c1,mug,-1,5.00,DE",
    "6,1,2024-03-13,c3,cup,1,7.00,",
)
# Each rewrites the first file, or brings another: what happens to it is said in front.
CHANGES = {
    "an earlier first purchase, and a second one on the same day": (
        "sales2.csv",
        ("7,1,2024-03-09,c1,mug,1,5.00,DE", "8,1,2024-03-10,c2,pen,1,1.00,AT"),
    ),
    "an order goes, a day with it; another becomes somebody else's; a guest's changes its country": (
        "sales1.csv",
        (
            *FIRST[:2],
            "2,1,2024-03-10,c4,mug,1,5.00,AT",
            "3,1,2024-03-11,c2,pen,4,1.00,AT",
            "4,1,2024-03-11,,mug,1,5.00,CH",
            FIRST[5],
        ),
    ),
    "a return is all that is left of a day": (
        "sales3.csv",
        ("9,1,2024-03-14,c9,mug,-2,5.00,DE",),
    ),
}


def kpis(company: Company) -> list[tuple[Any, ...]]:
    """Return what the table ought to hold: all rows, added up."""
    read = company.warehouse.read
    names = ("silver.orders", "silver.order_lines", "silver.products")
    frame = kpi_daily(*map(read, names)).drop("_row_hash")
    held = [c for c in read("gold.kpi_daily").columns if c in frame.columns]
    return sorted((tuple(row) for row in frame.select(*held).collect()), key=repr)


def told(report: Report) -> str:
    return next(o.detail for o in report.outcomes if o.step == "gold.kpi_daily")


@pytest.fixture
def shop(companies: Callable[..., Company]) -> Company:
    company = companies("sums").maps(MAPPING)
    company.keeps_only = TABLES
    company.brings("articles.csv", "mug,Kitchen", "pen,Office", header=ARTICLES)
    company.brings("sales1.csv", *FIRST, header=SALES).run()
    return company


@pytest.fixture
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the few rows here follow their changes however many they are."""
    monkeypatch.setattr(sums, "WORTH_IT", 1.0)
    monkeypatch.setattr(sums, "WORTH_FROM", 0)


@pytest.mark.slow
def test_where_most_rows_changed_all_are_added_up_anew(
    shop: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "WORTH_FROM", 0)
    lines = [line.replace("2024-03-1", "2024-04-1") for line in FIRST]
    report = shop.brings("sales1.csv", *lines, header=SALES).run()
    assert "silver.orders" in told(report)
    assert shop.rows("gold.kpi_daily") == kpis(shop)


@pytest.mark.slow
@pytest.mark.usefixtures("_always")
def test_nothing_is_added_to_what_somebody_else_wrote(shop: Company) -> None:
    report = shop.brings("sales3.csv", "9,1,2024-03-14,c9,mug,2,5.00,DE", header=SALES).run()
    assert "changed keys only" in told(report)
    assert shop.rows("gold.kpi_daily") == kpis(shop)
    table = shop.warehouse.identifier("gold.kpi_daily")
    version = shop.versions()["gold.kpi_daily"]
    shop.spark.sql(f"RESTORE TABLE {table} TO VERSION AS OF {version - 1}").collect()
    assert shop.rows("gold.kpi_daily") != kpis(shop)
    assert "somebody else changed gold.kpi_daily" in told(shop.run())
    assert shop.rows("gold.kpi_daily") == kpis(shop)
    assert told(shop.run()) == "nothing is new"


@pytest.mark.slow
@pytest.mark.usefixtures("_always")
def test_order_id_of_two_sources_is_taken_off_for_the_one_that_changed(
    companies: Callable[..., Company],
) -> None:
    company = companies("shared", Settings(table_rules=TableRuleSettings(is_enabled=False)))
    company.keeps_only = frozenset(
        {
            "silver.orders",
            "silver.products",
            "silver.customer_links",
            "silver.customer_records",
            "gold.kpi_daily",
        }
    )
    for name in ("alpha", "beta"):
        text = MAPPING.replace("source: shop", f"source: {name}\nnamespace: shared")
        company.maps(text.replace("sales*", f"{name}*").replace("articles.csv", f"articles_{name}.csv"), name)
        (company.folder / "conf" / f"articles_{name}.csv").write_text(f"{ARTICLES}\nmug,Kitchen\n")
    company.brings("alpha1.csv", FIRST[0], FIRST[2], header=SALES)
    company.brings("beta1.csv", "1,1,2024-03-09,c1,pen,1,100.00,AT", header=SALES).run()
    assert company.rows("gold.kpi_daily") == kpis(company)
    report = company.brings("alpha1.csv", FIRST[0].replace("mug,2", "mug,3"), FIRST[2], header=SALES).run()
    assert "changed keys only" in told(report)
    assert company.rows("gold.kpi_daily") == kpis(company)


@pytest.mark.slow
@pytest.mark.usefixtures("_always")
def test_changes_of_orders_lines_and_products_end_in_the_sums_of_all_rows(shop: Company) -> None:
    assert shop.rows("gold.kpi_daily") == kpis(shop)
    for what, (file, lines) in CHANGES.items():
        report = shop.brings(file, *lines, header=SALES).run()
        assert "changed keys only" in told(report), what
        assert shop.rows("gold.kpi_daily") == kpis(shop), what
    days = {str(day) for day in shop.rows("gold.kpi_daily", "day")}
    assert "2024-03-13" not in days
    assert "2024-03-14" in days
    report = shop.brings("articles.csv", "mug,Bar", "pen,Office", "cup,Bar", header=ARTICLES).run()
    assert "changed keys only" in told(report)
    assert shop.rows("gold.kpi_daily") == kpis(shop)
    assert {v for v in shop.rows("gold.kpi_daily", "value")} >= {"Bar", "Office"}
