"""Runs what is stale, in the order of the graph, and accounts for every row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import reduce
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES, contract
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.accounts import Account, as_notes, count_judged, describe, settle_accounts
from customer_chunks.flow.bookmarks import with_bookmark
from customer_chunks.flow.decide import Decision, Extent, decide
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.ingest import arrivals, ingest
from customer_chunks.flow.step import Built, Input, Now, OnChange, Step
from customer_chunks.quality.quarantine import settle
from customer_chunks.storage.converge import Counts, Scope, converge
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.lease import leased
from customer_chunks.storage.ledger import deliveries
from customer_chunks.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Outcome:
    """What happened to one step."""

    step: str
    table: str
    state: str
    detail: str
    seconds: float
    accounts: tuple[Account, ...] = ()
    error: CustomerChunksError | None = None


@dataclass(frozen=True)
class Report:
    """What happened in a run."""

    run_id: str
    outcomes: tuple[Outcome, ...]
    as_of: date | None

    @property
    def is_idle(self) -> bool:
        """Return whether nothing was new."""
        return all(o.state == "idle" for o in self.outcomes)

    @property
    def errors(self) -> list[CustomerChunksError]:
        """Return the errors of the steps that failed."""
        return [o.error for o in self.outcomes if o.error is not None]


@dataclass(frozen=True)
class Wish:
    """What the user asked of a run: D, a last table, and what to compute in full."""

    as_of: date | None = None
    until: str | None = None
    full: frozenset[str] = frozenset()
    is_full: bool = False

    def forces(self, step: Step) -> bool:
        """Return whether the step is to be computed in full."""
        return (self.is_full and not self.full) or bool(self.full & {step.name, *step.outputs})


Listener = Callable[[str, Outcome | None], None]
"""Called with a step's name and None when it starts, and with its outcome when it ends."""


