"""Every table of the house by its full name."""

from __future__ import annotations

from customer_chunks.contracts import gold, gold_models, ops, silver_customers, silver_events, silver_orders
from customer_chunks.contracts.table import Check, Col, Level, Pii, Table

__all__ = ["TABLES", "Check", "Col", "Level", "Pii", "Table", "contract", "declare", "is_table"]

TABLES: dict[str, Table] = {
    item.full_name: item
    for module in (silver_customers, silver_orders, silver_events, ops, gold, gold_models)
    for item in vars(module).values()
    if isinstance(item, Table)
}


_DECLARED: dict[str, Table] = {}


def declare(table: Table) -> None:
    """Make a table known that the settings name, and not we."""
    _DECLARED[table.full_name] = table


def is_table(full_name: str) -> bool:
    """Return whether there is a contract."""
    return full_name in TABLES or full_name in _DECLARED


def contract(full_name: str) -> Table:
    """Return the contract of ``layer.name``; raises KeyError when there is none."""
    return TABLES[full_name] if full_name in TABLES else _DECLARED[full_name]
