"""A version of a table -> the numbers of its rules, in one or two aggregate queries of one row.

The rows of the version and, beside them, the new ones (as the change feed has them) pass through one
aggregation, and the distinct keys are counted beside it; a value that another table has to hold is
looked up by a left join to its distinct values, inside the same query. The quantiles of many new rows
are asked for by themselves: beside one, Spark compiles no aggregate. The cost follows the table,
not the number of rules. Where an earlier version's numbers are known and what changed since, the
changes take the place of the rows: then the cost follows the change, and one query is enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.contracts.table_rules import QUANTILES, Measure
from customer_chunks.quality.table_rules import Asked, Measured

WEIGHT, BATCH, KEYS = "_weight", "_batch", "_keys"
_KEY_ROWS, _NEWEST = "_key_rows", "_newest"
FEW_ROWS = 1_000_000
"""So many changed rows are sent to where the table's rows are, instead of sorting both."""
ENOUGH_ROWS = 500_000
"""Of so many values of a batch and source at least, chosen by their rows' hash, quantiles are told: their
rank is right to 0.2%, three standard errors."""
_SHARES = (Measure.KNOWN, Measure.NEW_KNOWN, Measure.FOUND)
_OF_ALL = (Measure.ROWS_LOW, Measure.ROWS_HIGH, Measure.NEW_ROWS)


@dataclass(frozen=True)
class Since:
    """An earlier version, and what changed since.

    Attributes:
        measured: What the rules about all rows showed then: no key was there twice, and every value that
            is looked up was found and can still be found.
        changes: The rows that went and came, with ``_change`` (-1 or 1).
        count: How many they are.
    """

    measured: Mapping[str, Measured]
    changes: DataFrame
    count: int


@dataclass
class Version:
    """What is measured.

    Attributes:
        rows: The table at the version.
        new: Its new rows with the number of their batch in ``_batch``; None where all are new.
        batches: How many batches there are.
        references: The tables referred to, by name.
        since: Where the numbers of an earlier version are to be carried on; None measures every row.
    """

    rows: DataFrame
    new: DataFrame | None = None
    batches: int = 1
    references: Mapping[str, DataFrame] = field(default_factory=dict)
    since: Since | None = None


def measure(version: Version, asked: Sequence[Asked]) -> dict[str, list[Measured]]:
    """Return the numbers of every rule, those about new rows one a batch; a rule without its table none.

    Values are counts, shares, quantiles or the newest day (days since 1970-01-01). Quantiles of a million
    values or more are those of a part of them: of every second, fourth ... by the hash of the row.
    """
    able = [a for a in asked if a.rule.refers_to is None or a.rule.refers_to[0] in version.references]
    query = _Query(version)
    parts = {a.name: [query.part(a, b) for b in _batches(a, version)] for a in able}
    row = query.answer()
    before = version.since.measured if version.since is not None else {}
    return {a.name: [_measured(a, row, *part, before.get(a.name)) for part in parts[a.name]] for a in able}


def _batches(asked: Asked, version: Version) -> range:
    """Return the batches that a rule is asked of; how many new rows there are is asked of the newest."""
    if asked.rule.measure is Measure.NEW_ROWS:
        return range(version.batches - 1, version.batches)
    return range(version.batches if asked.rule.is_of_new_rows else 1)


def _measured(
    asked: Asked, row: Mapping[str, Any], value: str, rows: str, before: Measured | None
) -> Measured:
    found, count = row[value], int(row[rows] or 0)
    rule = asked.rule
    if rule.measure is Measure.QUANTILE:
        found = found[list(QUANTILES.values()).index(rule.quantile)] if found else None
    elif rule.measure is Measure.DUPLICATES:
        found = row[_KEY_ROWS] - found
        count += before.rows if before is not None else 0
    elif rule.measure in _OF_ALL or rule.measure in _SHARES:
        found, count = _carried_on(rule.measure, int(found or 0), count, before)
    return Measured(None if found is None else float(found), count)


