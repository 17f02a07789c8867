"""Distinct keys, and their rows among many others that are left where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.naming import HOUSE

FEW = 10_000
"""So many keys are looked up as they are."""
HASHED = 1_000_000
"""So many are looked up by their hashes, of 8 bytes each; of more, rows are sent to where their key lies."""

_MARK = f"{HOUSE}mark"


@dataclass(frozen=True)
class Keys:
    """Distinct values of a key.

    Attributes:
        frame: ``_key``, as text.
        count: How many there are.
    """

    frame: DataFrame
    count: int

    @classmethod
    def of(cls, frame: DataFrame) -> Keys:
        """Return the distinct values of a frame's ``_key``, computed once, held while anybody uses them."""
        found = held(frame.select(F.col("_key").cast("string")).where("_key is not null").distinct())
        return cls(found, found.count())

    def rows_of(self, rows: DataFrame, column: str) -> DataFrame:
        """Return the rows whose column, as text, is one of the values, as they are.

        A join would send all rows about to meet the keys; here every task that reads them holds the keys.
        """
        keys = self.frame.withColumnRenamed("_key", "_sought")
        text = F.col(column).cast("string")
        is_sought = text == F.col("_sought")
        if self.count > HASHED:
            return rows.join(keys, is_sought, "left_semi")
        if self.count > FEW:  # a number is found in a fraction of the time that a text takes
            return maybe_among(rows, [text], keys, ["_sought"]).join(keys, is_sought, "left_semi")
        return rows.join(F.broadcast(keys), is_sought, "left_semi")


def held(frame: DataFrame) -> DataFrame:
    """Return the frame's rows, computed once and held while anybody uses them.

    How they came about is forgotten: Spark tells every plan in full, with all that the frames it reads were
    made of, and keys are found by keys that were found by keys.
    """
    master = str(frame.sparkSession.conf.get("spark.master", ""))
    is_local = master == "local" or master.startswith("local[")
    level = StorageLevel.MEMORY_AND_DISK if is_local else StorageLevel.MEMORY_AND_DISK_2
    return frame.localCheckpoint(storageLevel=level)


def maybe_among(
    rows: DataFrame, mine: Sequence[str | Column], others: DataFrame, theirs: Sequence[str | Column]
) -> DataFrame:
    """Return the rows whose values others have too, and by chance one in a billion that nobody has.

    Every task that reads the rows holds hashes of the others' values, which are of the same types.
    """
    marks = F.broadcast(others.select(F.xxhash64(*theirs).alias(_MARK)))
    return rows.join(marks, F.xxhash64(*mine) == F.col(_MARK), "left_semi")


def rows_with(rows: DataFrame, others: DataFrame, column: str) -> DataFrame:
    """Return the rows whose column has a value that it has in another frame, each once, as they are."""
    return Keys.of(others.select(F.col(column).alias("_key"))).rows_of(rows, column)
