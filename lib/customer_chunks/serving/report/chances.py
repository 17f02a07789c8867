"""Churn and high value as foretold -> how they were tried, in words, and who is likeliest and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from customer_chunks.gold.temporal_features import MONEY
from customer_chunks.serving.formats import (
    DASH,
    clean_text,
    count_of,
    day,
    number,
    percent,
    plain,
    short_money,
)
from customer_chunks.serving.pictures import ChanceGroup, chance_bars, probability_calibration
from customer_chunks.serving.pictures.likelihoods import band_names
from customer_chunks.serving.report.data import CHANCE_BANDS, Chances, ReportData, each
from customer_chunks.serving.report.pieces import Column, Grid, Picture
from customer_chunks.serving.theme import to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEARNERS = {"forest": "a random forest", "boosted": "boosted trees", "logistic": "a logistic regression"}
_BANDS = [f"band_{n}" for n in range(len(CHANCE_BANDS) + 1)]
_CALIBRATION, _SEGMENTS = "calibration", "segments"
_ALL, _NONE = "All customers", "In no segment"


@dataclass(frozen=True)
class _Words:
    """How one thing that is foretold is spoken of.

    Attributes:
        title: Of its part of the page.
        what: What customers do then, behind "that a customer".
        to: The same, behind "how likely customers are to".
        who: The same afterwards, behind "customers who".
    """

    title: str
    what: str
    to: str
    who: str


_WORDS = {
    "churn": _Words("Churn", "buys nothing", "buy nothing", "bought nothing"),
    "high_value": _Words("High value", "is of those who spend most", "spend most", "spent most"),
}


@dataclass(frozen=True)
class ChancesPage:
    """What the page says of one thing that is foretold.

    Attributes:
        title: Churn or high value.
        text: What is foretold, by what, and how well it did.
        pictures: The hold-out, and the segments.
        why_title: Whose reasons these are.
        why: The most frequent ones, a sentence each.
    """

    title: str
    text: list[str]
    pictures: list[Picture]
    why_title: str
    why: list[str]


def chances_pages(data: ReportData) -> list[ChancesPage]:
    """Return what the page says, a part for each thing that is foretold."""
    learnt = data.learnt
    return [_page(chances, data.reporting_currency) for chances in learnt.chances] if learnt else []


def chance_figures(chances: Chances) -> Iterator[tuple[str, str, Figure]]:
    """Yield title, name and picture of the hold-out, where the version kept one, and of the segments."""
    words = _WORDS[chances.model]
    bins = chances.holdout.get("reliability")
    if bins:
        title = f"How true the hold-out came: customers who {words.who}"
        picture = probability_calibration(
            [b["foretold"] for b in bins], [b["observed"] for b in bins], [b["rows"] for b in bins],
            outcome=words.who, title=title,
        )  # fmt: skip
        yield title, f"{chances.model}-{_CALIBRATION}", picture
    if not chances.groups.empty:
        title = f"How likely customers are to {words.to} within {chances.horizon_days} days"
        bars = [
            ChanceGroup(name, row.probability, [getattr(row, band) for band in _BANDS])
            for name, row in _rows(chances.groups)
        ]
        yield title, f"{chances.model}-{_SEGMENTS}", chance_bars(bars, CHANCE_BANDS, title=title)


def _page(chances: Chances, currency: str) -> ChancesPage:
    return ChancesPage(
        _WORDS[chances.model].title,
        [_foretold(chances), *_tried(chances)],
        [_picture(chances, *told) for told in chance_figures(chances)],
        _why_title(chances),
        [_reason(row, currency) for row in each(chances.reasons)],
    )


def _picture(chances: Chances, title: str, name: str, figure: Figure) -> Picture:
    table = _table(chances) if name.endswith(_SEGMENTS) else _bins(chances)
    return Picture(title, title, to_svg(figure, name), table, is_paper=True)


def _rows(groups: pd.DataFrame) -> Iterator[tuple[str, Any]]:
    """Yield name and numbers of every segment, the likeliest first, and of all customers where it is many."""
    for row in each(groups):
        is_named = isinstance(row.segment, str)
        yield clean_text(row.segment) if is_named else _NONE if len(groups) > 1 else _ALL, row
    if len(groups) > 1:
        whole = groups.drop(columns=["segment", "reason", "probability"]).sum()
        mean = float(groups["probability"] @ groups["customers"] / groups["customers"].sum())
        yield _ALL, pd.Series({**whole.to_dict(), "probability": mean, "reason": None})


def _table(chances: Chances) -> Grid:
    """Return the numbers of the bars, and what raises the probability of a segment's likeliest customers."""
    columns = (
        Column("Segment", is_number=False),
        Column("What raises it for most of its likeliest", is_number=False),
        Column("Of the likeliest tenth of all"),
        Column("Customers"),
        Column("Mean probability"),
        *(Column(name.capitalize()) for name in band_names(CHANCE_BANDS)),
    )
    cells = [
        [
            name,
            clean_text(row.reason) if isinstance(row.reason, str) else DASH,
            number(float(row.likeliest)),
            number(float(row.customers)),
            percent(float(row.probability)),
            *(number(float(getattr(row, band))) for band in _BANDS),
        ]
        for name, row in _rows(chances.groups)
    ]
    return Grid("Numbers: customers by probability", columns, cells)


