"""Where the tables of one company lie, and how they are named, created and read.

Enters: a session and a target (a warehouse folder, or a catalog and schema prefix).
Leaves: DataFrames. Writing is in ``storage.converge`` and ``storage.append``.
"""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pyspark.sql import DataFrame, DataFrameReader, SparkSession, Window
from pyspark.sql import functions as F

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.columns.naming import quoted
from customer_chunks.config.targets import Target
from customer_chunks.contracts import TABLES, Col, Table
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import StorageError
from customer_chunks.storage.evolve import evolve
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.feed import FeedGoneError, is_refused
from customer_chunks.storage.kept import Kept, Short
from customer_chunks.storage.newest import Commit, newest_commit
from customer_chunks.storage.sessions import apart, take_turns

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
TXN_APP = "spark.databricks.delta.write.txnAppId"
TXN_VERSION = "spark.databricks.delta.write.txnVersion"
_APP = "customer-chunks"
# Delta refuses to read changes from before and after a column was widened in one go. We never drop or
# rename a column and a swapped schema makes a new table, so what remains is safe: files of the narrower type.
_ACROSS_WIDENING = "spark.databricks.delta.changeDataFeed.unsafeBatchReadOnIncompatibleSchemaChanges.enabled"
RETENTION = "interval 30 days"
PROPERTIES = {
    "delta.enableChangeDataFeed": "true",
    "delta.logRetentionDuration": RETENTION,
    "delta.deletedFileRetentionDuration": RETENTION,
}
# Marks rows of a file as deleted, so that a merge need not write the file's other rows anew.
DELETION_VECTORS = "delta.enableDeletionVectors"
# Noted by every commit of a table that has them; whoever looks need not ask for the table's properties.
_HAS_DELETION_VECTORS = "deletion_vectors"
_SIDE_BY_SIDE = 4
T = TypeVar("T")
CHANGE_COLUMNS = ("_change_type", "_commit_version", "_commit_timestamp")


@dataclass
class Memory:
    """What is known of the tables until somebody here writes to them; shared by all who see one target."""

    commits: dict[str, Commit | None] = field(default_factory=dict)
    bookkeeping: dict[tuple[str, str], tuple[int, Any]] = field(default_factory=dict)
    evolved: set[str] = field(default_factory=set)
    live: set[tuple[str, int, int]] = field(default_factory=set)
    """Change feeds, by table and versions, that could be read."""
    forgotten: Counter[str] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)
    telling: threading.RLock = field(default_factory=threading.RLock)
    """Held while bookkeeping is read, so that steps at once read it once."""
    own: threading.local = field(default_factory=threading.local)
    """A thread's own session, and the frames that it has opened in it."""


