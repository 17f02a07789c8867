"""Runs what is stale, in the order of the graph, and accounts for every row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import partial

from pyspark.sql import functions as F

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES, contract
from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.accounts import describe, settle_accounts
from customer_chunks.flow.compute import compute
from customer_chunks.flow.decide import Decision, Extent, decide, is_fingerprint_seen
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.ingest import arrivals, ingest
from customer_chunks.flow.metrics import record
from customer_chunks.flow.outcome import Outcome, Report, Wish
from customer_chunks.flow.replay import Chosen, Rows, replay_decision, replayed_rows
from customer_chunks.flow.step import Now, Step
from customer_chunks.storage.converge import Counts
from customer_chunks.storage.evolve import breaking
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.lease import leased
from customer_chunks.storage.warehouse import Warehouse

_IDLE = ("nothing", "nothing is new")


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
            self._create_tables(chosen, every=wish.until is None)
            self._remake_tables(wish)
            mains = sorted({s.main for s in self.steps if s.source})
            settle_accounts(self.warehouse, mains)
            outcomes = [
                self._guarded(feed.table, partial(self._ingest, source, feed, wish), source.name, feed.table)
                for source, feed in self._feeds(graph, wish)
            ]
            outcomes += [
                self._guarded(s.name, partial(self._step, s, wish), s.source, s.main) for s in chosen
            ]
            settle_accounts(self.warehouse, mains)
            record(self.warehouse, self.run_id, outcomes)
            return Report(self.run_id, tuple(outcomes), self._as_of(wish))

    def replay(self, chosen: Chosen) -> Report:
        """Try quarantined rows again, and bring up to date what they change.

        Raises:
            LeaseError: another run holds the warehouse.
            StorageError: the warehouse cannot be written.
        """
        steps = Graph(self.steps, [f.table for s in self.sources for f in s.feeds]).until(None)
        with leased(self.warehouse.target.folder, self.run_id):
            self._create_tables(steps, every=True)
            mains = sorted({s.main for s in self.steps if s.source})
            settle_accounts(self.warehouse, mains)
            outcomes = [
                self._guarded(s.name, partial(self._replay, s, chosen), s.source, s.main) for s in steps
            ]
            settle_accounts(self.warehouse, mains)
            record(self.warehouse, self.run_id, outcomes)
            return Report(self.run_id, tuple(outcomes), self._as_of(Wish()))

    def plan(self, wish: Wish) -> list[tuple[str, str, str]]:
        """Return step, what would be done and why, without doing it."""
        graph = Graph(self.steps, [f.table for s in self.sources for f in s.feeds])
        rows, moving = [], set()
        for _, feed in self._feeds(graph, wish):
            new = arrivals(self.warehouse, feed, full=feed.table in wish.full, writes=False)
            rows.append((feed.table, "append", f"{len(new)} new files") if new else (feed.table, *_IDLE))
            moving |= {feed.table} if new else set()
        for step in graph.until(wish.until):
            extent, why = self._planned(step, wish, moving)
            rows.append((step.name, extent, why))
            moving |= set(step.outputs) if extent != "nothing" else set()
        return rows

    def _feeds(self, graph: Graph, wish: Wish) -> list[tuple[SourceMapping, Feed]]:
        wanted = graph.tables_until(wish.until)
        return [(source, feed) for source in self.sources for feed in source.feeds if feed.table in wanted]

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

    def _create_tables(self, chosen: Sequence[Step], *, every: bool) -> None:
        """Create the tables of the steps; of a whole run every contract table, so that all can be queried."""
        names = {n for s in chosen for n in (*s.outputs, *[i.table for i in s.inputs.values()])}
        wanted = set(TABLES) if every else names | {"silver.quarantine"}
        self.warehouse.create_all([contract(n) for n in sorted(wanted) if n in TABLES])

    def _remake_tables(self, wish: Wish) -> None:
        """Make anew the tables that are asked for in full and cannot follow their contract."""
        for step in self.steps:
            for name in step.outputs if wish.forces(step) else ():
                if breaking(self.warehouse, contract(name)):
                    self.warehouse.remake(contract(name))

    def _guarded(self, name: str, work: Callable[[], Outcome], source: str | None, table: str) -> Outcome:
        if source is not None and source in self._failed:
            return self._told(name, Outcome(name, table, "skipped", f"source {source} failed before"))
        self.listener(name, None)
        start, started_at = time.monotonic(), datetime.now(timezone.utc)
        try:
            outcome = work()
        except CustomerChunksError as error:
            outcome = self._failure(name, table, source, error)
        except SPARK_FAILURES as error:
            wrapped = as_storage_error(error, table, self.warehouse.target.label)
            wrapped.__cause__ = error
            outcome = self._failure(name, table, source, wrapped)
        return self._told(name, replace(outcome, seconds=time.monotonic() - start, started_at=started_at))

    def _failure(self, name: str, table: str, source: str | None, error: CustomerChunksError) -> Outcome:
        if source is not None:
            self._failed.add(source)
        return Outcome(name, table, "failed", str(error), error=error)

    def _told(self, name: str, outcome: Outcome) -> Outcome:
        self.listener(name, outcome)
        return outcome

    def _ingest(self, source: SourceMapping, feed: Feed, wish: Wish) -> Outcome:
        full = feed.table in wish.full
        new = arrivals(self.warehouse, feed, full=full)
        if not new and self.warehouse.exists(feed.table):
            return Outcome(feed.table, feed.table, "idle", "no new files")
        done = ingest(self.warehouse, source, feed, new, self.run_id, full=full)
        replaced = f", {done.replaced} replaced" if done.replaced else ""
        files = "1 file" if done.files == 1 else f"{done.files:,} files"
        detail = f"{files}{replaced}, {done.rows:,} rows"
        return Outcome(feed.table, feed.table, "done", detail)

    def _step(self, step: Step, wish: Wish) -> Outcome:
        now = self._now(wish)
        if step.needs_as_of and now.as_of is None:
            return Outcome(step.name, step.main, "idle", "no orders yet")
        decision = decide(self.warehouse, step, now, forced=wish.forces(step))
        if decision.extent is Extent.NOTHING:
            return Outcome(step.name, step.main, "idle", "nothing is new")
        return self._computed(step, decision, now)

    def _replay(self, step: Step, chosen: Chosen) -> Outcome:
        now = self._now(Wish())
        rows = replayed_rows(self.warehouse, step, chosen)
        decision = replay_decision(self.warehouse, step) if rows else None
        if decision is not None:
            return self._computed(step, decision, now, rows)
        if step.source is not None and not is_fingerprint_seen(self.warehouse, step, now):
            said = "no such row; a mended mapping waits for `chunks run`"
            return Outcome(step.name, step.main, "idle", said)
        return self._step(step, Wish())

    def _computed(self, step: Step, decision: Decision, now: Now, replayed: Rows | None = None) -> Outcome:
        accounts, counts, is_full = compute(self.warehouse, step, decision, now, self.run_id, replayed)
        reason = decision.why if is_full or replayed is not None else "changed keys only"
        told = "; ".join(describe(a) for a in accounts) or _told(counts)
        return Outcome(step.name, step.main, "done", f"{told} ({reason})", accounts=tuple(accounts))

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


def _told(counts: Counts) -> str:
    parts = {
        "inserted": counts.inserted,
        "updated": counts.updated,
        "deleted": counts.deleted,
        "unchanged": counts.unchanged,
    }
    return ", ".join(f"{v:,} {k}" for k, v in parts.items() if v) or "no rows"
