"""Files of a feed -> its bronze table: every delivery once, with the ledger in the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from customer_chunks.columns.mapped import customer_id_of
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.contracts import Table
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.errors import SourceError
from customer_chunks.sources.files import SourceFile, list_files
from customer_chunks.sources.inspect import Inspected, inspect
from customer_chunks.sources.names import storage_name, storage_type
from customer_chunks.sources.read import SPARK_FAILURES, as_source_error, read
from customer_chunks.sources.staging import staging_folder
from customer_chunks.storage.converge import append, replace_where
from customer_chunks.storage.ledger import Delivery, deliveries, settle_deliveries
from customer_chunks.storage.warehouse import Warehouse, column_ddl, faults


@dataclass(frozen=True)
class Arrival:
    """A file that has to be read, and the delivery that it replaces."""

    file: Inspected
    replaces: int | None = None


@dataclass(frozen=True)
class Ingested:
    """What a bronze step did."""

    files: int
    rows: int
    replaced: int = 0


def arrivals(warehouse: Warehouse, feed: Feed, *, full: bool = False, writes: bool = True) -> list[Arrival]:
    """Return the files whose content the bronze table does not hold, in natural order of their paths.

    A file of known path, size and time is not opened. One whose time changed is hashed; changed
    content under a known name is a new delivery if the mapping's ``changed_files`` says so.

    Raises:
        SourceError: a file cannot be read as declared, or changed although the mapping says ``stop``.
    """
    if writes:  # a plan does not
        settle_deliveries(warehouse, feed.table)
    held = {d.path: d for d in deliveries(warehouse, feed.table)}
    found = []
    for file in list_files(feed):
        known = held.get(file.path)
        if known and not full and known.bytes == file.bytes and known.modified_at == _whole(file.modified_at):
            continue
        inspected = inspect(file, feed)
        if known is None:
            found.append(Arrival(inspected))
        elif full:
            found.append(Arrival(inspected, known.number))
        elif inspected.file.content_hash != known.content_hash:
            found.append(_changed(feed, inspected, known))
    return found


def ingest(
    warehouse: Warehouse,
    source: SourceMapping,
    feed: Feed,
    new: Sequence[Arrival],
    run_id: str,
    *,
    full: bool,
) -> Ingested:
    """Read the arrivals and commit them with their ledger entries, all or none.

    Args:
        warehouse: Where the bronze table lies.
        source: The mapping, for the customer id behind ``_subject_key``.
        feed: The feed.
        new: What ``arrivals`` found.
        run_id: Noted in the commit.
        full: Replace everything that the table holds.
    """
    held = deliveries(warehouse, feed.table)
    start = 1 + max((d.number for d in held), default=-1)
    numbered = numbered_deliveries(start, new)
    notes = {
        "table": _table_id(warehouse, feed.table),
        "run": run_id,
        "deliveries": [d.noted() for d in numbered],
        "last_delivery": start + len(new) - 1,
    }
    with staging_folder(warehouse.target.folder, run_id) as staging:
        try:
            raw = read(warehouse.spark, feed, [a.file for a in new], staging=staging)
            rows = bronze_rows(raw, source, feed, numbered)
            _evolve(warehouse, feed, rows)
            replaced = [d.replaces for d in numbered if d.replaces is not None]
            if full and warehouse.exists(feed.table):
                count = replace_where(warehouse, feed.table, rows, "true", notes)
            elif replaced:
                listed = ", ".join(str(n) for n in replaced)
                count = replace_where(warehouse, feed.table, rows, f"_delivery in ({listed})", notes)
            else:
                count = append(warehouse, feed.table, rows, notes)
        except SPARK_FAILURES as error:
            raise as_source_error(error, feed) from None
    settle_deliveries(warehouse, feed.table)
    return Ingested(len(new), count, len(replaced))


def _changed(feed: Feed, file: Inspected, known: Delivery) -> Arrival:
    if feed.changed_files == "stop":
        raise SourceError(
            f"{file.file.path}: its content changed since it was read.",
            "Say in the feed what that means: `changed_files: replace` (the file as it is now counts) or "
            "`changed_files: append` (both count).",
        )
    return Arrival(file, known.number if feed.changed_files == "replace" else None)


def numbered_deliveries(start: int, new: Sequence[Arrival]) -> list[Delivery]:
    """Return the arrivals as deliveries, numbered from ``start``."""
    return [_delivery(start + n, a) for n, a in enumerate(new)]


def _delivery(number: int, arrival: Arrival) -> Delivery:
    file: SourceFile = arrival.file.file
    return Delivery(
        number,
        file.path,
        file.bytes,
        _whole(file.modified_at),
        str(file.content_hash),
        replaces=arrival.replaces,
    )


def _whole(at: datetime) -> datetime:
    """Cut to microseconds, which is what tables hold."""
    return at.astimezone(timezone.utc)


def _table_id(warehouse: Warehouse, table: str) -> str:
    last = warehouse.last_commit(table)
    return last.table_id if last else ""


def bronze_rows(raw: DataFrame, source: SourceMapping, feed: Feed, numbered: Sequence[Delivery]) -> DataFrame:
    """Return raw rows as the bronze table holds them: storable names and types, with lineage."""
    spark = raw.sparkSession
    known = spark.createDataFrame([(d.path, d.number) for d in numbered], "_path string, _delivery bigint")
    joined = raw.join(F.broadcast(known), on="_path", how="left")
    with_lineage = joined.withColumns(
        {
            "_source": F.lit(source.name),
            "_ingested_at": F.lit(datetime.now(timezone.utc)).cast("timestamp"),
            "_subject_key": _subject_key(raw, source, feed),
        }
    )
    outside = [c for c in raw.columns if c not in {"_path", "_position", "_rescued"}]
    stored = [
        F.col(_quoted(c))
        .cast(storage_type(raw.schema[c].dataType))
        .alias(storage_name(c), metadata={"comment": c})
        for c in outside
    ]
    return with_lineage.select(*stored, *[F.col(c.name) for c in BRONZE_COLUMNS])


def _subject_key(frame: DataFrame, source: SourceMapping, feed: Feed) -> Column:
    """Hash the customer id on a raw row, so that a person's rows can be found; null for guests."""
    named = next((e for e in feed.entities if e.has("customer_id")), None)
    if named is None:
        return F.lit(None).cast("string")
    identifier = customer_id_of(frame, feed, named)
    return F.when(identifier.isNotNull(), F.hex(F.xxhash64(F.lit(source.prefix), identifier)))


