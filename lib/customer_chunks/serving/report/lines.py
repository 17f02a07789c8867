"""The KPIs over time -> line pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from customer_chunks.serving.formats import MONTHS, tick
from customer_chunks.serving.report.data import Timeline
from customer_chunks.serving.theme import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKED_POINTS = 31
NAMED_POINTS = 92
NARROW_BELOW = 600


def draw_revenue(line: Timeline, width: float, height: float) -> Figure:
    """Draw gross and net revenue, and returns below zero, as sums per period."""
    figure, axes = _time_axes(line, width, height)
    frame = line.frame
    if has_returns(line):
        returns = -_smooth(frame["returns_amount"], line)
        axes.fill_between(frame.index, returns, 0, color=COLOURS["returns"], alpha=0.85, linewidth=0)
        _plot(axes, _smooth(frame["gross_revenue"], line), "gross", dashed=True)
    if line.window:
        axes.plot(frame.index, frame["net_revenue"], color=COLOURS["net"], alpha=0.35, linewidth=0.9)
    _plot(axes, _smooth(frame["net_revenue"], line), "net")
    return figure


def draw_counts(line: Timeline, width: float, height: float) -> Figure:
    """Draw orders and active customers, both per day."""
    figure, axes = _time_axes(line, width, height)
    for name in ("orders", "customers"):
        values = line.frame["orders_per_day" if name == "orders" else "active_customers_per_day"]
        if line.window:
            axes.plot(values.index, values, color=COLOURS[name], alpha=0.3, linewidth=0.8)
        _plot(axes, _smooth(values, line), name, dashed=name == "customers")
    axes.set_ylim(bottom=0)
    return figure


def draw_new_and_returning(line: Timeline, width: float, height: float) -> Figure:
    """Draw returning customers and, stacked on them, new ones, both per day."""
    figure, axes = _time_axes(line, width, height)
    returning = _smooth(line.frame["returning_customers_per_day"], line)
    both = returning + _smooth(line.frame["new_customers_per_day"], line)
    axes.fill_between(both.index, 0, returning, color=COLOURS["returning"], alpha=0.85, linewidth=0)
    axes.fill_between(both.index, returning, both, color=COLOURS["new"], alpha=0.9, linewidth=0)
    axes.set_ylim(bottom=0)
    return figure


def has_returns(line: Timeline) -> bool:
    """Return whether any amount was returned."""
    return bool((line.frame["returns_amount"] != 0).any())


def _smooth(values: pd.Series[float], line: Timeline) -> pd.Series[float]:
    """Return the moving average over this and the earlier periods; empty until the window is full."""
    return values.rolling(line.window).mean() if line.window else values


def _plot(axes: Axes, values: pd.Series[float], colour: str, *, dashed: bool = False) -> None:
    """Draw one strong line, its points marked where they are few."""
    axes.plot(
        values.index,
        values,
        color=COLOURS[colour],
        linewidth=2.0,
        linestyle=(0, (4, 2)) if dashed else "solid",
        marker="o" if len(values) <= MARKED_POINTS else "",
        markersize=3.5,
    )


def _time_axes(line: Timeline, width: float, height: float) -> tuple[Figure, Axes]:
    """Return axes with a day scale, quiet grid lines and room for the labels."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - an optional extra
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415 - an optional extra

    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    left, bottom = 52 / width, 34 / height
    right = 20 / width  # half of a label that stands at the last day
    axes = figure.add_axes((left, bottom, 1 - left - right, 1 - bottom - 10 / height))
    for side in axes.spines.values():
        side.set_visible(False)
    axes.axhline(0, color=COLOURS["muted"], linewidth=0.9, zorder=0)
    axes.grid(visible=True, axis="y", color=COLOURS["line"], linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, colors=COLOURS["muted"], labelsize=12)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(round(value, 10))))
    _name_days(axes, line.frame.index, 5 if width < NARROW_BELOW else 12)
    return figure, axes


def _name_days(axes: Axes, points: pd.Index, at_most: int) -> None:
    """Label the time scale: days with their month where there are few, else months and years."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - an optional extra

    if len(points) <= NAMED_POINTS:
        named = points[:: math.ceil(len(points) / at_most)]
        axes.set_xticks(list(named), labels=[f"{day.day} {MONTHS[day.month - 1]}" for day in named])
    else:
        locator = AutoDateLocator(minticks=3, maxticks=at_most)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]
    margin = pd.Timedelta(hours=12) if len(points) <= MARKED_POINTS else pd.Timedelta(0)
    axes.set_xlim(points[0] - margin, points[-1] + margin)
