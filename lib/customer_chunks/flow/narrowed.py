"""The inputs of a step, only the rows of some keys where it has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.naming import AS_HELD, quoted
from customer_chunks.flow.step import Input, Now, as_it_is
from customer_chunks.storage.keys import Keys, rows_with
from customer_chunks.storage.warehouse import Warehouse

WORTH_FROM = 3_000_000
"""Of fewer rows all are read: finding those of the changed keys takes longer, most of it planning."""
WORTH_IT = 0.5
"""Of a larger share, too: a marketplace's account has changed every day, and may have half of all orders."""


@dataclass
class Narrowed:
    """Reads inputs, one after another; a table whose rows belong to another's comes behind it.

    Attributes:
        keys: The keys; None for all rows.
        frames: What was read, by parameter.
        scratch: Frames that are kept until the step is done.
    """

    keys: Keys | None
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

    def kept(self, frame: DataFrame) -> DataFrame:
        """Keep a frame that is read more than once, until the step is done."""
        self.scratch.append(frame.persist())
        return frame

    def are_most(self, warehouse: Warehouse, inputs: Mapping[str, Input]) -> bool:
        """Return whether the keys have most rows of a table to which others' rows belong.

        These rows are kept and read more than once anyway.
        """
        if self.keys is None:
            return False
        owners = {wanted.of: inputs[wanted.of].table for wanted in inputs.values() if wanted.of is not None}
        return any(
            self.is_most(self.frames[name], warehouse.read(table), WORTH_IT) for name, table in owners.items()
        )

    def is_most(self, rows: DataFrame, table: DataFrame, share: float) -> bool:
        """Return whether rows, which are kept, are more than a share of their table's."""
        return self.kept(rows).count() > share * table.count()

    def let_go(self) -> None:
        """Forget what was kept."""
        while self.scratch:
            self.scratch.pop().unpersist()

    def _frame(self, wanted: Input, table: DataFrame, now: Now) -> DataFrame:
        if self.keys is None:
            return wanted.view(table, now)
        if wanted.of is not None:
            owners = self.kept(self.frames[wanted.of])  # the build reads them too
            return rows_with(wanted.view(table, now), owners, wanted.on)
        if wanted.key is None:
            return wanted.view(table, now)
        if wanted.view is not as_it_is and wanted.table.startswith("bronze."):
            return wanted.view(_of_keys(table, wanted, self.keys, now), now)
        return self.keys.rows_of(wanted.view(table, now), wanted.key)


def _of_keys(table: DataFrame, wanted: Input, keys: Keys, now: Now) -> DataFrame:
    """Return the rows of a table that the view gives one of the keys.

    Of all other rows nothing but the key is made out: dates and numbers take most of the time.
    """
    held = {f"{AS_HELD}{n}": field for n, field in enumerate(table.schema.fields)}
    marked = table.select("*", *[F.col(quoted(f.name)).alias(name) for name, f in held.items()])
    mine = keys.rows_of(wanted.view(marked, now), str(wanted.key))
    return mine.select(*[F.col(name).alias(f.name, metadata=f.metadata) for name, f in held.items()])