def _evolve(warehouse: Warehouse, feed: Feed, rows: DataFrame) -> None:
    """Create the bronze table, or add the columns that these files bring for the first time."""
    outside = [f for f in rows.schema.fields if f.name not in {c.name for c in BRONZE_COLUMNS}]
    if not warehouse.exists(feed.table):
        layer, name = feed.table.split(".")
        grain = f"one row of feed {feed.name} of {feed.source}, as received"
        table = Table(
            layer,
            name,
            grain,
            ("_delivery", "_position"),
            BRONZE_COLUMNS,
            stats_on=("_delivery", "_position"),
        )
        ours = [column_ddl(c.name, c.type, c.description) for c in BRONZE_COLUMNS]
        warehouse.create(table, ", ".join([*[_ddl(f) for f in outside], *ours]))
        return
    have = {f.name.casefold(): f.dataType for f in warehouse.read(feed.table).schema.fields}
    for field in outside:
        held = have.get(field.name.casefold())
        if held is not None and held.simpleString() != field.dataType.simpleString():
            raise SourceError(
                f"{feed.table}: column '{field.name}' was {held.simpleString()} "
                f"and comes as {field.dataType.simpleString()}.",
                "Give these files a feed of their own, or read everything again: `chunks run --full "
                + feed.table
                + "`.",
            )
    added = [f for f in outside if f.name.casefold() not in have]
    if added:
        listed = ", ".join(_ddl(f) for f in added)
        with faults(feed.table, warehouse):
            last = warehouse.last_commit(feed.table)
            with warehouse.notes({**(last.notes if last else {}), "deliveries": []}):
                warehouse.spark.sql(f"ALTER TABLE {warehouse.identifier(feed.table)} ADD COLUMNS ({listed})")
        warehouse.forget(feed.table)


def _ddl(field: T.StructField) -> str:
    return column_ddl(
        field.name, field.dataType.simpleString(), str(field.metadata.get("comment", field.name))
    )


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
