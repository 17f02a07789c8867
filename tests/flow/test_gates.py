"""Gold reads the newest silver version that keeps its table rules: price changes, acceptance, mending."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from customer_chunks.errors import TableRuleError
from customer_chunks.flow.runner import Outcome, Report, Wish
from tests.flow.company import Company, states


def sales(first: int, count: int, price: float, day: str = "2024-03-10") -> list[str]:
    """Return one order of one line each, by five customers in turn."""
    return [f"{first + n},{day},c{n % 5},mug,1,{price:.2f},DE" for n in range(count)]


def gate_of(report: Report, table: str) -> Outcome:
    return next(o for o in report.outcomes if o.step == f"rules of {table}")


def revenue(company: Company) -> Decimal:
    """Return the revenue of all days as gold has it."""
    rows = company.rows("gold.kpi_daily", "dimension", "gross_revenue")
    return sum((amount for dimension, amount in rows if dimension == "all"), Decimal(0))


def checks(company: Company, table: str, rule: str) -> list[tuple[Any, ...]]:
    """Return version, observed, passed, reason and accepting run of a rule, oldest first."""
    wanted = ("table_version", "observed", "is_passed", "accepted_reason", "accepted_run_id")
    rows = company.warehouse.read("ops.table_checks").where(f"table_name = '{table}' and rule = '{rule}'")
    return sorted(tuple(r) for r in rows.select(*wanted).collect())


@pytest.mark.slow
def test_delivery_in_another_unit_is_held_back_until_it_is_accepted(company: Company) -> None:
    company.brings("sales1.csv", *sales(1, 30, 5))
    first = company.run("gold.kpi_daily")
    assert revenue(company) == 150
    assert gate_of(first, "silver.orders").state == "done"

    # The second delivery comes in cents: orders and lines are held back together, gold stays.
    company.brings("sales2.csv", *sales(100, 25, 500, "2024-03-12"))
    held = company.tries("gold.kpi_daily")
    assert {type(e) for e in held.errors} == {TableRuleError}
    assert held.errors[0].exit_code == 10
    told = gate_of(held, "silver.order_lines")
    assert told.state == "failed"
    assert "unit_price.median[shop] is 500, expected 0.5 to 50" in told.detail
    assert states(held)["gold.kpi_daily"] == "idle"
    assert (len(company.rows("silver.orders", "order_id")), revenue(company)) == (55, 150)

    # Nothing is new: what is held back is told again, and that it was is all that is written.
    before = company.versions()
    again = company.tries("gold.kpi_daily")
    assert company.versions() == {**before, "ops.metrics": before["ops.metrics"] + 1}
    assert [e.exit_code for e in again.errors] == [10, 10]
    assert "stays at version" in str(again.errors[0])

    # Many good rows after the bad ones do not outvote them.
    company.brings("sales3.csv", *sales(200, 100, 5, "2024-03-13"))
    assert gate_of(company.tries("gold.kpi_daily"), "silver.order_lines").state == "failed"
    assert revenue(company) == 150

    # Accepted: gold follows, and the reason stands beside what was broken.
    accepted = company.runner().run(Wish(until="gold.kpi_daily", accept="a sale of pianos"))
    assert not accepted.errors
    assert revenue(company) == 150 + 25 * 500 + 100 * 5
    newest = checks(company, "silver.order_lines", "unit_price.median[shop]")[-1]
    assert newest[1:] == (500.0, False, "a sale of pianos", f"run-{company.runs}")
    assert checks(company, "silver.order_lines", "key.unique")[-1][3] is None

    # Either price is known from now on.
    company.brings("sales4.csv", *sales(300, 25, 5, "2024-03-14"))
    assert not company.run("gold.kpi_daily").errors
    assert revenue(company) == 150 + 25 * 500 + 100 * 5 + 25 * 5
    assert company.run("gold.kpi_daily").is_idle
