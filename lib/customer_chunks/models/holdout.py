"""How well values foretold a hold-out: errors, ranking, and the table by tenths of customers.

All of it is told per customer: so what is measured on some of them stands beside what is measured on all.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_TENTHS = 10
_STEP = 5e-4


def compared(scored: DataFrame, days: int) -> dict[str, Any]:
    """Compare what was expected with what came.

    Args:
        scored: A row per customer: expected_purchases, expected_spend, repeats, age_days, spend; ``bought``
            and ``spent`` in the hold-out. Margin and discount do not count: what comes has neither.
        days: Of the hold-out.

    Returns:
        For purchases and amounts: mean absolute error, root mean squared error, the means of what was
        expected and of what came, and the normalised Gini coefficient (1: customers are ranked as the
        hold-out ranks them, 0: as by chance); the same for the naive guess that everybody goes on as before,
        each purchase worth what repeat ones were; and tenths of customers by expected amount.
    """
    naive = F.when(F.col("age_days") > 0, F.col("repeats") * days / F.col("age_days")).otherwise(F.lit(0.0))
    rows = scored.withColumns(
        {
            "naive": naive,
            "naive_amount": naive * F.coalesce(F.col("spend"), F.lit(0.0)),
            "amount": F.col("expected_purchases") * F.col("expected_spend"),
        }
    ).persist()
    try:
        return {
            "purchases": _errors(rows, "expected_purchases", "bought"),
            "naive_purchases": _errors(rows, "naive", "bought"),
            "amounts": _errors(rows, "amount", "spent"),
            "naive_amounts": _errors(rows, "naive_amount", "spent"),
            "tenths": _tenths(rows),
        }
    finally:
        rows.unpersist()


def _errors(rows: DataFrame, expected: str, came: str) -> dict[str, float]:
    off = F.col(expected) - F.col(came)
    told = rows.agg(
        F.avg(F.abs(off)).alias("mean_absolute_error"),
        F.sqrt(F.avg(off * off)).alias("root_mean_squared_error"),
        F.avg(expected).alias("expected"),
        F.avg(came).cast("double").alias("came"),
    ).collect()[0]
    best = _gini(rows, came, came)
    return {**told.asDict(), "normalised_gini": _gini(rows, expected, came) / best if best else 0.0}


def _gini(rows: DataFrame, by: str, of: str) -> float:
    """Return the area between the diagonal and the curve of what customers bring, the best by ``by`` first.

    Customers whose ``by`` is equal, to a twentieth of a percent, are one step: their order does not matter.
    """
    step = F.when(F.col(by) > 0, F.round(F.log(F.col(by).cast("double")) / _STEP)).otherwise(
        F.lit(-(10.0**9))
    )
    steps = rows.groupBy(step.alias("step")).agg(
        F.sum(of).cast("double").alias("sum"), F.count("*").alias("n")
    )
    told = steps.toPandas().sort_values("step", ascending=False)  # some ten thousand steps
    sums, counts = told["sum"].to_numpy(), told["n"].to_numpy()
    if not sums.sum():
        return 0.0
    area = float(counts @ (np.cumsum(sums) - sums / 2))
    return float(area / (counts.sum() * sums.sum()) - 0.5)


def _tenths(rows: DataFrame) -> list[dict[str, Any]]:
    """Return ten rows, the customers of highest expected value first: what was expected, what came."""
    cuts = rows.agg(
        F.percentile_approx("amount", F.array(*[F.lit(n / _TENTHS) for n in range(1, _TENTHS)]), 10_000)
    ).collect()[0][0]
    tenth = F.lit(1)
    for cut in cuts:
        tenth += F.when(F.col("amount") <= F.lit(cut), 1).otherwise(0)
    told = (
        rows.groupBy(tenth.alias("tenth"))
        .agg(
            F.count("*").alias("customers"),
            F.avg("expected_purchases").alias("expected_purchases"),
            F.avg("bought").alias("purchases"),
            F.avg("amount").alias("expected_amount"),
            F.avg("spent").alias("amount"),
        )
        .orderBy("tenth")
        .collect()
    )
    return [row.asDict() for row in told]
