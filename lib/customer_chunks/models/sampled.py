"""Labelled rows of a frame -> a sample of them in this process, drawn by the key, in an order of its own.

Enters: a frame with a key, an array of features and a label. Leaves: arrays. Which rows are drawn, in which
order they stand and into which part of a cross-validation they go depends on their keys and the seed alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.points import numbers_of
from customer_chunks.models.rows import Doubles, matrix

Flags = npt.NDArray[np.bool_]
_SHARES = 2**31
_INNER = 8
"""One in so many keys of a training part tells when to stop."""


class Columns(NamedTuple):
    """Columns of labelled rows; rows with one key come, and go into a part, together."""

    key: str
    features: str
    label: str


class Sample(NamedTuple):
    """Labelled rows.

    Attributes:
        rows: Rows x features; NaN where a number is unknown.
        labels: Whether it came.
        draws: Of the key, evenly spread over all whole numbers.
    """

    rows: Doubles
    labels: Flags
    draws: npt.NDArray[np.int64]

    def where(self, chosen: Flags) -> Sample:
        """Return the rows chosen."""
        return Sample(self.rows[chosen], self.labels[chosen], self.draws[chosen])

    def folds(self, count: int) -> npt.NDArray[np.int64]:
        """Return each row's part of a cross-validation, from 0."""
        return np.asarray(np.mod(self.draws, count))

    def is_inner(self, folds: int) -> Flags:
        """Return the rows that tell when to stop; as many of them in every part."""
        return np.asarray(np.mod(self.draws // folds, _INNER) == 0)


class Counted(NamedTuple):
    """All labelled rows.

    Attributes:
        rows: How many.
        positives: Of them, where it came.
        width: Features of a row.
    """

    rows: int
    positives: int
    width: int


def counted(frame: DataFrame, columns: Columns) -> Counted:
    """Count the rows and look that they can be learnt from.

    Raises:
        ModelError: a column is missing, there is no row, or one lacks a key, features or a label of 0 or 1.
    """
    missing = sorted({columns.key, columns.label} - set(frame.columns))
    if missing:
        raise ModelError(f"There is no column {missing}.", f"Columns: {', '.join(frame.columns)}.")
    label = F.col(f"`{columns.label}`").cast("double")
    size = F.size(numbers_of(frame, columns.features))
    is_spoilt = (
        F.col(f"`{columns.key}`").isNull()
        | F.coalesce(size < 1, F.lit(True))
        | ~F.coalesce(label.isin(0.0, 1.0), F.lit(False))
    )
    told = frame.agg(
        F.count("*"), F.count_if(label == 1), F.count_if(is_spoilt), F.min(size), F.max(size)
    ).collect()[0]  # one row
    rows, positives, spoilt, least, most = told
    if not rows:
        raise ModelError("There is no row to learn from.", "Give the fit at least some rows.")
    if spoilt:
        raise ModelError(
            f"{spoilt:,} of {rows:,} rows lack a key, features or a label of 0 or 1.", "Leave such rows out."
        )
    if least != most:
        raise ModelError(
            f"Rows of '{columns.features}' have {least} to {most} numbers.",
            "Give each row the same features.",
        )
    return Counted(rows, positives, most)


def drawn(frame: DataFrame, columns: Columns, of: int, size: int, seed: int) -> Sample:
    """Return about ``size`` of the ``of`` rows, all where there are no more.

    Args:
        frame: Rows that were counted.
        columns: Its columns.
        of: How many rows it has.
        size: How many are wanted, about: rows with one key are drawn together.
        seed: Of what is drawn.
    """
    key = F.col(f"`{columns.key}`").cast("string")
    rows = frame.select(
        F.xxhash64(F.lit(seed), F.lit("part"), key).alias("draw"),
        numbers_of(frame, columns.features).alias("features"),
        F.col(f"`{columns.label}`").cast("boolean").alias("label"),
    )
    if size < of:
        chance = F.pmod(F.xxhash64(F.lit(seed), F.lit("sample"), key), F.lit(_SHARES))
        rows = rows.where(chance < int(size / of * _SHARES))
    table = rows.toArrow()  # about `size` rows of some dozen numbers: 60 MB for 300,000 rows of 25
    found = matrix(table.column("features"))
    if found is None:
        raise ModelError("No row was drawn.", "Ask for a larger sample.")
    labels = np.asarray(table.column("label").to_numpy(), dtype=bool)
    draws = np.asarray(table.column("draw").to_numpy(), dtype=np.int64)
    return _in_order(Sample(finite(found), labels, draws))


def finite(rows: Doubles) -> Doubles:
    """Return the rows with NaN, which is unknown, for what is no finite number."""
    return np.where(np.isfinite(rows), rows, np.nan)


def _in_order(sample: Sample) -> Sample:
    order = np.lexsort((sample.labels, *sample.rows.T[::-1], sample.draws))
    return Sample(sample.rows[order], sample.labels[order], sample.draws[order])
