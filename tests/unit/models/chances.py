"""Rows of which the chance is known that something comes, as samples and frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.models.calibration import logistic
from customer_chunks.models.sampled import Sample

NAMES = ("drive", "bend", "noise", "gap")
"""The first adds 1.5 of its units to the log odds, the second acts beyond a half, the third not at all."""


def a_sample(count: int, *, seed: int = 0, shift: float = -1.0) -> tuple[Sample, npt.NDArray[np.float64]]:
    """Return rows of two keys each, and the chance of every row.

    Where ``gap`` is unknown, which is a fifth of rows, it comes more often.
    """
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, 4))
    rows[random.random(count) < 0.2, 3] = np.nan
    odds = shift + 1.5 * rows[:, 0] + 2.0 * (np.abs(rows[:, 1]) > 0.5) + 1.5 * np.isnan(rows[:, 3])
    chance = logistic(odds)
    draws = np.repeat(random.integers(-(2**62), 2**62, -(-count // 2)), 2)[:count]
    return Sample(rows, random.random(count) < chance, draws), chance


def a_labelled_frame(spark: SparkSession, sample: Sample) -> DataFrame:
    """Return ``id``, ``customer`` (of two rows), ``features`` (null where unknown) and ``label``."""
    told = [
        (n, f"c{n // 2}", [None if np.isnan(v) else float(v) for v in row], bool(label))
        for n, (row, label) in enumerate(zip(sample.rows, sample.labels, strict=True))
    ]
    return spark.createDataFrame(told, "id long, customer string, features array<double>, label boolean")
