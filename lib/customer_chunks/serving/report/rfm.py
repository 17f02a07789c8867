"""RFM cells and segments -> heat maps and bars."""

from __future__ import annotations

import math

import pandas as pd

from customer_chunks.serving.formats import (
    DASH,
    count_of,
    number,
    percent,
    plain,
    short,
    short_money,
    shorten,
)
from customer_chunks.serving.report.bars import Bar, draw_bars
from customer_chunks.serving.report.data import ReportData, each, tidy
from customer_chunks.serving.report.heatmap import draw_heatmap
from customer_chunks.serving.report.pieces import Column, Grid, Key, Picture
from customer_chunks.serving.report.revenue import NARROW, WIDE
from customer_chunks.serving.theme import to_svg

CUT_POINTS = 4
MEASURES = (
    ("recency_days", "R, recency: days since the last purchase"),
    ("frequency", "F, frequency: number of purchases"),
    ("monetary_amount", "M, money"),
)


def meanings(cut_points: list[float], *, is_reversed: bool = False) -> list[str]:
    """Say which values get score 1 to 5: a value above k cut points is in the k-th fifth.

    Args:
        cut_points: Four ascending values; anything else gives five empty texts.
        is_reversed: True for recency, where the lowest value scores 5.
    """
    if len(cut_points) != CUT_POINTS or any(not math.isfinite(point) for point in cut_points):
        return [""] * 5
    points = [number(point, 2).removesuffix("0").removesuffix(".0") for point in cut_points]
    texts = [f"≤ {points[0]}"]
    for low, high in ((0, 1), (1, 2), (2, 3)):
        is_empty = cut_points[low] >= cut_points[high]
        texts.append("no value" if is_empty else f"> {points[low]} to {points[high]}")
    texts.append(f"> {points[3]}")
    return texts[::-1] if is_reversed else texts


def score_table(data: ReportData) -> Grid:
    """Return what each score means, from the cut points of this run."""
    unit = f" ({data.reporting_currency})" if data.reporting_currency else ""
    columns = (Column("Score", is_number=False), *(Column(str(score)) for score in range(1, 6)))
    rows = []
    for name, label in MEASURES:
        texts = meanings(data.rfm_cut_points.get(name, []), is_reversed=name == "recency_days")
        rows.append([label + unit if name == "monetary_amount" else label, *(text or DASH for text in texts)])
    return Grid("What each score means in this run", columns, rows)


def heat_pictures(data: ReportData) -> list[Picture]:
    """Return the heat maps of customers and of money; they share one table."""
    grid = tidy(data.rfm_grid, (), ("r_score", "f_score", "customers", "monetary_amount"))
    grid = grid[grid["r_score"].isin(range(1, 6)) & grid["f_score"].isin(range(1, 6))]
    if grid.empty:
        return []
    table = _heat_table(grid, data.reporting_currency)
    currency = data.reporting_currency
    money_title = f"Amount spent in {currency} by recency and frequency" if currency else "Amount spent"
    return [
        _heat(grid, "customers", "Customers by recency and frequency", table, data),
        _heat(grid, "monetary_amount", money_title, Grid("", (), []), data),
    ]


def _heat(grid: pd.DataFrame, measure: str, title: str, table: Grid, data: ReportData) -> Picture:
    """Return one heat map."""
    cells = {
        (int(row.r_score), int(row.f_score)): float(getattr(row, measure))
        for row in each(grid)
        if math.isfinite(float(getattr(row, measure)))
    }
    unit = "" if measure == "customers" else data.reporting_currency
    total, best = sum(cells.values()), max(cells, key=lambda cell: cells[cell], default=(5, 5))
    share = f", {percent(cells[best] / total)} of all" if total > 0 and min(cells.values()) >= 0 else ""
    highest = max(cells.values(), default=0.0)
    days, purchases = (data.rfm_cut_points.get(name, []) for name in ("recency_days", "frequency"))
    recency = [_tight(text, "d") for text in meanings(days, is_reversed=True)]
    frequency = [_tight(text, "") for text in meanings(purchases)]
    return Picture(
        title,
        f"Heat map of 5 by 5 cells. The greatest is R {best[0]}, F {best[1]} with "
        f"{short_money(cells.get(best, 0.0), unit)}{' customers' if measure == 'customers' else ''}{share}.",
        to_svg(draw_heatmap(cells, short, recency, frequency, NARROW), f"heat-{measure}"),
        table,
        scale=("0" if min(cells.values(), default=0.0) >= 0 else "≤ 0", short_money(highest, unit)),
    )


