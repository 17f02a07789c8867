"""Row rules of a contract -> reason codes on prepared rows."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts import Check, Level


MALFORMED = "record.malformed"
"""A record that does not fit its header: its fields stand in the wrong places, so nothing else is said of them."""


def with_reasons(prepared: DataFrame, checks: Sequence[Check]) -> DataFrame:
    """Add ``_reasons`` (error codes, those of unreadable fields first) and ``_warnings``.

    Args:
        prepared: Rows with ``_unreadable`` and ``_noted`` (arrays of codes) and the columns the checks name.
        checks: The contract's row checks; a predicate that is null counts as kept.
    """
    errors = [_code(check) for check in checks if check.level is Level.ERROR]
    warnings = [_code(check) for check in checks if check.level is Level.WARNING]
    return prepared.withColumns(
        {
            "_reasons": F.when(
                F.array_contains("_unreadable", MALFORMED), F.array(F.lit(MALFORMED))
            ).otherwise(F.concat(F.col("_unreadable"), F.array_compact(F.array(*errors)))),
            "_warnings": F.concat(F.col("_noted"), F.array_compact(F.array(*warnings))),
        }
    )


def broken(checks: Sequence[Check]) -> Column:
    """Return the codes of the checks that a row breaks, as an array."""
    return F.array_compact(F.array(*[_broken(check) for check in checks]))


def _broken(check: Check) -> Column:
    return F.when(~F.coalesce(F.expr(check.valid), F.lit(True)), F.lit(check.code))


def _code(check: Check) -> Column:
    explained = set(check.explained_by)
    if check.code.endswith(".missing"):
        explained.add(check.code.removesuffix(".missing") + ".unparsable")
    code = F.lit(check.code)
    fails = ~F.coalesce(F.expr(check.valid), F.lit(True))
    for better in sorted(explained):
        fails = fails & ~F.array_contains("_unreadable", better)
    return F.when(fails, code)
