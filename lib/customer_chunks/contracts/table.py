"""What a table is: the words in which every contract is written.

Enters: nothing. Leaves: frozen descriptions that the rest of the house reads to
create, conform, validate, document and erase. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from customer_chunks.contracts.table_rules import TableRule


class Pii(Enum):
    """How closely a column points at a person."""

    NONE = "none"
    INDIRECT = "indirect"
    DIRECT = "direct"


class Level(Enum):
    """What a failing row check does: quarantine the row, or count it and let it pass."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Col:
    """One column: its type is a Spark simple string, its unit is part of its meaning."""

    name: str
    type: str
    description: str
    unit: str = ""
    required: bool = False
    pii: Pii = Pii.NONE
    volatile: bool = False


@dataclass(frozen=True)
class Check:
    """A row check: ``valid`` is a Spark SQL predicate over the prepared row; null counts as valid.

    A code in ``explained_by`` on the same row says it better; then this one is not given.
    ``X.missing`` is always explained by ``X.unparsable``.
    """

    code: str
    valid: str
    description: str
    level: Level = Level.ERROR
    explained_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One Delta table.

    ``checks`` judge a row by itself, ``order_checks`` all rows of an order together, ``rules`` a
    version of the table as a whole (``table_rules`` adds those that follow from key and columns).
    ``grain`` says in words what one row is; ``key`` names the columns that identify it.
    An optional table is made where the settings ask for what fills it.
    ``stats_on`` are the columns that carry file statistics: keys and dates, never personal values.
    ``clustered_on``, which are among them, say which rows of a large table maintenance lays side by side.
    """

    layer: str
    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Col, ...]
    checks: tuple[Check, ...] = ()
    order_checks: tuple[Check, ...] = ()
    stats_on: tuple[str, ...] = ()
    clustered_on: tuple[str, ...] = ()
    version: int = 1
    rules: tuple[TableRule, ...] = ()
    is_optional: bool = False

    @property
    def full_name(self) -> str:
        """Return ``layer.name``, the name steps and people use."""
        return f"{self.layer}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the column names in the order in which the table holds them."""
        return tuple(column.name for column in self.columns)

    @property
    def types(self) -> dict[str, str]:
        """Return the Spark simple type string of every column by name."""
        return {column.name: column.type for column in self.columns}

    @property
    def hashed_columns(self) -> tuple[str, ...]:
        """Return the columns whose change makes a row another row."""
        return tuple(c.name for c in self.columns if not c.volatile and c.name != ROW_HASH)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Return the columns that point at a person directly."""
        return tuple(c.name for c in self.columns if c.pii is Pii.DIRECT)

    def column(self, name: str) -> Col:
        """Return the column called ``name``; raises KeyError when there is none."""
        return next(c for c in self.columns if c.name == name) if name in self.types else _missing(name)


ROW_HASH = "_row_hash"
HASH = Col(
    ROW_HASH, "bigint", "hash of every column that is not volatile: a row is written only where it differs"
)


def _missing(name: str) -> Col:
    raise KeyError(name)