def _carried_on(
    measured: Measure, found: int, count: int, before: Measured | None
) -> tuple[float | None, int]:
    """Add what an earlier version showed; shares are told again as the counts that they were made of."""
    is_share = measured in _SHARES
    if before is not None:
        known = before.value or 0.0
        found += round(known * before.rows) if is_share else int(known)
        count += before.rows
    if not is_share:
        return found, count
    return (found / count if count else None), count


class _Query:
    """Collects the aggregates that the rules need, each once, and asks for them together."""

    def __init__(self, version: Version) -> None:
        self._version = version
        self._names: dict[tuple[object, ...], str] = {}
        self._columns: list[Column] = []
        self._quantiles: dict[str, tuple[Column, str]] = {}
        self._lookups: dict[tuple[str, str, str], str] = {}
        self._keys: tuple[str, ...] = ()
        self._newest = ""

    def part(self, asked: Asked, batch: int) -> tuple[str, str]:
        """Return the names of a rule's value and of the rows that it is measured on."""
        rule = asked.rule
        scope = self._scope(asked, batch)
        key = (rule.is_of_new_rows, batch, asked.source)
        column = F.col(rule.column) if rule.column and not rule.columns else F.lit(1)
        if rule.measure is Measure.QUANTILE:
            return self._quantile(F.when(scope, F.expr(rule.value).cast("double")), rule.value, *key)
        rows = self._counted(asked, scope, "rows", *key)
        if rule.measure in _OF_ALL:
            return rows, rows
        if rule.measure is Measure.DUPLICATES:
            self._keys = rule.columns
            return KEYS, rows
        if rule.measure is Measure.NEWEST_DAY:
            self._newest = rule.column
            return _NEWEST, rows
        known = self._counted(asked, scope & column.isNotNull(), "known", rule.column, *key)
        if rule.refers_to is None:
            return known, rows
        marker = self._lookups.setdefault((rule.column, *rule.refers_to), f"_found_{len(self._lookups)}")
        # What went had been found: else the version before would be measured anew.
        is_found = F.col(marker).isNotNull() | ((F.col(WEIGHT) < 0) & column.isNotNull())
        return self._counted(asked, scope & is_found, marker), known

    def _quantile(self, number: Column, *key: object) -> tuple[str, str]:
        counted = self._named(F.count(number), *key)
        since = self._version.since
        if since is not None and since.count <= FEW_ROWS:
            return self._named(_quantiles(number), "at", *key), counted
        self._quantiles[f"at_{counted}"] = (number, counted)
        return f"at_{counted}", counted

    def answer(self) -> dict[str, Any]:
        """Run the queries."""
        rows = reduce(self._looked_up, self._lookups.items(), self._marked())
        found = rows.agg(*self._columns)
        if self._newest:  # by itself, because of what changed the newest day may be what went
            newest = F.unix_date(F.max(self._newest)).alias(_NEWEST)
            found = found.crossJoin(self._version.rows.agg(newest))  # one row each
        if self._keys:
            # Beside a count of distinct keys in the same aggregate, Spark keeps a quantile's digest for
            # each key: minutes for a million rows. By itself it reads the key's columns and no more.
            found = found.crossJoin(self._keyed(F.xxhash64(*self._keys)))  # one row each
        row = found.collect()[0].asDict()  # one row: aggregates without groups
        if self._keys and row[KEYS] != row[_KEY_ROWS]:
            # Two keys may have one hash, so that only the keys themselves tell whether they are equal.
            row |= self._keyed(F.struct(*self._keys)).collect()[0].asDict()  # one row
        if self._quantiles:
            row |= self._of_many(row).collect()[0].asDict()  # one row
        return row

    def _of_many(self, counted: Mapping[str, Any]) -> DataFrame:
        """Ask for the quantiles, each of enough of its own values; the same ones on any cluster."""
        version = self._version
        new = version.rows.withColumn(BATCH, F.lit(0)) if version.new is None else version.new
        every = {name: _every(int(counted[count] or 0)) for name, (_, count) in self._quantiles.items()}
        least = min(every.values())
        some = new.where(_is_chosen(least)) if least > 1 else new
        return some.agg(
            *[
                _quantiles(F.when(_is_chosen(every[name]), number)).alias(name)
                for name, (number, _) in self._quantiles.items()
            ]
        )

    def _keyed(self, key: Column) -> DataFrame:
        """Count rows and distinct keys of the version. Hashes are counted in a fraction of the keys' time."""
        keys = self._touched().select(key.alias("key")).groupBy("key").agg(F.count("*").alias("rows"))
        return keys.agg(F.count("*").alias(KEYS), F.coalesce(F.sum("rows"), F.lit(0)).alias(_KEY_ROWS))

    def _touched(self) -> DataFrame:
        """Return the rows whose keys may be there twice: all, or those of the keys that changed."""
        since = self._version.since
        if since is None:
            return self._version.rows
        return self._version.rows.join(
            self._few(since.changes.select(*self._keys).distinct()), on=list(self._keys), how="left_semi"
        )

    def _few(self, rows: DataFrame) -> DataFrame:
        since = self._version.since
        return F.broadcast(rows) if since is not None and since.count <= FEW_ROWS else rows

    def _counted(self, asked: Asked, condition: Column, *key: object) -> str:
        """Ask how many rows meet a condition; of all rows by their changes, how many more than before."""
        if asked.rule.is_of_new_rows:
            return self._named(F.count_if(condition), *key)
        return self._named(F.sum(F.when(condition, F.col(WEIGHT)).otherwise(0)), *key)

    def _named(self, column: Column, *key: object) -> str:
        if key not in self._names:
            self._names[key] = f"m{len(self._names)}"
            self._columns.append(column.alias(self._names[key]))
        return self._names[key]

    def _scope(self, asked: Asked, batch: int) -> Column:
        if not asked.rule.is_of_new_rows:
            return F.col(WEIGHT) != 0
        mine = F.col(BATCH) == batch
        return mine & (F.col("source") == asked.source) if asked.source else mine

    def _marked(self) -> DataFrame:
        """Return the rows of the version, or what changed, and the new ones: each marked as what it is.

        A row counts ``_weight`` times among all rows, and once among the new ones of its ``_batch``.
        """
        version = self._version
        if version.new is None:
            return version.rows.withColumns({WEIGHT: F.lit(1), BATCH: F.lit(0)})
        if version.since is None:
            all_rows = version.rows.withColumn(WEIGHT, F.lit(1))
        else:
            all_rows = version.since.changes.withColumnRenamed("_change", WEIGHT)
        counted = all_rows.withColumn(BATCH, F.lit(None).cast("int"))
        return counted.unionByName(version.new.withColumn(WEIGHT, F.lit(0)))

    def _looked_up(self, rows: DataFrame, lookup: tuple[tuple[str, str, str], str]) -> DataFrame:
        (column, table, to), marker = lookup
        held = self._version.references[table]
        values = held.select(F.col(to).alias(column))
        if self._version.since is not None:
            values = values.join(self._few(rows.select(column).distinct()), on=column, how="left_semi")
        values = values.distinct().withColumn(marker, F.lit(True))
        return rows.join(values, on=column, how="left")  # values are distinct: no row is doubled


def _quantiles(number: Column) -> Column:
    return F.percentile_approx(number, F.array(*map(F.lit, QUANTILES.values())))


def _every(count: int) -> int:
    """Return of how many values one is enough: a power of two, so that the larger part holds the smaller."""
    return int(2 ** (max(1, count // ENOUGH_ROWS).bit_length() - 1))


def _is_chosen(every: int) -> Column:
    return F.expr(f"pmod({ROW_HASH}, {every}) = 0") if every > 1 else F.lit(True)
