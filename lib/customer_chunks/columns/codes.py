"""Conditions -> arrays of reason codes."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F


def coded(conditions: Sequence[tuple[Column, str]]) -> Column:
    """Return the codes whose condition is true, in order, as array<string>.

    Args:
        conditions: Pairs of a condition that is never null, and its code.

    Most rows have none: they are told by one test, and the array is only built for the others.
    """
    none = F.array().cast("array<string>")
    if not conditions:
        return none
    any_holds = conditions[0][0]
    for condition, _ in conditions[1:]:
        any_holds = any_holds | condition
    found = F.array_compact(F.array(*[F.when(condition, F.lit(code)) for condition, code in conditions]))
    return F.when(any_holds, found).otherwise(none)
