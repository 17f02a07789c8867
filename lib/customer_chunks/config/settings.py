"""conf/settings.yml -> thresholds and names that a company may choose; every default stands here."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from customer_chunks.config.document import Node, read_document
from customer_chunks.config.model_settings import (
    ModelSettings,
    TrackingSettings,
    read_models,
    read_tracking,
)
from customer_chunks.config.scored import Scored, read_scored
from customer_chunks.config.table_rules import TableRuleSettings, read_table_rules

_SCORES = re.compile(r"^[1-5](-[1-5])?$")


@dataclass(frozen=True)
class SegmentRule:
    """One named segment: the score ranges (inclusive) of recency, frequency and monetary value."""

    name: str
    r: tuple[int, int] = (1, 5)
    f: tuple[int, int] = (1, 5)
    m: tuple[int, int] = (1, 5)


DEFAULT_SEGMENTS = (
    SegmentRule("High-Value Loyal Customers", r=(4, 5), f=(4, 5), m=(4, 5)),
    SegmentRule("At-Risk High-Value Customers", r=(1, 2), f=(4, 5), m=(4, 5)),
    SegmentRule("Loyal Customers", r=(3, 5), f=(4, 5)),
    SegmentRule("Big Spenders", r=(3, 5), m=(5, 5)),
    SegmentRule("New Customers", r=(5, 5), f=(1, 1)),
    SegmentRule("Promising Customers", r=(4, 5), f=(1, 3)),
    SegmentRule("Needing Attention", r=(3, 3)),
    SegmentRule("At-Risk Customers", r=(1, 2), f=(3, 5)),
    SegmentRule("About to Sleep", r=(2, 2)),
    SegmentRule("Hibernating Customers", r=(1, 1)),
)
OTHERS = "Other Customers"


@dataclass(frozen=True)
class RfmSettings:
    """How recency, frequency and monetary value are measured, cut and named.

    ``migration_months`` tells movement between segments for so many months; 0: none.
    ``cut_points`` fix c1..c4 of recency_days, frequency or monetary_amount instead of the
    population's percentiles. The values of ``exact_up_to`` customers are sorted by one task; of more,
    percentiles are as exact and take two passes.
    """

    window_days: int | None = None
    net_of_returns: bool = True
    exact_up_to: int = 2_000_000
    cut_points: tuple[tuple[str, tuple[float, ...]], ...] = ()
    segments: tuple[SegmentRule, ...] = DEFAULT_SEGMENTS
    migration_months: int = 0


@dataclass(frozen=True)
class Settings:
    """Everything that a company may choose and that is no mapping."""

    reporting_time_zone: str = "UTC"
    reporting_currency: str | None = None
    rfm: RfmSettings = field(default_factory=RfmSettings)
    table_rules: TableRuleSettings = field(default_factory=TableRuleSettings)
    models: ModelSettings = field(default_factory=ModelSettings)
    tracking: TrackingSettings | None = None
    scored: tuple[Scored, ...] = ()


def read_settings(path: Path | None) -> Settings:
    """Read a settings file; without one, the defaults.

    Raises:
        ConfigError: a key is unknown or a value cannot be meant.
    """
    if path is None:
        return Settings()
    root = read_document(path)
    zone = root.text("reporting_time_zone", "UTC") or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise root.fail(
            f"reporting_time_zone '{zone}' is unknown.", "Use an IANA name such as Europe/Paris."
        ) from None
    currency = root.text("reporting_currency")
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
        raise root.fail(
            f"reporting_currency '{currency}' is no ISO 4217 code.", "Use three capitals such as EUR."
        )
    rfm = _rfm(root.node("rfm"))
    rules = read_table_rules(root.node("table_rules"))
    models, tracking = read_models(root), read_tracking(root)
    scored = read_scored(root.nodes("scored"))
    root.done()
    return Settings(zone, currency, rfm, rules, models, tracking, scored)


def _rfm(node: Node) -> RfmSettings:
    default = RfmSettings()
    cuts = node.node("cut_points")
    fixed = tuple(
        (k, _cuts(k, cuts)) for k in ("recency_days", "frequency", "monetary_amount") if cuts.has(k)
    )
    cuts.done()
    segments = tuple(_segment(item) for item in node.nodes("segments"))
    result = RfmSettings(
        window_days=node.integer("window_days", None, minimum=1),
        net_of_returns=node.flag("net_of_returns", default=True),
        exact_up_to=node.integer("exact_up_to", default.exact_up_to, minimum=1) or default.exact_up_to,
        cut_points=fixed,
        segments=segments or DEFAULT_SEGMENTS,
        migration_months=node.integer("migration_months", default.migration_months) or 0,
    )
    node.done()
    return result


def _cuts(name: str, node: Node) -> tuple[float, ...]:
    try:
        values = tuple(float(v) for v in node.texts(name))
    except ValueError:
        raise node.fail(f"'{name}' must hold numbers.", "Give four numbers in rising order.") from None
    if len(values) != 4 or list(values) != sorted(values):  # noqa: PLR2004 - five scores have four cuts
        raise node.fail(
            f"'{name}' must hold four numbers in rising order, got {len(values)}.", "Give c1 to c4."
        )
    return values


def _segment(node: Node) -> SegmentRule:
    rule = SegmentRule(node.needed("name"), _scores(node, "r"), _scores(node, "f"), _scores(node, "m"))
    node.done()
    return rule


def _scores(node: Node, key: str) -> tuple[int, int]:
    written = node.text(key, "1-5") or "1-5"
    if not _SCORES.match(written):
        raise node.fail(
            f"'{key}' must be a score or a range from 1 to 5, got '{written}'.", "Write 5 or 3-5."
        )
    low, _, high = written.partition("-")
    if int(high or low) < int(low):
        raise node.fail(f"'{key}' runs backwards: '{written}'.", "Write the lower score first.")
    return int(low), int(high or low)