def _tight(text: str, unit: str) -> str:
    """Fit the meaning of a score under its name."""
    if not text or text == "no value":
        return text
    text = text.removeprefix("> ") if " to " in text else text
    return shorten(f"{text.replace(' to ', DASH)} {unit}".strip(), 13)


def _heat_table(grid: pd.DataFrame, currency: str) -> Grid:
    """Return the cells in reading order."""
    unit = f" ({currency})" if currency else ""
    total = float(grid["customers"].sum())
    columns = (
        Column("R score"),
        Column("F score"),
        Column("Customers"),
        Column("Share of customers"),
        Column(f"Amount spent{unit}"),
    )
    rows = [
        [
            number(row.r_score),
            number(row.f_score),
            number(row.customers),
            percent(row.customers / total) if total else DASH,
            number(row.monetary_amount, 2),
        ]
        for row in each(grid.sort_values(["r_score", "f_score"], ascending=False))
    ]
    return Grid(f"Numbers of both maps: {count_of(len(rows), 'cell')}", columns, rows)


def segment_picture(data: ReportData) -> Picture | None:
    """Return each segment's share of customers and of money, most money first."""
    names = ("customers", "monetary_amount", "purchases", "median_recency_days")
    rows = tidy(data.rfm_segments, ("rfm_segment",), names)
    rows = rows.fillna({"customers": 0.0})
    rows = rows.sort_values(["monetary_amount", "customers"], ascending=False, kind="stable")
    if rows.empty:
        return None
    currency = data.reporting_currency
    customers, amount = float(rows["customers"].sum()), float(rows["monetary_amount"].sum())
    rows["customer_share"] = rows["customers"] / customers if customers else math.nan
    rows["money_share"] = rows["monetary_amount"] / amount if amount > 0 else math.nan
    bars = [
        Bar(
            row.rfm_segment,
            (row.customer_share, row.money_share),
            (
                f"{percent(row.customer_share)} · {number(row.customers)}",
                f"{percent(row.money_share)} · {short_money(row.monetary_amount, currency)}",
            ),
        )
        for row in each(rows)
    ]
    first = rows.iloc[0]
    colours = ("customers", "net")
    return Picture(
        "Segments: share of customers and of amount spent",
        f"Pairs of bars for {count_of(len(rows), 'segment')}, most money first: {first['rfm_segment']} has "
        f"{percent(float(first['customer_share']))} of customers and {percent(float(first['money_share']))} "
        "of the amount spent.",
        to_svg(draw_bars(bars, colours, WIDE, label_width=250), "segments-wide"),
        _segment_table(rows, currency),
        to_svg(draw_bars(bars, colours, NARROW), "segments-narrow"),
        (Key("customers", "Share of customers"), Key("net", "Share of amount spent")),
        "" if amount > 0 else "The amounts spent add up to nothing above zero, so they have no shares.",
    )


def _segment_table(rows: pd.DataFrame, currency: str) -> Grid:
    """Return the numbers of the segments, with the averages that marketers ask for."""
    unit = f" ({currency})" if currency else ""
    columns = (
        Column("Segment", is_number=False),
        Column("Customers"),
        Column("Share of customers"),
        Column(f"Amount spent{unit}"),
        Column("Share of amount spent"),
        Column(f"Spent per customer{unit}"),
        Column("Purchases per customer"),
        Column("Median recency (days)"),
    )
    cells = [
        [
            row.rfm_segment,
            number(row.customers),
            percent(row.customer_share),
            number(row.monetary_amount, 2),
            percent(row.money_share),
            number(row.monetary_amount / row.customers, 2) if row.customers else DASH,
            number(row.purchases / row.customers, 1) if row.customers else DASH,
            plain(row.median_recency_days),
        ]
        for row in each(rows)
    ]
    return Grid(f"Numbers by segment: {count_of(len(cells), 'row')}", columns, cells)
