"""Every table of the house by its full name."""

from __future__ import annotations

from customer_chunks.contracts import gold, gold_models, ops, silver_customers, silver_events, silver_orders
from customer_chunks.contracts.table import Check, Col, Level, Pii, Table

__all__ = ["TABLES", "Check", "Col", "Level", "Pii", "Table", "contract"]

TABLES: dict[str, Table] = {
    item.full_name: item
    for module in (silver_customers, silver_orders, silver_events, ops, gold, gold_models)
    for item in vars(module).values()
    if isinstance(item, Table)
}


def contract(full_name: str) -> Table:
    """Return the contract of ``layer.name``; raises KeyError when there is none."""
    return TABLES[full_name]
