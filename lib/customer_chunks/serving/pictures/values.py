"""What customers are worth: how values spread, how few hold most of them, and how true they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_chunks.serving.formats import count_of, number, percent, short, short_money
from customer_chunks.serving.pictures.arrays import Doubles, doubles
from customer_chunks.serving.pictures.style import (
    INK,
    MUTED,
    SMALL,
    colour_of,
    drawn,
    nothing,
    plain_axes,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BARS = 41
_TOP = 0.1
_NEARLY_NONE, _NEAR = 0.01, 10
_STEPS = 200
_WIDE = 300
_TICKS = 5


@drawn
def value_distribution(
    values: npt.ArrayLike,
    *,
    currency: str = "",
    measure: str = "Lifetime value",
    title: str = "",
) -> Figure:
    """Draw how values spread over customers and how few hold most of them.

    Args:
        values: One a customer; those of zero or less are told, as a logarithmic axis has no place for them.
        currency: Of the values.
        measure: What they are.
        title: Of the picture; told by the measure where it is empty.
    """
    title = title or f"{measure} of customers, and how few hold most of it"
    given = doubles(values)
    found = given[np.isfinite(given)]
    positive = found[found > 0]
    if not len(positive):
        return nothing(title, "No customer has a value above zero.")
    figure = sheet(title, height=4.7, note=_value_note(found, len(given)))
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    _histogram(left, found, positive, currency)
    unit = f"{currency}, " if currency else ""
    plain_axes(left, f"{measure} ({unit}logarithmic)", "Customers", grid="y", numbers="both")
    _concentration(right, found)
    plain_axes(right, "Customers, most valuable first (%)", f"Share of {measure.lower()} (%)", grid="both")
    return figure


def _value_note(values: Doubles, given: int) -> str:
    """Say who is not in the bars, and who has no value at all."""
    without = int((values <= 0).sum())
    told = f"{count_of(len(values), 'customer')}."
    if without:
        told += f" {number(without)} ({percent(without / len(values))}) have zero or less: not in the bars."
    positive = values[values > 0]
    below = int((positive < lowest(positive)).sum())
    if below:
        told += f" {number(below)} have next to nothing: in the first bar."
    if len(values) < given:
        told += f" {number(given - len(values))} more have no value."
    return told


def lowest(positive: Doubles) -> float:
    """Return where the bars begin: what next to nobody has less than would make all others one bar."""
    return max(float(positive.min()), float(np.quantile(positive, _NEARLY_NONE, method="lower")) / _NEAR)


def _histogram(axes: Axes, values: Doubles, positive: Doubles, currency: str) -> None:
    """Draw positive values in bars that are equally wide on the logarithmic axis."""
    low, high = lowest(positive), float(positive.max())
    low, high = (low, high) if high > low * 1.01 else (low / 1.5, high * 1.5)
    _round_ticks(axes, high / low)
    axes.hist(
        np.maximum(positive, low),
        bins=list(np.geomspace(low, high, _BARS + 1)),
        color=colour_of(5),
        linewidth=0,
    )
    median, mean, top = float(np.median(values)), float(values.mean()), float(np.quantile(values, 1 - _TOP))
    marks = (("median", median, "solid"), ("mean", mean, (0, (4, 2))), ("top 10% from", top, (0, (1, 1))))
    for place, (name, value, dashes) in enumerate(marks):
        colour = (INK, colour_of(3), colour_of(0))[place]
        told = f"{name} {short_money(value, currency)}"
        if value > 0:
            axes.axvline(value, color=colour, linewidth=1.8, linestyle=dashes, label=told)
        else:
            axes.plot([], [], color=colour, linewidth=1.8, linestyle=dashes, label=told)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.32)  # room for the legend
    axes.legend(
        loc="upper left", framealpha=1, edgecolor="white", fontsize=SMALL, labelcolor=INK, handlelength=2.2
    )


def _round_ticks(axes: Axes, spread: float) -> None:
    """Make the horizontal axis logarithmic, with ticks at 2 and 5 too where powers of ten are few."""
    from matplotlib.ticker import LogLocator, NullLocator  # noqa: PLC0415 - an optional extra

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if spread < _WIDE else (1.0,)))
    axes.xaxis.set_minor_locator(NullLocator())


def _concentration(axes: Axes, values: Doubles) -> None:
    """Draw the share of all values that the most valuable customers hold."""
    total = float(values.sum())
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    if total <= 0:
        axes.text(50, 50, "values add up to nothing", ha="center", color=MUTED)
        return
    customers, held = held_by_top(values)
    x, y = customers * 100, held * 100
    axes.fill_between(x, x, y, color=colour_of(0), alpha=0.12, linewidth=0)
    axes.plot(x, y, color=colour_of(0), linewidth=2.2)
    share = float(np.interp(_TOP, customers, held))
    axes.plot(
        [_TOP * 100], [share * 100], marker="o", markersize=8, color=colour_of(3), linestyle="none",
        label=f"top 10% hold {percent(share)}",
    )  # fmt: skip
    axes.plot(
        [0, 100], [0, 100], color=MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label="all worth the same"
    )
    axes.legend(loc="lower right", frameon=False, fontsize=SMALL, labelcolor=INK, handlelength=2.2)
    axes.set_ylim(0, max(100.0, float(held.max()) * 103))


def held_by_top(values: Doubles) -> tuple[Doubles, Doubles]:
    """Return shares of customers, the most valuable first, and the share of all value that they hold."""
    held = np.concatenate([[0.0], np.cumsum(np.sort(values)[::-1])]) / values.sum()
    customers = np.linspace(0, 1, len(held))
    at = np.linspace(0, 1, min(len(held), _STEPS + 1))
    return at, np.interp(at, customers, held)


@drawn
def value_calibration(
    tenths: Sequence[Mapping[str, Any]],
    *,
    currency: str = "",
    days: int = 0,
    title: str = "How true values came in the hold-out",
) -> Figure:
    """Draw what was expected of each tenth of customers beside what came.

    Args:
        tenths: As ``models.holdout.compared`` returns them: tenth (1: the highest values), customers,
            expected_amount, amount, expected_purchases and purchases, each a customer.
        currency: Of the amounts.
        days: Of the hold-out; 0 where it is not told.
        title: Of the picture.
    """
    if not tenths:
        return nothing(title, "There is no hold-out.")
    told = f" in {number(days)} days" if days else ""
    customers = sum(row["customers"] for row in tenths)
    note = f"{number(customers)} customers in tenths by expected value; customers of equal value share one."
    figure = sheet(title, height=max(4.0, 2.2 + 0.42 * len(tenths)), note=note)
    amounts, purchases = figure.subplots(1, 2, sharey=True)
    unit = f"{currency}{told}".strip()
    _pairs(amounts, tenths, ("expected_amount", "amount"))
    plain_axes(amounts, f"Amount a customer ({unit})" if unit else "Amount a customer", numbers="x", grid="x")
    amounts.set_ylabel("Tenth (1: highest expected value)", color=INK)
    _pairs(purchases, tenths, ("expected_purchases", "purchases"))
    plain_axes(purchases, f"Purchases a customer{told}", numbers="x", grid="x")
    amounts.set_yticks(range(len(tenths)), labels=[str(row["tenth"]) for row in tenths])
    amounts.set_ylim(len(tenths) - 0.5, -0.5)
    amounts.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), borderaxespad=0.2, ncols=2, frameon=False, fontsize=SMALL,
        labelcolor=INK,
    )  # fmt: skip
    return figure


def _pairs(axes: Axes, tenths: Sequence[Mapping[str, Any]], columns: tuple[str, str]) -> None:
    """Draw two bars a tenth, each with its number."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an optional extra

    for shift, column, colour, label in zip((-0.2, 0.2), columns, (5, 0), ("expected", "came"), strict=True):
        lengths = [float(row[column]) for row in tenths]
        places = np.arange(len(tenths)) + shift
        bars = axes.barh(places, lengths, height=0.38, color=colour_of(colour), label=label)
        texts = [short(length) for length in lengths]
        axes.bar_label(bars, labels=texts, fontsize=9, color=INK, padding=3)
    axes.margins(x=0.16)
    axes.xaxis.set_major_locator(MaxNLocator(_TICKS))
