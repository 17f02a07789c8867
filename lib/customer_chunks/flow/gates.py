"""Between silver and gold: every new version of a silver table is judged, gold reads what passed.

Silver steps read each other's newest versions, so that a version that is held back is mended by the
next delivery; every other step reads a silver table at the newest version that passed its rules or
was accepted. Tables that one step writes together pass together: orders never run ahead of their lines.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import TABLES
from customer_chunks.contracts.ops import TABLE_CHECKS
from customer_chunks.errors import CustomerChunksError, TableRuleError
from customer_chunks.flow.judging import Bench, basis, references
from customer_chunks.flow.metrics import work_of
from customer_chunks.flow.step import Step
from customer_chunks.quality.table_checks import Judged, Standing, past_of, standings, write_checks
from customer_chunks.quality.table_rules import NO_PAST, Past, Verdict
from customer_chunks.storage.effort import work_at
from customer_chunks.storage.faults import as_storage_error
from customer_chunks.storage.pinned import pinned
from customer_chunks.storage.warehouse import Warehouse

_SIDE_BY_SIDE = 4
DAY_OF = "silver.orders"
"""The table whose newest day decides D."""
_TOLD = 3
"""Broken rules that a message names; `chunks quality show` names all."""
JUDGED = tuple(name for name, t in TABLES.items() if t.layer == "silver" and name != "silver.quarantine")
"""The tables that are judged: all of silver but the quarantine, whose rows are broken by nature."""


@dataclass(frozen=True)
class Gated:
    """What happened to one table at the gate."""

    table: str
    detail: str
    seconds: float = 0.0
    error: CustomerChunksError | None = None
    verdicts: tuple[Verdict, ...] = ()
    started_at: datetime | None = None

    @property
    def state(self) -> str:
        """Return what a run calls it: nothing was measured where a finding is only told again."""
        return "failed" if self.error is not None else "done" if self.verdicts else "warned"


def rules_of(table: str) -> str:
    """Return what judging a table is called among the steps of a run."""
    return f"rules of {table}"


def is_behind(step: Step) -> bool:
    """Return whether a step reads what passed, rather than what is newest."""
    return not step.main.startswith("silver.")


@dataclass
class Gate:
    """Judges the silver tables of a run and says which versions gold reads."""

    warehouse: Warehouse
    steps: Sequence[Step]
    sources: Sequence[str]
    settings: Settings
    run_id: str
    _standings: dict[str, Standing] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._standings = {t: s for t, s in standings(self.warehouse).items() if self._is_of(t, s)}

    def readable(self) -> Warehouse:
        """Return the warehouse as the steps behind the gate see it."""
        if not self.settings.table_rules.is_enabled:
            return self.warehouse
        released = {t: s.released for t, s in self._standings.items()}
        return pinned(self.warehouse, {t: v for t, v in released.items() if v is not None})

    def day_is_withheld(self) -> bool:
        """Return whether there are orders and none of their versions ever passed, so that there is no D."""
        return self._has_rows(DAY_OF) and self.settings.table_rules.is_enabled and not self._released(DAY_OF)

    def withheld(self, step: Step) -> list[str]:
        """Return the tables of a step behind the gate of which no version ever passed."""
        read = {i.table for i in step.inputs.values()} | ({DAY_OF} if step.needs_as_of else set())
        wanted = {t for t in read if t in JUDGED and self._has_rows(t)}
        return sorted(t for t in wanted if self.settings.table_rules.is_enabled and self._released(t) is None)

    def unjudged(self, step: Step) -> list[str]:
        """Return the tables of a step behind the gate whose newest version waits for its verdict."""
        wanted = {i.table for i in step.inputs.values() if i.table in JUDGED}
        return sorted(t for t in wanted if self.settings.table_rules.is_enabled and self._is_new(t))

    def judge(self, chosen: Sequence[Step], failed: Collection[str], reason: str | None) -> list[Gated]:
        """Judge every table that is new, write the verdicts, and tell again what is still held back.

        Args:
            chosen: The steps of this run.
            failed: Names of those that failed or were left out.
            reason: Why whatever breaks a rule is to pass all the same; None holds it back.
        """
        if not self.settings.table_rules.is_enabled:
            return []
        # A table may have been made anew since the run began; then it has no past.
        self._standings = {t: s for t, s in self._standings.items() if self._is_of(t, s)}
        scope = self._scope(chosen)
        current = self._current(chosen, failed)
        due = [t for t in scope if self._is_new(t) or self._is_open(t, current, reason)]
        gated = self._judged(due, current)
        done = [judged for _, judged in gated if judged is not None]
        if done:
            self._settle(done, reason)
        told = [g if judged is None else self._told(g, judged) for g, judged in gated]
        return told + [g for t in scope if t not in due for g in self._told_again(t)]

    def _scope(self, chosen: Sequence[Step]) -> list[str]:
        """Return the tables to judge: of a whole run all, else those that the chosen gold steps read."""
        wanted = {i.table for s in chosen if is_behind(s) for i in s.inputs.values()}
        if {s.name for s in self.steps if not is_behind(s)} <= {s.name for s in chosen}:
            wanted |= {t for s in chosen for t in s.outputs}
        return sorted({m for t in wanted if t in JUDGED for m in self._together(t)})

    def _together(self, table: str) -> list[str]:
        """Return the tables that are written by the same steps, itself included."""
        mine = {t for s in self.steps if table in s.outputs for t in s.outputs} | {table}
        return sorted(mine & set(JUDGED))

    def _current(self, chosen: Sequence[Step], failed: Collection[str]) -> set[str]:
        """Return the tables that every step that writes them has brought up to date in this run."""
        done = {s.name for s in chosen} - set(failed)
        behind = {t for s in self.steps if s.name not in done for t in s.outputs}
        return {t for s in chosen for t in s.outputs} - behind

    def _usable(self, table: str, current: Collection[str]) -> set[str]:
        return (set(references(table)) & set(current)) | (references(table) & set(self._together(table)))

    def _is_of(self, table: str, standing: Standing) -> bool:
        commit = self.warehouse.last_commit(table)
        return commit is not None and commit.table_id == standing.table_id

    def _has_rows(self, table: str) -> bool:
        """Return whether the table ever had rows; one that was only created is not judged."""
        commit = self.warehouse.last_commit(table)
        return commit is not None and commit.rows_changed_in > 0

    def _is_new(self, table: str) -> bool:
        commit, standing = self.warehouse.last_commit(table), self._standings.get(table)
        if commit is None or commit.rows_changed_in == 0:
            return False
        return standing is None or standing.version != commit.rows_changed_in

    def _is_open(self, table: str, current: Collection[str], reason: str | None) -> bool:
        """Return whether a version that is held back may be judged otherwise now."""
        standing = self._standings.get(table)
        if standing is None or not standing.broken:
            return False
        is_other = standing.basis != basis(self.warehouse, table, self.settings.table_rules)
        return reason is not None or (is_other and references(table) <= self._usable(table, current))

    def _released(self, table: str) -> int | None:
        standing = self._standings.get(table)
        return standing.released if standing else None

    def _judged(self, due: Sequence[str], current: Collection[str]) -> list[tuple[Gated, Judged | None]]:
        bench, rules = self._bench(), self.settings.table_rules
        before = {t: s for t in due if (s := self._standings.get(t)) is not None}
        past = past_of(self.warehouse, before, rules.history_versions)

        def one(table: str) -> tuple[Gated, Judged | None]:
            return self._guarded(bench, table, past.get(table, NO_PAST), self._usable(table, current))

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(one, due))

    def _bench(self) -> Bench:
        today = datetime.now(ZoneInfo(self.settings.reporting_time_zone)).date()
        return Bench(self.warehouse, self.sources, self.settings.table_rules, today)

    def _guarded(
        self, bench: Bench, table: str, past: Past, usable: Collection[str]
    ) -> tuple[Gated, Judged | None]:
        """Judge one table; one that cannot be judged does not stop the others."""
        start, at = time.monotonic(), datetime.now(timezone.utc)
        work_at(self.warehouse.session, work_of(self.run_id, rules_of(table)))
        try:
            judged = bench.judged(table, self._standings.get(table), past, usable)
        except CustomerChunksError as error:
            return Gated(table, str(error), time.monotonic() - start, error, (), at), None
        except SPARK_FAILURES as error:
            wrapped = as_storage_error(error, table, self.warehouse.target.label)
            wrapped.__cause__ = error
            return Gated(table, str(wrapped), time.monotonic() - start, wrapped, (), at), None
        return Gated(table, "", time.monotonic() - start, None, tuple(judged.verdicts), at), judged

    def _settle(self, done: Sequence[Judged], reason: str | None) -> None:
        """Release or hold back what was judged, and write both verdicts and standings."""
        for judged in done:
            judged.accepted = reason
            broken = judged.standing.broken if reason is None else ()
            self._standings[judged.table] = replace(judged.standing, broken=broken)
        for table in {m for judged in done for m in self._together(judged.table)}:
            standing = self._standings.get(table)
            if standing is not None and not self._is_new(table):
                is_clear = not self._waits_for(table) and not standing.broken
                self._standings[table] = standing.passed() if is_clear else standing.held_back()
        self.warehouse.create(TABLE_CHECKS)
        write_checks(self.warehouse, done, self._standings, self.run_id, datetime.now(timezone.utc))

    def _waits_for(self, table: str) -> list[str]:
        """Return the tables written together with this one that are held back or not judged."""
        others = [t for t in self._together(table) if t != table]
        return [t for t in others if self._is_new(t) or ((s := self._standings.get(t)) and s.broken)]

    def _told(self, gated: Gated, judged: Judged) -> Gated:
        standing = self._standings[judged.table]
        if standing.broken:
            error = self._error(judged.table, standing)
            return replace(gated, detail=str(error), error=error)
        warned = [str(v) for v in judged.verdicts if not v.is_passed and not v.is_holding_back]
        parts = [f"{sum(v.is_passed for v in judged.verdicts)} of {len(judged.verdicts)} rules hold"]
        parts += [f"accepted: {v}" for v in judged.verdicts if v.is_holding_back]
        parts += [f"warning: {text}" for text in warned[:_TOLD]]
        parts += [f"waits for {other}" for other in self._waits_for(judged.table)]
        return replace(gated, detail="; ".join(parts))

    def _told_again(self, table: str) -> Iterable[Gated]:
        """Tell what an earlier run held back, as long as it is, and that no new order has come for days."""
        standing = self._standings.get(table)
        if standing is None:
            return
        if standing.broken:
            error = self._error(table, standing)
            yield Gated(table, str(error), error=error)
        for verdict in self._bench().stale(table, standing):
            yield Gated(table, f"warning: {verdict}")

    def _error(self, table: str, standing: Standing) -> TableRuleError:
        more = len(standing.broken) - _TOLD
        told = "; ".join(standing.broken[:_TOLD]) + (f"; and {more} more" if more > 0 else "")
        kept = (
            "is not built from it" if standing.released is None else f"stays at version {standing.released}"
        )
        return TableRuleError(
            f"{table}: version {standing.version} breaks its table rules ({told}), so gold {kept}.",
            f"Look with `chunks quality show {table}`; mend the mapping or the file and run again, or let it "
            "pass with `chunks run --accept REASON`.",
        )
