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
    Choosing,
    Counting,
    Doubles,
    Floats,
    Joining,
    Keys,
    choosing,
    doing_both,
    in_order,
    merging,
    packing,
)

_FAR_OFF = 4.0
"""Rows are moved if their mean is more standard deviations away from zero: 32 bits have few digits."""


class Drawn(NamedTuple):
    """Rows that were drawn by one seed.

    Attributes:
        seed: Of the draws.
        blocks: One row per block, with the columns of ``SHARES``; kept by Spark as the blocks are.
        often: Rows that were counted instead, by block, the count behind each.
    """

    seed: int
    blocks: DataFrame
    often: Floats

    def below(self, share: float) -> tuple[Floats, Keys]:
        """Return what was drawn by less than the bound above a share, at most four times it, and the keys."""
        bound = min(below for below in SHARES.values() if below >= share)
        rows = self.blocks.select(*(name for name, below in SHARES.items() if below <= bound)).collect()
        told = np.frombuffer(b"".join(part for row in rows for part in row), dtype=np.uint32)
        both = told.reshape(-1, self.often.shape[1])
        return np.ascontiguousarray(both[:, :-1]).view(np.float32), both[:, -1]


@dataclass(frozen=True)
class Points:
    """Packed rows.

    Attributes:
        blocks: One row per block: ``block`` and ``keys``; kept by Spark while the points are in use.
        count: Rows in all.
        width: Numbers in a row.
        offset: Taken off every row before it was packed; zero, but for numbers far from it.
        mean: Of every number, over all rows, before ``offset`` was taken off.
        drawn: Rows that were drawn while blocks were packed; None where none were.
        has_ids: Whether rows are drawn by an id; else by their numbers, equal ones together.
    """

    blocks: DataFrame
    count: int
    width: int
    offset: Doubles
    mean: Doubles
    drawn: Drawn | None = None
    has_ids: bool = False

    def totals(self, work: Callable[[Floats], Doubles]) -> Doubles:
        """Return the sum of what ``work`` makes of every block; a vector of one length."""
        return self.merged(work, lambda vectors: np.asarray(np.sum(vectors, axis=0)))

    def merged(self, work: Callable[[Floats], Doubles], join: Joining) -> Doubles:
        """Return the vectors that ``work`` makes of every block, joined: by task, then all of them."""
        blocks = self.blocks.select("block")
        rows = blocks.mapInArrow(merging(work, join, self.width), "total binary").collect()  # one a task
        return join([np.frombuffer(row["total"]) for row in rows])

    def chosen(self, work: Choosing) -> Floats:
        """Return the rows that ``work`` chooses of every block, sorted; few by construction of ``work``."""
        found = self.blocks.mapInArrow(choosing(work, self.width), "chosen binary").collect()
        return in_order(_read(self.width, [row["chosen"] for row in found]))

    def totals_and_chosen(self, work: Counting) -> tuple[Doubles, Floats]:
        """Return what ``totals`` and ``chosen`` would, of a ``work`` that makes both, in one pass."""
        rows = self.blocks.mapInArrow(doing_both(work, self.width), "total binary, chosen binary").collect()
        total = np.sum([np.frombuffer(row["total"]) for row in rows], axis=0)  # one row per task
        return np.asarray(total), in_order(_read(self.width, [row["chosen"] for row in rows]))


@contextmanager
def packed(
    frame: DataFrame, features: str, *, seed: int | None = None, id_col: str | None = None
) -> Iterator[Points]:
    """Pack the column of features and keep the blocks while the context is open.

    Args:
        frame: Any frame; other columns are not read.
        features: An array of numbers, or a pyspark.ml vector, of one length in all rows.
        seed: Samples by this seed need no pass over all rows, if they are a sixteenth of them or less.
        id_col: Different in every row, which is drawn by it; None to draw rows by their numbers.

    Raises:
        ModelError: there is no such column or row, a row lacks a number, or rows differ in length.
    """
    numbers = numbers_of(frame, features)
    if frame.schema[features].dataType in (ArrayType(FloatType()), ArrayType(FloatType(), False)):
        numbers = F.col(f"`{features}`")  # Python widens them in a fraction of the time that Spark takes
    ids = [] if id_col is None else [_hashed(frame, id_col).alias("id")]
    rows = frame.select(numbers.alias("features"), *ids)
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


def _hashed(frame: DataFrame, id_col: str) -> Column:
    if id_col not in frame.columns:
        raise ModelError(f"There is no column '{id_col}'.", f"Columns: {', '.join(frame.columns)}.")
    return F.xxhash64(F.col(f"`{id_col}`"))


def lacks_number(name: str) -> Column:
    """Return whether a column of ``numbers_of`` is null, or has a number that is null or not finite."""
    missing = F.exists(name, lambda x: x.isNull() | F.isnan(x) | (F.abs(x) == F.lit(float("inf"))))
    return F.coalesce(missing, F.lit(True))  # null too where the array itself is


def _read(width: int, parts: Sequence[bytes]) -> Floats:
    return np.frombuffer(b"".join(parts), dtype=np.float32).reshape(-1, width)


def _kept(
    rows: DataFrame, offset: Doubles | None, features: str, seed: int | None
) -> tuple[DataFrame, Points, Doubles | None]:
    """Return the blocks, the points, and what to take off them where they lie far off for 32-bit numbers."""
    blocks = rows.mapInArrow(packing(offset, seed), PACKED).persist(StorageLevel.MEMORY_AND_DISK)
    told = blocks.drop("block", "keys", *SHARES).collect()  # one row per 65,536
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
    whole, drawn = blocks.where("rows > 0"), None
    if seed is not None:
        drawn = Drawn(seed, whole.select(*SHARES), _read(len(mean) + 1, [row["often"] for row in told]))
    squares = np.sum([np.frombuffer(row["squares"]) for row in told if row["rows"]], axis=0) / count
    kept, has_ids = whole.select("block", "keys"), "id" in rows.columns
    points = Points(kept, count, len(mean), taken, mean, drawn, has_ids)
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
