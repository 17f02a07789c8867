"""Which tables a warehouse holds, with rows, bytes and where they lie."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from pyspark.errors import PySparkException

from customer_chunks.contracts import TABLES
from customer_chunks.contracts.ops import DELIVERIES
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse

_ORDER = {"gold": 0, "silver": 1, "bronze": 2, "ops": 3}
_THREADS = 8


@dataclass(frozen=True)
class TableFacts:
    """One table as it is; ``changed_at`` is UTC."""

    table: str
    grain: str
    rows: int
    bytes: int
    files: int
    changed_at: datetime | None
    location: str


def known_tables(warehouse: Warehouse) -> list[str]:
    """Return every table that a contract names, and the bronze tables that files were read into."""
    bronze: list[str] = []
    if warehouse.exists(DELIVERIES.full_name):
        rows = warehouse.read(DELIVERIES.full_name).select("bronze_table").distinct().collect()
        bronze = [row["bronze_table"] for row in rows]  # one row a feed
    return sorted({*TABLES, *bronze}, key=lambda name: (_ORDER.get(name.split(".")[0], 9), name))


def require_table(warehouse: Warehouse, table: str) -> str:
    """Return the table's full name; ``name`` alone is enough where one layer has it.

    Raises:
        ConfigError: there is no such table.
    """
    if "." in table and warehouse.exists(table):
        return table
    known = known_tables(warehouse)
    named = [name for name in known if name == table.lower() or name.split(".", 1)[1] == table.lower()]
    if len(named) == 1 and warehouse.exists(named[0]):
        return named[0]
    if len(named) == 1:
        raise ConfigError(f"{named[0]} has not been computed yet.", "Run `chunks run` first.")
    raise ConfigError(f"There is no table '{table}' in {warehouse.target.label}.", did_you_mean(table, known))


def inventory(warehouse: Warehouse) -> list[TableFacts]:
    """Return the tables that exist, gold first."""
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda name: _facts(warehouse, name), known_tables(warehouse))
        return [facts for facts in found if facts is not None]


def grain_of(table: str) -> str:
    """Return in words what one row of the table is."""
    return TABLES[table].grain if table in TABLES else "one row of a feed, as received"


def _facts(warehouse: Warehouse, table: str) -> TableFacts | None:
    try:
        detail = warehouse.spark.sql(f"DESCRIBE DETAIL {warehouse.identifier(table)}").collect()[0]
        rows = warehouse.read(table).count()  # Delta answers from its log where it can
    except PySparkException:
        return None  # not created yet
    return TableFacts(
        table, grain_of(table), rows, int(detail["sizeInBytes"] or 0), int(detail["numFiles"] or 0),
        detail["lastModified"], warehouse.location(table),
    )  # fmt: skip