@dataclass
class Runner:
    """One run over one warehouse."""

    warehouse: Warehouse
    sources: Sequence[SourceMapping]
    steps: Sequence[Step]
    settings: Settings
    run_id: str
    listener: Listener = lambda _step, _outcome: None
    _failed: set[str] = field(default_factory=set)
    _newest: tuple[int, date | None] | None = None

    def run(self, wish: Wish) -> Report:
        """Run every stale step that the wish covers; a source that fails does not stop the others.

        Raises:
            LeaseError: another run holds the warehouse.
            StorageError: the warehouse cannot be written.
        """
        graph = Graph(self.steps, [f.table for s in self.sources for f in s.feeds])
        chosen = graph.until(wish.until)
        with leased(self.warehouse.target.folder, self.run_id):
            self._create_tables(chosen)
            mains = sorted({s.main for s in self.steps if s.source})
            settle_accounts(self.warehouse, mains)
            outcomes = [
                self._guarded(
                    feed.table, lambda s=source, f=feed: self._ingest(s, f, wish), source.name, feed.table
                )
                for source in self.sources
                for feed in source.feeds
                if feed.table in graph.tables_until(wish.until)
            ]
            outcomes += [
                self._guarded(s.name, lambda s=s: self._step(s, wish), s.source, s.main) for s in chosen
            ]
            settle_accounts(self.warehouse, mains)
            return Report(self.run_id, tuple(outcomes), self._as_of(wish))

    def plan(self, wish: Wish) -> list[tuple[str, str, str]]:
        """Return step, what would be done and why, without doing it."""
        graph = Graph(self.steps, [f.table for s in self.sources for f in s.feeds])
        rows, moving = [], set()
        for source in self.sources:
            for feed in source.feeds:
                if feed.table not in graph.tables_until(wish.until):
                    continue
                new = arrivals(self.warehouse, feed, full=feed.table in wish.full, writes=False)
                rows.append(
                    (
                        feed.table,
                        "append" if new else "nothing",
                        f"{len(new)} new files" if new else "nothing is new",
                    )
                )
                moving |= {feed.table} if new else set()
        for step in graph.until(wish.until):
            extent, why = self._planned(step, wish, moving)
            rows.append((step.name, extent, why))
            moving |= set(step.outputs) if extent != "nothing" else set()
        return rows

    def _planned(self, step: Step, wish: Wish, moving: set[str]) -> tuple[str, str]:
        upstream = sorted({i.table for i in step.inputs.values()} & moving)
        if not self.warehouse.exists(step.main) or any(
            not self.warehouse.exists(i.table) for i in step.inputs.values()
        ):
            return "all", "never computed"
        decision = decide(self.warehouse, step, self._now(wish), forced=wish.forces(step))
        if decision.extent is Extent.NOTHING and upstream:
            return "if rows change", f"{', '.join(upstream)} will run before"
        return decision.extent.value, decision.why

    def _create_tables(self, chosen: Sequence[Step]) -> None:
        """Create every contract table, so that a table without rows can be queried too."""
        names = {n for s in chosen for n in (*s.outputs, *[i.table for i in s.inputs.values()])} | {
            "silver.quarantine"
        }
        wanted = [contract(n) for n in sorted(names | set(TABLES)) if n in TABLES]
        with ThreadPoolExecutor(8) as pool:
            missing = [
                t
                for t, found in zip(wanted, pool.map(lambda t: self.warehouse.exists(t.full_name), wanted))
                if not found
            ]
        for table in missing:
            self.warehouse.create(table)

    def _guarded(self, name: str, work: Callable[[], Outcome], source: str | None, table: str) -> Outcome:
        if source is not None and source in self._failed:
            return self._told(name, Outcome(name, table, "skipped", f"source {source} failed before", 0.0))
        self.listener(name, None)
        start = time.monotonic()
        try:
            outcome = work()
        except CustomerChunksError as error:
            outcome = self._failure(name, table, source, error, start)
        except PySparkException as error:
            wrapped = as_storage_error(error, table, self.warehouse.target.label)
            wrapped.__cause__ = error
            outcome = self._failure(name, table, source, wrapped, start)
        return self._told(name, outcome)

    def _failure(
        self, name: str, table: str, source: str | None, error: CustomerChunksError, start: float
    ) -> Outcome:
        if source is not None:
            self._failed.add(source)
        return Outcome(name, table, "failed", str(error), time.monotonic() - start, error=error)

    def _told(self, name: str, outcome: Outcome) -> Outcome:
        self.listener(name, outcome)
        return outcome

    def _ingest(self, source: SourceMapping, feed: Feed, wish: Wish) -> Outcome:
        start = time.monotonic()
        full = feed.table in wish.full
        new = arrivals(self.warehouse, feed, full=full)
        if not new and self.warehouse.exists(feed.table):
            return Outcome(feed.table, feed.table, "idle", "no new files", time.monotonic() - start)
        done = ingest(self.warehouse, source, feed, new, self.run_id, full=full)
        replaced = f", {done.replaced} replaced" if done.replaced else ""
        detail = f"{done.files:,} files{replaced}, {done.rows:,} rows"
        return Outcome(feed.table, feed.table, "done", detail, time.monotonic() - start)

    def _step(self, step: Step, wish: Wish) -> Outcome:
        start = time.monotonic()
        now = self._now(wish)
        if step.needs_as_of and now.as_of is None:
            return Outcome(step.name, step.main, "idle", "no orders yet", time.monotonic() - start)
        decision = decide(self.warehouse, step, now, forced=wish.forces(step))
        if decision.extent is Extent.NOTHING:
            return Outcome(step.name, step.main, "idle", "nothing is new", time.monotonic() - start)
        keys = self._keys(step, decision, now) if decision.extent is Extent.KEYS else None
        is_full = keys is None
        accounts, counts = self._compute(step, decision, now, keys)
        reason = decision.why if is_full else "changed keys only"
        told = "; ".join(describe(a) for a in accounts) or _told(counts)
        return Outcome(
            step.name, step.main, "done", f"{told} ({reason})", time.monotonic() - start, tuple(accounts)
        )

    def _keys(self, step: Step, decision: Decision, now: Now) -> DataFrame | None:
        """Return the distinct keys that the changes touch; None when a change feed is gone."""
        assert decision.seen is not None
        found = []
        for wanted in step.inputs.values():
            if wanted.table not in decision.changed or wanted.on_change is OnChange.NOTHING:
                continue
            after, until = decision.seen.inputs[wanted.table][1], decision.until.inputs[wanted.table][1]
            changes = self.warehouse.changes(wanted.table, after, until)
            if changes is None:
                return None
            viewed = wanted.view(changes, now)
            if wanted.keys_of is not None:
                viewed = wanted.keys_of(viewed, now)
            column = "_key" if "_key" in viewed.columns else (wanted.key or step.scope_key or "_key")
            found.append(viewed.select(F.col(column).cast("string").alias("_key")))
        keys = reduce(DataFrame.unionByName, found).where("_key is not null").distinct()
        return keys.persist()

    def _compute(
        self, step: Step, decision: Decision, now: Now, keys: DataFrame | None
    ) -> tuple[list[Account], Counts]:
        frames = {name: self._frame(wanted, decision, now, keys) for name, wanted in step.inputs.items()}
        built = step.build(frames, now)
        try:
            accounts = self._account(step, built, decision, keys)
            counts = self._write(step, built, decision, keys, accounts)
        finally:
            for frame in (*built.scratch, *([keys] if keys is not None else [])):
                frame.unpersist()
        return accounts, counts

    def _frame(self, wanted: Input, decision: Decision, now: Now, keys: DataFrame | None) -> DataFrame:
        frame = wanted.view(self.warehouse.read(wanted.table), now)
        if keys is None or wanted.key is None:
            return frame
        named = keys.withColumnRenamed("_key", wanted.key)
        return frame.join(named, on=wanted.key, how="left_semi")

    def _account(self, step: Step, built: Built, decision: Decision, keys: DataFrame | None) -> list[Account]:
        accounts = []
        for judged in built.judged:
            table = f"bronze.{step.source}_{judged.feed}"
            after = (
                -1 if keys is None or decision.seen is None else int(decision.seen.deliveries.get(table, -1))
            )
            accounts.append(
                count_judged(judged.rows, judged.feed, judged.entity, self._rows_read(table, after), after)
            )
            settle(
                self.warehouse,
                judged.rows,
                self.warehouse.read(table),
                source=str(step.source),
                feed=judged.feed,
                entity=judged.entity,
                run_id=self.run_id,
            )
        return accounts

    def _rows_read(self, table: str, after: int) -> int:
        """Return how many rows the deliveries that still count brought."""
        held = deliveries(self.warehouse, table)
        replaced = {d.replaces for d in held if d.replaces is not None}
        return sum(d.row_count for d in held if d.number > after and d.number not in replaced)

    def _write(
        self, step: Step, built: Built, decision: Decision, keys: DataFrame | None, accounts: list[Account]
    ) -> Counts:
        scope = Scope(step.source, keys, step.scope_expression or step.scope_key or "")
        for table in step.outputs[:-1]:
            counts = converge(self.warehouse, contract(table), built.outputs[table], scope)
            _split(accounts, table, counts)

        def notes(counts: Counts) -> Mapping[str, Any]:
            _split(accounts, step.main, counts)
            extra = {
                "run": self.run_id,
                "at": datetime.now(timezone.utc).isoformat(),
                "source": step.source or "",
                "is_full": keys is None,
                "accounts": as_notes(accounts),
            }
            return with_bookmark(self.warehouse, step, decision.until, extra)

        return converge(self.warehouse, contract(step.main), built.outputs[step.main], scope, notes)

    def _now(self, wish: Wish) -> Now:
        return Now(self.settings, self._as_of(wish), self.warehouse.read)

    def _as_of(self, wish: Wish) -> date | None:
        """Return D: as asked, else the day after the newest accepted order of any kind."""
        if wish.as_of is not None:
            return wish.as_of
        orders = self.warehouse.last_commit("silver.orders")
        if orders is None:
            return None
        if self._newest is None or self._newest[0] != orders.rows_changed_in:
            newest = (
                self.warehouse.read("silver.orders").agg(F.max("ordered_on").alias("day")).collect()[0]["day"]
            )
            self._newest = (orders.rows_changed_in, newest)
        return self._newest[1] + timedelta(days=1) if self._newest[1] is not None else None


def _split(accounts: Iterable[Account], table: str, counts: Counts) -> None:
    """Tell the accounts of the entity that ends in the table what writing it did to their accepted rows."""
    for account in accounts:
        if ENTITIES[account.entity].table == table:
            counts = account.written(counts)


def _told(counts: Counts) -> str:
    parts = {
        "inserted": counts.inserted,
        "updated": counts.updated,
        "deleted": counts.deleted,
        "unchanged": counts.unchanged,
    }
    return ", ".join(f"{v:,} {k}" for k, v in parts.items() if v) or "no rows"
