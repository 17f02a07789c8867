"""Row rules of a contract -> reason codes on prepared rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.codes import coded
from customer_chunks.contracts import Check, Level


@dataclass(frozen=True)
class Judged:
    """Rows of one feed and entity with ``_disposition``: what accounts and quarantine are made from."""

    feed: str
    entity: str
    rows: DataFrame


MALFORMED = "record.malformed"
"""A record that does not fit its header; its fields are in the wrong places, so nothing else is said."""


def with_reasons(prepared: DataFrame, checks: Sequence[Check]) -> DataFrame:
    """Add ``_reasons`` (error codes, those of unreadable fields first) and ``_warnings``.

    Args:
        prepared: Rows with ``_unreadable`` and ``_noted`` (arrays of codes) and the columns the checks name.
        checks: The contract's row checks; a predicate that is null counts as kept.
    """
    errors = coded([(_fails(c, given_reasons=True), c.code) for c in checks if c.level is Level.ERROR])
    warnings = coded([(_fails(c), c.code) for c in checks if c.level is Level.WARNING])
    is_malformed = F.array_contains("_unreadable", MALFORMED)
    reasons = F.when(is_malformed, F.array(F.lit(MALFORMED))).when(_is_empty("_unreadable"), errors)
    return prepared.withColumns(
        {
            "_reasons": reasons.otherwise(F.concat(F.col("_unreadable"), errors)),
            "_warnings": F.when(_is_empty("_noted"), warnings).otherwise(F.concat(F.col("_noted"), warnings)),
        }
    )


def broken(checks: Sequence[Check]) -> Column:
    """Return the codes of the checks that a row breaks, as an array."""
    return coded([(_fails(check), check.code) for check in checks])


def _is_empty(codes: str) -> Column:
    return F.size(codes) == 0


def _fails(check: Check, *, given_reasons: bool = False) -> Column:
    """Return whether a row breaks the check; with ``given_reasons``, and no better code explains it."""
    fails = ~F.coalesce(F.expr(check.valid), F.lit(True))
    explained = set(check.explained_by)
    if check.code.endswith(".missing"):
        explained.add(check.code.removesuffix(".missing") + ".unparsable")
    for better in sorted(explained) if given_reasons else ():
        fails = fails & ~F.array_contains("_unreadable", better)
    return fails
