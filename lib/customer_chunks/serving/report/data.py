"""What enters the report, and how it is made safe to draw: numbers as floats, days as one unbroken line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from customer_chunks.serving.formats import clean_text

KEPT = ("inserted", "updated", "unchanged")
OUTCOMES = (*KEPT, "superseded", "deleted", "duplicate", "excluded", "quarantined")
KPI_SUMS = ("gross_revenue", "returns_amount", "net_revenue", "orders", "active_customers", "new_customers")

# Fewest days for a moving average, and for one of 28 days instead of 7.
AVERAGE_FROM, LONG_AVERAGE_FROM = 14, 121
FEWEST_WHOLE_PERIODS = 3

# Longest span in days that is drawn by day, by week and by month: about 400 points each.
GRAIN_LIMITS = ((400, "day", "D"), (2_800, "week", "W-SUN"), (12_000, "month", "M"))


CHANCE_BANDS = (0.1, 0.25, 0.5, 0.75)
"""Where bands of probability end; the last goes to 1."""


@dataclass(frozen=True)
class Chances:
    """How likely something is to come, as the champion of a model foretells.

    Attributes:
        model: churn or high_value.
        version: Of the model.
        horizon_days: Days ahead.
        learner: What foretells.
        compared: How many learners were, the kept one among them.
        baseline: The feature that the naive guess looks at, in words.
        metrics: Of the version.
        holdout: What the version tells of the hold-out; empty where it tells none.
        groups: segment, customers, probability (mean), band_0 to band_4 (customers), likeliest (customers of
            the likeliest tenth of all), explained (those of them that have reasons) and reason (what raises
            it for most of these): a row a segment, or one without a name.
        reasons: label, unit, typical and customers: what raises it for most of the likeliest tenth.
    """

    model: str
    version: int
    horizon_days: int
    learner: str
    compared: int
    baseline: str
    metrics: dict[str, float]
    holdout: dict[str, Any]
    groups: pd.DataFrame
    reasons: pd.DataFrame


@dataclass(frozen=True)
class Learnt:
    """What models told.

    Attributes:
        segments: gold.segment_profiles, the largest first.
        flows: gold.segment_flows of the newest D.
        why: Why these segments, a sentence each.
        candidates: What the search measured of each.
        taken: Which of them was chosen; None without any.
        values: Lifetime values of some thousand customers.
        value_sum: Of all customers.
        value_customers: That have one.
        horizon_days: Days ahead that values count.
        value_metrics: Of the version behind them.
        chances: Of churn and high value, where these are foretold.
        segments_learnt: What the version of the segments learnt, as its document has it; empty without one.
        values_learnt: The same of the lifetime values.
    """

    segments: pd.DataFrame
    flows: pd.DataFrame
    why: list[str]
    candidates: list[dict[str, Any]]
    taken: int | None
    values: list[float]
    value_sum: float
    value_customers: int
    horizon_days: int
    value_metrics: dict[str, float]
    chances: list[Chances] = field(default_factory=list)
    segments_learnt: dict[str, Any] = field(default_factory=dict)
    values_learnt: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ReportData:
    """Aggregates only, each frame bounded by the caller; money in ``reporting_currency``.

    Attributes:
        title: Heading of the page.
        as_of: D, the first day not counted.
        reporting_currency: ISO code of every amount.
        generated_at: UTC.
        kpi_daily: gold.kpi_daily where dimension is ``all``: one row per day.
        kpi_by_dimension: dimension, value, gross_revenue, net_revenue, orders over all days.
        rfm_segments: rfm_segment, customers, monetary_amount, purchases, median_recency_days.
        rfm_grid: r_score, f_score, customers, monetary_amount; at most 25 rows.
        rfm_cut_points: Four ascending cut points for recency_days, frequency and monetary_amount.
        accounts: source, feed, entity, rows_read and one count per outcome of a row.
        quarantine: entity, reason_code, rows.
        warnings: entity, code, rows.
        tables: table, rows, bytes, location, grain.
        profile_summary: feature, unit, known_share, p10, median, p90.
        checks: table, version, rule, aspect, level, observed, low, high, is_passed, accepted_reason of the
            version of each table that was judged last.
        steps: step, begun (seconds from the beginning of the run), duration, cpu_seconds, rows_read,
            rows_written, rows_quarantined, files_written, bytes_written, shuffle_bytes, spilled_bytes of the
            newest run that did something and came to its end.
        data_docs: Where the Data Docs lie, relative to the page; empty where there are none.
        learnt: Segments, values and what is foretold; None where the company asks for none.
    """

    title: str
    as_of: date
    reporting_currency: str
    generated_at: datetime
    kpi_daily: pd.DataFrame
    kpi_by_dimension: pd.DataFrame
    rfm_segments: pd.DataFrame
    rfm_grid: pd.DataFrame
    rfm_cut_points: dict[str, list[float]]
    accounts: pd.DataFrame
    quarantine: pd.DataFrame
    warnings: pd.DataFrame
    tables: pd.DataFrame
    profile_summary: pd.DataFrame
    checks: pd.DataFrame = field(default_factory=pd.DataFrame)
    steps: pd.DataFrame = field(default_factory=pd.DataFrame)
    data_docs: str = ""
    learnt: Learnt | None = None


@dataclass(frozen=True)
class Timeline:
    """The KPIs at the grain that is drawn.

    Attributes:
        grain: day, week, month or year.
        frame: One row per period, index its first day. Amounts and orders are sums over the period;
            ``*_per_day`` are averages over its days, because customers cannot be added up over days.
        window: Periods in the moving average, or None where there is none.
        left_out: Incomplete first and last periods that are not in ``frame``.
    """

    grain: str
    frame: pd.DataFrame
    window: int | None
    left_out: int

    @property
    def average(self) -> str:
        """Name of the moving average, such as ``28-day average``."""
        return f"{self.window}-{self.grain} average"


def tidy(frame: pd.DataFrame, text: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    """Return exactly these columns: text cleaned, numbers as floats; absent columns are null."""
    tidied = frame.reindex(columns=[*text, *numbers]).reset_index(drop=True)
    for name in text:
        tidied[name] = [clean_text(value) for value in tidied[name]]
    for name in numbers:
        tidied[name] = pd.to_numeric(tidied[name], errors="coerce").astype("float64")
    return tidied


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Return the rows as named tuples."""
    return frame.itertuples(index=False)


