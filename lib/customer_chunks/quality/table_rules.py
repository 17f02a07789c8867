"""Measured numbers and those of the past -> which table rules hold: pure Python, no table is read here.

A rule about new rows is asked of every source by itself: a new source has no past to be compared
with, and a small one is not lost in a large one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import Level, Table
from customer_chunks.contracts.table_rules import Aspect, Measure, TableRule, table_rules

TAIL_ROWS = 5
"""Times ``history_rows`` that the 10% and 90% quantiles need: 100 rows leave ten beyond each."""
KNOWN_ROWS = 20
"""Least known values that the past lets expect, before their absence says something."""
GROWTH_VERSIONS = 3
"""Least accepted versions before growth is judged: a shop often begins with a sample."""


@dataclass(frozen=True)
class Asked:
    """One rule, asked of one source (empty: of the whole table)."""

    rule: TableRule
    source: str = ""

    @property
    def name(self) -> str:
        """Return the name under which it is noted, such as ``unit_price.median[shop]``."""
        return f"{self.rule.code}[{self.source}]" if self.source else self.rule.code


class Measured(NamedTuple):
    """A number and how many rows it was measured on; None where there was nothing to measure."""

    value: float | None
    rows: int


class Bounds(NamedTuple):
    """What is expected; None leaves a side open."""

    low: float | None = None
    high: float | None = None

    def hold(self, value: float | None) -> bool:
        """Return whether the value lies within, both ends counted; nothing measured breaks nothing."""
        if value is None:
            return True
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True)
class Verdict:
    """One rule judged on one version of a table."""

    asked: Asked
    observed: float | None
    bounds: Bounds
    rows: int
    is_passed: bool

    @property
    def is_holding_back(self) -> bool:
        """Return whether it keeps the version from gold; days go by without any version, so they never do."""
        rule = self.asked.rule
        return not self.is_passed and rule.level is Level.ERROR and rule.aspect is not Aspect.FRESHNESS

    def __str__(self) -> str:
        """Return the finding in words, without a personal value: names and numbers only."""
        return f"{self.asked.name} is {shown(self.observed)}, expected {expected(*self.bounds)}"


def expected(low: float | None, high: float | None) -> str:
    """Return bounds in words."""
    if low is not None and high is not None:
        return shown(low) if low == high else f"{shown(low)} to {shown(high)}"
    if low is None and high is None:
        return "nothing yet"
    return f"at least {shown(low)}" if high is None else f"at most {shown(high)}"


def shown(value: float | None) -> str:
    """Return a number in few digits; a share just below 1 is never shown as 1."""
    if value is None:
        return "unknown"
    short = f"{value:.6g}"
    return repr(value) if value != 1 and short == "1" else short


def asked_of(table: Table, sources: Sequence[str], settings: TableRuleSettings) -> tuple[Asked, ...]:
    """Return the rules of a table as the settings want them, those about new rows once a source."""
    wanted, levels = [], dict(settings.level)
    for rule in (*table_rules(table), *_shares(table, settings)):
        level = levels.get(f"{table.full_name}.{rule.code}", rule.level.value)
        is_off = level == "off" or (rule.measure is Measure.NEWEST_DAY and settings.freshness_days is None)
        if not is_off:
            wanted.append(replace(rule, level=Level(level)))
    own = tuple(sources) if "source" in table.types and sources else ("",)
    return tuple(Asked(r, s) for r in wanted for s in (own if r.is_of_new_rows else ("",)))


def _shares(table: Table, settings: TableRuleSettings) -> list[TableRule]:
    """Return a rule for every optional column whose least share the settings give."""
    named = [name.removeprefix(f"{table.full_name}.") for name, _ in settings.completeness]
    text = "is known in at least the share of rows that the settings give"
    return [
        TableRule(f"{c.name}.complete", Aspect.COMPLETENESS, Measure.KNOWN, c.name, text)
        for c in table.columns
        if not c.required and c.name in named
    ]


@dataclass(frozen=True)
class Past:
    """What the accepted versions of a table showed, the newest first, by the name of the rule.

    ``released``: what the one that gold reads showed; a rule may have been asked of others only.
    """

    measured: Mapping[str, Sequence[Measured]]
    released: Mapping[str, Measured] = field(default_factory=dict)

    def of(self, asked: Asked, least_rows: int) -> list[float]:
        """Return the values that were measured on enough rows."""
        held = self.measured.get(asked.name, ())
        return [m.value for m in held if m.value is not None and m.rows >= least_rows]


NO_PAST = Past({})


@dataclass(frozen=True)
class Judge:
    """Knows the thresholds, the past and the day of the run."""

    table: Table
    settings: TableRuleSettings
    past: Past
    today: date

    def verdicts(self, asked: Sequence[Asked], measured: Mapping[str, Sequence[Measured]]) -> list[Verdict]:
        """Return a verdict for every rule.

        Args:
            asked: The rules.
            measured: By rule, one number a batch of new rows, oldest first: the rows of a version that
                was held back stay a batch of their own, so that good rows after them hide nothing.
        """
        return [self._verdict(a, measured.get(a.name) or [Measured(None, 0)]) for a in asked]

    def _verdict(self, asked: Asked, batches: Sequence[Measured]) -> Verdict:
        judged = [self._batch(asked, m) for m in batches]
        return next((v for v in judged if not v.is_passed), judged[-1])

    def _batch(self, asked: Asked, found: Measured) -> Verdict:
        value = found.value
        if asked.rule.measure is Measure.NEWEST_DAY and value is not None:
            value = (self.today - date(1970, 1, 1)).days - value
        bounds = _BOUNDS[asked.rule.measure](self, asked, found)
        return Verdict(asked, value, bounds, found.rows, bounds.hold(value))

    def _known(self, asked: Asked, _: Measured) -> Bounds:
        shares = dict(self.settings.completeness)
        return Bounds(low=shares.get(f"{self.table.full_name}.{asked.rule.column}", 1.0))

    def _new_known(self, asked: Asked, found: Measured) -> Bounds:
        before = self.past.of(asked, self.settings.history_rows)
        if not before or min(before) * found.rows < max(KNOWN_ROWS, self.settings.history_rows):
            return Bounds()
        return Bounds(low=min(before) / self.settings.shift_factor)

    def _rows_low(self, asked: Asked, _: Measured) -> Bounds:
        before = self.past.of(asked, self.settings.history_rows)
        return Bounds(low=before[0] / self.settings.shrink_factor) if before else Bounds()

    def _rows_high(self, asked: Asked, _: Measured) -> Bounds:
        before = self.past.of(asked, self.settings.history_rows)
        has_past = len(before) >= GROWTH_VERSIONS
        return Bounds(high=before[0] * self.settings.growth_factor) if has_past else Bounds()

    def _new_rows(self, asked: Asked, _: Measured) -> Bounds:
        before = self.past.of(asked, self.settings.history_rows)
        has_past = len(before) >= GROWTH_VERSIONS
        return Bounds(high=max(before) * self.settings.growth_factor) if has_past else Bounds()

    def _quantile(self, asked: Asked, found: Measured) -> Bounds:
        is_tail = asked.rule.quantile != 0.5  # noqa: PLR2004 - the median
        least = self.settings.history_rows * (TAIL_ROWS if is_tail else 1)
        before = self.past.of(asked, least)
        if not before or found.rows < least:
            return Bounds()
        factor = self.settings.shift_factor
        return Bounds(min(before) / factor, max(before) * factor)


_BOUNDS: dict[Measure, Callable[[Judge, Asked, Measured], Bounds]] = {
    Measure.KNOWN: Judge._known,
    Measure.NEW_KNOWN: Judge._new_known,
    Measure.DUPLICATES: lambda *_: Bounds(high=0.0),
    Measure.FOUND: lambda judge, *_: Bounds(low=judge.settings.reference_share),
    Measure.ROWS_LOW: Judge._rows_low,
    Measure.ROWS_HIGH: Judge._rows_high,
    Measure.NEW_ROWS: Judge._new_rows,
    Measure.QUANTILE: Judge._quantile,
    Measure.NEWEST_DAY: lambda judge, *_: Bounds(high=float(judge.settings.freshness_days or 0)),
}
