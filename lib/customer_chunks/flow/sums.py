"""A table of sums follows what changed: the share of changed keys before is taken off, their share now added.

A key's share is told by its own rows (a customer's orders, say), so nobody else's need be read. What the rows
were before is told by the change feed: the rows now, without those that came, with those that went.
"""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import Table, contract
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import StorageError
from customer_chunks.flow import narrowed as narrowing
from customer_chunks.flow.bookmarks import Bookmark
from customer_chunks.flow.decide import Decision
from customer_chunks.flow.narrowed import Narrowed
from customer_chunks.flow.step import Input, Now, Step, Sums
from customer_chunks.storage.feed import FeedGoneError
from customer_chunks.storage.keys import rows_with
from customer_chunks.storage.warehouse import Warehouse

WORTH_FROM = narrowing.WORTH_FROM
"""Of fewer rows all are added up anew: before, now and the difference take some 40 s of planning and jobs."""
WORTH_IT = narrowing.WORTH_IT
"""Of a larger share, what they were before and are now takes longer than adding up all rows anew."""


def is_worth_it(warehouse: Warehouse, step: Step) -> bool:
    """Return whether changed keys are worth looking for: not where there are few rows to add, or to read.

    Rows of a source are accounted for by their keys, however few there are.
    """
    if step.source is not None:
        return True
    least = WORTH_FROM if step.sums is not None else narrowing.WORTH_FROM
    keyed = [i.table for i in step.inputs.values() if i.key is not None]
    return all(warehouse.read(table).count() >= least for table in keyed)


def change_of(
    warehouse: Warehouse, step: Step, sums: Sums, decision: Decision, narrowed: Narrowed, now: Now
) -> DataFrame | None:
    """Return by how much each row of the table changes: its key, and what is to be added to each part.

    The views have to show the key and the hash of the rows that are read by keys.

    Args:
        warehouse: Where the tables lie.
        step: The step.
        sums: How its table comes about.
        decision: From which versions of the inputs to which.
        narrowed: Reads the rows of the keys that changed, and keeps what is read more than once.
        now: Settings and D.

    Returns:
        One row per key of the table of which a part changes; kept until the step is done. None where most
        rows are the changed keys', so that all is better added up anew.

    Raises:
        StorageError: a change feed that could be read a moment ago is gone.
    """
    after: dict[str, DataFrame] = {}
    before: dict[str, DataFrame] = {}
    for name, wanted in step.inputs.items():
        come, gone = _images(warehouse, wanted, decision, now)
        table = warehouse.read(wanted.table)
        if wanted.of is None:
            rows = narrowed.frame(name, wanted, table, now)
            if wanted.key is not None and narrowed.is_most(rows, table, WORTH_IT):
                narrowed.let_go()
                return None
        else:  # also what belonged to rows that went
            owners = [frames[wanted.of].select(wanted.on) for frames in (after, before)]
            rows = rows_with(wanted.view(table, now), owners[0].union(owners[1]), wanted.on)
        after[name] = narrowed.kept(rows) if wanted.of is not None else rows
        then = _before(after[name], come, gone, contract(wanted.table))
        before[name] = narrowed.kept(then) if wanted.key is not None else then
    key = contract(step.main).key
    shares = [_signed(sums.parts(**after), key, 1), _signed(sums.parts(**before), key, -1)]
    changed = _added(shares[0].unionByName(shares[1]), key)
    is_other = reduce(Column.__or__, [F.col(c) != 0 for c in _numbers(changed, key)])
    return narrowed.kept(changed.where(is_other))


def changed_rows(held: DataFrame, change: DataFrame, sums: Sums, table: Table) -> DataFrame:
    """Return the rows that the table is to hold for the keys that change.

    Args:
        held: The table.
        change: What is to be added to its parts.
        sums: How the table comes about.
        table: Its contract.
    """
    mine = held.join(change.select(*table.key), on=list(table.key), how="left_semi")
    added = _added(mine.select(*change.columns).unionByName(change), table.key)
    types = {name: t for name, t in table.types.items() if name in change.columns}
    return sums.rows(added.select(*[F.col(name).cast(types[name]).alias(name) for name in added.columns]))


def key_text(table: Table) -> str:
    """Return SQL for the table's key as one text, which no other key has."""
    return f"to_json(struct({', '.join(f'`{c}`' for c in table.key)}))"


def _images(
    warehouse: Warehouse, wanted: Input, decision: Decision, now: Now
) -> tuple[DataFrame | None, DataFrame | None]:
    """Return the rows of an input that came and that went, as its view shows them; None where none did."""
    if wanted.table not in decision.changed:
        return None, None
    seen = decision.seen or Bookmark({}, "")
    versions = seen.inputs[wanted.table][1], decision.until.inputs[wanted.table][1]
    try:
        changes = warehouse.changes(wanted.table, *versions)
    except FeedGoneError as error:
        said = f"{wanted.table}: its change feed was there a moment ago and is gone."
        raise StorageError(said, "Run again: what depends on it is then computed in full.") from error
    come, gone = (changes.where(f"_change {sign} 0").drop("_change") for sign in (">", "<"))
    return wanted.view(come, now), wanted.view(gone, now)


def _before(after: DataFrame, come: DataFrame | None, gone: DataFrame | None, table: Table) -> DataFrame:
    if come is None or gone is None:
        return after
    # Two sources may have a row of one key, where somebody let that pass: only the row that came goes.
    row = [*table.key, ROW_HASH]
    stayed = after.join(come.select(*row), on=row, how="left_anti")
    return stayed.select(*after.columns).unionByName(gone.select(*after.columns))


def _numbers(parts: DataFrame, key: tuple[str, ...]) -> list[str]:
    return [c for c in parts.columns if c not in key]


def _signed(parts: DataFrame, key: tuple[str, ...], sign: int) -> DataFrame:
    return parts.select(*key, *[(F.col(c) * sign).alias(c) for c in _numbers(parts, key)])


def _added(parts: DataFrame, key: tuple[str, ...]) -> DataFrame:
    return parts.groupBy(*key).agg(*[F.sum(c).alias(c) for c in _numbers(parts, key)])
