"""What a mapping would make of its files, found with the very code of the flow, written nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns.mapped import mapped_rows
from customer_chunks.columns.naming import source_names
from customer_chunks.columns.used import as_sql, expressions_of, is_read
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import contract
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.contracts.table import ROW_HASH, Pii
from customer_chunks.flow.accounts import Account, count_judged
from customer_chunks.flow.drift import meet
from customer_chunks.flow.ingest import Arrival, bronze_rows, numbered_deliveries
from customer_chunks.flow.source_steps import source_steps
from customer_chunks.flow.step import Now, Step
from customer_chunks.sources.files import list_files
from customer_chunks.sources.inspect import inspect
from customer_chunks.sources.read import as_source_error, read

HUGE_BYTES = 200_000_000
"""Above this size of a feed's files only the first rows are looked at, unless all are asked for."""
FIRST_ROWS = 100_000
_MOST_CURRENCIES = 20
_OURS = {c.name for c in BRONZE_COLUMNS}


@dataclass(frozen=True)
class Sample:
    """The first rows of a feed as one entity: field values by name, and which fields are personal."""

    entity: str
    rows: tuple[Mapping[str, Any], ...]
    personal: frozenset[str]


@dataclass
class FeedCheck:
    """What a feed holds and what would become of it."""

    feed: str
    table: str
    files: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    rows: int
    is_part: bool
    columns: tuple[str, ...]
    unmapped: tuple[str, ...]
    samples: tuple[Sample, ...] = ()
    accounts: list[Account] = field(default_factory=list)


@dataclass(frozen=True)
class OrdersFound:
    """The orders that the source would bring."""

    orders: int
    returns: int
    guests: int
    first_on: date | None
    last_on: date | None
    currencies: Mapping[str, int]


@dataclass(frozen=True)
class SourceCheck:
    """What a mapping would make of its files."""

    source: str
    feeds: tuple[FeedCheck, ...]
    orders: OrdersFound | None


def check_source(
    spark: SparkSession,
    source: SourceMapping,
    settings: Settings,
    *,
    sample: int = 5,
    every_row: bool = False,
) -> SourceCheck:
    """Read the files of a source and judge their rows as a run would; nothing is written.

    Args:
        spark: A session; no warehouse is needed.
        source: The mapping.
        settings: Reporting time zone and currency.
        sample: Mapped rows to return of each feed and entity.
        every_row: Look at all rows of huge files too.

    Raises:
        ConfigError: the mapping names a column, pattern or expression that the files cannot meet.
        SourceError: a file cannot be read as declared.
    """
    with _Held(spark, source, settings, every_row=every_row) as held:
        checks = {feed.name: held.look_at(feed, sample) for feed in source.feeds}
        produced = held.judge(checks)
        orders = _orders(produced["silver.orders"]) if "silver.orders" in produced else None
        return SourceCheck(source.name, tuple(checks.values()), orders)


