"""One version of one silver table -> its verdicts: which rows are new, what is measured, what was before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.contracts.table_rules import Measure, table_rules
from customer_chunks.quality.table_checks import Judged, Standing
from customer_chunks.quality.table_metrics import BATCH, Since, Version, measure
from customer_chunks.quality.table_rules import NO_PAST, Asked, Judge, Measured, Past, Verdict, asked_of
from customer_chunks.storage.feed import FeedGoneError, whole_feed
from customer_chunks.storage.warehouse import Warehouse


def references(table: str) -> frozenset[str]:
    """Return the other tables in which the table's rules look values up."""
    return frozenset(r.refers_to[0] for r in table_rules(contract(table)) if r.refers_to is not None)


def basis(warehouse: Warehouse, table: str, settings: TableRuleSettings) -> str:
    """Return a hash of what a verdict depends on besides the version: thresholds, tables referred to."""
    commits = {name: warehouse.last_commit(name) for name in sorted(references(table))}
    seen = [(name, c.table_id, c.rows_changed_in) for name, c in commits.items() if c is not None]
    return hashlib.sha256(repr((settings, seen)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Bench:
    """What the tables of a run are judged by."""

    warehouse: Warehouse
    sources: Sequence[str]
    settings: TableRuleSettings
    today: date

    def judged(self, table: str, before: Standing | None, past: Past, usable: Collection[str]) -> Judged:
        """Judge the newest version of a table.

        Args:
            table: Full name; it has rows.
            before: Where it stood; None where it was never judged, or made anew since.
            past: What its accepted versions showed.
            usable: The tables referred to that are up to date; rules about others are left out.
        """
        commit = self.warehouse.last_commit(table)
        if commit is None:
            raise KeyError(table)
        version = commit.rows_changed_in
        asked = asked_of(contract(table), self.sources, self.settings)
        asked = tuple(a for a in asked if a.rule.refers_to is None or a.rule.refers_to[0] in usable)
        looked_up = {a.rule.refers_to[0] for a in asked if a.rule.refers_to is not None}
        since = self._since(table, version, before, past, asked)
        try:
            with whole_feed(table):
                numbers = measure(self._version(table, version, before, usable, since), asked)
        except FeedGoneError:  # told as late as where the rows that came are read
            numbers = measure(self._version(table, version, None, usable, None), asked)
        finally:
            if since is not None:
                since.changes.unpersist()
        verdicts = Judge(contract(table), self.settings, past, self.today).verdicts(asked, numbers)
        standing = Standing(
            commit.table_id,
            version,
            basis(self.warehouse, table, self.settings),
            tuple(str(v) for v in verdicts if v.is_holding_back),
            before.released if before else None,
            before.held if before else (),
            _newest_day(numbers, [a.name for a in asked if a.rule.measure is Measure.NEWEST_DAY]),
            {r: (c.table_id, c.rows_changed_in) for r in looked_up if (c := self.warehouse.last_commit(r))},
        )
        return Judged(table, standing, verdicts, is_repeated=before is not None and before.version == version)

    def stale(self, table: str, standing: Standing) -> list[Verdict]:
        """Return the broken rules of freshness: they break by waiting, without any new version."""
        if standing.newest_day is None:
            return []
        asked = [
            a for a in asked_of(contract(table), (), self.settings) if a.rule.measure is Measure.NEWEST_DAY
        ]
        numbers = {a.name: [Measured(float(standing.newest_day), 1)] for a in asked}
        verdicts = Judge(contract(table), self.settings, NO_PAST, self.today).verdicts(asked, numbers)
        return [v for v in verdicts if not v.is_passed]

    def _version(
        self, table: str, version: int, before: Standing | None, usable: Collection[str], since: Since | None
    ) -> Version:
        rows = self.warehouse.read(table)
        held = {name: self.warehouse.read(name) for name in references(table) & set(usable)}
        if before is None or before.released is None:
            return Version(rows, references=held)
        if since is not None:  # the changes are those since the released version, and kept
            come = _come(since.changes).withColumn(BATCH, F.lit(0))
            return Version(rows, come, references=held, since=since)
        stops = [*[h for h in before.held if before.released < h < version], version]
        new = self._new_rows(table, before.released, stops)
        return Version(rows, new, len(stops) if new is not None else 1, held)

    def _since(
        self, table: str, version: int, before: Standing | None, past: Past, asked: Sequence[Asked]
    ) -> Since | None:
        """Return what the version that passed last showed and what changed since; None to measure anew.

        Numbers are carried on where that version was the last one judged, no rule was broken that its rows
        could still break, and what they look up is still there.
        """
        if before is None or before.released != before.version or before.version == version:
            return None
        of_all = [a for a in asked if not a.rule.is_of_new_rows and a.rule.measure is not Measure.NEWEST_DAY]
        measured = {a.name: past.released[a.name] for a in of_all if a.name in past.released}
        if len(measured) < len(of_all) or not all(_is_whole(a, measured[a.name]) for a in of_all):
            return None
        wanted = {a.rule.refers_to for a in of_all if a.rule.refers_to is not None}
        if not all(self._is_kept(*reference, before) for reference in wanted):
            return None
        try:
            with whole_feed(table):
                changes = self.warehouse.changes(table, before.version, version).persist()
                return Since(measured, changes, changes.count())
        except FeedGoneError:
            return None

    def _is_kept(self, table: str, column: str, before: Standing) -> bool:
        """Return whether every value that the column had then is in it still."""
        commit, seen = self.warehouse.last_commit(table), before.references.get(table)
        if commit is None or seen is None or seen[0] != commit.table_id or seen[1] > commit.rows_changed_in:
            return False
        if seen[1] == commit.rows_changed_in:
            return True
        try:
            with whole_feed(table):
                changes = self.warehouse.changes(table, seen[1], commit.rows_changed_in)
                # Fewer rows of a value than before: it may be gone.
                return changes.groupBy(column).agg(F.sum("_change").alias("rows")).where("rows < 0").isEmpty()
        except FeedGoneError:
            return False

    def _new_rows(self, table: str, after: int, stops: Sequence[int]) -> DataFrame | None:
        """Return the rows that came since a version, each with the number of the first stop that had it.

        None where the change feed is gone: then every row counts as new.
        """
        key = (*contract(table).key, ROW_HASH)
        try:
            *before, come = (_come(self.warehouse.changes(table, after, stop)) for stop in stops)
        except FeedGoneError:
            return None
        batch = F.lit(len(stops) - 1)
        for number, earlier in reversed([*enumerate(before)]):
            marker = f"_stop_{number}"
            marked = earlier.select(*key, F.lit(True).alias(marker)).distinct()
            come = come.join(marked, on=list(key), how="left")  # distinct: no row is doubled
            batch = F.when(F.col(marker), F.lit(number)).otherwise(batch)
        columns = contract(table).column_names
        return come.select(*columns, batch.alias(BATCH))


def _come(changes: DataFrame) -> DataFrame:
    """Return the rows of a change feed that came."""
    return changes.where("_change > 0").drop("_change")


def _is_whole(asked: Asked, then: Measured) -> bool:
    """Return whether the rows of then break the rule by no number that changes alone do not tell."""
    if asked.rule.measure is Measure.DUPLICATES:
        return then.value == 0
    return asked.rule.measure is not Measure.FOUND or then.rows == 0 or then.value == 1


def _newest_day(numbers: dict[str, list[Measured]], names: Sequence[str]) -> int | None:
    days = [m.value for name in names for m in numbers.get(name, ()) if m.value is not None]
    return int(max(days)) if days else None
