"""Rows of any file -> purchases, and for those that are none the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.sources.one_column import is_missing, pattern_of
from customer_chunks.sources.one_file import OneFile

_DAY_ONE = "1900-01-01"
_MOST_BUT = 0.999
_FEW_DAYS = 90
_SHARE = 0.1
_FEW = 50
_TOO_MUCH = 1e100
"""Sums and squares of such amounts may be infinite."""
_SENTENCES = {
    "no_customer": "{rows} no customer: nothing, NA, NULL or the like.",
    "no_day": "{rows} no date.",
    "unreadable_day": "{rows} a date that cannot be read, such as '{such}': --date-format tells how dates "
    "are written.",
    "day_to_come": "{rows} a day that has not come yet.",
    "day_long_ago": "{rows} a day before 1900.",
    "no_amount": "{rows} no amount.",
    "unreadable_amount": "{rows} an amount that is no number, such as '{such}'.",
    "negative_amount": "{rows} an amount below zero, as returns have: they are no purchases.",
    "huge_amount": "{rows} an amount of more than a googol, which cannot be meant.",
}


class Purchases(NamedTuple):
    """Columns of a file with a row per purchase, or per line of one.

    Attributes:
        customer: Name of the customer's column.
        day: Of the day's.
        amount: Of the amount's.
        formats: Spark datetime patterns of days that are text; none finds them out.
        decimal: The decimal mark of amounts that are text; None finds it out.
    """

    customer: str
    day: str
    amount: str
    formats: tuple[str, ...] = ()
    decimal: str | None = None


def rows_of(file: OneFile, columns: Purchases) -> DataFrame:
    """Return a row per row of the file.

    Returns:
        ``customer``, ``day``, ``amount``; ``fault``, why the row is no purchase, null where it is one; and
        ``such``, how text that cannot be read is built.

    Raises:
        SourceError: there is no such column, or it cannot be what it is named for.
    """
    # First what tells most of a column that cannot be meant.
    read = {
        "day": file.day(columns.day, formats=columns.formats),
        "amount": file.number(columns.amount, decimal=columns.decimal),
        "customer": file.text(columns.customer),
        "day_text": file.text(columns.day),
        "amount_text": file.text(columns.amount),
    }
    rows = file.rows.select(*[column.alias(name) for name, column in read.items()])
    day, amount = F.col("day"), F.col("amount")
    fault = (
        F.when(is_missing(F.col("customer")), "no_customer")
        .when(is_missing(F.col("day_text")), "no_day")
        .when(day.isNull(), "unreadable_day")
        # A day that has not come, or was before anybody kept such files, is a slip of the pen.
        .when(day > F.current_date(), "day_to_come")
        .when(day < F.lit(_DAY_ONE).cast("date"), "day_long_ago")
        .when(is_missing(F.col("amount_text")), "no_amount")
        .when(amount.isNull(), "unreadable_amount")
        .when(amount < 0, "negative_amount")
        .when(amount > _TOO_MUCH, "huge_amount")
    )
    such = F.when(F.col("fault") == "unreadable_day", pattern_of(F.col("day_text"))).when(
        F.col("fault") == "unreadable_amount", pattern_of(F.col("amount_text"))
    )
    return rows.withColumn("fault", fault).select("customer", "day", "amount", "fault", such.alias("such"))


def by_day(rows: DataFrame) -> DataFrame:
    """Return a row per customer and day with purchases: ``amount``, the sum."""
    bought = rows.where(F.col("fault").isNull())
    return bought.groupBy("customer", "day").agg(F.sum("amount").alias("amount"))


class Faults(NamedTuple):
    """How many rows a file has, and how many of them are no purchases, by reason."""

    rows: int
    counts: Mapping[str, int]
    sentences: list[str]


def faults_of(rows: DataFrame) -> Faults:
    """Count the rows of ``rows_of``, in one pass."""
    counted = rows.groupBy("fault").agg(F.count("*").alias("rows"), F.min("such").alias("such")).collect()
    told = {row["fault"]: row for row in counted}  # one a reason
    counts = {fault: told[fault]["rows"] for fault in _SENTENCES if fault in told}
    said = [
        sentence.format(rows=_rows(counts[fault]), such=told[fault]["such"])
        for fault, sentence in _SENTENCES.items()
        if fault in counts
    ]
    return Faults(sum(row["rows"] for row in counted), counts, said)


def _rows(count: int) -> str:
    return f"{count:,} {'row has' if count == 1 else 'rows have'}"


def strayed(bought: DataFrame, days: int, first: date, last: date) -> list[str]:
    """Return a sentence where the last purchases lie far behind nearly all others.

    ``bought`` has ``days`` rows, one per customer and day. One
    slip of the pen there makes everybody's time under observation longer, and customers look gone.
    """
    if days < _FEW:
        return []
    usual = min(_MOST_BUT, 1 - 1.5 / days)  # of few days all but one
    since = F.datediff("day", F.lit(first))
    before = bought.agg(F.percentile_approx(since, usual, 100_000)).collect()[0][0]
    behind = (last - first).days - before
    if behind <= max(_FEW_DAYS, _SHARE * (last - first).days):
        return []
    told = date.fromordinal(first.toordinal() + before)
    return [
        f"The last purchase is of {last}, {behind:,} days behind nearly all others, which end on {told}: all "
        "customers count as observed until then, and look gone. If it is a slip of the pen, take such rows "
        "out of the file."
    ]