def account_rows(accounts: pd.DataFrame) -> pd.DataFrame:
    """Return the accounts with ``missing``: rows read less the sum of all outcomes."""
    tidied = tidy(accounts, ("source", "feed", "entity"), ("rows_read", *OUTCOMES)).fillna(0.0)
    tidied["missing"] = tidied["rows_read"] - tidied[list(OUTCOMES)].sum(axis=1)
    return tidied


def daily(kpi_daily: pd.DataFrame) -> pd.DataFrame:
    """Return the KPIs with one row for every day from the first to the last, zero where nothing happened.

    Days that pandas cannot hold (before 1678 or after 2261) are left out.
    """
    if "dimension" in kpi_daily:
        kpi_daily = kpi_daily[kpi_daily["dimension"] == "all"]
    rows = tidy(kpi_daily, (), KPI_SUMS).fillna(0.0)
    days = pd.to_datetime(pd.Series(kpi_daily.get("day", [])), errors="coerce").dt.normalize()
    rows["day"] = days.to_numpy()
    by_day = rows.dropna(subset=["day"]).groupby("day").sum()
    return by_day if by_day.empty else by_day.asfreq("D", fill_value=0.0)


def timeline(kpi_daily: pd.DataFrame) -> Timeline:
    """Choose the grain and the moving average by the span of the data, and aggregate to it."""
    days = daily(kpi_daily)
    days["returning_customers"] = (days["active_customers"] - days["new_customers"]).clip(lower=0.0)
    grain, code = next(((g, c) for limit, g, c in GRAIN_LIMITS if len(days) <= limit), ("year", "Y"))
    window = {"day": _days_in_average(len(days)), "week": 4}.get(grain)
    if days.empty:
        return Timeline(grain, _per_period(days, days.index), None, 0)
    periods = pd.DatetimeIndex(days.index).to_period(code)
    frame = _per_period(days, periods)
    whole = pd.Series(periods).value_counts().reindex(frame.index).to_numpy() == [
        (period.end_time - period.start_time).days + 1 for period in frame.index
    ]
    left_out = int((~whole).sum())
    if left_out and whole.sum() >= FEWEST_WHOLE_PERIODS:
        frame = frame[whole]
    else:
        left_out = 0
    frame.index = pd.PeriodIndex(frame.index).to_timestamp(how="start")
    return Timeline(grain, frame, window, left_out)


def _days_in_average(span: int) -> int | None:
    """Return the length of the moving average of a daily picture."""
    if span < AVERAGE_FROM:
        return None
    return 7 if span < LONG_AVERAGE_FROM else 28


def _per_period(days: pd.DataFrame, periods: pd.Index) -> pd.DataFrame:
    """Sum amounts and orders, average the counts that cannot be added up."""
    groups = days.groupby(periods)
    frame = groups[["gross_revenue", "returns_amount", "net_revenue", "orders"]].sum()
    for name in ("orders", "active_customers", "new_customers", "returning_customers"):
        frame[f"{name}_per_day"] = groups[name].mean()
    frame["average_order_value"] = frame["gross_revenue"].div(frame["orders"].where(frame["orders"] > 0))
    return frame
