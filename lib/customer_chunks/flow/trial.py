"""What all trials of models on a file share: the file opened, frames kept, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from customer_chunks.sources.one_file import OneFile, open_one


@dataclass
class Tried:
    """What came of it.

    Attributes:
        rows: For the file to write, in its order.
        told: Names and numbers.
        notes: What is worth knowing, a sentence each.
        drawn: What pictures are made of, by name.
    """

    rows: DataFrame
    told: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    drawn: dict[str, Any] = field(default_factory=dict)


@contextmanager
def kept(frame: DataFrame) -> Iterator[DataFrame]:
    """Keep what is read several times, as long as it is read."""
    kept = frame.persist()
    try:
        yield kept
    finally:
        kept.unpersist()


@contextmanager
def opened(spark: SparkSession, path: Path, names: Sequence[str] = ()) -> Iterator[OneFile]:
    """Open a file, whose columns of these names are asked for, with a folder for copies of it."""
    with TemporaryDirectory(prefix="chunks-try-") as folder:
        yield open_one(spark, path, Path(folder), names)