@dataclass
class Warehouse:
    """All table I/O of one target goes through here."""

    session: SparkSession
    target: Target
    memory: Memory = field(default_factory=Memory)

    @property
    def spark(self) -> SparkSession:
        """Return the session: this thread's own where it has one."""
        own: SparkSession = getattr(self.memory.own, "session", self.session)
        return own

    def set_apart(self) -> None:
        """Give the calling thread a session of its own: what its commits say is not what others' say."""
        self.memory.own.session = apart(self.session)
        take_turns(self.session, threading.current_thread().name)
        self.memory.own.frames = {}

    def identifier(self, table: str) -> str:
        """Return the SQL identifier of ``layer.name``."""
        layer, name = table.split(".", 1)
        if self.target.warehouse is not None:
            return f"delta.{quoted(self.location(table))}"
        schema = f"`{self.target.schema_prefix}{layer}`.`{name}`"
        return f"`{self.target.catalog}`.{schema}" if self.target.catalog else schema

    def location(self, table: str) -> str:
        """Return where the table lies: its folder, or its name in the catalog."""
        layer, name = table.split(".", 1)
        if self.target.warehouse is None:
            return self.identifier(table)
        return f"{self.target.warehouse.rstrip('/')}/{layer}/{name}"

    def last_commit(self, table: str) -> Commit | None:
        """Return the newest commit, or None when the table does not exist yet.

        The answer is remembered until this warehouse writes to the table: one lease
        serialises the writers.
        """
        memory = self.memory
        with memory.lock:
            if table in memory.commits:
                return memory.commits[table]
            asked_in = memory.forgotten[table]
        found = self._asked_for(table)
        with memory.lock:
            if memory.forgotten[table] == asked_in:  # else a step beside this one has written meanwhile
                memory.commits[table] = found
        return found

    def _asked_for(self, table: str) -> Commit | None:
        place = self.target.folder.joinpath(*table.split(".", 1)) if self.target.folder else None
        return newest_commit(table, place, partial(self.history, table))

    def forget(self, table: str) -> None:
        """Drop what is remembered of the table's newest commit."""
        with self.memory.lock:
            self.memory.forgotten[table] += 1
            self.memory.commits.pop(table, None)

    def history(self, table: str, limit: int | None = None) -> DataFrame:
        """Return the table's commits, newest first: one row per version."""
        bound = f" LIMIT {limit}" if limit else ""
        return self.spark.sql(f"DESCRIBE HISTORY {self.identifier(table)}{bound}")

    def remembered(self, table: str, short: Short[T]) -> T:
        """Return what a table says in short, asked anew only when it has a new version."""
        with self.memory.telling:
            asked_in, last = self.memory.forgotten[table], self.last_commit(table)
            version = last.version if last else -1
            known, key = self.memory.bookkeeping, (table, short.name)
            if key not in known or known[key][0] != version:
                known[key] = (version, self._said(table, last, short, asked_in))
            found: T = known[key][1]
            return found

    def _said(self, table: str, last: Commit | None, short: Short[T], asked_in: int) -> T:
        folder, newest = self.target.folder, Warehouse.last_commit(self, table)
        kept = Kept.of(folder, table, last.version) if folder and last else None
        found = kept.recall(short) if kept else None
        if found is not None:
            return found[0]
        said, now = short.ask(), self._asked_for(table) if kept else None
        # Else the answer may tell of a version that came meanwhile.
        is_still = self.memory.forgotten[table] == asked_in
        if kept and is_still and newest and now and now.version == newest.version:
            kept.keep(short, said)
        return short.read(said)

    def exists(self, table: str) -> bool:
        """Return whether the table has been created."""
        return self.last_commit(table) is not None

    def create_all(self, tables: Sequence[Table]) -> None:
        """Create the tables that do not exist yet, side by side."""
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            found = list(pool.map(lambda table: self.exists(table.full_name), tables))
            missing = [table for table, is_there in zip(tables, found, strict=True) if not is_there]
            with self.notes({"table": uuid.uuid4().hex}):
                list(pool.map(self._create, missing))

    def create(self, table: Table, columns: str | None = None) -> None:
        """Create the table from its contract, or bring the one that is there up to its contract.

        Args:
            table: The contract.
            columns: DDL of the columns, where the contract leaves them to the data (bronze).

        Raises:
            ContractError: the contract changed in a way that the rows that are there cannot follow.
        """
        with self.memory.lock:  # two steps at once may need the same table of bookkeeping
            if not self.exists(table.full_name):
                with self.notes({"table": uuid.uuid4().hex}):
                    self._create(table, columns)
            elif columns is None and table.full_name not in self.memory.evolved:
                evolve(self, table)
            self.memory.evolved.add(table.full_name)

    def remake(self, table: Table) -> None:
        """Put an empty table of today's contract in the place of one that cannot follow it.

        The old rows stay in the table's history. The commit has no bookmark, so every step that
        fills the table computes its rows anew.
        """
        ddl = ", ".join(column_ddl(c.name, c.type, c.description) for c in table.columns)
        empty = self.spark.createDataFrame([], ddl).write.format("delta").mode("overwrite")
        with self.notes({"table": uuid.uuid4().hex}), faults(table.full_name, self):
            self.save(empty.option("overwriteSchema", "true"), table.full_name)
        self.forget(table.full_name)
        self.memory.evolved.add(table.full_name)

    def save(self, writer: Any, table: str) -> None:
        """Let a DataFrame's writer write the table, by name or by place."""
        if self.target.warehouse is None:
            writer.saveAsTable(self.identifier(table))
        else:
            writer.save(self.location(table))

    def _create(self, table: Table, columns: str | None = None) -> None:
        ddl = columns or ", ".join(
            column_ddl(c.name, c.type, c.description, required=c.required) for c in table.columns
        )
        properties = PROPERTIES | {
            # Every query of a table that may have them looks for them first; see ``spare_rewrites``.
            DELETION_VECTORS: "false",
            "chunks.contract_version": str(table.version),
        }
        if table.stats_on:
            properties["delta.dataSkippingStatsColumns"] = ",".join(table.stats_on)
        listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
        if self.target.warehouse is None:
            self.spark.sql(
                f"CREATE SCHEMA IF NOT EXISTS {self.identifier(table.full_name).rsplit('.', 1)[0]}"
            )
        self._clear_stub(table.full_name)
        with faults(table.full_name, self):
            self.spark.sql(
                f"CREATE TABLE {self.identifier(table.full_name)} ({ddl}) USING delta "
                f"COMMENT '{_quoted(table.grain)}' TBLPROPERTIES ({listed})"
            )
        self.forget(table.full_name)

    def add_columns(self, table: Table, columns: Sequence[Col]) -> None:
        """Add nullable columns, empty in the rows that are there; bookmarks and readers do not notice."""
        listed = ", ".join(column_ddl(c.name, c.type, c.description) for c in columns)
        self._alter(table.full_name, f"ADD COLUMNS ({listed})")

    def spare_rewrites(self, table: str) -> None:
        """Let merges mark rows of the table as deleted from now on, instead of writing files anew.

        It pays where files hold many rows. Gold tables are left as they are: not every reader outside
        Spark knows of deletion vectors.
        """
        last = self.last_commit(table)
        if last is None or table.startswith("gold.") or last.notes.get(_HAS_DELETION_VECTORS):
            return
        self._alter(
            table, f"SET TBLPROPERTIES ('{DELETION_VECTORS}' = 'true')", {_HAS_DELETION_VECTORS: True}
        )

    def _alter(self, table: str, change: str, more: Mapping[str, Any] | None = None) -> None:
        """Change what the table may hold; the commit says what the last one said, and ``more``."""
        last = self.last_commit(table)
        said = {**(last.said_again if last else {}), **(more or {})}
        with self.notes(said), faults(table, self):
            self.spark.sql(f"ALTER TABLE {self.identifier(table)} {change}")
        self.forget(table)

    def _clear_stub(self, table: str) -> None:
        """Remove what a run left that was stopped while it made the table: a folder without commit or data.

        Delta would neither open it (no table) nor make a table there (the folder exists).
        """
        folder = self.target.folder
        if folder is None:
            return
        stub = folder.joinpath(*table.split(".", 1))
        log = stub / "_delta_log"
        is_stub = log.is_dir() and not any(file.is_file() for file in stub.rglob("*") if _tells(file))
        if is_stub:
            shutil.rmtree(stub)

    def read(self, table: str, version: int | None = None) -> DataFrame:
        """Return the table as of a version, or as it is.

        Raises:
            StorageError: the table does not exist.
        """
        if not self.exists(table):
            raise StorageError(f"{table}: does not exist in {self.target.label}.", "Run `chunks run` first.")
        if version is not None:
            return self._opened(table, self.spark.read.option("versionAsOf", version))
        frames: dict[str, tuple[int, DataFrame]] = self.memory.own.__dict__.setdefault("frames", {})
        written = self.memory.forgotten[table]
        if table not in frames or frames[table][0] != written:
            frames[table] = (written, self._opened(table, self.spark.read))
        return frames[table][1]

    def _opened(self, table: str, reader: DataFrameReader) -> DataFrame:
        if self.target.warehouse is None:
            return reader.table(self.identifier(table))
        return reader.format("delta").load(self.location(table))

    def changes(self, table: str, after: int, until: int) -> DataFrame:
        """Return the rows whose content differs between two versions, both images.

        Rows that a rewrite deleted and inserted unchanged are netted out. Columns are the
        table's, plus ``_change`` (-1 gone, +1 come). That a part of the feed is gone may turn out only where
        the frame is read, see ``whole_feed``.

        Args:
            table: Full name.
            after: The version already consumed.
            until: The version to consume.

        Raises:
            FeedGoneError: the change feed is gone.
        """
        reader = self.spark.read.option("readChangeFeed", "true")
        reader = reader.option("startingVersion", after + 1).option("endingVersion", until)
        self.spark.conf.set(_ACROSS_WIDENING, "true")  # stays: the frame is read later
        try:
            feed = self._opened(table, reader)
            if (table, after, until) not in self.memory.live:  # several steps ask for what one wrote
                feed.select("_commit_version").limit(1).collect()  # one row: asks whether it can be read
                self.memory.live.add((table, after, until))
        except SPARK_FAILURES as error:
            if is_refused(error):
                raise FeedGoneError.of(table) from error
            raise
        come = F.when(F.col("_change_type").isin("insert", "update_postimage"), 1).otherwise(-1)
        columns = [c for c in feed.columns if c not in CHANGE_COLUMNS]
        images = feed.select(*[F.col(f"`{c}`") for c in columns], come.alias("_change"))
        return _netted(images, table) if table in TABLES and ROW_HASH in columns else images

    @contextmanager
    def notes(
        self, notes: Mapping[str, Any], *, number: int | None = None, token: str = ""
    ) -> Iterator[None]:
        """Write ``notes`` as the user metadata of every commit made inside the block.

        Args:
            notes: What the commits say.
            number: Of Delta's application transaction, which is committed once; None for no transaction.
            token: Tells the commit from every other.
        """
        said: dict[str, Any] = {"chunks": notes, **({"commit": token} if token else {})}
        wishes = {}
        if number is not None:
            said["number"] = number
            wishes = {TXN_APP: _APP, TXN_VERSION: str(number)}
        wishes[USER_METADATA] = json.dumps(said, sort_keys=True, default=str)
        with self.wishing(wishes):
            yield

    @contextmanager
    def wishing(self, settings: Mapping[str, str]) -> Iterator[None]:
        """Set what Spark is to do within the block, and only there."""
        for key, value in settings.items():
            self.spark.conf.set(key, value)
        try:
            yield
        finally:
            for key in settings:
                self.spark.conf.unset(key)