def _bins(chances: Chances) -> Grid:
    bins = chances.holdout["reliability"]
    columns = (Column("Probability foretold, mean"), Column("Share that came"), Column("Customers"))
    cells = [[percent(b["foretold"]), percent(b["observed"]), number(b["rows"])] for b in bins]
    return Grid(f"Numbers: {count_of(len(cells), 'group')}", columns, cells)


def _foretold(chances: Chances) -> str:
    """Say what is foretold and by what."""
    learner = _LEARNERS.get(chances.learner, chances.learner)
    how = f"of {chances.compared} methods compared the one of the least log loss in cross-validation"
    if chances.compared <= 1:
        how = "the only method that was tried"
    return (
        f"Foretold is how likely it is that a customer {_WORDS[chances.model].what} within "
        f"{count_of(chances.horizon_days, 'day')} from D on, by {learner} (version {chances.version}): {how}."
    )


def _tried(chances: Chances) -> list[str]:
    """Say how it did on the newest days that the fit did not see, against the naive guess."""
    told = chances.metrics
    if "holdout_auc" not in told or "holdout_brier" not in told:
        return [f"It was tried on no hold-out; `chunks models show {chances.model}` tells why."]
    return [
        f"{_holdout(chances)} {_judged(chances)} On average a probability of "
        f"{percent(told['holdout_foretold'])} was foretold, and it came for "
        f"{percent(told['holdout_observed'])}."
    ]


def _holdout(chances: Chances) -> str:
    """Say on whom it was tried: versions of earlier days tell only that it was."""
    kept = chances.holdout
    if not kept:
        return "Tried on the newest days whose outcome has come, by a model that had not seen them:"
    first = day(date.fromisoformat(kept["foretold_from"]))
    by = _LEARNERS.get(kept["method"], kept["method"])
    return (
        f"Tried on {count_of(kept['rows'], 'customer')} and the {count_of(kept['days'], 'day')} from {first} "
        f"on, by {by} that had learnt from earlier days alone:"
    )


def _judged(chances: Chances) -> str:
    told, guess = chances.metrics, f"the naive guess by “{chances.baseline}” alone"
    auc, brier = told["holdout_auc"], told["holdout_brier"]
    naive_auc, naive_brier = (told.get(f"holdout_baseline_{name}") for name in ("auc", "brier"))
    if naive_auc is None or naive_brier is None:
        return f"AUC {auc:.3f} (0.5 is chance, 1 perfect), Brier score {brier:.4f} (0 is perfect)."
    ranked, true = _way(auc, naive_auc, 3), _way(-brier, -naive_brier, 4)
    return (
        f"it ranked customers {ranked} {guess} (AUC {auc:.3f} against {naive_auc:.3f}; 0.5 is chance, 1 "
        f"perfect), {'and' if ranked == true else 'but'} its probabilities were {true} that guess's (Brier "
        f"score {brier:.4f} against {naive_brier:.4f}; 0 is perfect)."
    )


def _way(ours: float, theirs: float, digits: int) -> str:
    """Compare as the printed digits do; the greater number is the better one."""
    ahead = round(ours, digits) - round(theirs, digits)
    return "no better than" if ahead == 0 else "better than" if ahead > 0 else "worse than"


def _why_title(chances: Chances) -> str:
    likeliest, explained = (int(chances.groups[name].sum()) for name in ("likeliest", "explained"))
    told = f"What makes it likely, for the likeliest tenth ({count_of(likeliest, 'customer')}"
    return f"{told})" if explained == likeliest else f"{told}; reasons are kept of {number(explained)})"


def _reason(row: Any, currency: str) -> str:
    customers = count_of(float(row.customers), "customer")
    if row.typical is None or row.typical != row.typical:
        return f"{clean_text(row.label)}: {customers}"
    value, unit = float(row.typical), row.unit or ""
    typical = short_money(value, currency) if unit == MONEY else f"{plain(value)} {unit}".strip()
    return f"{clean_text(row.label)}, typically {typical}: {customers}"
