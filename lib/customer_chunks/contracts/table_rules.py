"""What every version of a table has to keep as a whole: the words in which table rules are written.

Enters: a contract. Leaves: its rules, those that follow from its key and its required columns and
those that it declares. A rule measures a count, a share, a quantile or a day and never shows a value
of a personal column. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from customer_chunks.contracts.table import Level, Table

QUANTILES = {"p10": 0.1, "median": 0.5, "p90": 0.9}
"""What is compared of a distribution, by the name that its rule carries."""


class Aspect(Enum):
    """What a table rule is about; its value is the word that people read."""

    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    REFERENCE = "referential share"
    VOLUME = "volume"
    DISTRIBUTION = "distribution"
    FRESHNESS = "freshness"


class Measure(Enum):
    """How a rule's number comes about, and what it is compared with."""

    KNOWN = "share of rows in which the column is known; fixed"
    NEW_KNOWN = "share of new rows in which the column is known; as before"
    DUPLICATES = "rows whose key another row has; none"
    FOUND = "share of known values that the other table holds; fixed"
    ROWS_LOW = "rows; not far below the version accepted last"
    ROWS_HIGH = "rows; not far above the version accepted last"
    NEW_ROWS = "new rows; not far above those of the versions accepted before"
    QUANTILE = "quantile of the new rows; as before"
    NEWEST_DAY = "days from the newest day to the run; few"


@dataclass(frozen=True)
class TableRule:
    """One rule that a version of a table keeps or breaks.

    Attributes:
        code: Unique within the table: object, dot, rule.
        aspect: What it is about.
        measure: How its number comes about.
        column: The column that it is about; empty where it is the whole table.
        description: What holds where the rule is kept.
        level: An error holds the version back from gold; a warning is told.
        columns: The key's columns (uniqueness).
        refers_to: Table and column in which the values are looked up (referential share).
        value: SQL of the number whose distribution counts; null leaves a row out.
        quantile: Which one of it.
    """

    code: str
    aspect: Aspect
    measure: Measure
    column: str
    description: str
    level: Level = Level.ERROR
    columns: tuple[str, ...] = ()
    refers_to: tuple[str, str] | None = None
    value: str = ""
    quantile: float = 0.0

    @property
    def is_of_new_rows(self) -> bool:
        """Return whether it looks at the rows that came since the version accepted last, source by source."""
        return self.measure in {Measure.NEW_KNOWN, Measure.NEW_ROWS, Measure.QUANTILE}


def found(column: str, table: str, to: str) -> TableRule:
    """Known values of the column are found in another table."""
    return TableRule(
        f"{column}.found",
        Aspect.REFERENCE,
        Measure.FOUND,
        column,
        f"is found in {table}.{to}",
        refers_to=(table, to),
    )


def known(column: str, level: Level = Level.WARNING) -> TableRule:
    """An optional column does not run dry in new rows."""
    text = "is known in about as many of the new rows as before"
    return TableRule(f"{column}.known", Aspect.COMPLETENESS, Measure.NEW_KNOWN, column, text, level)


def steady(column: str, value: str, text: str) -> tuple[TableRule, ...]:
    """The distribution of a number keeps its order of magnitude: units do not change.

    The median shows a change of all new rows, p90 of a part of them. Small values vary more than large
    ones (samples, promotions), so p10 only warns.
    """
    return tuple(
        TableRule(
            f"{column}.{name}",
            Aspect.DISTRIBUTION,
            Measure.QUANTILE,
            column,
            f"{text}: the {name} of new rows keeps its order of magnitude",
            Level.WARNING if name == "p10" else Level.ERROR,
            value=value,
            quantile=quantile,
        )
        for name, quantile in QUANTILES.items()
    )


def fresh(column: str) -> TableRule:
    """The newest day is not long ago; off unless the settings say how long."""
    text = "the newest day is not older than the settings allow"
    return TableRule(f"{column}.fresh", Aspect.FRESHNESS, Measure.NEWEST_DAY, column, text, Level.WARNING)


def table_rules(table: Table) -> tuple[TableRule, ...]:
    """Return all rules of a table: of its required columns, its key, its volume, and those declared."""
    required = tuple(
        TableRule(f"{c.name}.complete", Aspect.COMPLETENESS, Measure.KNOWN, c.name, "is known in every row")
        for c in table.columns
        if c.required
    )
    key = TableRule(
        "key.unique",
        Aspect.UNIQUENESS,
        Measure.DUPLICATES,
        ", ".join(table.key),
        "no two rows have the same key",
        columns=table.key,
    )
    return (*required, key, *_VOLUME, *table.rules)


def _volume(code: str, measure: Measure, text: str, level: Level) -> TableRule:
    return TableRule(code, Aspect.VOLUME, measure, "", text, level)


_VOLUME = (
    _volume("rows.shrunk", Measure.ROWS_LOW, "the table does not lose most of its rows", Level.ERROR),
    _volume("rows.grown", Measure.ROWS_HIGH, "the table does not grow out of all proportion", Level.WARNING),
    _volume("new_rows.grown", Measure.NEW_ROWS, "new rows are not many times the usual", Level.WARNING),
)
