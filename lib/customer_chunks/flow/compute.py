"""One stale step: affected keys, frames, build, account, quarantine, side outputs, main commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from functools import reduce
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import contract
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.errors import StorageError
from customer_chunks.flow.accounts import Account, as_notes, count_judged, spoilt_files
from customer_chunks.flow.bookmarks import Bookmark, with_bookmark
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.narrowed import Narrowed
from customer_chunks.flow.replay import Rows, keys_of_rows
from customer_chunks.flow.step import Built, Now, OnChange, Step, Sums
from customer_chunks.flow.sums import change_of, changed_rows, is_worth_it, key_text
from customer_chunks.quality.quarantine import PLACE, Counted, settle
from customer_chunks.quality.rows import Judged
from customer_chunks.storage.commit import retried
from customer_chunks.storage.converge import Counts, Scope, converge, is_empty, note
from customer_chunks.storage.feed import FeedGoneError, whole_feed
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.ledger import deliveries, standing_rows
from customer_chunks.storage.warehouse import Warehouse

_SEVERAL = 2


class Computed(NamedTuple):
    """What computing a step did.

    ``why`` tells why all of it was computed although changed keys were asked for; empty otherwise.
    """

    accounts: list[Account]
    counts: Counts
    is_full: bool
    why: str = ""


def compute(
    warehouse: Warehouse, step: Step, decision: Decision, now: Now, run_id: str, replayed: Rows | None = None
) -> Computed:
    """Compute what the decision asks for and commit it, the main output last with the bookmark.

    Args:
        warehouse: Where the tables lie.
        step: The step.
        decision: What is to be computed, and the bookmark that the commit will carry.
        now: Settings and D.
        run_id: The run.
        replayed: Quarantined rows to be tried again: their keys are computed, they alone are counted.

    Raises:
        AccountError: the rows that came in are not the rows that came out; the main output is untouched.
        ContractError: a build broke a contract.
        StorageError: a table cannot be written.
    """
    keys, why = None, ""
    if decision.extent is Extent.KEYS and replayed is not None:
        keys = keys_of_rows(warehouse, step, replayed, now)
    elif decision.extent is Extent.KEYS and is_worth_it(warehouse, step):
        try:
            keys = _keys(warehouse, step, decision, now)
        except FeedGoneError as gone:
            why = str(gone)
    work = _Work(warehouse, step, decision, run_id, keys, replayed)
    if keys is not None and not keys.count:
        retried(lambda: note(warehouse, step.main, work.notes([])))
        return Computed([], Counts(), is_full=False)
    return work.done(now)._replace(why=why)


class _Work(NamedTuple):
    warehouse: Warehouse
    step: Step
    decision: Decision
    run_id: str
    keys: Keys | None
    replayed: Rows | None

    def done(self, now: Now) -> Computed:
        if self.step.sums is not None and self.keys is not None:
            return self.added(self.step.sums, self.keys, now)
        narrowed = Narrowed(self.keys)
        try:
            frames = {
                n: narrowed.frame(n, i, self.warehouse.read(i.table), now)
                for n, i in self.step.inputs.items()
            }
            if self.step.source is None and narrowed.are_most(self.warehouse, self.step.inputs):
                narrowed.let_go()
                return self._replace(keys=None).done(now)
            return self.made(frames, now)
        finally:
            narrowed.let_go()

    def made(self, frames: Mapping[str, DataFrame], now: Now) -> Computed:
        """Build the outputs from the inputs and write them."""
        if self.step.is_fit:  # it notes from what it was learnt
            versions = {table: version for table, (_, version) in self.decision.until.inputs.items()}
            now = replace(now, versions=versions, run_id=self.run_id)
        built = self.step.build(frames, now)
        try:
            accounts = self.accounts(built)
            return Computed(accounts, self.written(built, accounts), is_full=self.keys is None)
        finally:
            for frame in built.scratch:
                frame.unpersist()

    def added(self, sums: Sums, keys: Keys, now: Now) -> Computed:
        """Take off what the keys came to before, and add what they come to now."""
        narrowed = Narrowed(keys)
        try:
            change = change_of(self.warehouse, self.step, sums, self.decision, narrowed, now)
            if change is None:
                return self._replace(keys=None).done(now)
            table = contract(self.step.main)
            last = self.warehouse.last_commit(table.full_name)  # by its version, see ``converge``
            held = self.warehouse.read(table.full_name, last.version if last else None)
            rows = changed_rows(held, change, sums, table)
            key = key_text(table)
            scope = Scope(keys=Keys.of(change.select(F.expr(key).alias("_key"))), key=key)

            def notes(_: Counts) -> Mapping[str, Any]:
                newest = self.warehouse.last_commit(table.full_name)
                if last is None or newest is None or newest.version != last.version:
                    said = f"{table.full_name}: somebody else changed it while this run added to it."
                    raise StorageError(said, "Nothing was written to it. Run again.")
                return self.notes([])

            return Computed([], converge(self.warehouse, table, rows, scope, notes), is_full=False)
        finally:
            narrowed.let_go()

    def accounts(self, built: Built) -> list[Account]:
        """Account for the judged rows, and bring the quarantine up to them."""
        accounts = []
        for judged in built.judged:
            table = f"bronze.{self.step.source}_{judged.feed}"
            account = self.account(judged, table)
            accounts.append(account)
            # A full account without a failing row, and nobody in quarantine: nothing can be settled.
            if self.keys is None and not account.quarantined and is_empty(self.warehouse, QUARANTINE):
                continue
            bronze, source = self.warehouse.read(table), str(self.step.source)
            moved = settle(self.warehouse, judged, bronze, source, self.run_id, self.counted(judged, table))
            account.moved_in, account.moved_out = moved
        return [a for a in accounts if self.replayed is None or a.rows_read or a.moved_in or a.moved_out]

    def counted(self, judged: Judged, table: str) -> Counted:
        """Return which rows the account counts: the new ones, or those that are tried again."""
        if self.replayed is None:
            return Counted(self.counted_until(table) + 1)
        places = self.replayed.get((judged.feed, judged.entity))
        return Counted(places=judged.rows.select(*PLACE).where("false") if places is None else places)

    def account(self, judged: Judged, table: str) -> Account:
        """Count the rows that are new, or those that are tried again."""
        if self.replayed is None:
            after = self.counted_until(table)
            rows_read = _rows_read(self.warehouse, table, after)
            account = count_judged(judged.rows, judged.feed, judged.entity, rows_read, after)
            if 0 < 2 * account.quarantined < account.rows_read:  # where it is half of them all, that is told
                account.spoilt = spoilt_files(judged.rows, deliveries(self.warehouse, table), after)
            return account
        places = self.replayed.get((judged.feed, judged.entity))
        if places is None:
            return Account(judged.feed, judged.entity, 0)
        again = judged.rows.join(places, on=PLACE, how="left_semi")
        return count_judged(again, judged.feed, judged.entity, places.count(), -1)

    def counted_until(self, table: str) -> int:
        """Return the newest delivery that an earlier account counted; -1 where all are counted now."""
        seen = self.decision.seen
        return -1 if self.keys is None or seen is None else int(seen.deliveries.get(table, -1))

    def brought(self, built: Built, table: str) -> DataFrame | None:
        """Return the new rows of a table that several feeds bring; None where one does, or no key tells."""
        mine = [j for j in built.judged if ENTITIES[j.entity].table == table]
        if len(mine) < _SEVERAL or not (self.step.scope_expression or self.step.scope_key):
            return None
        return reduce(DataFrame.unionByName, [self.new_rows(judged) for judged in mine])

    def new_rows(self, judged: Judged) -> DataFrame:
        """Return the accepted rows that the account counts, by what finds them in the table."""
        number = ["line_number"] if judged.entity == "order_lines" else []
        counted = self.counted(judged, f"bronze.{self.step.source}_{judged.feed}")
        mine = counted.mark(judged.rows.where("_disposition = 'accepted'")).where("not _is_other")
        return mine.select("_key", *number, F.lit(judged.feed).alias("_feed"))

    def written(self, built: Built, accounts: list[Account]) -> Counts:
        step = self.step
        scope = Scope(step.source, self.scope_keys(), step.scope_expression or step.scope_key or "")
        for table in step.outputs[:-1]:
            brought = self.brought(built, table)
            rows = built.outputs[table]
            _split(accounts, table, converge(self.warehouse, contract(table), rows, scope, brought=brought))

        def notes(counts: Counts) -> Mapping[str, Any]:
            _split(accounts, step.main, counts)
            return self.notes(accounts)

        rows, brought = built.outputs[step.main], self.brought(built, step.main)
        return converge(self.warehouse, contract(step.main), rows, scope, notes, brought)

    def scope_keys(self) -> Keys | None:
        """Return the keys whose rows the outputs speak for; None: all of them."""
        if self.keys is None and self.step.owns is not None:
            return Keys(self.warehouse.session.createDataFrame([(self.step.owns,)], "_key string"), 1)
        return self.keys

    def notes(self, accounts: list[Account]) -> dict[str, Any]:
        extra = {
            "run": self.run_id,
            "at": datetime.now(timezone.utc).isoformat(),
            "source": self.step.source or "",
            "is_full": self.keys is None and self.replayed is None,
            "is_replay": self.replayed is not None,
            "accounts": as_notes(accounts),
        }
        return with_bookmark(self.warehouse, self.step, self.decision.until, extra)


def _keys(warehouse: Warehouse, step: Step, decision: Decision, now: Now) -> Keys:
    """Return the distinct keys that the changes touch.

    Raises:
        FeedGoneError: changes since the bookmark can no longer be read, or not all of them.
    """
    seen = decision.seen or Bookmark({}, "")
    found = []
    for wanted in step.inputs.values():
        if wanted.table not in decision.changed or wanted.on_change is OnChange.NOTHING:
            continue
        after, until = seen.inputs[wanted.table][1], decision.until.inputs[wanted.table][1]
        viewed = wanted.view(warehouse.changes(wanted.table, after, until), now)
        if wanted.keys_of is not None and (wanted.key is None or _is_as_noted(warehouse, step)):
            viewed = wanted.keys_of(viewed, now)
        column = "_key" if "_key" in viewed.columns else (wanted.key or step.scope_key or "_key")
        found.append(viewed.select(F.col(column).cast("string").alias("_key")))
    with whole_feed(", ".join(sorted(decision.changed))):
        return Keys.of(reduce(DataFrame.unionByName, found))


def _is_as_noted(warehouse: Warehouse, step: Step) -> bool:
    """Return whether the step's table is what its bookmark tells, without a replay or an edit since."""
    last = warehouse.last_commit(step.main)
    mine = last.notes.get("steps", {}).get(step.name, {}) if last else {}
    return last is not None and not last.is_others and not mine.get("is_replay")


def _rows_read(warehouse: Warehouse, table: str, after: int) -> int:
    """Return how many rows the deliveries that still count brought."""
    return standing_rows(deliveries(warehouse, table), after)


def _split(accounts: Iterable[Account], table: str, counts: Counts) -> None:
    """Tell the accounts of the entity that ends in the table what writing it did to their accepted rows."""
    for account in accounts:
        if ENTITIES[account.entity].table == table:
            counts = account.written(counts)
