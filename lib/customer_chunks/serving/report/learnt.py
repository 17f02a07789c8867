"""Segments and lifetime values as learnt -> cards in words, and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from customer_chunks.serving.formats import DASH, clean_text, count_of, percent, short_money
from customer_chunks.serving.pictures import (
    Candidate,
    Flow,
    SegmentProfile,
    flow_chart,
    search_curves,
    segment_heat_map,
    value_distribution,
)
from customer_chunks.serving.report.chances import chance_figures
from customer_chunks.serving.report.data import Learnt, ReportData, each
from customer_chunks.serving.report.kept import (
    segment_pictures,
    segments_left_out,
    value_pictures,
    values_left_out,
)
from customer_chunks.serving.report.pieces import Grid, Picture
from customer_chunks.serving.theme import to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NO_TABLE = Grid("", (), [])
_NO_SEGMENT = 0


@dataclass(frozen=True)
class SegmentCard:
    """A segment in words."""

    name: str
    money: str
    description: str


@dataclass(frozen=True)
class LearntPage:
    """What the page says about what was learnt.

    Attributes:
        cards: One a segment, the largest first.
        why: Why these segments and not others, a sentence each.
        pictures: Of segments.
        values: Of lifetime values.
        value_text: Their sum and how they were tried, in a sentence; empty without any.
        left_out: Which pictures are missing and why, a sentence each.
    """

    cards: list[SegmentCard]
    why: list[str]
    pictures: list[Picture]
    values: list[Picture]
    value_text: str
    left_out: list[str]


def learnt_page(data: ReportData) -> LearntPage | None:
    """Return what the page says; None where neither segments nor values were learnt."""
    learnt = data.learnt
    if learnt is None or not (learnt.why or learnt.value_customers or len(learnt.segments)):
        return None
    return LearntPage(
        [_card(row, data.reporting_currency) for row in each(learnt.segments)],
        [clean_text(said) for said in learnt.why],
        [_picture(*told) for told in _of_segments(learnt, data.reporting_currency)],
        [_picture(*told) for told in _of_values(learnt, data.reporting_currency)],
        _value_text(learnt, data.reporting_currency),
        left_out(learnt, "segments") + left_out(learnt, "customer_values"),
    )


def figures(learnt: Learnt, model: str, currency: str) -> Iterator[tuple[str, Figure]]:
    """Yield by name the pictures of a model: segments, customer_values, churn or high_value."""
    told = {"segments": _of_segments, "customer_values": _of_values}.get(model)
    drawn = [told(learnt, currency)] if told is not None else []
    drawn += [chance_figures(chances) for chances in learnt.chances if chances.model == model]
    for _, name, figure in chain.from_iterable(drawn):
        yield name, figure


def left_out(learnt: Learnt, model: str) -> list[str]:
    """Return which pictures of a model cannot be drawn and why, a sentence each."""
    if model == "segments" and learnt.segments_learnt:
        return segments_left_out(learnt.segments_learnt)
    if model == "customer_values" and learnt.values_learnt:
        return values_left_out(learnt.values_learnt)
    return []


def _card(row: Any, currency: str) -> SegmentCard:
    share = percent(row.net_amount_share) if row.net_amount_share == row.net_amount_share else DASH
    return SegmentCard(
        clean_text(row.segment),
        f"{short_money(float(row.net_amount), currency)}, {share} of what all spent",
        clean_text(row.description),
    )


def _of_segments(learnt: Learnt, currency: str) -> Iterator[tuple[str, str, Figure]]:
    profiles, features = _profiles(learnt, currency)
    if profiles and features:
        yield "What sets each segment apart", "segment-heat", segment_heat_map(profiles, features)
    candidates = [
        Candidate(c["method"], c["k"], c["cost"], c["silhouette"], c["stability"], c["stability_spread"])
        for c in learnt.candidates
    ]
    if candidates and learnt.taken is not None:
        chosen = candidates[learnt.taken]
        yield "How many segments, and why", "segment-search", search_curves(candidates, chosen)
    yield from segment_pictures(learnt.segments_learnt)
    flows = [_flow(row) for row in each(learnt.flows)]
    if any(flow.before is not None for flow in flows):
        runs = (
            f"as of {learnt.flows['from_as_of'].dropna().iloc[0]}",
            f"as of {learnt.flows['as_of'].iloc[0]}",
        )
        yield (
            "How customers moved between segments",
            "segment-flows",
            flow_chart(flows, runs=runs, order=_by_number(learnt)),
        )


def _profiles(learnt: Learnt, currency: str) -> tuple[list[SegmentProfile], list[str]]:
    """Return the rows of the heat map and its columns: the features that are numbers."""
    rows = list(each(learnt.segments))
    told = [{t["feature"]: t for t in row.traits if not t["level"]} for row in rows]
    shared = sorted(set.intersection(*map(set, told))) if told else []
    labels = {name: _label(t, currency) for traits in told for name, t in traits.items()}
    profiles = [
        SegmentProfile(
            clean_text(row.segment),
            float(row.customer_share),
            [d[f]["effect"] for f in shared],
            [float("nan") if d[f]["inside"] is None else d[f]["inside"] for f in shared],
        )
        for row, d in zip(rows, told, strict=True)
    ]
    return profiles, [labels[f] for f in shared]


def _label(trait: dict[str, Any], currency: str) -> str:
    unit = currency if trait["unit"] == "money" else trait["unit"]
    return f"{trait['label']} ({unit})" if unit else str(trait["label"])


def _by_number(learnt: Learnt) -> list[str]:
    """Return names in the order of numbers, from 0, so that a segment's colour is that of the maps."""
    names = {s["number"]: clean_text(s["name"]) for s in learnt.segments_learnt.get("segments", [])}
    return [names.get(n, f"({n})") for n in range(max(names, default=-1) + 1)]


def _flow(row: Any) -> Flow:
    before = None if row.from_segment_number == _NO_SEGMENT else clean_text(row.from_segment)
    after = None if row.to_segment_number == _NO_SEGMENT else clean_text(row.to_segment)
    return Flow(before, after, int(row.customers))


def _of_values(learnt: Learnt, currency: str) -> Iterator[tuple[str, str, Figure]]:
    if learnt.values:
        picture = value_distribution(learnt.values, currency=currency)
        yield "Lifetime values, and how few customers hold most", "values", picture
    yield from value_pictures(learnt.values_learnt, currency)


def _value_text(learnt: Learnt, currency: str) -> str:
    if not learnt.value_customers:
        return ""
    text = (
        f"{count_of(float(learnt.value_customers), 'customer')} together are worth "
        f"{short_money(learnt.value_sum, currency)} within {learnt.horizon_days} days."
    )
    gini = learnt.value_metrics.get("holdout_amounts_normalised_gini")
    error = learnt.value_metrics.get("holdout_purchases_mean_absolute_error")
    naive = learnt.value_metrics.get("holdout_naive_purchases_mean_absolute_error")
    if gini is not None and error is not None and naive is not None:
        text += (
            f" On the newest days, which the fit did not see, purchases were off by {error:.2f} a customer "
            f"(the naive guess that all go on as before: {naive:.2f}); customers were ranked by value with a "
            f"normalised Gini of {gini:.2f} (1 is perfect)."
        )
    return text


def _picture(title: str, name: str, figure: Figure) -> Picture:
    return Picture(title, title, to_svg(figure, name), _NO_TABLE, is_paper=True)
