"""Customers -> how many have the same history, and how many spend the same: one pass over the rows.

Enters: a row per customer with ``repeats``, ``last``, ``age`` and ``spend``. Leaves: groups, counted where
the rows lie and put together at the end, so that what is fitted on them is as quick for fifty million
customers as for those that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame

from customer_chunks.errors import ModelError
from customer_chunks.models.bg_nbd import Histories
from customer_chunks.models.gamma_gamma import GRID, Spending
from customer_chunks.models.groups import numbered
from customer_chunks.models.rows import Doubles

COLUMNS = ("repeats", "last", "age", "spend")
_MOST_GROUPS = 1_000_000
_WIDEST = 2**60
"""A grain at which all days are one: what differs still are numbers of purchases."""
_MERGED_BY = 4
_GROUPS_AT_ONCE = 100_000
_ROWS_AT_ONCE = 250_000
_NAMES = ["histories", "spending", "wrong", "is_whole"]
_TOLD = "histories binary, spending binary, wrong long, is_whole boolean"
_HISTORY_KEYS, _SPENDING_KEYS = 3, 2
_SUMS = 3
Batches = Iterator[pa.RecordBatch]


def counted(rows: DataFrame) -> tuple[Histories, Spending]:
    """Return different histories, and groups of customers who spend alike, with their customers.

    Histories differ by days, or by wider grains where too many would; those who spend alike have as many
    purchases and, to 0.1%, one mean amount. A group has the means of its customers.

    Args:
        rows: One per customer: ``repeats``, ``last``, ``age``, ``spend`` as doubles.

    Raises:
        ModelError: a history cannot be: a null, or a purchase behind the end; or more numbers of purchases
            differ than a fit takes.
    """
    grain, most = 1, _MOST_GROUPS
    while grain < _WIDEST:
        parts = rows.select(*COLUMNS).mapInArrow(_counting(grain, most), _TOLD)
        # Few tasks put the groups of many together before anything is brought here.
        told = parts.repartition(_MERGED_BY).mapInArrow(_merging(most), _TOLD).collect()
        wrong = sum(row["wrong"] for row in told)
        if wrong:
            raise ModelError(
                f"{wrong:,} customers have a history that cannot be: a null, or a purchase behind the end.",
                "Mend the days; 0 <= last <= age.",
            )
        is_whole = all(row["is_whole"] for row in told)
        histories = _joined([row["histories"] for row in told], _HISTORY_KEYS) if is_whole else []
        if is_whole and len(histories[0]) <= most:
            return Histories(*histories), Spending(*_joined([r["spending"] for r in told], _SPENDING_KEYS))
        grain *= 2
    raise ModelError(f"More than {most:,} numbers of purchases differ.", "Look at them: they are counts.")


def _counting(grain: int, most: int) -> Callable[[Batches], Batches]:
    """Return what counts the rows of a task."""

    def count(batches: Batches) -> Batches:
        found = _Counted(most)
        for rows in _many(batches):
            is_possible = _is_possible(*rows[:3])
            found.wrong += int((~is_possible).sum())
            repeats, last, age, spend = rows[:, is_possible]
            cells = [np.floor(days / grain + 0.5) for days in (last, age)]
            history = np.stack([repeats, *cells, last, age, np.ones(len(repeats))])
            found.add(history, _spent(repeats, spend))
        yield from found.told()

    return count


def _merging(most: int) -> Callable[[Batches], Batches]:
    """Return what puts together what tasks have counted."""

    def merge(batches: Batches) -> Batches:
        found = _Counted(most)
        for row in (row for batch in batches for row in batch.to_pylist()):
            found.wrong += row["wrong"]
            found.is_whole &= row["is_whole"]
            found.add(_read(row["histories"], _HISTORY_KEYS), _read(row["spending"], _SPENDING_KEYS))
        yield from found.told()

    return merge


class _Counted:
    """What a task has counted; no groups any more where more histories differ than wanted."""

    def __init__(self, most: int) -> None:
        self._most, self.wrong, self.is_whole = most, 0, True
        self._histories, self._spending = _Groups(_HISTORY_KEYS), _Groups(_SPENDING_KEYS)

    def add(self, histories: Doubles, spending: Doubles) -> None:
        """Take more rows, or groups."""
        self.is_whole &= len(self._histories) <= self._most
        if self.is_whole:
            self._histories.add(histories)
            self._spending.add(spending)

    def told(self) -> Batches:
        """Yield the groups in rows of a few megabytes each; the first row has what was wrong."""
        groups = [self._histories.grouped(), self._spending.grouped()]
        self.is_whole &= groups[0].shape[1] <= self._most
        size = max(g.shape[1] for g in groups) if self.is_whole else 0
        for start in range(0, max(1, size), _GROUPS_AT_ONCE):
            end = start + (_GROUPS_AT_ONCE if self.is_whole else 0)
            kinds = [pa.binary(), pa.binary(), pa.int64(), pa.bool_()]
            parts = [*[g[:, start:end].tobytes() for g in groups], 0 if start else self.wrong, self.is_whole]
            yield pa.record_batch([pa.array([p], k) for p, k in zip(parts, kinds, strict=True)], names=_NAMES)


class _Groups:
    """Groups of the rows so far: keys, then sums, a column each; new rows wait until they are many."""

    def __init__(self, keys: int) -> None:
        self._keys = keys
        self._groups, self._new = np.empty((keys + _SUMS, 0)), list[Doubles]()

    def __len__(self) -> int:
        """Return how many groups there were when rows were last put into groups."""
        return self._groups.shape[1]

    def add(self, rows: Doubles) -> None:
        """Take more rows, or groups."""
        self._new.append(rows)
        if sum(new.shape[1] for new in self._new) >= max(len(self), _ROWS_AT_ONCE):
            self.grouped()

    def grouped(self) -> Doubles:
        """Return the groups of all rows."""
        if self._new:
            rows = np.concatenate([self._groups, *self._new], axis=1)
            groups, first = numbered(rows[: self._keys])
            sums = [np.bincount(groups, values, minlength=len(first)) for values in rows[self._keys :]]
            self._groups, self._new = np.concatenate([rows[: self._keys, first], sums]), []
        return self._groups


def _many(batches: Batches) -> Iterator[Doubles]:
    """Yield rows as columns x rows, NaN for null: many batches at once, as each step has its cost."""
    waiting: list[Doubles] = []
    for batch in batches:
        columns = [batch.column(name).to_numpy(zero_copy_only=False) for name in COLUMNS]
        waiting.append(np.stack(columns).astype(np.float64, copy=False))
        if sum(rows.shape[1] for rows in waiting) >= _ROWS_AT_ONCE:
            yield np.concatenate(waiting, axis=1)
            waiting = []
    if waiting:
        yield np.concatenate(waiting, axis=1)


def _is_possible(repeats: Doubles, last: Doubles, age: Doubles) -> npt.NDArray[np.bool_]:
    """Return whether a history can be; no comparison with a null holds."""
    return np.asarray((repeats >= 0) & (repeats < np.inf) & (last >= 0) & (last <= age) & (age < np.inf))


def _spent(repeats: Doubles, spend: Doubles) -> Doubles:
    is_known = (repeats > 0) & (spend > 0) & (spend < np.inf)
    mean = spend[is_known]
    log = np.log(mean)
    return np.stack([repeats[is_known], np.round(log / GRID), mean, log, np.ones(len(mean))])


def _read(written: bytes, keys: int) -> Doubles:
    return np.frombuffer(written).reshape(keys + _SUMS, -1)


def _joined(parts: Sequence[bytes], keys: int) -> list[Doubles]:
    """Return the groups of all parts in the order of their keys: the first key, means, and customers."""
    groups = _Groups(keys)
    for part in parts:
        groups.add(_read(part, keys))
    found = groups.grouped()
    first, *_, one, other, customers = found[:, np.lexsort(found[:keys][::-1])]
    return [first, one / customers, other / customers, customers]
