"""Rows of numbers in memory: read out of Arrow, drawn by their keys, packed into blocks, passed over.

Enters: batches of Arrow with lists of numbers, or with blocks. Leaves: arrays of numpy, and blocks of up to
65,536 rows as 32-bit numbers, row after row, in one binary value. Nothing here knows of Spark: tasks need
nothing else, and so start sooner.

A row has a key of 32 bits, by which it is drawn: a hash of its id, or, where it has none, of its numbers.
Then equal rows are drawn together, all or none, which a sample cannot bear where there are many of them: the
frequent ones are told by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ROWS_PER_BLOCK = 65_536
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Keys = npt.NDArray[np.uint32]
Joining = Callable[[Sequence[Doubles]], Doubles]
Choosing = Callable[[Floats, Keys], Floats]
"""Rows and their keys -> some of the rows."""
Counting = Callable[[Floats, Keys], tuple[Doubles, Floats]]
"""Rows and their keys -> what is summed up over all, and some of the rows."""
Task = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

LARGEST = 1e18
"""Squares of larger numbers, summed up, do not fit into 32 bits."""
SHARES = {f"drawn_{bits}": 2.0**-bits for bits in (4, 6, 8, 10, 12)}
"""Columns of rows that are drawn while blocks are packed, and the draws that each is of: those below its
number that are in no later column. Behind each row stands its key."""
PACKED = "rows int, spoilt int, sums binary, squares binary, block binary, keys binary, often binary, " + (
    ", ".join(f"{name} binary" for name in SHARES)
)
ONE_IN = 1000
"""A row without an id that is one in so many of a block is counted there, and not drawn."""
_PLACES_BITS = 12
_HELD = 16
"""Vectors of blocks that a task holds before it joins them."""
# Odd constants that spread bits (splitmix64: Steele, Lea and Flood, OOPSLA 2014).
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


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
    return np.asarray(np.abs(rows) <= LARGEST)


def draws(points: Floats, seed: int) -> Doubles:
    """Return a number from 0 to 1 for every row, fixed by its numbers and the seed alone."""
    bits = np.ascontiguousarray(points + np.float32(0)).view(np.uint32)  # minus zero is zero
    mixed = np.full(len(points), (seed * _GOLDEN + 1) & (2**64 - 1), dtype=np.uint64)
    for column in bits.T:
        mixed = _mixed(mixed ^ column.astype(np.uint64))
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)


def keys_of(points: Floats) -> Keys:
    """Return the key of every row that has no id: equal rows have one."""
    return np.asarray((draws(points, 0) * 2.0**32).astype(np.uint32))


def drawn_by(keys: Keys, seed: int) -> Doubles:
    """Return a number from 0 to 1 for every key, fixed by it and the seed alone."""
    mixed = _mixed(keys.astype(np.uint64) ^ np.uint64((seed * _GOLDEN + 1) & (2**64 - 1)))
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)


def frequent_in(rows: Floats, keys: Keys) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which rows are one in ``ONE_IN`` or more, and each of these once, its count behind it."""
    least = len(rows) / ONE_IN
    places = keys >> np.uint32(32 - _PLACES_BITS)
    # A place that holds fewer rows has no frequent one: mostly that is all there is to do.
    crowded = np.bincount(places, minlength=2**_PLACES_BITS) >= max(least, 1)
    few = np.flatnonzero(crowded[places])
    told = draws(rows[few], 0)
    _, first, which, counts = np.unique(told, return_index=True, return_inverse=True, return_counts=True)
    chosen = counts >= least
    is_frequent = np.zeros(len(rows), dtype=bool)
    is_frequent[few[chosen[which]]] = True
    once = rows[few[first[chosen]]] + np.float32(0)
    return is_frequent, np.column_stack([once, counts[chosen].astype(np.float32)])


def in_order(rows: Floats) -> Floats:
    """Return the rows sorted by their numbers, the first one first."""
    return rows[np.lexsort(rows.T[::-1])] if len(rows) else rows


def different_in(ordered: Floats) -> int:
    """Return how many different rows there are among sorted ones."""
    return int((ordered[1:] != ordered[:-1]).any(axis=1).sum()) + 1 if len(ordered) else 0


def packing(offset: Doubles | None, seed: int | None) -> Task:
    """Return what packs batches with a column ``features`` into rows of ``PACKED``, one a block.

    Where the batches have a column ``id`` too, a hash of 64 bits, rows are drawn by that.

    Args:
        offset: Taken off every row.
        seed: Of the rows that are drawn on the way; None draws none.
    """

    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        waiting: list[Doubles] = []
        ids: list[Keys] = []
        for batch in batches:
            found = matrix(batch.column("features")) if batch.num_rows else None
            if found is None or not _are_small(found):
                if batch.num_rows:
                    yield _spoilt(_spoilt_in(batch.column("features"), found))
                continue
            if waiting and waiting[0].shape[1] != found.shape[1]:
                yield _spoilt(len(found))
                continue
            waiting.append(found)
            ids += _keys_in(batch)
            if sum(map(len, waiting)) >= ROWS_PER_BLOCK:
                yield _block(np.concatenate(waiting), ids, offset, seed)
                waiting, ids = [], []
        if waiting:
            yield _block(np.concatenate(waiting), ids, offset, seed)

    return pack


