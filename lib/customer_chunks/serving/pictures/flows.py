"""Customers who moved between segments from one run to the next, as bands that flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_chunks.serving.formats import number, percent
from customer_chunks.serving.pictures.bands import End, bands, flow_bands, scale_of
from customer_chunks.serving.pictures.names import wrapped
from customer_chunks.serving.pictures.ribbons import WIDE_BAR, draw_bars, draw_ribbon
from customer_chunks.serving.pictures.style import INK, NOISE_GREY, TEXT, colour_of, drawn, nothing, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SEGMENTS = 12
NEW, GONE, OTHER = "(new)", "(gone)", "(other segments)"
_NO_SEGMENT = (NEW, GONE, OTHER)
_Counts = Counter[tuple[str, str]]
_GAP = 0.014
_STAYED, _MOVED = 0.3, 0.6
"""How opaque bands are: those who moved stand out."""
_LABEL, _BAND, _COUNT, _AROUND = 0.38, 0.52, 0.15, 1.1
"""Inches of a label of two lines, of a band on average, of a count, and of what stands around the bands."""


@dataclass(frozen=True)
class Flow:
    """Customers who were in one segment and are in another, or the same.

    Attributes:
        before: Segment in the earlier run; None for customers who are new.
        after: Segment in the later run; None for customers who are gone.
        customers: How many.
    """

    before: str | None
    after: str | None
    customers: int


@drawn
def flow_chart(
    flows: Sequence[Flow],
    *,
    runs: tuple[str, str] = ("before", "after"),
    order: Sequence[str] = (),
    title: str = "How customers moved between segments",
) -> Figure:
    """Draw a band for each flow, in the colour of the segment it comes from.

    Args:
        flows: Of more than twelve segments at a side the smallest are drawn as one.
        runs: What the sides are called, such as days.
        order: Segments by the number of their cluster, so that colours are those of other pictures; where
            none are given, the largest comes first.
        title: Of the picture.
    """
    joined = _joined(flows)
    if not joined:
        return nothing(title, "No customer is in either run.")
    sides = [_by_size(joined, 0), _by_size(joined, 1)]
    names = [n for n in dict.fromkeys([*order, *sides[0], *sides[1]]) if n not in _NO_SEGMENT]
    colours = {name: colour_of(n) for n, name in enumerate(names)} | dict.fromkeys(_NO_SEGMENT, NOISE_GREY)
    sides[1].sort(key=lambda name: (name in _NO_SEGMENT, _place(sides[0], name)))
    inches = max(2.6, _BAND * max(len(side) for side in sides))
    figure = sheet(title, height=inches * 1.09 + _AROUND, note=_note(flows))
    _draw(figure, joined, _ends(joined, sides, _LABEL / inches), colours, _COUNT / inches)
    for x, run, side in ((0.0, runs[0], "right"), (1.0, runs[1], "left")):
        text = wrapped(run, 24, lines=1)
        figure.axes[0].text(x, -0.035, text, ha=side, fontsize=TEXT, fontweight="bold", color=INK)
    return figure


def _draw(
    figure: Figure,
    joined: _Counts,
    ends: tuple[list[End], list[End]],
    colours: Mapping[str, str],
    readable: float,
) -> None:
    """Draw flows, thin ones on top, the counts of those that are thick enough, and both sides."""
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_xlim(-0.36, 1.36)
    axes.set_ylim(1.02, -0.07)
    spans = flow_bands(joined, ends)
    for pair in sorted(spans, key=lambda pair: -joined[pair]):
        start, stop = spans[pair]
        draw_ribbon(axes, start, stop, colours[pair[0]], _STAYED if pair[0] == pair[1] else _MOVED)
        if start.end - start.start >= readable:
            text = number(joined[pair])
            axes.text(WIDE_BAR + 0.012, start.middle, text, va="center", fontsize=9, color=INK, zorder=4)
    for x, side in zip((0, 1), ends, strict=True):
        whole = sum(end.customers for end in side if end.name not in (NEW, GONE))
        texts = [f"{wrapped(end.name, 25, lines=1)}\n{_numbers(end, whole)}" for end in side]
        draw_bars(axes, side, texts, x, colours)


def _numbers(end: End, whole: int) -> str:
    """Return customers and, of a segment, their share of all in that run."""
    share = "" if end.name in (NEW, GONE) else f" ({percent(end.customers / whole)})"
    return f"{number(end.customers)}{share}"


def _joined(flows: Sequence[Flow]) -> _Counts:
    """Return customers by both names; the smallest of too many segments as one."""
    told: _Counts = Counter()
    for flow in flows:
        if flow.customers > 0:
            told[(flow.before or NEW, flow.after or GONE)] += flow.customers
    kept = [{*_by_size(told, side)[: MOST_SEGMENTS - 1], NEW, GONE} for side in (0, 1)]
    for side in (0, 1):
        if len({pair[side] for pair in told} - kept[side]) == 1:
            kept[side] |= {pair[side] for pair in told}
    folded: _Counts = Counter()
    for (before, after), count in told.items():
        folded[before if before in kept[0] else OTHER, after if after in kept[1] else OTHER] += count
    return folded


def _by_size(told: _Counts, side: int) -> list[str]:
    """Return the names of a side, the largest first, and what is no segment last."""
    sizes: Counter[str] = Counter()
    for pair, count in told.items():
        sizes[pair[side]] += count
    return sorted(sizes, key=lambda name: (name in _NO_SEGMENT, -sizes[name], name))


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else len(names)


def _ends(joined: _Counts, sides: Sequence[Sequence[str]], room: float) -> tuple[list[End], list[End]]:
    """Return the segments of both sides with their places, on one scale."""
    sizes = [
        [sum(n for pair, n in joined.items() if pair[at] == name) for name in names]
        for at, names in enumerate(sides)
    ]
    scale = min(scale_of([float(n) for n in side], room, _GAP) for side in sizes)
    found = []
    for names, counts in zip(sides, sizes, strict=True):
        placed = bands([float(n) for n in counts], scale, room, _GAP)
        found.append([End(*parts) for parts in zip(names, counts, placed, strict=True)])
    return found[0], found[1]


def _note(flows: Sequence[Flow]) -> str:
    """Say how many stayed, moved, came and went."""
    came = sum(flow.customers for flow in flows if flow.before is None)
    went = sum(flow.customers for flow in flows if flow.after is None)
    both = [flow for flow in flows if flow.before is not None and flow.after is not None]
    there = sum(flow.customers for flow in both)
    stayed = sum(flow.customers for flow in both if flow.before == flow.after)
    share = percent(stayed / there) if there else ""
    told = f"Of {number(there)} customers in both runs, {share} stayed in their segment"
    told = told if there else "No customer is in both runs"
    return f"{told}; {number(came)} are new, {number(went)} are gone. Thin bands have no number."
