"""The thresholds of the table rules: the part ``table_rules`` of conf/settings.yml."""

from __future__ import annotations

from dataclasses import dataclass

from customer_chunks.config.document import Node
from customer_chunks.contracts import TABLES
from customer_chunks.contracts.table_rules import table_rules
from customer_chunks.errors import did_you_mean

LEVELS = ("error", "warning", "off")


@dataclass(frozen=True)
class TableRuleSettings:
    """How far a table may stray before a rule is broken.

    ``completeness`` and ``level`` go by ``layer.table.column`` and ``layer.table.rule``.
    """

    is_enabled: bool = True
    history_versions: int = 10
    history_rows: int = 20
    reference_share: float = 1.0
    shrink_factor: float = 2.0
    growth_factor: float = 10.0
    shift_factor: float = 10.0
    freshness_days: int | None = None
    completeness: tuple[tuple[str, float], ...] = ()
    level: tuple[tuple[str, str], ...] = ()


def read_table_rules(node: Node) -> TableRuleSettings:
    """Read the part ``table_rules``; what it leaves out has the default.

    Raises:
        ConfigError: a key or a rule is unknown, or a value cannot be meant.
    """
    default = TableRuleSettings()
    result = TableRuleSettings(
        is_enabled=node.flag("enabled", default=default.is_enabled),
        history_versions=node.integer("history_versions", default.history_versions, minimum=1) or 1,
        history_rows=node.integer("history_rows", default.history_rows, minimum=1) or 1,
        reference_share=node.number("reference_share", default.reference_share, maximum=1.0),
        shrink_factor=node.number("shrink_factor", default.shrink_factor, minimum=1.0),
        growth_factor=node.number("growth_factor", default.growth_factor, minimum=1.0),
        shift_factor=node.number("shift_factor", default.shift_factor, minimum=1.0),
        freshness_days=node.integer("freshness_days", default.freshness_days, minimum=1),
        completeness=_shares(node.node("completeness")),
        level=_levels(node.node("level")),
    )
    node.done()
    return result


def _shares(node: Node) -> tuple[tuple[str, float], ...]:
    known = {f"{t.full_name}.{c}" for t in TABLES.values() if t.layer == "silver" for c in t.column_names}
    for name in node.names():
        if name not in known:
            raise node.fail(f"there is no column '{name}'.", did_you_mean(name, known))
    return tuple((name, node.number(name, 0.0, maximum=1.0)) for name in node.names())


def _levels(node: Node) -> tuple[tuple[str, str], ...]:
    known = {
        f"{t.full_name}.{r.code}" for t in TABLES.values() if t.layer == "silver" for r in table_rules(t)
    }
    for name in node.names():
        if name not in known:
            raise node.fail(f"there is no table rule '{name}'.", did_you_mean(name, known))
    return tuple((name, node.choice(name, LEVELS) or "error") for name in node.names())