def merging(work: Callable[[Floats], Doubles], join: Joining, width: int) -> Task:
    """Return what makes ``total`` of a task's blocks: what ``work`` makes of each, joined."""

    def merged(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found: list[Doubles] = []
        for points in _unpacked(batches, width):
            found.append(work(points))
            if len(found) == _HELD:
                found = [join(found)]
        if found:
            yield pa.record_batch([pa.array([join(found).tobytes()])], names=["total"])

    return merged


def choosing(work: Choosing, width: int) -> Task:
    """Return what makes ``chosen`` of every block: the rows that ``work`` chooses."""

    def chosen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for points, keys in _keyed(batches, width):
            yield pa.record_batch([pa.array([work(points, keys).tobytes()])], names=["chosen"])

    return chosen


def doing_both(work: Counting, width: int) -> Task:
    """Return what makes ``total``, a sum, and ``chosen``, rows, of a task's blocks."""

    def both(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        found = [work(points, keys) for points, keys in _keyed(batches, width)]
        if found:
            total = np.sum([vector for vector, _ in found], axis=0).tobytes()
            chosen = b"".join(rows.tobytes() for _, rows in found)
            yield pa.record_batch([pa.array([total]), pa.array([chosen])], names=["total", "chosen"])

    return both


def _unpacked(batches: Iterator[pa.RecordBatch], width: int) -> Iterator[Floats]:
    for batch in batches:
        for block in batch.column("block"):
            yield np.frombuffer(block.as_buffer(), dtype=np.float32).reshape(-1, width)


def _keyed(batches: Iterator[pa.RecordBatch], width: int) -> Iterator[tuple[Floats, Keys]]:
    for batch in batches:
        for block, told in zip(batch.column("block"), batch.column("keys"), strict=True):
            points = np.frombuffer(block.as_buffer(), dtype=np.float32).reshape(-1, width)
            keys = np.frombuffer(told.as_buffer(), dtype=np.uint32)
            yield points, keys if len(keys) == len(points) else keys_of(points)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = bits + np.uint64(_GOLDEN)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(_MIX_1)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(_MIX_2)
    return bits ^ (bits >> np.uint64(31))


def _keys_in(batch: pa.RecordBatch) -> list[Keys]:
    if "id" not in batch.schema.names:
        return []
    return [(batch.column("id").to_numpy().view(np.uint64) >> np.uint64(32)).astype(np.uint32)]


def _are_small(rows: Doubles) -> bool:
    """Tell whether all numbers are small, without an array of answers; NaN is neither."""
    return not rows.size or bool(rows.min() >= -LARGEST and rows.max() <= LARGEST)


def _spoilt_in(column: pa.Array, found: Doubles | None) -> int:
    if found is not None:
        return int((~is_small(found).all(axis=1)).sum())
    return int(column.null_count) or len(column)


def _spoilt(count: int) -> pa.RecordBatch:
    return _told(0, count, *(b"" for _ in range(5 + len(SHARES))))


def _block(rows: Doubles, ids: Sequence[Keys], offset: Doubles | None, seed: int | None) -> pa.RecordBatch:
    moved = np.ascontiguousarray(rows if offset is None else rows - offset, dtype=np.float32)
    sums, squares = rows.sum(axis=0), np.einsum("ij,ij->j", rows, rows)
    told = (sums.tobytes(), squares.tobytes(), moved.tobytes())
    keys = np.concatenate(ids) if ids else np.empty(0, dtype=np.uint32)
    if seed is None:
        return _told(len(rows), 0, *told, keys.tobytes(), *[b""] * (1 + len(SHARES)))
    is_counted, often = np.zeros(len(rows), dtype=bool), moved[:0]
    if not ids:
        keys = keys_of(moved)
        is_counted, often = frequent_in(moved, keys)
    drawn = _drawn(moved, keys, is_counted, seed)
    return _told(len(rows), 0, *told, keys.tobytes(), often.tobytes(), *drawn)


def _drawn(rows: Floats, keys: Keys, is_counted: npt.NDArray[np.bool_], seed: int) -> list[bytes]:
    """Return the rows of each of ``SHARES``, with their keys; none that is counted."""
    drawn = drawn_by(keys, seed)
    few = np.flatnonzero((drawn < max(SHARES.values())) & ~is_counted)
    # The last bound that is above a draw is the column that it belongs to.
    column = np.searchsorted(-np.array(list(SHARES.values())), -drawn[few], side="left") - 1
    told = np.column_stack([rows[few].view(np.uint32), keys[few]])
    return [told[column == n].tobytes() for n in range(len(SHARES))]


def _told(rows: int, spoilt: int, *binary: bytes) -> pa.RecordBatch:
    names = ["rows", "spoilt", "sums", "squares", "block", "keys", "often", *SHARES]
    counts = [pa.array([rows], pa.int32()), pa.array([spoilt], pa.int32())]
    return pa.record_batch([*counts, *(pa.array([value], pa.binary()) for value in binary)], names=names)
