"""KPIs -> the pictures of revenue over time and of where it comes from."""

from __future__ import annotations

import pandas as pd

from customer_chunks.serving.formats import count_of, money, number, percent, short_money
from customer_chunks.serving.report import lines
from customer_chunks.serving.report.bars import Bar, draw_bars
from customer_chunks.serving.report.data import ReportData, Timeline, each, tidy, timeline
from customer_chunks.serving.report.pieces import Column, Grid, Key, Picture
from customer_chunks.serving.theme import to_svg

WIDE, HALF, NARROW = 1040, 430, 400
THIRD = 310
TOP_VALUES = 12


def time_pictures(data: ReportData) -> list[Picture]:
    """Return revenue, counts, and new against returning customers; one table serves all three."""
    line = timeline(data.kpi_daily)
    table = _time_table(line, data.reporting_currency)
    if len(line.frame) <= 1:
        reason = (
            "One day only: nothing to draw over time."
            if len(line.frame)
            else "No purchases and no returns yet."
        )
        return [Picture("Revenue over time", "", "", table, note=reason)]
    return [_revenue(line, table, data.reporting_currency), _counts(line), _new_and_returning(line)]


def _revenue(line: Timeline, table: Grid, currency: str) -> Picture:
    """Return the main picture."""
    frame = line.frame
    returned = lines.has_returns(line)
    name = "Net revenue" if returned else "Gross = net revenue: there are no returns"
    average = f", {line.average}" if line.window else ""
    keys = [Key("net", f"{name}{average}", "line")]
    if line.window:
        keys.append(Key("net", f"by {line.grain}", "thin"))
    if returned:
        keys.append(Key("gross", f"Gross revenue{average}", "dash"))
        keys.append(Key("returns", f"Returns{average}, drawn below zero"))
    best = frame["net_revenue"].idxmax()
    per = f"{f'in {currency} ' if currency else ''}per {line.grain}"
    return Picture(
        f"Revenue {per}",
        f"Lines over time: revenue {per}, {_period(frame.index[0])} to {_period(frame.index[-1])}. "
        f"Net revenue averages {short_money(float(frame['net_revenue'].mean()), currency)} a {line.grain}; "
        f"the best {line.grain} {'is' if line.grain == 'day' else 'starts on'} {_period(best)} with "
        f"{short_money(float(frame['net_revenue'].max()), currency)}.",
        to_svg(lines.draw_revenue(line, WIDE, 300), "revenue-wide"),
        table,
        to_svg(lines.draw_revenue(line, NARROW, 260), "revenue-narrow"),
        tuple(keys),
        _left_out(line),
    )


def _left_out(line: Timeline) -> str:
    """Say which periods are missing."""
    if not line.left_out:
        return ""
    return (
        f"Left out of pictures and table: {count_of(line.left_out, 'incomplete ' + line.grain)} at the ends."
    )


def _counts(line: Timeline) -> Picture:
    """Return orders and active customers per day."""
    orders, customers = line.frame["orders_per_day"], line.frame["active_customers_per_day"]
    average = f", {line.average}" if line.window else ""
    return Picture(
        "Orders and customers per day",
        f"Lines over time: on average {number(float(orders.mean()), 1)} orders and "
        f"{number(float(customers.mean()), 1)} customers with a purchase per day.",
        to_svg(lines.draw_counts(line, HALF, 225), "counts"),
        Grid("", (), []),
        keys=(
            Key("orders", f"Orders{average}", "line"),
            Key("customers", f"Known customers{average}", "dash"),
        ),
        note="" if line.grain == "day" else f"Daily averages over each {line.grain}.",
    )


def _new_and_returning(line: Timeline) -> Picture:
    """Return customers per day, split by whether it was their first purchase."""
    new, returning = line.frame["new_customers_per_day"], line.frame["returning_customers_per_day"]
    total = float(new.sum() + returning.sum())
    share = percent(float(returning.sum()) / total) if total else "none"
    average = f", {line.average}" if line.window else ""
    return Picture(
        "New and returning customers per day",
        f"Stacked areas over time: {share} of the customers with a purchase on a day had bought before.",
        to_svg(lines.draw_new_and_returning(line, HALF, 225), "new-and-returning"),
        Grid("", (), []),
        keys=(Key("new", f"New: first purchase ever{average}"), Key("returning", f"Returning{average}")),
        note="" if line.grain == "day" else f"Daily averages over each {line.grain}.",
    )


def _time_table(line: Timeline, currency: str) -> Grid:
    """Return the numbers behind all pictures over time."""
    unit = f" ({currency})" if currency else ""
    columns = (
        Column(f"{line.grain.capitalize()} from" if line.grain != "day" else "Day", is_number=False),
        Column(f"Gross revenue{unit}"),
        Column(f"Returns{unit}"),
        Column(f"Net revenue{unit}"),
        Column("Orders"),
        Column(f"Average order value{unit}"),
        Column("Customers per day"),
        Column("New per day"),
    )
    digits = 0 if line.grain == "day" else 1
    rows = [
        [
            _period(day),
            number(row.gross_revenue, 2),
            number(row.returns_amount, 2),
            number(row.net_revenue, 2),
            number(row.orders),
            number(row.average_order_value, 2),
            number(row.active_customers_per_day, digits),
            number(row.new_customers_per_day, digits),
        ]
        for day, row in zip(line.frame.index, each(line.frame), strict=True)
    ]
    return Grid(f"Numbers by {line.grain}: {count_of(len(rows), 'row')}", columns, rows)


def _period(day: object) -> str:
    """Name a period by its first day, a Timestamp."""
    return f"{day:%Y-%m-%d}"


def dimension_pictures(data: ReportData) -> list[Picture]:
    """Return net revenue by value, one picture for each dimension that is known at all."""
    rows = tidy(data.kpi_by_dimension, ("dimension", "value"), ("gross_revenue", "net_revenue", "orders"))
    rows = rows[rows["dimension"] != "all"].sort_values("net_revenue", ascending=False, kind="stable")
    names = sorted(
        rows["dimension"].unique(), key=lambda name: ("country channel category".find(name) % 99, name)
    )
    return [
        _dimension(name, rows[rows["dimension"] == name], index, data.reporting_currency)
        for index, name in enumerate(names)
    ]


def _dimension(name: str, rows: pd.DataFrame, index: int, currency: str) -> Picture:
    """Return the bars of one dimension."""
    unit = f" ({currency})" if currency else ""
    columns = (
        Column(name.capitalize(), is_number=False),
        Column(f"Net revenue{unit}"),
        Column(f"Gross revenue{unit}"),
        Column("Orders"),
    )
    cells = [
        [row.value, number(row.net_revenue, 2), number(row.gross_revenue, 2), number(row.orders)]
        for row in each(rows)
    ]
    table = Grid(f"Numbers by {name}: {count_of(len(cells), 'row')}", columns, cells)
    if set(rows["value"]) == {"unknown"}:
        return Picture(f"By {name}", "", "", table, note=f"No order tells its {name}.")
    top = rows.head(TOP_VALUES)
    bars = [
        Bar(row.value, (row.net_revenue,), (short_money(row.net_revenue, currency),)) for row in each(top)
    ]
    first = top.iloc[0]
    return Picture(
        f"By {name}: net revenue in {currency}" if currency else f"By {name}: net revenue",
        f"Bars: net revenue of {count_of(len(top), 'value')} of {name}, largest first: {first['value']} with "
        f"{money(float(first['net_revenue']), currency)}.",
        to_svg(draw_bars(bars, ("net",), THIRD), f"dimension-{index}"),
        table,
    )
