"""Runs what is stale, in the order of the graph, and accounts for every row."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES, contract, is_table
from customer_chunks.errors import CustomerChunksError, ModelError
from customer_chunks.flow.abreast import Task, done_abreast, hands
from customer_chunks.flow.accounts import describe, moves, remarks, settle_accounts
from customer_chunks.flow.compute import compute
from customer_chunks.flow.decide import Decision, Extent, decide, is_fingerprint_seen
from customer_chunks.flow.few import interpreted_where_few, most_rows_in
from customer_chunks.flow.gates import Gate, is_behind, rules_of
from customer_chunks.flow.graph import Graph
from customer_chunks.flow.ingest import Arrival, arrivals, ingest
from customer_chunks.flow.lineage import Lineage, lineage_of
from customer_chunks.flow.metrics import record, work_of
from customer_chunks.flow.outcome import Outcome, Report, Wish
from customer_chunks.flow.pieces import sized
from customer_chunks.flow.planning import Planned, planned
from customer_chunks.flow.replay import Chosen, Rows, replay_decision, replayed_rows
from customer_chunks.flow.sight import Sight
from customer_chunks.flow.step import Now, Step
from customer_chunks.sources.staging import remove_left_copies
from customer_chunks.storage.converge import Counts
from customer_chunks.storage.effort import work_at
from customer_chunks.storage.evolve import breaking
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.lease import leased
from customer_chunks.storage.sessions import is_connected
from customer_chunks.storage.warehouse import Warehouse

Listener = Callable[[str, Outcome | None], None]
"""Called with a step's name and None when it starts, and with its outcome when it ends."""
_NAMED = 3
"""Files of a feed that a step names."""
_WITH_ASKED = "with the rows that were asked for, as their order or key is judged as a whole"
StepWork = Callable[[Step, Sight], Outcome]
"""How one step is brought up to date."""


