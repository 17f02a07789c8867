"""A version of a table -> the numbers of its rules, in one aggregate query that returns one row.

The rows of the version and, beside them, the new ones (as the change feed has them) pass through one
aggregation, and the distinct keys are counted beside it; a value that another table has to hold is
looked up by a left join to its distinct values, inside the same query. The cost follows the table,
not the number of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.table_rules import QUANTILES, Measure
from customer_chunks.quality.table_rules import Asked, Measured

CURRENT, BATCH, KEYS = "_current", "_batch", "_keys"
_KEY_ROWS = "_key_rows"
_SHARES = (Measure.KNOWN, Measure.NEW_KNOWN, Measure.FOUND)
_OF_ALL = (Measure.ROWS_LOW, Measure.ROWS_HIGH, Measure.NEW_ROWS)


@dataclass
class Version:
    """What is measured.

    Attributes:
        rows: The table at the version.
        new: Its new rows with the number of their batch in ``_batch``; None where all are new.
        batches: How many batches there are.
        references: The tables referred to, by name.
    """

    rows: DataFrame
    new: DataFrame | None = None
    batches: int = 1
    references: Mapping[str, DataFrame] = field(default_factory=dict)


def measure(version: Version, asked: Sequence[Asked]) -> dict[str, list[Measured]]:
    """Return the numbers of every rule, those about new rows one a batch; a rule without its table none.

    Values are counts, shares, quantiles or the newest day (days since 1970-01-01).
    """
    able = [a for a in asked if a.rule.refers_to is None or a.rule.refers_to[0] in version.references]
    query = _Query(version)
    parts = {a.name: [query.part(a, b) for b in _batches(a, version)] for a in able}
    row = query.answer()
    return {a.name: [_measured(a, row, *part) for part in parts[a.name]] for a in able}


def _batches(asked: Asked, version: Version) -> range:
    """Return the batches that a rule is asked of; how many new rows there are is asked of the newest."""
    if asked.rule.measure is Measure.NEW_ROWS:
        return range(version.batches - 1, version.batches)
    return range(version.batches if asked.rule.is_of_new_rows else 1)


def _measured(asked: Asked, row: Mapping[str, Any], value: str, rows: str) -> Measured:
    found, count = row[value], int(row[rows] or 0)
    rule = asked.rule
    if rule.measure is Measure.QUANTILE:
        found = found[list(QUANTILES.values()).index(rule.quantile)] if found else None
    elif rule.measure is Measure.DUPLICATES:
        found = count - found
    elif rule.measure in _SHARES:
        found = found / count if count else None
    return Measured(None if found is None else float(found), count)


class _Query:
    """Collects the aggregates that the rules need, each once, and asks for them together."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._names: dict[tuple[object, ...], str] = {}
        self._columns: list[Column] = []
        self._lookups: dict[tuple[str, str, str], str] = {}
        self._keys: tuple[str, ...] = ()

    def part(self, asked: Asked, batch: int) -> tuple[str, str]:
        """Return the names of a rule's value and of the rows that it is measured on."""
        rule = asked.rule
        scope = self._scope(asked, batch)
        key = (rule.is_of_new_rows, batch, asked.source)
        column = F.col(rule.column) if rule.column and not rule.columns else F.lit(1)
        if rule.measure is Measure.QUANTILE:
            number = F.when(scope, F.expr(rule.value).cast("double"))
            cuts = F.array(*map(F.lit, QUANTILES.values()))
            asks = F.percentile_approx(number, cuts)
            return self._named(asks, "at", rule.value, *key), self._named(F.count(number), rule.value, *key)
        rows = self._named(F.count_if(scope), "rows", *key)
        if rule.measure in _OF_ALL:
            return rows, rows
        if rule.measure is Measure.DUPLICATES:
            self._keys = rule.columns
            return KEYS, rows
        if rule.measure is Measure.NEWEST_DAY:
            return self._named(F.unix_date(F.max(F.when(scope, column))), "newest", rule.column), rows
        known = self._named(F.count_if(scope & column.isNotNull()), "known", rule.column, *key)
        if rule.refers_to is None:
            return known, rows
        marker = self._lookups.setdefault((rule.column, *rule.refers_to), f"_found_{len(self._lookups)}")
        return self._named(F.count_if(scope & F.col(marker).isNotNull()), marker), known

    def answer(self) -> dict[str, Any]:
        """Run the query."""
        rows = reduce(self._looked_up, self._lookups.items(), self._marked())
        found = rows.agg(*self._columns)
        if self._keys:
            # Beside a count of distinct keys in the same aggregate, Spark keeps a quantile's digest for
            # each key: minutes for a million rows. By itself it reads the key's columns and no more.
            found = found.crossJoin(self._counted(F.xxhash64(*self._keys)))  # one row each
        row = found.collect()[0].asDict()  # one row: aggregates without groups
        if self._keys and row[KEYS] != row[_KEY_ROWS]:
            # Two keys may have one hash, so that only the keys themselves tell whether they are equal.
            row |= self._counted(F.struct(*self._keys)).collect()[0].asDict()  # one row
        return row

    def _counted(self, key: Column) -> DataFrame:
        """Count rows and distinct keys of the version. Hashes are counted in a fraction of the keys' time."""
        keys = self._version.rows.select(key.alias("key")).groupBy("key").agg(F.count("*").alias("rows"))
        return keys.agg(F.count("*").alias(KEYS), F.coalesce(F.sum("rows"), F.lit(0)).alias(_KEY_ROWS))

    def _named(self, column: Column, *key: object) -> str:
        if key not in self._names:
            self._names[key] = f"m{len(self._names)}"
            self._columns.append(column.alias(self._names[key]))
        return self._names[key]

    def _scope(self, asked: Asked, batch: int) -> Column:
        if not asked.rule.is_of_new_rows:
            return F.col(CURRENT)
        mine = F.col(BATCH) == batch
        return mine & (F.col("source") == asked.source) if asked.source else mine

    def _marked(self) -> DataFrame:
        """Return the rows of the version and the new ones, each marked as what it is."""
        version = self._version
        if version.new is None:
            return version.rows.withColumns({CURRENT: F.lit(True), BATCH: F.lit(0)})
        current = version.rows.withColumns({CURRENT: F.lit(True), BATCH: F.lit(None).cast("int")})
        return current.unionByName(version.new.withColumn(CURRENT, F.lit(False)))

    def _looked_up(self, rows: DataFrame, lookup: tuple[tuple[str, str, str], str]) -> DataFrame:
        (column, table, to), marker = lookup
        held = self._version.references[table]
        values = held.select(F.col(to).alias(column), F.lit(True).alias(marker)).distinct()
        return rows.join(values, on=column, how="left")  # values are distinct: no row is doubled
