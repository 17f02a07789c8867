"""Quarantined rows tried again: they move once, the account shows it, and nothing else moves."""

from __future__ import annotations

import pytest

from customer_chunks.flow.replay import Chosen
from tests.flow.company import SALES, Company, states

GERMAN = SALES.replace("ordered_at: at", "ordered_at: {column: at, format: [yyyy-MM-dd, dd.MM.yyyy]}")
LINES = (
    "1,2024-03-10,c1,mug,2,5.00,DE",
    "2,11.03.2024,c2,mug,1,5.00,DE",
    "2,2024-03-11,c2,pen,1,1.00,DE",
    "3,2024-03-12,c3,pen,1,-1.00,DE",
)
LEFT_OUT = frozenset(
    {"gold.customer_profiles", "gold.kpi_daily", "silver.addressability", "silver.customers"}
)


def open_reasons(company: Company) -> list[str]:
    """Return the reasons of the entries that are not replayed."""
    rows = company.warehouse.read("silver.quarantine").where("replayed_at is null").collect()
    return sorted(code for row in rows for code in row["reason_codes"])


def account(company: Company, run: int) -> dict[str, int]:
    """Return the parts of the run's account of order lines that are not zero."""
    (row,) = company.warehouse.read("ops.run_accounts").where(f"run_id = 'run-{run}'").collect()
    assert row["is_replay"]
    parts = ("rows_read", "inserted", "updated", "unchanged", "quarantined", "duplicate", "excluded")
    return {part: row[part] for part in parts if row[part]}


@pytest.mark.slow
def test_rows_pass_once_after_the_mapping_was_mended(company: Company) -> None:
    company.leaves_out = LEFT_OUT
    company.brings("sales1.csv", *LINES)
    company.run()
    assert open_reasons(company) == ["ordered_at.unparsable", "unit_price.negative"]
    assert company.rows("silver.orders", "order_id", "quarantined_line_count") == [("1", 0), ("2", 1)]
    rested = company.versions()

    company.maps(GERMAN)
    report = company.runner().replay(Chosen(reason="ordered_at.unparsable"))
    assert not report.errors
    assert account(company, 2) == {"rows_read": 1, "inserted": 1}
    assert open_reasons(company) == ["unit_price.negative"]
    assert company.rows("silver.orders", "order_id", "quarantined_line_count") == [("1", 0), ("2", 0)]
    assert {c: str(m) for c, m in company.rows("gold.rfm_scores", "customer_id", "monetary_amount")} == {
        "c1": "10.0000",
        "c2": "6.0000",
    }
    assert company.versions()["bronze.shop_sales"] == rested["bronze.shop_sales"]

    # A second time there is nothing to move; what the mended mapping changes besides waits for a run.
    before = company.rows("silver.order_lines")
    again = company.runner().replay(Chosen(reason="ordered_at.unparsable"))
    assert set(states(again).values()) == {"idle"}
    company.run()
    assert company.rows("silver.order_lines") == before
    assert company.run().is_idle


@pytest.mark.slow
def test_mapping_that_was_mended_and_is_as_before_takes_its_rows_back(company: Company) -> None:
    company.leaves_out = LEFT_OUT
    company.brings("sales1.csv", *LINES)
    company.run()
    before = {table: company.rows(table) for table in ("silver.order_lines", "silver.orders")}
    company.maps(GERMAN)
    company.runner().replay(Chosen(reason="ordered_at.unparsable"))
    assert {table: company.rows(table) for table in before} != before
    company.maps(SALES)
    report = company.run()
    (told,) = [o for o in report.outcomes if o.step == "silver.orders[shop]"]
    assert "rows were tried again by another mapping" in told.detail
    assert {table: company.rows(table) for table in before} == before
    assert open_reasons(company) == ["ordered_at.unparsable", "unit_price.negative"]
    assert company.run().is_idle


@pytest.mark.slow
def test_rows_that_still_break_the_rule_stay_and_are_counted(company: Company) -> None:
    company.leaves_out = LEFT_OUT
    company.brings("sales1.csv", *LINES)
    company.run()
    before = {table: company.rows(table) for table in ("silver.order_lines", "silver.orders")}
    report = company.runner().replay(Chosen(source="shop"))
    assert not report.errors
    assert account(company, 2) == {"rows_read": 2, "quarantined": 2}
    assert open_reasons(company) == ["ordered_at.unparsable", "unit_price.negative"]
    assert {table: company.rows(table) for table in before} == before
    assert company.run().is_idle


@pytest.mark.slow
def test_rows_that_move_with_those_asked_for_are_told(company: Company) -> None:
    company.leaves_out = LEFT_OUT
    company.brings(
        "sales1.csv", "2,11.03.2024,c2,mug,1,5.00,DE", "2,2024-03-11,c2,pen,zwei,1.00,DE", LINES[0]
    )
    company.run()
    assert open_reasons(company) == ["ordered_at.unparsable", "quantity.unparsable"]

    company.maps(GERMAN.replace("quantity: pieces", "quantity: {column: pieces, values: {zwei: 2}}"))
    report = company.runner().replay(Chosen(reason="quantity.unparsable"))
    (row,) = company.warehouse.read("ops.run_accounts").where("run_id = 'run-2'").collect()
    assert (row["rows_read"], row["inserted"], row["moved_in"], row["moved_out"]) == (1, 1, 0, 1)
    assert [said for o in report.outcomes for said in o.remarks] == [
        "sales order_lines: 1 row of earlier deliveries left the quarantine with the rows that were "
        "asked for, as their order or key is judged as a whole; earlier accounts tell what they were when "
        "they came."
    ]
    assert open_reasons(company) == []
