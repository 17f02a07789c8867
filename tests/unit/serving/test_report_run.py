"""Where the time of the newest run went: every step on one clock, with its numbers."""

from __future__ import annotations

import pandas as pd

from customer_chunks.serving.report.page import render
from customer_chunks.serving.report.run import NUMBERS, run_picture
from customer_chunks.serving.theme import drawing
from tests.unit.serving.test_report import report_data

COLUMNS = ["step", *NUMBERS]
STEPS = pd.DataFrame(
    [
        ("gold.kpi_daily", 40.0, 20.5, 30.25, None, 7, None, 1, 2_000, 1_500_000, 0),
        ("silver.orders[shop]", 4.5, 30.0, 51.0, 1200, 900, 3, 4, 5_000_000, 0, 12_000),
        ("bronze.<b>", 0.5, 4.0, None, None, None, None, None, None, None, None),
        ("never begun", None, 0.0, None, None, None, None, None, None, None, None),
    ],
    columns=COLUMNS,
)


def test_steps_stand_in_the_order_in_which_they_began() -> None:
    with drawing():
        found = run_picture(report_data(steps=STEPS))
    assert found is not None
    assert [row[0] for row in found.table.rows] == ["bronze.<b>", "silver.orders[shop]", "gold.kpi_daily"]
    orders = found.table.rows[1]
    assert orders[1:] == ["30.0", "51.0", "1,200", "900", "3", "4", "5.0 MB", "0 bytes", "12.0 kB"]
    assert set(found.table.rows[0][2:]) == {"\N{EN DASH}"}
    assert "a clock of 60 seconds" in found.alt or "a clock of 61 seconds" in found.alt
    assert "silver.orders[shop], took 30.0 seconds" in found.alt
    assert found.wide.count("30.0 s") == found.narrow.count("30.0 s") == 1
    assert found.wide.count("20.5 s") == 1


def test_bars_begin_and_end_on_the_clock() -> None:
    with drawing():
        found = run_picture(report_data(steps=STEPS.assign(begun=0.0, duration=10.0)))
    assert found is not None
    assert "a clock of 10 seconds" in found.alt
    for n in (2, 4, 6, 8, 10):
        assert f">{n}<" in found.wide


def test_page_shows_the_run_where_there_is_one() -> None:
    page = render(report_data(steps=STEPS))
    assert '<a href="#run">Run</a>' in page
    assert "bronze.&lt;b&gt;" in page
    assert "<b>&" not in page
    none = render(report_data())
    assert "#run" not in none
    assert run_picture(report_data(steps=STEPS.iloc[3:])) is None
