"""Accounts, quarantine, warnings and completeness -> what happened to every row, in pictures and tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from customer_chunks.serving.formats import count_of, number, percent, plain
from customer_chunks.serving.report.bars import Bar, draw_bars, draw_shares
from customer_chunks.serving.report.data import KEPT, OUTCOMES, ReportData, account_rows, each, tidy
from customer_chunks.serving.report.pieces import Column, Grid, Key, Picture
from customer_chunks.serving.report.revenue import HALF, NARROW, WIDE
from customer_chunks.serving.theme import to_svg

STACK = (
    ("kept", "Accepted: inserted, updated or unchanged"),
    ("superseded", "Superseded by a newer row"),
    ("deleted", "Deleted by the source"),
    ("duplicate", "Exact duplicate"),
    ("excluded", "Excluded by a rule of the mapping"),
    ("quarantined", "Quarantined"),
    ("missing", "Not accounted for"),
)
TOP_REASONS = 12


@dataclass(frozen=True)
class Balance:
    """Whether every row that was read ended somewhere.

    Attributes:
        read: Rows read, counted once for each entity that they feed.
        wrong: ``source / feed / entity: read N, accounted M`` for each line that does not add up.
    """

    read: float
    accounted: float
    wrong: list[str]


def balance(data: ReportData) -> Balance:
    """Compare, line by line, the rows read with the sum of their outcomes."""
    rows = account_rows(data.accounts)
    wrong = [
        f"{row.source} / {row.feed} / {row.entity}: {count_of(row.rows_read, 'row')} read, "
        f"{number(row.rows_read - row.missing)} accounted for"
        for row in each(rows)
        if row.missing != 0
    ]
    read = float(rows["rows_read"].sum())
    return Balance(read, read - float(rows["missing"].sum()), wrong)


def account_picture(data: ReportData) -> Picture | None:
    """Return a stacked bar for each entity and the table of all outcomes."""
    rows = account_rows(data.accounts)
    if rows.empty:
        return None
    rows["kept"] = rows[list(KEPT)].sum(axis=1)
    names = [name for name, _ in STACK]
    by_entity = rows.groupby("entity", sort=False)[["rows_read", *names]].sum()
    by_entity = by_entity.sort_values("rows_read", ascending=False, kind="stable")
    bars = [_account_bar(str(entity), row, names) for entity, row in by_entity.iterrows()]
    used = [index for index, name in enumerate(names) if name == "kept" or by_entity[name].abs().sum() > 0]
    total, kept = float(rows["rows_read"].sum()), float(rows["kept"].sum())
    return Picture(
        "What became of the rows, by entity",
        f"Stacked bars for {count_of(len(bars), 'entity', 'entities')}: of {number(total)} rows read "
        f"{percent(kept / total) if total else 'none'} were accepted.",
        to_svg(draw_shares(bars, tuple(names), WIDE), "accounts-wide"),
        _account_table(rows),
        to_svg(draw_shares(bars, tuple(names), NARROW), "accounts-narrow"),
        tuple(Key(*STACK[index]) for index in used),
        "A row is counted once for each entity that it feeds. Parts below 2 pixels are drawn 2 pixels wide.",
    )


def _account_bar(entity: str, row: pd.Series[float], names: list[str]) -> Bar:
    """Return one entity's stack and what to print at its right."""
    read = float(row["rows_read"])
    share = percent(float(row["kept"]) / read) if read else "none"
    return Bar(
        entity, tuple(float(row[name]) for name in names), (f"{count_of(read, 'row')}, {share} accepted",)
    )


def _account_table(rows: pd.DataFrame) -> Grid:
    """Return read = the sum of outcomes, line by line; an outcome that no row had is left out."""
    used = ["rows_read", *(name for name in OUTCOMES if name == "inserted" or rows[name].any()), "missing"]
    labels = {"rows_read": "Rows read", "missing": "Not accounted for"}
    columns = (
        Column("Source / feed", is_number=False),
        Column("Entity", is_number=False),
        *(Column(labels.get(name, name.capitalize())) for name in used),
    )
    cells = [
        [f"{row.source} / {row.feed}", row.entity, *(number(getattr(row, name)) for name in used)]
        for row in each(rows)
    ]
    return Grid(
        f"Account of rows: {count_of(len(cells), 'line')}; outcomes without a row are left out",
        columns,
        cells,
    )


def reason_pictures(data: ReportData) -> list[Picture]:
    """Return why rows were quarantined, and what was accepted with a warning."""
    quarantine = tidy(data.quarantine, ("entity", "reason_code"), ("rows",))
    warnings = tidy(data.warnings, ("entity", "code"), ("rows",)).rename(columns={"code": "reason_code"})
    return [
        _reasons(quarantine, "Quarantined rows by reason", "quarantined", "A row may have several reasons."),
        _reasons(warnings, "Accepted rows with a warning", "duplicate", "A row may have several warnings."),
    ]


def _reasons(rows: pd.DataFrame, title: str, colour: str, note: str) -> Picture:
    """Return bars of rows by reason code and entity."""
    rows = rows[rows["rows"] > 0].sort_values("rows", ascending=False, kind="stable")
    columns = (Column("Entity", is_number=False), Column("Code", is_number=False), Column("Rows"))
    cells = [[row.entity, row.reason_code, number(row.rows)] for row in each(rows)]
    table = Grid(f"Numbers: {count_of(len(cells), 'row')}", columns, cells)
    if rows.empty:
        return Picture(title, "", "", table, note="None.")
    bars = [
        Bar(f"{row.reason_code} · {row.entity}", (row.rows,), (number(row.rows),))
        for row in each(rows.head(TOP_REASONS))
    ]
    first = rows.iloc[0]
    return Picture(
        title,
        f"Bars: {count_of(len(rows), 'pair')} of entity and code, most rows first: {first['reason_code']} "
        f"in {first['entity']} with {count_of(float(first['rows']), 'row')}.",
        to_svg(draw_bars(bars, (colour,), HALF), f"reasons-{colour}"),
        table,
        note=note if len(rows) <= TOP_REASONS else f"The {TOP_REASONS} most frequent of {len(rows)}. {note}",
    )


@dataclass(frozen=True)
class Feature:
    """How complete one profile feature is, and its spread."""

    name: str
    unit: str
    known: str
    known_percent: float
    p10: str
    median: str
    p90: str


def completeness(data: ReportData) -> list[Feature]:
    """Return the features, best known first."""
    rows = tidy(data.profile_summary, ("feature", "unit"), ("known_share", "p10", "median", "p90"))
    rows = rows.sort_values("known_share", ascending=False, kind="stable")
    return [
        Feature(
            row.feature,
            "" if row.unit == "unknown" else row.unit,
            percent(row.known_share),
            round(min(max(row.known_share, 0.0), 1.0) * 100, 1)
            if row.known_share == row.known_share
            else 0.0,
            plain(row.p10),
            plain(row.median),
            plain(row.p90),
        )
        for row in each(rows)
    ]
