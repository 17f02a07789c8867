"""Newly arrived files against what the bronze table holds: met and told, or refused.

Inspected files and their raw rows enter. The rows leave under the names and in the types of the
table, with a remark for every difference; what would lose a value is a SourceError (docs/drift.md).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.naming import quoted
from customer_chunks.columns.used import as_sql, can_be_meant
from customer_chunks.config.mapping import Feed
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.errors import SourceError
from customer_chunks.flow.lost import Seen, empty_like, refuse_lost
from customer_chunks.sources.inspected import Inspected
from customer_chunks.sources.names import PATH, POSITION, RESCUED, storage_key, storage_type
from customer_chunks.sources.widening import common_type, shaped

_OURS = {PATH, POSITION, RESCUED}
_TABLES_OWN = {c.name for c in BRONZE_COLUMNS}
_JSON = {"json", "jsonl"}
_FIELD = re.compile(r"(\w+|`[^`]+`)(\.(\w+|`[^`]+`))*")


@dataclass(frozen=True)
class Met:
    """Raw rows as the table can take them, and what was different, one sentence each."""

    rows: DataFrame
    remarks: tuple[str, ...]


def meet(feed: Feed, files: Sequence[Inspected], raw: DataFrame, held: DataFrame | None) -> Met:
    """Bring raw rows under the names and types of the bronze table.

    Args:
        feed: The feed.
        files: What was inspected of the files.
        raw: What ``read`` made of them.
        held: The bronze table under its outside names; None where there is none, or none of it stays.

    Raises:
        SourceError: a file lacks a column that the mapping reads, or a type cannot be held.
    """
    before = [f for f in held.schema.fields if f.name not in _TABLES_OWN] if held is not None else []
    filled = [item for item in files if not item.is_empty]
    remarks = [note for item in files for note in item.notes]
    if filled:
        remarks += _missing(feed, filled, raw, before, held)
        remarks += _told_names(feed, filled, raw, before)
    rows, types = _as_held(feed, raw, before)
    return Met(_rescued(rows, feed) if feed.layout.format in _JSON else rows, tuple([*remarks, *types]))


def _columns(raw: DataFrame) -> list[T.StructField]:
    return [f for f in raw.schema.fields if f.name not in _OURS]


def _missing(
    feed: Feed,
    files: Sequence[Inspected],
    raw: DataFrame,
    before: Sequence[T.StructField],
    held: DataFrame | None,
) -> list[str]:
    """Refuse files without a mapped column; tell of those without another one."""
    known = {storage_key(f.name): f for f in before}
    for field in _columns(raw):
        own = known.get(storage_key(field.name))
        kind = field.dataType if own is None else common_type(own.dataType, field.dataType)
        name = field.name if own is None else own.name
        known[storage_key(field.name)] = T.StructField(name, kind or field.dataType)
    whole = empty_like(raw, list(known.values()))
    remarks = []
    for seen in _seen(feed, files, raw, known):
        absent = refuse_lost(feed, seen, whole, held)
        # JSON leaves out the keys of empty values: only what the mapping reads is worth telling.
        gone = [c for c in whole.columns if c not in seen.columns.columns] if seen.is_certain else []
        names = list(dict.fromkeys([*gone, *absent]))
        if names:
            listed = ", ".join(f"'{name}'" for name in names)
            remarks.append(f"{seen.label}: has no {listed}; null in its rows.")
    return remarks


def _seen(
    feed: Feed, files: Sequence[Inspected], raw: DataFrame, known: dict[str, T.StructField]
) -> list[Seen]:
    """Return each header that is there, as columns of the known names."""
    more = f" and {len(files) - 1} more files" if len(files) > 1 else ""
    if feed.layout.format in _JSON:
        own = [T.StructField(known[storage_key(f.name)].name, f.dataType) for f in _columns(raw)]
        return [Seen(files[0].file.path + more, empty_like(raw, own), is_certain=False)]
    headers: dict[tuple[str, ...], str] = {}
    for item in files:
        headers.setdefault(tuple(item.header or ()), item.file.path)
    return [
        Seen(path, empty_like(raw, [known[storage_key(name)] for name in header]))
        for header, path in headers.items()
    ]


def _told_names(
    feed: Feed, files: Sequence[Inspected], raw: DataFrame, before: Sequence[T.StructField]
) -> list[str]:
    """Tell of columns that are new, and of names that are written otherwise."""
    if not before:
        return []
    held = {storage_key(f.name): f.name for f in before}
    new = [f.name for f in _columns(raw) if storage_key(f.name) not in held]
    listed = ", ".join(f"'{name}'" for name in new)
    remarks = [f"{feed.table}: {listed} came for the first time; null in the rows before."] if new else []
    written = {name for item in files for name in item.header or ()} or {f.name for f in _columns(raw)}
    otherwise = sorted(n for n in written if storage_key(n) in held and n != held[storage_key(n)])
    return remarks + [f"{feed.table}: '{n}' is taken for '{held[storage_key(n)]}'." for n in otherwise]


def _as_held(feed: Feed, raw: DataFrame, before: Sequence[T.StructField]) -> tuple[DataFrame, list[str]]:
    """Return the rows in the table's names and types: the wider of both, and what the files lack as null."""
    coming = {storage_key(f.name): f for f in _columns(raw)}
    columns: list[Column] = []
    remarks: list[str] = []
    for field in before:
        own = coming.pop(storage_key(field.name), None)
        if own is None:
            columns.append(F.lit(None).cast(field.dataType).alias(field.name))
            continue
        target = common_type(field.dataType, own.dataType)
        if target is None:
            raise _cannot_hold(feed, field, own.dataType)
        remarks += _told_type(feed, field, storage_type(own.dataType), target)
        value = F.col(quoted(own.name))
        columns.append(
            (value if own.dataType == target else shaped(value, own.dataType, target)).alias(field.name)
        )
    columns += [F.col(quoted(f.name)) for f in coming.values()]
    return raw.select(*columns, PATH, POSITION, RESCUED), remarks


