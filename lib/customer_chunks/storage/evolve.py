"""A table follows its contract: nullable columns are added, anything else is said and not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customer_chunks.contracts import Col, Table
from customer_chunks.errors import ContractError

if TYPE_CHECKING:
    from customer_chunks.storage.warehouse import Warehouse


def evolve(warehouse: Warehouse, table: Table) -> None:
    """Add the nullable columns that the contract has and the table lacks.

    Raises:
        ContractError: a column changed its type, or one was added that may not be empty.
    """
    broken = breaking(warehouse, table)
    if broken:
        raise ContractError(
            f"{table.full_name}: its contract is another than the table's ({'; '.join(broken)}).",
            f"Compute it anew under the new contract: `chunks run --full {table.full_name}`.",
        )
    held = {f.name for f in warehouse.read(table.full_name).schema.fields}
    added = [c for c in table.columns if c.name not in held]
    if added:
        warehouse.add_columns(table, added)


def breaking(warehouse: Warehouse, table: Table) -> list[str]:
    """Return what of the contract the rows that are there cannot follow."""
    held = {f.name: f.dataType.simpleString() for f in warehouse.read(table.full_name).schema.fields}
    return [said for c in table.columns if (said := _breaks(c, held.get(c.name)))]


def _breaks(column: Col, held: str | None) -> str:
    if held is None:
        return f"{column.name} is new and required" if column.required else ""
    return f"{column.name} is {held}, not {column.type}" if held != column.type else ""