@dataclass
class Runner:
    """One run over one warehouse."""

    warehouse: Warehouse
    sources: Sequence[SourceMapping]
    steps: Sequence[Step]
    settings: Settings
    run_id: str
    listener: Listener = lambda _step, _outcome: None
    hands: int = field(default_factory=hands)
    """How many steps are computed at once at most."""
    _failed: set[str] = field(default_factory=set)
    _lineage: Lineage = field(default_factory=Lineage)

    def run(self, wish: Wish) -> Report:
        """Run every stale step that the wish covers; a source that fails does not stop the others.

        Raises:
            LeaseError: another run holds the warehouse.
            StorageError: the warehouse cannot be written.
        """
        chosen = self._graph().until(wish.until)
        with leased(self.warehouse.target.folder, self.run_id):
            self._lineage = lineage_of(self.warehouse, self.sources, self.steps, self.run_id)
            remove_left_copies(self.warehouse.target.folder)
            self._create_tables(chosen, every=wish.until is None)
            self._remake_tables(wish)
            settle_accounts(self.warehouse, self._accounted)
            return self._flowed(chosen, wish, self._readings(wish), self._step)

    def replay(self, chosen: Chosen) -> Report:
        """Try quarantined rows again, and bring up to date what they change.

        Raises:
            LeaseError: another run holds the warehouse.
            StorageError: the warehouse cannot be written.
        """
        steps = self._graph().until(None)
        with leased(self.warehouse.target.folder, self.run_id):
            self._lineage = lineage_of(self.warehouse, self.sources, self.steps, self.run_id)
            remove_left_copies(self.warehouse.target.folder)
            self._create_tables(steps, every=True)
            settle_accounts(self.warehouse, self._accounted)
            return self._flowed(steps, Wish(), [], partial(self._replay, chosen))

    def plan(self, wish: Wish) -> list[Planned]:
        """Return step, what would be done and why, without doing it."""
        feeds = [feed for _, feed in self._feeds(wish)]
        return planned(self.warehouse, feeds, self._graph().until(wish.until), self._sight(wish), wish)

    @property
    def _accounted(self) -> list[str]:
        return sorted({s.main for s in self.steps if s.source})

    def _graph(self) -> Graph:
        return Graph(self.steps, [f.table for s in self.sources for f in s.feeds])

    def _sight(self, wish: Wish) -> Sight:
        names = [source.name for source in self.sources]
        gate = Gate(self.warehouse, self.steps, names, self.settings, self.run_id)
        return Sight(self.warehouse, gate, wish)

    def _feeds(self, wish: Wish) -> list[tuple[SourceMapping, Feed]]:
        wanted = self._graph().tables_until(wish.until)
        return [(source, feed) for source in self.sources for feed in source.feeds if feed.table in wanted]

    def _flowed(
        self, chosen: Sequence[Step], wish: Wish, readings: Sequence[Task[Outcome]], work: StepWork
    ) -> Report:
        """Read the feeds, run the silver steps by ``work``, judge what they wrote, run the others.

        Then keep the accounts.
        """
        sight = self._sight(wish)
        silver = self._tasks([s for s in chosen if not is_behind(s)], sight, work)
        outcomes = self._done([*readings, *silver])
        remove_left_copies(self.warehouse.target.folder)
        outcomes += self._gated(sight.gate, chosen, outcomes, wish)
        outcomes += self._done(self._tasks([s for s in chosen if is_behind(s)], sight, self._step))
        settle_accounts(self.warehouse, self._accounted)
        outcomes += self._published(outcomes)
        record(self.warehouse, self.run_id, outcomes)
        return Report(self.run_id, tuple(outcomes), sight.told_day())

    def _published(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Publish the models that were fitted, where the settings say where to."""
        if self.settings.tracking is None:
            return []
        from customer_chunks.flow.tracking import published  # noqa: PLC0415 - an extra

        return [self._told(o.step, o) for o in published(self.warehouse, self.settings, outcomes)]

    def _readings(self, wish: Wish) -> list[Task[Outcome]]:
        """Return a task for every feed; each is tried, also where another of its source fails."""
        return [
            Task(
                feed.table,
                partial(self._guarded, feed.table, partial(self._ingest, source, feed, wish), source.name),
            )
            for source, feed in self._feeds(wish)
        ]

    def _tasks(self, steps: Sequence[Step], sight: Sight, work: StepWork) -> list[Task[Outcome]]:
        """Return a task for every step; a source's steps wait for all its feeds, one of which may fail."""
        graph = self._graph()
        feeds = {source.name: {f.table for f in source.feeds} for source in self.sources}
        return [
            Task(
                s.name,
                partial(self._unless_failed, s, partial(work, s, sight)),
                graph.needs(s) | feeds.get(s.source or "", set()),
            )
            for s in steps
        ]

    def _done(self, tasks: Sequence[Task[Outcome]]) -> list[Outcome]:
        warehouse = self.warehouse
        hands = 1 if is_connected(warehouse.session) else self.hands
        return done_abreast(tasks, hands, prepare=warehouse.set_apart, stop=warehouse.session.interruptAll)

    def _gated(
        self, gate: Gate, chosen: Sequence[Step], outcomes: Sequence[Outcome], wish: Wish
    ) -> list[Outcome]:
        """Judge what the silver steps wrote; a table that fails does not stop the others."""
        failed = {o.step for o in outcomes if o.state in {"failed", "skipped"}}
        at = datetime.now(timezone.utc)
        told = []
        with sized(self.warehouse):
            judged = gate.judge(chosen, failed, wish.accept)
        for g in judged:
            name = rules_of(g.table)
            outcome = Outcome(
                name, g.table, g.state, g.detail, g.seconds, g.started_at or at, (), g.error, g.verdicts
            )
            told.append(self._told(name, outcome))
        return told

    def _create_tables(self, chosen: Sequence[Step], *, every: bool) -> None:
        """Create the tables of the steps; of a whole run every contract table, so that all can be queried."""
        names = {n for s in chosen for n in (*s.outputs, *[i.table for i in s.inputs.values()])}
        wanted = {n for n, t in TABLES.items() if every and not t.is_optional} | names | {"silver.quarantine"}
        self.warehouse.create_all([contract(n) for n in sorted(wanted) if is_table(n)])

    def _remake_tables(self, wish: Wish) -> None:
        """Make anew the tables that are asked for in full and cannot follow their contract."""
        for step in self.steps:
            for name in step.outputs if wish.forces(step) else ():
                if breaking(self.warehouse, contract(name)):
                    self.warehouse.remake(contract(name))

    def _unless_failed(self, step: Step, work: Callable[[], Outcome]) -> Outcome:
        """Do the work of a step, unless something of its source failed before."""
        if step.source is not None and step.source in self._failed:
            detail = f"source {step.source} failed before"
            return self._told(step.name, Outcome(step.name, step.main, "skipped", detail))
        return self._guarded(step.name, work, step.source, step.main)

    def _guarded(
        self, name: str, work: Callable[[], Outcome], source: str | None, table: str | None = None
    ) -> Outcome:
        """Do the work and tell of it; a failure is an outcome, and one of its source.

        Args:
            name: Of the step, or of the feed's bronze table.
            work: What is to be done.
            source: Whose steps are left out where it fails; None for what all sources share.
            table: The main output; the name itself for a feed.
        """
        table = table or name
        self.listener(name, None)
        work_at(self.warehouse.session, work_of(self.run_id, name))
        start, started_at = time.monotonic(), datetime.now(timezone.utc)
        try:
            outcome = work()
        except CustomerChunksError as error:
            outcome = self._failure(name, table, source, error)
        except SPARK_FAILURES as error:
            wrapped = as_storage_error(error, table, self.warehouse.target.label)
            wrapped.__cause__ = error
            outcome = self._failure(name, table, source, wrapped)
        work_at(self.warehouse.session, None)
        return self._told(name, replace(outcome, seconds=time.monotonic() - start, started_at=started_at))

    def _failure(self, name: str, table: str, source: str | None, error: CustomerChunksError) -> Outcome:
        if source is not None:
            self._failed.add(source)
        return Outcome(name, table, "failed", str(error), error=error)

    def _told(self, name: str, outcome: Outcome) -> Outcome:
        self.listener(name, outcome)
        self._lineage.ended(outcome)
        return outcome

    def _ingest(self, source: SourceMapping, feed: Feed, wish: Wish) -> Outcome:
        full = feed.table in wish.full
        new = arrivals(self.warehouse, feed, full=full)
        if not new and self.warehouse.exists(feed.table):
            return Outcome(feed.table, feed.table, "idle", "no new files")
        self._lineage.started(feed.table)
        with interpreted_where_few(self.warehouse, most_rows_in([a.file for a in new])):
            done = ingest(self.warehouse, source, feed, new, self.run_id, full=full)
        replaced = f", {done.replaced} replaced" if done.replaced else ""
        files = "1 file" if done.files == 1 else f"{done.files:,} files"
        detail = f"{files}{_named(new)}{replaced}, {done.rows:,} rows"
        return Outcome(feed.table, feed.table, "done", detail, remarks=done.remarks)

    def _step(self, step: Step, sight: Sight) -> Outcome:
        withheld = sight.gate.withheld(step) if is_behind(step) else []
        if withheld:
            detail = f"no version of {', '.join(withheld)} passed its table rules yet"
            return Outcome(step.name, step.main, "held", detail)
        now = sight.now(step)
        if step.needs_as_of and now.as_of is None:
            return Outcome(step.name, step.main, "idle", "no orders yet")
        readable = sight.readable(step)
        decision = decide(readable, step, now, forced=sight.wish.forces(step))
        if decision.extent is Extent.NOTHING:
            return Outcome(step.name, step.main, "idle", "nothing is new")
        work = partial(self._computed, readable, step, decision, now)
        return self._fitted(step, work) if step.is_fit else work()

    def _fitted(self, step: Step, work: Callable[[], Outcome]) -> Outcome:
        """Do the work of a fit; where there is too little to learn from, it waits, and that is no failure."""
        try:
            return work()
        except ModelError as error:
            remark = f"{step.name} waits: {error}"
            return Outcome(step.name, step.main, "held", str(error), remarks=(remark,))

    def _replay(self, chosen: Chosen, step: Step, sight: Sight) -> Outcome:
        rows = replayed_rows(self.warehouse, step, chosen)
        now = sight.now(step)
        decision = replay_decision(self.warehouse, step, now) if rows else None
        if decision is not None:
            return self._computed(self.warehouse, step, decision, now, rows)
        if step.source is not None and not is_fingerprint_seen(self.warehouse, step, now):
            said = "no such row; a mended mapping waits for `chunks run`"
            return Outcome(step.name, step.main, "idle", said)
        return self._step(step, sight)

    def _computed(
        self, readable: Warehouse, step: Step, decision: Decision, now: Now, replayed: Rows | None = None
    ) -> Outcome:
        self._lineage.started(step.name)
        with sized(readable):
            did = compute(readable, step, decision, now, self.run_id, replayed)
        is_all = did.is_full or replayed is not None
        reason = (did.why or decision.why) if is_all else "changed keys only"
        accounts = did.accounts
        told = "; ".join(describe(a) for a in accounts) or _told(did.counts)
        noted = tuple(
            said for a in accounts for said in (remarks(a) if replayed is None else moves(a, _WITH_ASKED))
        )
        detail = f"{told} ({reason})"
        return Outcome(step.name, step.main, "done", detail, accounts=tuple(accounts), remarks=noted)


def _named(new: Sequence[Arrival]) -> str:
    """Return the names of a few files: what a day brought is what a rule that it breaks is about."""
    names = [os.path.basename(arrival.file.file.path) for arrival in new]
    return f" ({', '.join(names)})" if 0 < len(names) <= _NAMED else ""


def _told(counts: Counts) -> str:
    parts = {
        "inserted": counts.inserted,
        "updated": counts.updated,
        "deleted": counts.deleted,
        "unchanged": counts.unchanged,
    }
    return ", ".join(f"{v:,} {k}" for k, v in parts.items() if v) or "no rows"
