"""What the report says about table rules: the sentence, what is broken first, and every number beside it."""

from __future__ import annotations

import pandas as pd

from customer_chunks.serving.report.checks import checks_of
from customer_chunks.serving.report.page import render
from tests.unit.serving.test_report import report_data

COLUMNS = ["table", "version", "rule", "aspect", "level", "observed", "low", "high", "is_passed"]
ROWS = [
    ("silver.orders", 7, "key.unique", "uniqueness", "error", 0.0, None, 0.0, True, None),
    ("silver.orders", 7, "rows.grown", "volume", "warning", 500.0, None, 100.0, False, None),
    (
        "silver.orders",
        7,
        "customer_id.found",
        "referential share",
        "error",
        0.999996,
        1.0,
        None,
        False,
        "guests",
    ),
    ("silver.products", 3, "list_price.median", "distribution", "error", 900.0, 0.5, 50.0, False, None),
    ("silver.products", 3, "list_price.p90", "distribution", "error", None, None, None, True, None),
]
CHECKS = pd.DataFrame(ROWS, columns=[*COLUMNS, "accepted_reason"])


def test_broken_rules_come_first_with_what_became_of_them() -> None:
    found = checks_of(report_data(checks=CHECKS))
    assert found is not None
    assert found.text == "2 of 5 rules hold in the newest versions of 2 tables."
    assert found.broken == [
        "silver.products version 3: list_price.median is 900, expected 0.5 to 50 (held back)",
        "silver.orders version 7: customer_id.found is 0.999996, expected at least 1 (accepted: guests)",
        "silver.orders version 7: rows.grown is 500, expected at most 100 (warning)",
    ]
    assert [row[-1] for row in found.table.rows] == ["holds", "warning", "accepted", "held back", "holds"]


def test_page_links_to_the_data_docs_only_where_there_are_some() -> None:
    linked = render(report_data(checks=CHECKS, data_docs="quality/index.html"))
    assert '<a href="quality/index.html">' in linked
    assert "Data Docs" not in render(report_data(checks=CHECKS))
    assert "Table rules" not in render(report_data())