def _netted(images: DataFrame, table: str) -> DataFrame:
    """Tell what became of each row once: one that went and came back as it was, not at all.

    A rewrite reports every row, and several commits may bring a row, take it and bring it again.
    """
    same = Window.partitionBy(*TABLES[table].key, ROW_HASH)
    told = images.withColumns(
        {"_net": F.sum("_change").over(same), "_nth": F.row_number().over(same.orderBy("_change"))}
    )
    return (
        told.where("_net <> 0 and _nth = 1")
        .withColumn("_change", F.col("_net").cast("int"))
        .drop("_net", "_nth")
    )


def _tells(file: Path) -> bool:
    """Return whether a file of a table's folder is a commit, a checkpoint or data; scratch files are none."""
    is_scratch = "_staged_commits" in file.parts or file.name.startswith(".") or file.suffix == ".tmp"
    return not is_scratch


def column_ddl(name: str, spark_type: str, comment: str, *, required: bool = False) -> str:
    """Return one column of a CREATE TABLE."""
    rule = " NOT NULL" if required else ""
    return f"`{name}` {spark_type}{rule} COMMENT '{_quoted(comment)}'"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


@contextmanager
def faults(table: str, warehouse: Warehouse) -> Iterator[None]:
    """Turn Spark's exceptions inside the block into one sentence about the table."""
    try:
        yield
    except SPARK_FAILURES as error:
        raise as_storage_error(error, table, warehouse.target.label) from error
