"""The bronze table of a feed: made from its first files, widened for later ones, swapped when read anew."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.config.mapping import Feed
from customer_chunks.contracts import Table
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.sources.widening import steps_between
from customer_chunks.storage.commit import committing
from customer_chunks.storage.converge import replace_where
from customer_chunks.storage.warehouse import Warehouse, column_ddl, faults

_OURS = {c.name for c in BRONZE_COLUMNS}


def prepare(warehouse: Warehouse, feed: Feed, rows: DataFrame) -> None:
    """Create the table, or give it the columns, fields and wider types that these rows bring."""
    outside = [f for f in rows.schema.fields if f.name not in _OURS]
    if not warehouse.exists(feed.table):
        _create(warehouse, feed, outside)
        return
    table = warehouse.identifier(feed.table)
    added, widened = _changes(warehouse, feed, outside)
    statements = [f"ALTER TABLE {table} ADD COLUMNS ({', '.join(added)})"] if added else []
    if widened:
        statements.append(f"ALTER TABLE {table} SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    statements += [f"ALTER TABLE {table} ALTER COLUMN {change}" for change in widened]
    if not statements:
        return
    last = warehouse.last_commit(feed.table)
    with faults(feed.table, warehouse), warehouse.notes({**(last.notes if last else {}), "deliveries": []}):
        for statement in statements:
            warehouse.spark.sql(statement)
    warehouse.forget(feed.table)


def read_anew(warehouse: Warehouse, feed: Feed, rows: DataFrame, notes: Mapping[str, Any]) -> int:
    """Put the rows in the place of all that the table holds; return how many they are.

    Where a column has become another type, the commit swaps the schema too and the table counts as
    a new one: whatever was made of it is computed anew.
    """
    held = {f.name.casefold(): f.dataType for f in warehouse.read(feed.table).schema.fields}
    if all(held.get(f.name.casefold(), f.dataType) == f.dataType for f in rows.schema.fields):
        prepare(warehouse, feed, rows)
        return replace_where(warehouse, feed.table, rows, "true", notes)
    writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true")
    with committing(warehouse, feed.table, {**notes, "table": uuid.uuid4().hex}):
        warehouse.save(writer, feed.table)
    last = warehouse.last_commit(feed.table)
    return last.rows_written if last else 0


def _create(warehouse: Warehouse, feed: Feed, outside: Sequence[T.StructField]) -> None:
    layer, name = feed.table.split(".")
    grain = f"one row of feed {feed.name} of {feed.source}, as received"
    placed = ("_delivery", "_position")
    table = Table(layer, name, grain, placed, BRONZE_COLUMNS, stats_on=placed)
    ours = [column_ddl(c.name, c.type, c.description) for c in BRONZE_COLUMNS]
    warehouse.create(table, ", ".join([*[_ddl(f) for f in outside], *ours]))


def _changes(
    warehouse: Warehouse, feed: Feed, outside: Sequence[T.StructField]
) -> tuple[list[str], list[str]]:
    """Return the DDL of columns and fields to add, and of types to widen."""
    held = {f.name.casefold(): f for f in warehouse.read(feed.table).schema.fields}
    added, widened = [], []
    for field in outside:
        known = held.get(field.name.casefold())
        if known is None:
            added.append(_ddl(field))
            continue
        for path, kind, is_new in steps_between(known.dataType, field.dataType, (known.name,)):
            place = ".".join(quoted(part) for part in path)
            if is_new:
                added.append(f"{place} {type_ddl(kind)}")
            else:
                widened.append(f"{place} TYPE {kind.simpleString()}")
    return added, widened


def _ddl(field: T.StructField) -> str:
    said = str(field.metadata.get("comment", field.name))
    return column_ddl(field.name, type_ddl(field.dataType), said)


def type_ddl(kind: T.DataType) -> str:
    """Return a type as SQL has it; the names within are quoted, as outside keys hold hyphens and colons."""
    if isinstance(kind, T.StructType):
        return f"struct<{', '.join(f'{quoted(f.name)}: {type_ddl(f.dataType)}' for f in kind.fields)}>"
    if isinstance(kind, T.ArrayType):
        return f"array<{type_ddl(kind.elementType)}>"
    if isinstance(kind, T.MapType):
        return f"map<{type_ddl(kind.keyType)}, {type_ddl(kind.valueType)}>"
    return kind.simpleString()
