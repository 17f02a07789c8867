"""The inputs of a step, only the rows of some keys where it has them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.naming import AS_HELD
from customer_chunks.flow.step import Input, Now, as_it_is
from customer_chunks.sources.names import quoted

FEW_OWNERS = 1_000_000
"""So many hashes, of 8 bytes each, are looked up in every task's memory rather than sent about."""


@dataclass
class Narrowed:
    """Reads inputs, one after another; a table whose rows belong to another's comes behind it.

    Attributes:
        keys: ``_key``, distinct; None for all rows.
        frames: What was read, by parameter.
        scratch: Frames that are kept until the step is done.
    """

    keys: DataFrame | None
    frames: dict[str, DataFrame] = field(default_factory=dict)
    scratch: list[DataFrame] = field(default_factory=list)

    def frame(self, name: str, wanted: Input, table: DataFrame, now: Now) -> DataFrame:
        """Return an input as its view shows it, only the rows of the keys where it has them.

        Args:
            name: The build's parameter.
            wanted: What the step says of it.
            table: The input's table.
            now: Settings and D.
        """
        self.frames[name] = self._frame(wanted, table, now)
        return self.frames[name]

    def belonging(self, rows: DataFrame, owners: DataFrame, on: str) -> DataFrame:
        """Return the rows whose value of a column is one of the owners'.

        Where owners are few, every other row is left out where it lies: none of them is sent anywhere.
        """
        ids = self.kept(owners.select(on).distinct())
        if ids.count() <= FEW_OWNERS:
            marks = F.broadcast(ids.select(F.xxhash64(on).alias("_mark")))
            marked = rows.withColumn("_mark", F.xxhash64(on))
            rows = marked.join(marks, on="_mark", how="left_semi").drop("_mark")  # two ids may share a hash
        return rows.join(ids, on=on, how="left_semi")

    def kept(self, frame: DataFrame) -> DataFrame:
        """Keep a frame that is read more than once, until the step is done."""
        self.scratch.append(frame.persist())
        return frame

    def let_go(self) -> None:
        """Forget what was kept."""
        while self.scratch:
            self.scratch.pop().unpersist()

    def _frame(self, wanted: Input, table: DataFrame, now: Now) -> DataFrame:
        if self.keys is None:
            return wanted.view(table, now)
        if wanted.of is not None:
            return self.belonging(wanted.view(table, now), self.frames[wanted.of], wanted.on)
        if wanted.key is None:
            return wanted.view(table, now)
        keys = self.keys.withColumnRenamed("_key", wanted.key)
        if wanted.view is not as_it_is and wanted.table.startswith("bronze."):
            return wanted.view(_of_keys(table, wanted, keys, now), now)
        return wanted.view(table, now).join(keys, on=wanted.key, how="left_semi")


def _of_keys(table: DataFrame, wanted: Input, keys: DataFrame, now: Now) -> DataFrame:
    """Return the rows of a table that the view gives one of the keys.

    Of all other rows nothing but the key is made out: dates and numbers take most of the time.
    """
    held = {f"{AS_HELD}{n}": field for n, field in enumerate(table.schema.fields)}
    marked = table.select("*", *[F.col(quoted(f.name)).alias(name) for name, f in held.items()])
    mine = wanted.view(marked, now).join(keys, on=str(wanted.key), how="left_semi")
    return mine.select(*[F.col(name).alias(f.name, metadata=f.metadata) for name, f in held.items()])
