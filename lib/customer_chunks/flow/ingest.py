"""Files of a feed -> its bronze table: every delivery once, with the ledger in the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.failures import whole_text
from customer_chunks.columns.mapped import customer_id_of, meaningful
from customer_chunks.columns.naming import quoted, source_names
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.errors import SourceError
from customer_chunks.flow.bronze_table import prepare, read_anew
from customer_chunks.flow.drift import meet
from customer_chunks.sources.files import SourceFile, list_files
from customer_chunks.sources.inspect import Inspected, inspect
from customer_chunks.sources.names import storage_name, storage_type
from customer_chunks.sources.read import SPARK_FAILURES, as_source_error, read
from customer_chunks.sources.staging import staging_folder
from customer_chunks.sources.text import ends_in_a_line
from customer_chunks.storage.converge import append, replace_where
from customer_chunks.storage.faults import FULL, as_storage_error
from customer_chunks.storage.ledger import Delivery, deliveries, settle_deliveries, standing
from customer_chunks.storage.warehouse import Warehouse

_TOLD = 5
"""Broken files that one message names."""


@dataclass(frozen=True)
class Arrival:
    """A file that has to be read, and the delivery that it replaces."""

    file: Inspected
    replaces: int | None = None


@dataclass(frozen=True)
class Ingested:
    """What a bronze step did; ``remarks`` say how the files differ from those before."""

    files: int
    rows: int
    replaced: int = 0
    remarks: tuple[str, ...] = ()


def arrivals(warehouse: Warehouse, feed: Feed, *, full: bool = False, writes: bool = True) -> list[Arrival]:
    """Return the files whose content the bronze table does not hold, in natural order of their paths.

    A file of known path, size and time is not opened. One whose time changed is hashed; changed
    content under a known name is a new delivery if the mapping's ``changed_files`` says so.

    Raises:
        SourceError: a file cannot be read as declared, or changed although the mapping says ``stop``.
    """
    if writes:  # a plan does not
        settle_deliveries(warehouse, feed.table)
    held = {d.path: d for d in standing(deliveries(warehouse, feed.table))}
    found, broken = [], []
    for file in list_files(feed):
        try:
            arrival = _arrival(feed, file, held.get(file.path), full=full)
        except SourceError as error:  # the others are looked at, so that all can be mended at once
            broken.append(error)
            continue
        if arrival is not None:
            found.append(arrival)
    if broken:
        raise _together(broken)
    return found


def _arrival(feed: Feed, file: SourceFile, known: Delivery | None, *, full: bool) -> Arrival | None:
    """Return the file as one to be read; None where the bronze table holds it as it is."""
    if known and not full and known.bytes == file.bytes and known.modified_at == _whole(file.modified_at):
        return None
    inspected = inspect(file, feed)
    if known is None:
        return Arrival(inspected)
    if full:
        return Arrival(inspected, known.number)
    if inspected.file.content_hash != known.content_hash:
        return _changed(feed, inspected, known)
    return None


def _together(broken: Sequence[SourceError]) -> SourceError:
    """Return one error that tells of all files that cannot be read."""
    if len(broken) == 1:
        return broken[0]
    more = len(broken) - _TOLD
    what = " ".join(error.what for error in broken[:_TOLD]) + (f" And {more} more files." if more > 0 else "")
    return SourceError(what, " ".join(dict.fromkeys(e.remedy for e in broken[:_TOLD] if e.remedy)))


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
    numbered = numbered_deliveries(start, new, starts_over=full)
    still = [] if full else standing(held)
    notes: dict[str, Any] = {
        "table": _table_id(warehouse, feed.table),
        "run": run_id,
        "deliveries": [d.noted() for d in numbered],
        "last_delivery": start + len(new) - 1,
    }
    with staging_folder(warehouse.target.folder, run_id) as staging:
        try:
            files = [a.file for a in new]
            raw = read(warehouse.spark, feed, files, staging=staging)
            is_there = warehouse.exists(feed.table)
            table = source_names(warehouse.read(feed.table)) if is_there and not full else None
            met = meet(feed, files, raw, table)
            rows = bronze_rows(met.rows, source, feed, numbered)
            remarks = (*met.remarks, *copies_among(still, numbered), *cut_short(files, held))
            notes["remarks"] = remarks
            replaced = [d.replaces for d in numbered if d.replaces is not None]
            count = _written(warehouse, feed, rows, notes, None if full and is_there else replaced)
        except SPARK_FAILURES as error:
            if FULL in whole_text(error):  # by what was written, whatever was read
                raise as_storage_error(error, feed.table, warehouse.target.label) from None
            raise as_source_error(error, feed) from None
    settle_deliveries(warehouse, feed.table)
    remarks = (*remarks, *replacements(deliveries(warehouse, feed.table), start))
    return Ingested(len(new), count, len(replaced), remarks)


def replacements(held: Sequence[Delivery], start: int) -> list[str]:
    """Return a remark for every replaced delivery whose number of rows changed.

    Rows of a file can go with nobody having meant it.

    Args:
        held: The deliveries of the table.
        start: The number of the first new one.
    """
    before = {d.number: d for d in held}
    said = []
    for one in held:
        old = before.get(one.replaces) if one.replaces is not None and one.number >= start else None
        if old is not None and old.row_count != one.row_count:
            said.append(f"{one.path}: had {old.row_count:,} rows and has {one.row_count:,} now.")
    return said


def copies_among(held: Sequence[Delivery], new: Sequence[Delivery]) -> list[str]:
    """Return a remark for every new file of which a copy was read under another name."""
    seen = {d.content_hash: d.path for d in held}
    said = []
    for one in new:
        first = seen.setdefault(one.content_hash, one.path)
        if first != one.path and one.bytes:
            said.append(f"{one.path}: holds the very bytes of {first}, which was read too.")
    return said


def cut_short(new: Sequence[Inspected], held: Sequence[Delivery]) -> list[str]:
    """Return a remark for every text that ends without a line break, unless such is the feed's habit.

    A file cut off within its last value shows nothing else: 12.9 is as good a price as 12.95. What is usual
    is seen from the other new files and the newest one that was read and is still there.
    """
    texts = [file for file in new if not file.is_empty]
    still_open = [file for file in texts if file.is_open_ended]
    if not still_open:
        return []
    names = {file.file.path for file in new}
    newest = next((d for d in reversed(held) if d.bytes and d.path not in names), None)
    before = ends_in_a_line(newest.path) if newest is not None else None
    is_unusual = before is True or len(still_open) < len(texts)
    is_the_first = not held and len(texts) == 1  # nothing is known yet
    if not is_unusual and not is_the_first:
        return []
    return [f"{file.file.path}: its last line has no line break; is the file whole?" for file in still_open]


def _written(
    warehouse: Warehouse, feed: Feed, rows: DataFrame, notes: Mapping[str, Any], replaced: list[int] | None
) -> int:
    """Commit the rows in the place of the replaced deliveries (None: of all); return how many they are."""
    if replaced is None:
        return read_anew(warehouse, feed, rows, notes)
    prepare(warehouse, feed, rows)
    if not replaced:
        return append(warehouse, feed.table, rows, notes)
    listed = ", ".join(str(n) for n in replaced)
    return replace_where(warehouse, feed.table, rows, f"_delivery in ({listed})", notes)


def _changed(feed: Feed, file: Inspected, known: Delivery) -> Arrival:
    if feed.changed_files == "stop":
        raise SourceError(
            f"{file.file.path}: its content changed since it was read.",
            "Say in the feed what that means: `changed_files: replace` (the file as it is now counts) or "
            "`changed_files: append` (both count).",
        )
    return Arrival(file, known.number if feed.changed_files == "replace" else None)


def numbered_deliveries(start: int, new: Sequence[Arrival], *, starts_over: bool = False) -> list[Delivery]:
    """Return the arrivals as deliveries, numbered from ``start``; the first one may start the table over."""
    found = [_delivery(start + n, a) for n, a in enumerate(new)]
    return [replace(found[0], starts_over=True), *found[1:]] if starts_over and found else found


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
    # The customer is found as the mapping finds them; what is stored is what was received.
    received = {f"_received_{n}": name for n, name in enumerate(joined.columns)}
    told = joined.select(
        *[F.col(quoted(name)).alias(kept) for kept, name in received.items()], *meaningful(joined, feed)
    )
    keyed = told.select(
        *[F.col(kept).alias(name) for kept, name in received.items()],
        _subject_key(raw, source, feed).alias("_subject_key"),
    )
    with_lineage = keyed.withColumns(
        {
            "_source": F.lit(source.name),
            "_ingested_at": F.lit(datetime.now(timezone.utc)).cast("timestamp"),
        }
    )
    outside = [c for c in raw.columns if c not in {"_path", "_position", "_rescued"}]
    stored = [
        F.col(quoted(c))
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
