"""The steps of the newest run -> where its time went: bars on one clock, and every number beside them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from customer_chunks.serving.formats import DASH, count_of, display_width, number, shorten, size, tick
from customer_chunks.serving.report.bars import BAR, LETTER, write
from customer_chunks.serving.report.data import ReportData, each, tidy
from customer_chunks.serving.report.pieces import Column, Grid, Picture
from customer_chunks.serving.report.revenue import NARROW, WIDE
from customer_chunks.serving.theme import COLOURS, box, canvas, to_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUMBERS = (
    "begun", "duration", "cpu_seconds", "rows_read", "rows_written", "rows_quarantined", "files_written",
    "bytes_written", "shuffle_bytes", "spilled_bytes",
)  # fmt: skip
"""Columns of ``ReportData.steps`` besides ``step``; ``begun`` is in seconds from the beginning of the run."""
_HEAD = (
    "Seconds",
    "Processor",
    "Rows read",
    "Written",
    "Quarantined",
    "Files",
    "Size",
    "Shuffled",
    "Spilled",
)
_STEP, _ABOVE = 22, 4
_MOST_TICKS = 6
_NICE = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 18_000, 36_000, 86_400)


def run_picture(data: ReportData) -> Picture | None:
    """Return the steps of the newest run as bars on its clock; None where no run has done anything."""
    rows = tidy(data.steps, ("step",), NUMBERS)
    rows = rows[rows["duration"].notna() & rows["begun"].notna()]
    if rows.empty:
        return None
    rows = rows.sort_values(["begun", "step"], kind="stable")
    longest = rows.loc[rows["duration"].idxmax()]
    whole = float((rows["begun"] + rows["duration"]).max())
    cells = [[row.step, *_cells(row)] for row in each(rows)]
    columns = (Column("Step", is_number=False), *(Column(name) for name in _HEAD))
    return Picture(
        "Where the time of the newest run went, in seconds from its beginning",
        f"Bars on a clock of {number(whole)} seconds: {count_of(len(rows), 'step')}; the longest, "
        f"{longest['step']}, took {number(float(longest['duration']), 1)} seconds.",
        to_svg(_draw(rows, whole, WIDE, 240), "run-wide"),
        Grid(f"Numbers: {count_of(len(cells), 'step')}", columns, cells),
        to_svg(_draw(rows, whole, NARROW, 0), "run-narrow"),
        note="Steps run side by side, so the bars overlap. Processor seconds are those of Spark's tasks.",
    )


def _cells(row: Any) -> list[str]:
    rows = (row.rows_read, row.rows_written, row.rows_quarantined, row.files_written)
    sizes = (row.bytes_written, row.shuffle_bytes, row.spilled_bytes)
    return [
        number(row.duration, 1),
        number(row.cpu_seconds, 1),
        *[number(value) for value in rows],
        *[size(value) if math.isfinite(value) else DASH for value in sizes],
    ]


def _draw(rows: pd.DataFrame, whole: float, width: float, label_width: float) -> Figure:
    """Draw a bar for each step; without room for labels at the left they stand above the bars."""
    group = _STEP if label_width else _STEP + 16
    bottom = len(rows) * group + _ABOVE
    figure, axes = canvas(width, bottom + 24)
    texts = [f"{number(row.duration, 1)} s" for row in each(rows)]
    right = max(display_width(text) for text in texts) * LETTER + 8
    scale = max(width - label_width - right, 40) / max(whole, 1e-9)
    _clock(axes, whole, (label_width, scale), bottom)
    for index, (row, text) in enumerate(zip(each(rows), texts, strict=True)):
        top = index * group + _ABOVE
        letters = (label_width - 12 if label_width else width) / LETTER
        write(axes, 0, top + BAR / 2, shorten(row.step, letters), "ink")
        y = top if label_width else top + 16
        start, length = label_width + row.begun * scale, max(row.duration * scale, 1)
        box(axes, (start, y), length, BAR, "orders")
        write(axes, start + length + 6, y + BAR / 2, text, "muted")
    return figure


def _clock(axes: Axes, whole: float, place: tuple[float, float], bottom: float) -> None:
    """Draw thin lines at round seconds, their numbers below."""
    left, scale = place
    step = next((s for s in _NICE if whole / s <= _MOST_TICKS), math.ceil(whole / _MOST_TICKS))
    for n in range(int(whole / step) + 1):
        x = left + n * step * scale
        axes.plot([x, x], [0, bottom], color=COLOURS["line"], linewidth=1, zorder=0)
        write(axes, x, bottom + 12, tick(n * step) if n else "0 s", "muted")
