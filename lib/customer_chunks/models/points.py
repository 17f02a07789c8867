"""Rows of numbers, packed into blocks: they cross into Python once and every pass after that is arithmetic.

Enters: a frame with a column of features. Leaves: what passes over all rows found, summed up. A block is up
to 65,536 rows as 32-bit numbers, row after row, in one binary value, so that Spark keeps them as they are,
hands them to Python without looking at them, and BLAS reads them in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, FloatType, NumericType
from pyspark.storagelevel import StorageLevel

from customer_chunks.errors import ModelError

ROWS_PER_BLOCK = 65_536
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Joining = Callable[[Sequence[Doubles]], Doubles]

_PACKED = "rows int, spoilt int, sums binary, squares binary, block binary"
_FEW_KINDS, _MOST_KINDS = 2_000, 20_000
"""Samples with few different rows are made of all of them, if these are not many."""
_FAR_OFF = 4.0
"""Rows are moved if their mean is more standard deviations away from zero: 32 bits have few digits."""
_LARGEST = 1e18
"""Squares of larger numbers, summed up, do not fit into 32 bits."""
# Odd constants that spread bits (splitmix64: Steele, Lea and Flood, OOPSLA 2014).
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass(frozen=True)
class Points:
    """Packed rows.

    Attributes:
        blocks: One row per block: ``rows`` and ``block``; kept by Spark while the points are in use.
        count: Rows in all.
        width: Numbers in a row.
        offset: Taken off every row before it was packed; zero, but for numbers far from it.
        mean: Of every number, over all rows, before ``offset`` was taken off.
    """

    blocks: DataFrame
    count: int
    width: int
    offset: Doubles
    mean: Doubles

    def totals(self, work: Callable[[Floats], Doubles]) -> Doubles:
        """Return the sum of what ``work`` makes of every block; a vector of one length."""
        return self.merged(work, lambda vectors: np.asarray(np.sum(vectors, axis=0)))

    def merged(self, work: Callable[[Floats], Doubles], join: Joining) -> Doubles:
        """Return the vectors that ``work`` makes of every block, joined: by task, then all of them."""
        width = self.width

        def joined(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            found = [work(points) for points in _unpacked(batches, width)]
            if found:
                yield pa.record_batch([pa.array([join(found).tobytes()])], names=["total"])

        rows = self.blocks.mapInArrow(joined, "total binary").collect()  # one row per task
        return join([np.frombuffer(row["total"]) for row in rows])

    def chosen(self, work: Callable[[Floats], Floats]) -> Floats:
        """Return the rows that ``work`` chooses of every block, sorted; few by construction of ``work``."""
        width = self.width

        def few(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for points in _unpacked(batches, width):
                yield pa.record_batch([pa.array([work(points).tobytes()])], names=["chosen"])

        found = self.blocks.mapInArrow(few, "chosen binary").collect()
        rows = np.frombuffer(b"".join(row["chosen"] for row in found), dtype=np.float32)
        return in_order(rows.reshape(-1, width))

    def sample(self, size: int, seed: int) -> Floats:
        """Return about ``size`` rows, all where there are no more, sorted; however they are partitioned.

        A row is chosen by its numbers, so equal rows are chosen together. Where that leaves few different
        ones and there are not many in all, each is there as often as its share of all rows tells.
        """
        share = min(1.0, size / self.count)

        def work(points: Floats) -> Floats:
            return points if share == 1.0 else points[draws(points, seed) < share]

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
def packed(frame: DataFrame, features: str) -> Iterator[Points]:
    """Pack the column of features and keep the blocks while the context is open.

    Args:
        frame: Any frame; other columns are not read.
        features: An array of numbers, or a pyspark.ml vector, of one length in all rows.

    Raises:
        ModelError: there is no such column or row, a row lacks a number, or rows differ in length.
    """
    numbers = numbers_of(frame, features)
    if frame.schema[features].dataType in (ArrayType(FloatType()), ArrayType(FloatType(), False)):
        numbers = F.col(f"`{features}`")  # Python widens them in a fraction of the time that Spark takes
    rows = frame.select(numbers.alias("features"))
    blocks, points, offset = _kept(rows, None, features)
    try:
        if offset is not None:
            blocks.unpersist()
            blocks, points, _ = _kept(rows, offset, features)
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


def matrix(column: pa.Array) -> Doubles | None:
    """Return an Arrow column of lists as rows; None where a row has no list or another length."""
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    values = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
    if lists.null_count or not len(lists) or len(values) % len(lists):
        return None
    if len(np.unique(np.diff(lists.offsets.to_numpy()))) > 1:
        return None
    return values.reshape(len(lists), -1)


def is_small(rows: Doubles) -> npt.NDArray[np.bool_]:
    """Return which numbers are finite, and small enough for the squares of 32-bit numbers."""
    return np.asarray(np.abs(rows) <= _LARGEST)


def draws(points: Floats, seed: int) -> Doubles:
    """Return a number from 0 to 1 for every row, fixed by its numbers and the seed alone."""
    bits = np.ascontiguousarray(points + np.float32(0)).view(np.uint32)  # minus zero is zero
    mixed = np.full(len(points), (seed * _GOLDEN + 1) & (2**64 - 1), dtype=np.uint64)
    for column in bits.T:
        mixed = _mixed(mixed ^ column.astype(np.uint64))
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)


def in_order(rows: Floats) -> Floats:
    """Return the rows sorted by their numbers, the first one first."""
    return rows[np.lexsort(rows.T[::-1])] if len(rows) else rows


def different_in(ordered: Floats) -> int:
    """Return how many different rows there are among sorted ones."""
    return int((ordered[1:] != ordered[:-1]).any(axis=1).sum()) + 1 if len(ordered) else 0


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = bits + np.uint64(_GOLDEN)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(_MIX_1)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(_MIX_2)
    return bits ^ (bits >> np.uint64(31))


def _unpacked(batches: Iterator[pa.RecordBatch], width: int) -> Iterator[Floats]:
    for batch in batches:
        for block in batch.column("block"):
            yield np.frombuffer(block.as_buffer(), dtype=np.float32).reshape(-1, width)


def _kept(rows: DataFrame, offset: Doubles | None, features: str) -> tuple[DataFrame, Points, Doubles | None]:
    """Return the blocks, the points, and what to take off them where they lie far off for 32-bit numbers."""
    blocks = rows.mapInArrow(_packing(offset), _PACKED).persist(StorageLevel.MEMORY_AND_DISK)
    told = blocks.drop("block").collect()  # one row per 65,536
    count = sum(row["rows"] for row in told)
    spoilt = sum(row["spoilt"] for row in told)
    sums = [np.frombuffer(row["sums"]) for row in told if row["rows"]]
    if spoilt or len({len(s) for s in sums}) > 1:
        blocks.unpersist()
        raise ModelError(
            f"{spoilt or 'Some'} rows of '{features}' lack a number, have one that is not finite, have "
            f"another count of numbers than the others; or it is beyond {_LARGEST:.0e}.",
            "Fill in or leave out such rows first; scale what is so large.",
        )
    if not count:
        blocks.unpersist()
        raise ModelError(f"There is no row with '{features}'.", "Give the fit at least some rows.")
    mean = np.asarray(np.sum(sums, axis=0) / count)
    taken = np.zeros(len(mean)) if offset is None else offset
    slim = blocks.where("rows > 0").select("block")
    squares = np.sum([np.frombuffer(row["squares"]) for row in told if row["rows"]], axis=0) / count
    return blocks, Points(slim, count, len(mean), taken, mean), _far_off(mean, squares)


def _far_off(mean: Doubles, mean_square: Doubles) -> Doubles | None:
    """Return a place near the mean where that lies far from zero.

    Sums depend on how rows are partitioned in their last digits; the place is rounded, and does not.
    """
    deviations = np.sqrt(np.maximum(mean_square - mean**2, 0))
    if not np.any(np.abs(mean) > _FAR_OFF * deviations + 1e-300):
        return None
    step = 2.0 ** np.ceil(np.log2(np.maximum(np.maximum(deviations, np.abs(mean) * 1e-6), 1e-300)))
    return np.asarray(np.round(mean / step) * step)


def _packing(offset: Doubles | None) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        waiting: list[Doubles] = []
        for batch in batches:
            found = matrix(batch.column("features")) if batch.num_rows else None
            if found is None or not is_small(found).all():
                if batch.num_rows:
                    yield _block(None, offset, _spoilt(batch.column("features"), found))
                continue
            if waiting and waiting[0].shape[1] != found.shape[1]:
                yield _block(None, offset, len(found))
                continue
            waiting.append(found)
            if sum(map(len, waiting)) >= ROWS_PER_BLOCK:
                yield _block(np.concatenate(waiting), offset)
                waiting = []
        if waiting:
            yield _block(np.concatenate(waiting), offset)

    return pack


def _spoilt(column: pa.Array, found: Doubles | None) -> int:
    if found is not None:
        return int((~is_small(found).all(axis=1)).sum())
    return int(column.null_count) or len(column)


def _block(rows: Doubles | None, offset: Doubles | None, spoilt: int = 0) -> pa.RecordBatch:
    empty = np.zeros((0, 0))
    kept = empty if rows is None else rows
    moved = kept if offset is None or rows is None else kept - offset
    told = (
        [len(kept)],
        [spoilt],
        [kept.sum(axis=0).tobytes()],
        [(kept**2).sum(axis=0).tobytes()],
        [np.ascontiguousarray(moved, dtype=np.float32).tobytes()],
    )
    kinds = (pa.int32(), pa.int32(), pa.binary(), pa.binary(), pa.binary())
    names = ["rows", "spoilt", "sums", "squares", "block"]
    return pa.record_batch([pa.array(v, t) for v, t in zip(told, kinds, strict=True)], names=names)