def _told_type(feed: Feed, held: T.StructField, coming: T.DataType, target: T.DataType) -> list[str]:
    is_void = isinstance(coming, T.NullType)
    if is_void or (coming == held.dataType and target == held.dataType):
        return []
    was, comes, now = held.dataType.simpleString(), coming.simpleString(), target.simpleString()
    if target == held.dataType:
        return [f"{feed.table}: '{held.name}' comes as {comes} and is kept as {was}."]
    return [f"{feed.table}: '{held.name}' comes as {comes}; the table holds {now} from now on, not {was}."]


def _cannot_hold(feed: Feed, held: T.StructField, coming: T.DataType) -> SourceError:
    return SourceError(
        f"{feed.table}: column '{held.name}' was {held.dataType.simpleString()} "
        f"and comes as {coming.simpleString()}.",
        "Export it as before, give these files a feed of their own, or read all files again: "
        f"`chunks run --full {feed.table}`.",
    )


def _rescued(rows: DataFrame, feed: Feed) -> DataFrame:
    """Mark records whose mapped plain value is an object or a list: its text is no id, name or amount."""
    nested = [
        text.rlike(r"^(\{[\s\S]*\}|\[[\s\S]*\])$") & F.get_json_object(text, "$").isNotNull()
        for text in _plain_texts(rows, feed)
    ]
    if not nested:
        return rows
    whole = F.to_json(F.struct(*[F.col(quoted(f.name)) for f in _columns(rows)]))
    is_nested = F.coalesce(F.greatest(*nested, F.lit(False)), F.lit(False))
    return rows.withColumn(RESCUED, F.coalesce(F.col(RESCUED), F.when(is_nested, whole)))


def _plain_texts(rows: DataFrame, feed: Feed) -> list[Column]:
    """Return the fields of text that the mapping reads as they are: ``customer``, ``items.sku``."""
    paths = {f.expression for e in feed.entities for _, f in e.fields if not f.is_constant}
    sql = {as_sql(path, rows.columns) for path in paths}
    meant = [s for s in sorted(sql) if _FIELD.fullmatch(s) and can_be_meant(rows, [s])]
    kinds = rows.selectExpr(*[f"{s} AS _c{n}" for n, s in enumerate(meant)]).schema.fields if meant else []
    return [F.expr(s) for s, f in zip(meant, kinds, strict=True) if isinstance(f.dataType, T.StringType)]
