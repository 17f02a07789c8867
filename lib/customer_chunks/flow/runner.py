"""Runs what is stale, in the order of the graph, and accounts for every row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from pyspark.sql import functions as F

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES, contract
from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.accounts import Account, describe, settle_accounts
from customer_chunks.flow.compute import compute
from customer_chunks.flow.decide import Extent, decide
from customer_chunks.flow.gates import Gate, is_behind
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.ingest import arrivals, ingest
from customer_chunks.flow.step import Now, Step
from customer_chunks.quality.table_rules import Verdict
from customer_chunks.storage.converge import Counts
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.lease import leased
from customer_chunks.storage.warehouse import Warehouse

_IDLE = ("nothing", "nothing is new")


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
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Report:
    """What happened in a run."""

    run_id: str
    outcomes: tuple[Outcome, ...]
    as_of: date | None

    @property
    def is_idle(self) -> bool:
        """Return whether nothing was new."""
        return all(o.state in {"idle", "warned"} for o in self.outcomes)

    @property
    def errors(self) -> list[CustomerChunksError]:
        """Return the errors of the steps that failed."""
        return [o.error for o in self.outcomes if o.error is not None]


@dataclass(frozen=True)
class Wish:
    """What the user asked: D, a last table, what to compute in full, why to let broken rules pass."""

    as_of: date | None = None
    until: str | None = None
    full: frozenset[str] = frozenset()
    is_full: bool = False
    accept: str | None = None

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
            self._create_tables(chosen, every=wish.until is None)
            mains = sorted({s.main for s in self.steps if s.source})
            settle_accounts(self.warehouse, mains)
            outcomes = [
                self._guarded(feed.table, partial(self._ingest, source, feed, wish), source.name, feed.table)
                for source, feed in self._feeds(graph, wish)
            ]
            gate = self._gate()
            outcomes += self._steps([s for s in chosen if not is_behind(s)], wish, gate)
            outcomes += self._gated(gate, chosen, outcomes, wish)
            outcomes += self._steps([s for s in chosen if is_behind(s)], wish, gate)
            settle_accounts(self.warehouse, mains)
            return Report(self.run_id, tuple(outcomes), self._told_day(wish, gate))

    def _told_day(self, wish: Wish, gate: Gate) -> date | None:
        """Return D for the report; what keeps it from being known was told by the steps that need it."""
        try:
            return wish.as_of if gate.day_is_withheld() else self._as_of(wish, gate.readable())
        except CustomerChunksError:
            return None
        except SPARK_FAILURES:
            return None

    def _gate(self) -> Gate:
        names = [source.name for source in self.sources]
        return Gate(self.warehouse, self.steps, names, self.settings, self.run_id)

    def _steps(self, steps: Sequence[Step], wish: Wish, gate: Gate) -> list[Outcome]:
        """Run the steps of one side of the gate."""
        return [self._guarded(s.name, partial(self._step, s, wish, gate), s.source, s.main) for s in steps]

    def _gated(
        self, gate: Gate, chosen: Sequence[Step], outcomes: Sequence[Outcome], wish: Wish
    ) -> list[Outcome]:
        """Judge what the silver steps wrote; a table that fails does not stop the others."""
        failed = {o.step for o in outcomes if o.state in {"failed", "skipped"}}
        return [
            self._told(
                f"rules of {g.table}",
                Outcome(
                    f"rules of {g.table}",
                    g.table,
                    g.state,
                    g.detail,
                    g.seconds,
                    error=g.error,
                    verdicts=g.verdicts,
                ),
            )
            for g in gate.judge(chosen, failed, wish.accept)
        ]

    def plan(self, wish: Wish) -> list[tuple[str, str, str]]:
        """Return step, what would be done and why, without doing it."""
        graph = Graph(self.steps, [f.table for s in self.sources for f in s.feeds])
        rows, moving, gate = [], set(), self._gate()
        for _, feed in self._feeds(graph, wish):
            new = arrivals(self.warehouse, feed, full=feed.table in wish.full, writes=False)
            rows.append((feed.table, "append", f"{len(new)} new files") if new else (feed.table, *_IDLE))
            moving |= {feed.table} if new else set()
        for step in graph.until(wish.until):
            extent, why = self._planned(step, wish, moving, gate)
            rows.append((step.name, extent, why))
            moving |= set(step.outputs) if extent != "nothing" else set()
        return rows

    def _feeds(self, graph: Graph, wish: Wish) -> list[tuple[SourceMapping, Feed]]:
        wanted = graph.tables_until(wish.until)
        return [(source, feed) for source in self.sources for feed in source.feeds if feed.table in wanted]

    def _planned(self, step: Step, wish: Wish, moving: set[str], gate: Gate) -> tuple[str, str]:
        upstream = sorted({i.table for i in step.inputs.values()} & moving)
        readable, unjudged = self._readable(step, gate), gate.unjudged(step) if is_behind(step) else []
        if not self.warehouse.exists(step.main) or any(
            not self.warehouse.exists(i.table) for i in step.inputs.values()
        ):
            return "all", "never computed"
        decision = decide(readable, step, self._now(wish, step, readable), forced=wish.forces(step))
        if unjudged and not upstream:
            return "if rules hold", f"{', '.join(unjudged)} will be judged before"
        if decision.extent is Extent.NOTHING and upstream:
            return "if rows change", f"{', '.join(upstream)} will run before"
        return decision.extent.value, decision.why

    def _create_tables(self, chosen: Sequence[Step], *, every: bool) -> None:
        """Create the tables of the steps; of a whole run every contract table, so that all can be queried."""
        names = {n for s in chosen for n in (*s.outputs, *[i.table for i in s.inputs.values()])}
        wanted = set(TABLES) if every else names | {"silver.quarantine"}
        self.warehouse.create_all([contract(n) for n in sorted(wanted) if n in TABLES])

    def _guarded(self, name: str, work: Callable[[], Outcome], source: str | None, table: str) -> Outcome:
        if source is not None and source in self._failed:
            return self._told(name, Outcome(name, table, "skipped", f"source {source} failed before", 0.0))
        self.listener(name, None)
        start = time.monotonic()
        try:
            outcome = work()
        except CustomerChunksError as error:
            outcome = self._failure(name, table, source, error, start)
        except SPARK_FAILURES as error:
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
        files = "1 file" if done.files == 1 else f"{done.files:,} files"
        detail = f"{files}{replaced}, {done.rows:,} rows"
        return Outcome(feed.table, feed.table, "done", detail, time.monotonic() - start)

    def _step(self, step: Step, wish: Wish, gate: Gate) -> Outcome:
        start = time.monotonic()
        readable = self._readable(step, gate)
        withheld = gate.withheld(step) if is_behind(step) else []
        if withheld:
            detail = f"no version of {', '.join(withheld)} passed its table rules yet"
            return Outcome(step.name, step.main, "held", detail, time.monotonic() - start)
        now = self._now(wish, step, readable)
        if step.needs_as_of and now.as_of is None:
            return Outcome(step.name, step.main, "idle", "no orders yet", time.monotonic() - start)
        decision = decide(readable, step, now, forced=wish.forces(step))
        if decision.extent is Extent.NOTHING:
            return Outcome(step.name, step.main, "idle", "nothing is new", time.monotonic() - start)
        accounts, counts, is_full = compute(readable, step, decision, now, self.run_id)
        reason = decision.why if is_full else "changed keys only"
        told = "; ".join(describe(a) for a in accounts) or _told(counts)
        return Outcome(
            step.name, step.main, "done", f"{told} ({reason})", time.monotonic() - start, tuple(accounts)
        )

    def _readable(self, step: Step, gate: Gate) -> Warehouse:
        """Return the warehouse as the step sees it: silver as it is, or as far as it passed its rules."""
        return gate.readable() if is_behind(step) else self.warehouse

    def _now(self, wish: Wish, step: Step, readable: Warehouse) -> Now:
        as_of = self._as_of(wish, readable) if step.needs_as_of else wish.as_of
        return Now(self.settings, as_of, readable.read)

    def _as_of(self, wish: Wish, readable: Warehouse) -> date | None:
        """Return D: as asked, else the day after the newest order of any kind that gold reads."""
        if wish.as_of is not None:
            return wish.as_of
        orders = readable.last_commit("silver.orders")
        if orders is None:
            return None
        if self._newest is None or self._newest[0] != orders.rows_changed_in:
            newest = readable.read("silver.orders").agg(F.max("ordered_on").alias("day")).collect()[0]["day"]
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
