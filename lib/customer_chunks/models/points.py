"""Rows of numbers, packed into blocks: they cross into Python once and every pass after that is arithmetic.

Enters: a frame with a column of features. Leaves: what passes over all rows found, summed up. A block is up
to 65,536 rows as 32-bit numbers, row after row, in one binary value, so that Spark keeps them as they are,
hands them to Python without looking at them, and BLAS reads them in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, FloatType, NumericType
from pyspark.storagelevel import StorageLevel

from customer_chunks.errors import ModelError
from customer_chunks.models.rows import (
    LARGEST,
    PACKED,
    SHARES,
    Doubles,
    Floats,
    Joining,
    choosing,
    different_in,
    doing_both,
    draws,
    in_order,
    merging,
    packing,
)

_FEW_KINDS, _MOST_KINDS = 2_000, 20_000
"""Samples with few different rows are made of all of them, if these are not many."""
_FAR_OFF = 4.0
"""Rows are moved if their mean is more standard deviations away from zero: 32 bits have few digits."""


class Drawn(NamedTuple):
    """Rows that were drawn by one seed.

    Attributes:
        seed: Of the draws.
        blocks: One row per block, with the columns of ``SHARES``; kept by Spark as the blocks are.
    """

    seed: int
    blocks: DataFrame


@dataclass(frozen=True)
class Points:
    """Packed rows.

    Attributes:
        blocks: One row per block: ``rows`` and ``block``; kept by Spark while the points are in use.
        count: Rows in all.
        width: Numbers in a row.
        offset: Taken off every row before it was packed; zero, but for numbers far from it.
        mean: Of every number, over all rows, before ``offset`` was taken off.
        drawn: Rows that were drawn while blocks were packed; None where none were.
    """

    blocks: DataFrame
    count: int
    width: int
    offset: Doubles
    mean: Doubles
    drawn: Drawn | None = None

    def totals(self, work: Callable[[Floats], Doubles]) -> Doubles:
        """Return the sum of what ``work`` makes of every block; a vector of one length."""
        return self.merged(work, lambda vectors: np.asarray(np.sum(vectors, axis=0)))

    def merged(self, work: Callable[[Floats], Doubles], join: Joining) -> Doubles:
        """Return the vectors that ``work`` makes of every block, joined: by task, then all of them."""
        rows = self.blocks.mapInArrow(merging(work, join, self.width), "total binary").collect()  # one a task
        return join([np.frombuffer(row["total"]) for row in rows])

    def chosen(self, work: Callable[[Floats], Floats]) -> Floats:
        """Return the rows that ``work`` chooses of every block, sorted; few by construction of ``work``."""
        found = self.blocks.mapInArrow(choosing(work, self.width), "chosen binary").collect()
        return in_order(_read(self.width, [row["chosen"] for row in found]))

    def totals_and_chosen(self, work: Callable[[Floats], tuple[Doubles, Floats]]) -> tuple[Doubles, Floats]:
        """Return what ``totals`` and ``chosen`` would, of a ``work`` that makes both, in one pass."""
        rows = self.blocks.mapInArrow(doing_both(work, self.width), "total binary, chosen binary").collect()
        total = np.sum([np.frombuffer(row["total"]) for row in rows], axis=0)  # one row per task
        return np.asarray(total), in_order(_read(self.width, [row["chosen"] for row in rows]))

    def sample(self, size: int, seed: int) -> Floats:
        """Return about ``size`` rows, all where there are no more, sorted; however they are partitioned.

        A row is chosen by its numbers, so equal rows are chosen together. Where that leaves few different
        ones and there are not many in all, each is there as often as its share of all rows tells.
        """
        share = min(1.0, size / self.count)

        def work(points: Floats) -> Floats:
            return points if share == 1.0 else points[draws(points, seed) < share]

        if self.drawn and self.drawn.seed == seed and share <= max(SHARES.values()):
            found = in_order(work(_drawn(self.drawn.blocks, self.width, share)))
        else:
            found = self.chosen(work)
        if share == 1.0 or different_in(found) > _FEW_KINDS:
            return found
        kinds = self._kinds()
        if kinds is None:
            return found
        rows, counts = kinds
        return np.repeat(rows, np.maximum(1, np.round(counts * share)).astype(int), axis=0)

    def _kinds(self) -> tuple[Floats, Doubles] | None:
        """Return the different rows, sorted, and how many there are of each; None where they are many."""
        width = self.width

        def joined(vectors: Sequence[Doubles]) -> Doubles:
            if any(len(vector) == 0 for vector in vectors):
                return np.empty(0)  # one block has too many
            told = np.concatenate(vectors).reshape(-1, width + 1)
            kinds, which = np.unique(told[:, :width], axis=0, return_inverse=True)
            if len(kinds) > _MOST_KINDS:
                return np.empty(0)
            return np.column_stack([kinds, np.bincount(which.ravel(), told[:, width])]).ravel()

        def work(points: Floats) -> Doubles:
            return joined([np.column_stack([points, np.ones(len(points))]).ravel()])

        found = self.merged(work, joined).reshape(-1, width + 1)
        return (found[:, :width].astype(np.float32), found[:, width]) if len(found) else None


@contextmanager
def packed(frame: DataFrame, features: str, *, seed: int | None = None) -> Iterator[Points]:
    """Pack the column of features and keep the blocks while the context is open.

    Args:
        frame: Any frame; other columns are not read.
        features: An array of numbers, or a pyspark.ml vector, of one length in all rows.
        seed: Samples by this seed need no pass over all rows, if they are a sixteenth of them or less.

    Raises:
        ModelError: there is no such column or row, a row lacks a number, or rows differ in length.
    """
    numbers = numbers_of(frame, features)
    if frame.schema[features].dataType in (ArrayType(FloatType()), ArrayType(FloatType(), False)):
        numbers = F.col(f"`{features}`")  # Python widens them in a fraction of the time that Spark takes
    rows = frame.select(numbers.alias("features"))
    blocks, points, offset = _kept(rows, None, features, seed)
    try:
        if offset is not None:
            blocks.unpersist()
            blocks, points, _ = _kept(rows, offset, features, seed)
        yield points
    finally:
        blocks.unpersist()


def numbers_of(frame: DataFrame, features: str) -> Column:
    """Return the features as an array of doubles.

    Raises:
        ModelError: the column does not exist or holds something else.
    """
    if features not in frame.columns:
        raise ModelError(f"There is no column '{features}'.", f"Columns: {', '.join(frame.columns)}.")
    kind = frame.schema[features].dataType
    if kind.typeName() == "vector" or type(kind).__name__ == "VectorUDT":
        return vector_to_array(F.col(f"`{features}`"))
    if isinstance(kind, ArrayType) and isinstance(kind.elementType, NumericType):
        return F.col(f"`{features}`").cast("array<double>")
    raise ModelError(
        f"Column '{features}' holds {kind.simpleString()}.", "Features are an array of numbers or a vector."
    )


def lacks_number(name: str) -> Column:
    """Return whether a column of ``numbers_of`` is null, or has a number that is null or not finite."""
    missing = F.exists(name, lambda x: x.isNull() | F.isnan(x) | (F.abs(x) == F.lit(float("inf"))))
    return F.coalesce(missing, F.lit(True))  # null too where the array itself is


def _drawn(blocks: DataFrame, width: int, share: float) -> Floats:
    """Return the rows that were drawn by less than the bound above a share: at most four times as many."""
    bound = min(below for below in SHARES.values() if below >= share)
    rows = blocks.select(*(name for name, below in SHARES.items() if below <= bound)).collect()
    return _read(width, [part for row in rows for part in row])


def _read(width: int, parts: Sequence[bytes]) -> Floats:
    return np.frombuffer(b"".join(parts), dtype=np.float32).reshape(-1, width)


def _kept(
    rows: DataFrame, offset: Doubles | None, features: str, seed: int | None
) -> tuple[DataFrame, Points, Doubles | None]:
    """Return the blocks, the points, and what to take off them where they lie far off for 32-bit numbers."""
    blocks = rows.mapInArrow(packing(offset, seed), PACKED).persist(StorageLevel.MEMORY_AND_DISK)
    told = blocks.drop("block", *SHARES).collect()  # one row per 65,536
    count = sum(row["rows"] for row in told)
    spoilt = sum(row["spoilt"] for row in told)
    sums = [np.frombuffer(row["sums"]) for row in told if row["rows"]]
    if spoilt or len({len(s) for s in sums}) > 1:
        blocks.unpersist()
        raise ModelError(
            f"{spoilt or 'Some'} rows of '{features}' lack a number, have one that is not finite, have "
            f"another count of numbers than the others; or it is beyond {LARGEST:.0e}.",
            "Fill in or leave out such rows first; scale what is so large.",
        )
    if not count:
        blocks.unpersist()
        raise ModelError(f"There is no row with '{features}'.", "Give the fit at least some rows.")
    mean = np.asarray(np.sum(sums, axis=0) / count)
    taken = np.zeros(len(mean)) if offset is None else offset
    whole = blocks.where("rows > 0")
    drawn = None if seed is None else Drawn(seed, whole.select(*SHARES))
    squares = np.sum([np.frombuffer(row["squares"]) for row in told if row["rows"]], axis=0) / count
    points = Points(whole.select("block"), count, len(mean), taken, mean, drawn)
    return blocks, points, _far_off(mean, squares)


def _far_off(mean: Doubles, mean_square: Doubles) -> Doubles | None:
    """Return a place near the mean where that lies far from zero.

    Sums depend on how rows are partitioned in their last digits; the place is rounded, and does not.
    """
    deviations = np.sqrt(np.maximum(mean_square - mean**2, 0))
    if not np.any(np.abs(mean) > _FAR_OFF * deviations + 1e-300):
        return None
    step = 2.0 ** np.ceil(np.log2(np.maximum(np.maximum(deviations, np.abs(mean) * 1e-6), 1e-300)))
    return np.asarray(np.round(mean / step) * step)