class _Held:
    """The frames of one check, and the folder of copies behind them."""

    def __init__(
        self, spark: SparkSession, source: SourceMapping, settings: Settings, *, every_row: bool
    ) -> None:
        self._spark, self._source, self._settings, self._every_row = spark, source, settings, every_row
        self._bronze: dict[str, DataFrame] = {}
        self._feeds = {f.table: f for f in source.feeds}
        self._scratch: list[DataFrame] = []
        self._folder = TemporaryDirectory(prefix="chunks-check-")

    def __enter__(self) -> _Held:
        return self

    def __exit__(self, *_: object) -> None:
        for frame in (*self._scratch, *self._bronze.values()):
            frame.unpersist()
        self._folder.cleanup()

    def look_at(self, feed: Feed, sample: int) -> FeedCheck:
        """Read a feed's files as bronze would hold them; return all that needs no judging."""
        arrived = [Arrival(inspect(file, feed)) for file in list_files(feed)]
        is_part = not self._every_row and sum(a.file.file.bytes for a in arrived) > HUGE_BYTES
        staging = Path(self._folder.name) / feed.name
        staging.mkdir()
        with _failures(feed):
            files = [a.file for a in arrived]
            met = meet(feed, files, read(self._spark, feed, files, staging=staging), None)
            raw = met.rows.limit(FIRST_ROWS) if is_part else met.rows
            bronze = bronze_rows(raw, self._source, feed, numbered_deliveries(0, arrived)).persist()
            self._bronze[feed.table] = bronze
            rows = bronze.count()
        columns = tuple(c for c in source_names(bronze).columns if c not in _OURS)
        return FeedCheck(
            feed=feed.name,
            table=feed.table,
            files=tuple((a.file.file.path, a.file.file.bytes) for a in arrived),
            notes=met.remarks,
            rows=rows,
            is_part=is_part,
            columns=columns,
            unmapped=_unmapped(source_names(bronze), feed, columns),
            samples=tuple(self._sample(feed, e.entity.name, sample) for e in feed.entities),
        )

    def judge(self, checks: Mapping[str, FeedCheck]) -> dict[str, DataFrame]:
        """Run every step of the source on what was read; add the accounts, return the silver frames."""
        now = Now(self._settings, None, self._empty)
        produced: dict[str, DataFrame] = {}
        for step in source_steps(self._source):
            frames = {n: i.view(self._table(i.table, produced), now) for n, i in step.inputs.items()}
            built = step.build(frames, now)
            self._scratch += built.scratch
            for judged in built.judged:
                check = checks[judged.feed]
                with _failures(self._feeds[check.table]):
                    check.accounts.append(
                        count_judged(judged.rows, judged.feed, judged.entity, check.rows, -1)
                    )
            produced |= _named(step, built.outputs)
        return produced

    def _sample(self, feed: Feed, entity: str, rows: int) -> Sample:
        zone = self._settings.reporting_time_zone
        first = self._bronze[feed.table].orderBy("_delivery", "_position").limit(rows)
        mapping = feed.entity(entity)
        fields = [f.name for f in ENTITIES[entity].fields if mapping is not None and mapping.has(f.name)]
        mapped = mapped_rows(first, feed, self._source, entity, reporting_zone=zone)
        shown = mapped.orderBy("_delivery", "_position").select(*fields, "_excluded", "_unreadable")
        with _failures(feed):
            taken = tuple(row.asDict(recursive=True) for row in shown.collect())  # ``rows`` rows
        return Sample(entity, taken, _personal(entity))

    def _table(self, table: str, produced: Mapping[str, DataFrame]) -> DataFrame:
        return self._bronze.get(table) or produced.get(table) or self._empty(table)

    def _empty(self, table: str) -> DataFrame:
        columns = ", ".join(f"`{c.name}` {c.type}" for c in contract(table).columns if c.name != ROW_HASH)
        return self._spark.createDataFrame([], columns)


def _named(step: Step, outputs: Mapping[str, DataFrame]) -> dict[str, DataFrame]:
    return {name: outputs[name] for name in step.outputs}


def _personal(entity: str) -> frozenset[str]:
    """Return the fields that end in columns which point at a person directly."""
    table = contract(ENTITIES[entity].table)
    return frozenset(c.name for c in table.columns if c.pii is Pii.DIRECT)


def _unmapped(raw: DataFrame, feed: Feed, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that no field and no rule reads: without one, every expression keeps its meaning."""
    expressions = [as_sql(text, columns) for _, text in expressions_of(feed)]
    return tuple(c for c in columns if not is_read(raw, c, expressions))


def _orders(orders: DataFrame) -> OrdersFound:
    counted = orders.agg(
        F.count("*").alias("orders"),
        F.count_if("is_return").alias("returns"),
        F.count_if(F.col("source_customer_id").isNull()).alias("guests"),
        F.min("ordered_on").alias("first_on"),
        F.max("ordered_on").alias("last_on"),
    ).collect()[0]
    grouped = orders.groupBy("currency").count().orderBy(F.desc("count"), "currency").limit(_MOST_CURRENCIES)
    currencies = {row["currency"]: row["count"] for row in grouped.collect()}
    return OrdersFound(**counted.asDict(), currencies=currencies)


@contextmanager
def _failures(feed: Feed) -> Iterator[None]:
    """Turn what Spark says while a feed is read into one sentence."""
    try:
        yield
    except PySparkException as error:
        raise as_source_error(error, feed) from error
