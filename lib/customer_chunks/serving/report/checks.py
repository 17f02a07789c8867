"""Results of table rules -> a sentence, the rules that are broken, and a table of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from customer_chunks.serving.formats import DASH, clean_text, count_of, plain
from customer_chunks.serving.report.data import ReportData, each
from customer_chunks.serving.report.pieces import Column, Grid


@dataclass(frozen=True)
class Checks:
    """What the page says about table rules.

    Attributes:
        text: How many rules hold, in one sentence.
        broken: The rules that do not: errors that were neither mended nor accepted come first.
        table: Every rule with what was observed and expected.
        data_docs: Link to the Data Docs, relative to the page; empty where there are none.
    """

    text: str
    broken: list[str]
    table: Grid
    data_docs: str


def checks_of(data: ReportData) -> Checks | None:
    """Return what the page says; None where no table was judged."""
    if data.checks.empty:
        return None
    rows = list(each(data.checks))
    broken = sorted((r for r in rows if not r.is_passed), key=lambda r: (_order(r), r.table, r.rule))
    tables = count_of(float(data.checks["table"].nunique()), "table")
    held = len(rows) - len(broken)
    text = f"{held} of {count_of(float(len(rows)), 'rule')} hold in the newest versions of {tables}."
    columns = tuple(Column(name, is_number=name in _NUMBERS) for name in _HEAD)
    cells = [
        [r.table, plain(r.version), r.rule, r.aspect, _number(r.observed), _expected(r), _verdict(r)]
        for r in rows
    ]
    grid = Grid(f"Table rules: {count_of(float(len(cells)), 'row')}", columns, cells)
    return Checks(text, [_sentence(r) for r in broken], grid, data.data_docs)


_HEAD = ("Table", "Version", "Rule", "About", "Observed", "Expected", "Verdict")
_NUMBERS = ("Version", "Observed")


def _order(row: Any) -> int:
    return {"held back": 0, "accepted": 1, "warning": 2}[_verdict(row)]


def _verdict(row: Any) -> str:
    if row.is_passed:
        return "holds"
    if isinstance(row.accepted_reason, str):
        return "accepted"
    return "held back" if row.level == "error" and row.aspect != "freshness" else "warning"


def _sentence(row: Any) -> str:
    reason = f": {clean_text(row.accepted_reason)}" if isinstance(row.accepted_reason, str) else ""
    seen = f"{row.rule} is {_number(row.observed)}, expected {_expected(row)}"
    return f"{row.table} version {plain(row.version)}: {seen} ({_verdict(row)}{reason})"


def _expected(row: Any) -> str:
    low, high = (None if pd.isna(bound) else _number(bound) for bound in (row.low, row.high))
    if low is not None and high is not None:
        return low if low == high else f"{low} to {high}"
    if low is None and high is None:
        return DASH
    return f"at least {low}" if high is None else f"at most {high}"


def _number(value: float) -> str:
    """Return the number in few digits; a share just below 1 is never shown as 1."""
    short = plain(value)
    return repr(float(value)) if short == "1" and value != 1 else short
