"""Rows with planted groups, as frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.models.points import Points
from customer_chunks.models.rows import Choosing, Counting, Doubles, Floats, Joining, Keys, in_order, keys_of

Rows = npt.NDArray[np.float64]


class InMemory(Points):
    """Packed rows without Spark, in so many blocks: what a pass finds of them is found at once."""

    def __init__(self, rows: Rows, blocks: int = 3, ids: npt.NDArray[Any] | None = None) -> None:
        held: Any = np.array_split(rows.astype(np.float32), blocks)
        width = rows.shape[1]
        has_ids = ids is not None
        super().__init__(held, len(rows), width, np.zeros(width), rows.mean(axis=0), has_ids=has_ids)
        of_ids = keys_of(ids.astype(np.float32)[:, None]) if ids is not None else None
        self.__dict__["keys"] = None if of_ids is None else np.array_split(of_ids, blocks)

    def _keyed(self) -> Iterator[tuple[Floats, Keys]]:
        told = self.__dict__["keys"] or map(keys_of, self.blocks)  # type: ignore[call-overload]
        yield from zip(self.blocks, told, strict=True)  # type: ignore[call-overload]

    def merged(self, work: Callable[[Floats], Doubles], join: Joining) -> Doubles:
        return join([join([work(block)]) for block in self.blocks])  # type: ignore[attr-defined]

    def chosen(self, work: Choosing) -> Floats:
        return in_order(np.concatenate([work(block, keys) for block, keys in self._keyed()]))

    def totals_and_chosen(self, work: Counting) -> tuple[Doubles, Floats]:
        found = [work(block, keys) for block, keys in self._keyed()]
        chosen = in_order(np.concatenate([rows for _, rows in found]))
        return np.asarray(np.sum([total for total, _ in found], axis=0)), chosen


def groups(
    sizes: tuple[int, ...], width: int, *, apart: float = 10.0, seed: int = 0
) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Return rows around as many centres, and whose each row is; shuffled."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(len(sizes), width)) * apart
    labels = np.repeat(np.arange(len(sizes)), sizes)
    random.shuffle(labels)
    return centres[labels] + random.normal(size=(len(labels), width)), labels


def a_frame(spark: SparkSession, rows: Rows) -> DataFrame:
    """Return the rows as ``id`` and ``features``."""
    told = [(n, [float(v) for v in row]) for n, row in enumerate(rows)]
    return spark.createDataFrame(told, "id long, features array<double>")


def agreement(found: npt.NDArray[np.int64], truth: npt.NDArray[np.int64]) -> float:
    """Return the adjusted Rand index (Hubert and Arabie, 1985), worked out from the table of counts."""
    table = np.zeros((found.max() + 1, truth.max() + 1))
    np.add.at(table, (found, truth), 1)

    def pairs(counts: Rows) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, left, right = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    chance = left * right / pairs(np.array([table.sum()]))
    return (both - chance) / ((left + right) / 2 - chance)
