"""ReportData -> one HTML file that needs nothing else: headline, pictures, tables, definitions."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timezone
from importlib.resources import files
from pathlib import Path

import pandas as pd

from customer_chunks.errors import StorageError
from customer_chunks.serving.formats import (
    DASH,
    clean_text,
    count_of,
    day,
    money,
    number,
    percent,
    query,
    short_money,
    size,
    span,
)
from customer_chunks.serving.report import quality, revenue, rfm
from customer_chunks.serving.report.chances import chances_pages
from customer_chunks.serving.report.checks import checks_of
from customer_chunks.serving.report.data import ReportData, daily, each, tidy
from customer_chunks.serving.report.learnt import learnt_page
from customer_chunks.serving.report.pieces import Tile
from customer_chunks.serving.report.run import run_picture
from customer_chunks.serving.theme import drawing, require_libraries


@dataclass(frozen=True)
class TableRow:
    """Where a table lies and how to look into it."""

    name: str
    grain: str
    rows: str
    size: str
    location: str
    query: str


def write_report(data: ReportData, path: Path) -> Path:
    """Write the report as one self-contained HTML file.

    Args:
        data: Aggregates only.
        path: Where to; missing folders are made, an older report is replaced at once.

    Returns:
        The path written.

    Raises:
        MachineError: The extra ``report`` is not installed.
        StorageError: The file cannot be written.
    """
    require_libraries()
    page = render(replace(data, reporting_currency=clean_text(data.reporting_currency or "").strip()))
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(page, encoding="utf-8")
        os.replace(draft, path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StorageError(
            f"The report cannot be written to {path}: {error.strerror or type(error).__name__}.",
            "Give a file in a folder that you may write to.",
        ) from None
    return path


def render(data: ReportData) -> str:
    """Return the page as text; the same data give the same text."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - an optional extra
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    folder = files(__package__)
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    # Only our own drawings pass unescaped; their words were escaped when they were drawn.
    environment.filters["drawing"] = Markup
    template = environment.from_string(folder.joinpath("page.html.j2").read_text(encoding="utf-8"))
    style = folder.joinpath("style.css").read_text(encoding="utf-8")
    with drawing():
        page = template.render(
            style=Markup(style),  # noqa: S704 - our own file
            title=clean_text(data.title),
            as_of=day(data.as_of),
            generated_at=_utc(data),
            currency=data.reporting_currency,
            lede=lede(data),
            tiles=tiles(data),
            balance=quality.balance(data),
            balance_text=balance_text(quality.balance(data)),
            time_pictures=revenue.time_pictures(data),
            dimension_pictures=revenue.dimension_pictures(data),
            heat_pictures=rfm.heat_pictures(data),
            segment_picture=rfm.segment_picture(data),
            score_table=rfm.score_table(data),
            account_picture=quality.account_picture(data),
            reason_pictures=quality.reason_pictures(data),
            checks=checks_of(data),
            features=quality.completeness(data),
            run_picture=run_picture(data),
            learnt=learnt_page(data),
            chances=chances_pages(data),
            tables=table_rows(data.tables),
        )
    return f"{page.strip()}\n"


def _utc(data: ReportData) -> str:
    """Return when the page was made; a time without a zone is taken as UTC."""
    moment = data.generated_at
    moment = moment.astimezone(timezone.utc) if moment.tzinfo else moment
    return f"{day(moment.date())}, {moment:%H:%M} UTC"


@dataclass(frozen=True)
class _Totals:
    """The sums behind the headline."""

    net: float
    gross: float
    orders: float
    customers: float
    purchases: float
    first: pd.Timestamp | None
    last: pd.Timestamp | None


def _totals(data: ReportData) -> _Totals:
    """Add up the days and the segments; what is absent is NaN, not zero."""
    days = daily(data.kpi_daily)
    segments = tidy(data.rfm_segments, (), ("customers", "purchases"))
    # min_count: the sum over no rows is unknown, not zero.
    customers, purchases = (float(segments[name].sum(min_count=1)) for name in ("customers", "purchases"))
    net, gross, orders = (
        float(days[name].sum(min_count=1)) for name in ("net_revenue", "gross_revenue", "orders")
    )
    first, last = (None, None) if days.empty else (days.index[0], days.index[-1])
    return _Totals(net, gross, orders, customers, purchases, first, last)


def tiles(data: ReportData) -> list[Tile]:
    """Return the headline numbers, the most important first."""
    totals, currency = _totals(data), data.reporting_currency
    returned = totals.gross - totals.net
    average = totals.gross / totals.orders if totals.orders else math.nan
    period, length = DASH, "no dated orders"
    if totals.first is not None and totals.last is not None:
        length = count_of((totals.last - totals.first).days + 1, "day")
        period = span(totals.first, totals.last)
    repeat = f", {number(totals.purchases / totals.customers, 1)} orders each" if totals.customers > 0 else ""
    share = f"; {percent(returned / totals.gross)} of gross was returned" if totals.gross > 0 else ""
    exact = f"{money(totals.net, currency, 2)}{share}"
    return [
        Tile("Net revenue", short_money(totals.net, currency), "" if math.isnan(totals.net) else exact),
        Tile("Orders", number(totals.orders), "purchases, guests included"),
        Tile("Customers", number(totals.customers), f"known, with a purchase{repeat}"),
        Tile("Average order value", money(average, currency, 2), "gross revenue per purchase"),
        Tile("Period", period, length),
    ]


def lede(data: ReportData) -> str:
    """Return the page in two sentences."""
    totals = _totals(data)
    if totals.first is None or totals.last is None:
        return "There are no purchases and no returns yet, so there is nothing to count."
    text = (
        f"{count_of(totals.orders, 'order')} brought {short_money(totals.net, data.reporting_currency)} "
        f"of net revenue, {span(totals.first, totals.last)}."
    )
    segments = tidy(data.rfm_segments, ("rfm_segment",), ("customers", "monetary_amount")).dropna()
    amount, customers = float(segments["monetary_amount"].sum()), float(segments["customers"].sum())
    has_shares = amount > 0 and customers > 0 and float(segments["monetary_amount"].min()) >= 0
    if len(segments) <= 1 or not has_shares:
        return text
    first = segments.loc[segments["monetary_amount"].idxmax()]
    return (
        f"{text} The segment “{first['rfm_segment']}” is {percent(float(first['customers']) / customers)} "
        f"of customers and {percent(float(first['monetary_amount']) / amount)} of what customers spent."
    )


def balance_text(found: quality.Balance) -> str:
    """Say whether every row that was read ended somewhere."""
    if found.wrong:
        lines = count_of(len(found.wrong), "line of the account does", "lines of the account do")
        return (
            f"Rows are missing or counted twice: {number(found.read)} rows read, "
            f"{number(found.accounted)} accounted for; {lines} not add up."
        )
    if not found.read:
        return "No rows were read, so there is nothing to account for."
    return f"{number(found.read)} rows read, {number(found.accounted)} accounted for: 100%."


def table_rows(tables: pd.DataFrame) -> list[TableRow]:
    """Return the tables, gold first."""
    rows = tidy(tables, ("table", "location", "grain"), ("rows", "bytes"))
    order = {"gold": 0, "silver": 1, "bronze": 2}
    found = sorted(each(rows), key=lambda row: (order.get(row.table.partition(".")[0], 3), row.table))
    return [
        TableRow(
            row.table, row.grain, count_of(row.rows, "row"), size(row.bytes), row.location, query(row.table)
        )
        for row in found
    ]
