"""Contract-valid rows and frames for tests: say what matters, the rest has a plain value.

Text stands for decimals, days and instants (UTC) where a column has that type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from customer_chunks.contracts import Table, contract
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.contracts.ops import BRONZE_COLUMNS

Row = dict[str, Any]
INGESTED = "2024-06-01 00:00"
"""When the rows of these builders came in."""

LINEAGE = {
    "_feed": "string", "_delivery": "bigint", "_position": "bigint", "_ingested_at": "timestamp",
    "_subject_key": "string", "_copy": "bigint", "_copy_more": "bigint", "_excluded": "string",
    "_unreadable": "array<string>", "_noted": "array<string>",
}  # fmt: skip


def typed(value: Any, spark_type: str) -> Any:
    """Return text (or a number) as the Python value of a Spark type; null and containers as they are."""
    if value is None or not isinstance(value, (str, int)) or isinstance(value, bool):
        return value
    if spark_type.startswith("decimal"):
        return Decimal(str(value))
    if spark_type == "date":
        return date.fromisoformat(str(value))
    return datetime.fromisoformat(str(value)) if spark_type == "timestamp" else value


def frame(spark: SparkSession, types: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a frame with these columns; a row may leave columns out, which are null."""
    listed = list(rows)
    unknown = {name for row in listed for name in row} - set(types)
    if unknown:
        raise KeyError(f"no such columns: {sorted(unknown)}")
    values = [tuple(typed(row.get(name), t) for name, t in types.items()) for row in listed]
    return spark.createDataFrame(values, ", ".join(f"`{n}` {t}" for n, t in types.items()))


def table_frame(spark: SparkSession, table: str | Table, rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return a frame with the columns of a contract, without ``_row_hash``."""
    wanted = contract(table) if isinstance(table, str) else table
    return frame(spark, {n: t for n, t in wanted.types.items() if n != "_row_hash"}, rows)


def an_order(order_id: str = "o1", **overrides: Any) -> Row:
    """Return a row of silver.orders: a purchase of 10.00 by c1 on 10 March 2024."""
    amount = overrides.get("order_amount", "10")
    at = overrides.get("ordered_at", "2024-03-10 12:00")
    customer = overrides.get("customer_id", "c1")
    plain = {
        "order_id": order_id, "customer_id": customer, "source": "shop", "source_order_id": order_id,
        "source_customer_id": customer, "ordered_at": at, "ordered_on": str(at)[:10], "order_amount": amount,
        "currency": "EUR", "order_amount_base": amount, "charges_amount": 0, "discount_amount": 0,
        "country": "DE", "channel": "web", "store": None, "item_count": 1, "line_count": 1,
        "is_return": Decimal(str(amount)) < 0, "quarantined_line_count": 0,
    }  # fmt: skip
    return plain | overrides


def a_line(order_id: str = "o1", line_number: int = 1, **overrides: Any) -> Row:
    """Return a row of silver.order_lines: one piece of p1 for 10.00."""
    amount = overrides.get("line_amount", "10")
    plain = {
        "order_id": order_id,
        "line_number": line_number,
        "source": "shop",
        "source_line_id": None,
        "product_id": "p1",
        "product_name": "Mug",
        "line_kind": "product",
        "quantity": 1,
        "unit_price": "10",
        "discount_amount": None,
        "line_amount": amount,
        "line_amount_base": amount,
        "ordered_on": "2024-03-10",
    }
    return plain | overrides


def a_product(product_id: str = "p1", **overrides: Any) -> Row:
    """Return a row of silver.products: a mug in the kitchen."""
    plain = {
        "product_id": product_id, "source": "shop", "source_product_id": product_id, "product_name": "Mug",
        "category": "Kitchen", "category_path": "Kitchen > Mugs", "brand": None, "list_price": None,
        "is_inferred": False,
    }  # fmt: skip
    return plain | overrides


def orders(spark: SparkSession, *rows: Row) -> DataFrame:
    """Return silver.orders."""
    return table_frame(spark, "silver.orders", rows)


def order_lines(spark: SparkSession, *rows: Row) -> DataFrame:
    """Return silver.order_lines."""
    return table_frame(spark, "silver.order_lines", rows)


def products(spark: SparkSession, *rows: Row) -> DataFrame:
    """Return silver.products."""
    return table_frame(spark, "silver.products", rows)


def mapped(spark: SparkSession, entity: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """Return mapped rows of an entity as ``columns.mapped`` makes them; each row is its own content.

    A row may set ``_copy`` (equal numbers are exact copies) and every other lineage column.
    """
    types = {f.name: f.kind.type for f in ENTITIES[entity].fields} | LINEAGE
    plain = {"_feed": "sales", "_delivery": 0, "_ingested_at": INGESTED, "_unreadable": [], "_noted": []}
    full = []
    for number, row in enumerate(rows):
        copy = row.get("_copy", number + 1)
        full.append({**plain, "_position": number, "_copy": copy, "_copy_more": copy * 100, **row})
    return frame(spark, types, full)


def bronze(spark: SparkSession, columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> DataFrame:
    """Return bronze rows of text columns: delivery 0, positions from 0."""
    types = {name: "string" for name in columns} | {c.name: c.type for c in BRONZE_COLUMNS}
    full = [
        dict(zip(columns, row, strict=True))
        | {"_source": "shop", "_delivery": 0, "_position": number, "_ingested_at": INGESTED}
        for number, row in enumerate(rows)
    ]
    return frame(spark, types, full)


def values(rows: DataFrame, *columns: str) -> list[Any]:
    """Return the rows' values, sorted by the order of the columns; of one column the bare values."""
    found = [tuple(row) for row in rows.select(*columns).collect()]
    found.sort(
        key=lambda row: tuple((v is not None, v if not isinstance(v, (dict, list)) else repr(v)) for v in row)
    )
    return [row[0] for row in found] if len(columns) == 1 else found


def by(rows: DataFrame, key: str) -> dict[Any, Row]:
    """Return the rows as dictionaries by a column that is unique."""
    collected = [row.asDict(recursive=True) for row in rows.collect()]
    found = {row[key]: row for row in collected}
    if len(found) != len(collected):
        raise AssertionError(f"{key} is not unique in {len(collected)} rows")
    return found
