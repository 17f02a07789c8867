"""silver.exchange_rates as the guinea pig: a key of two columns, a source, a value and a hash."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from customer_chunks.contracts.silver_orders import EXCHANGE_RATES
from customer_chunks.storage.converge import Counts, Scope, converge
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import table_frame

NAME = "silver.exchange_rates"


def rates(warehouse: Warehouse, rows: dict[str, str], source: str = "a") -> DataFrame:
    """Return a frame of rates on 1 January 2024 by currency."""
    listed = [
        {"currency": c, "valid_on": "2024-01-01", "rate": rate, "source": source} for c, rate in rows.items()
    ]
    return table_frame(warehouse.spark, EXCHANGE_RATES, listed)


def put(
    warehouse: Warehouse,
    rows: dict[str, str],
    scope: Scope | None = None,
    note: Any = None,
    source: str = "a",
) -> Counts:
    """Make the table equal to these rates; ``note`` goes into the commit."""
    notes = None if note is None else (lambda counts: {"said": note, "written": counts.written})
    return converge(warehouse, EXCHANGE_RATES, rates(warehouse, rows, source), scope or Scope(), notes)


def held(warehouse: Warehouse) -> dict[str, tuple[str, str]]:
    """Return source and rate by currency."""
    rows = warehouse.read(NAME).collect()
    found = {r["currency"]: (r["source"], str(r["rate"].normalize())) for r in rows}
    assert len(found) == len(rows)
    return found


def operations(warehouse: Warehouse) -> list[str]:
    """Return what each commit did, oldest first."""
    rows = warehouse.history(NAME).select("version", "operation", "operationParameters").collect()
    return [f"{r['operation']} {r['operationParameters'].get('mode', '')}".strip() for r in sorted(rows)]
