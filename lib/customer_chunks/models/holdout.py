"""How well values foretold a hold-out: errors, ranking, and the table by tenths of customers."""

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
        scored: A row per customer: expected_purchases, lifetime_value, repeats, age_days; ``bought`` and
            ``spent`` in the hold-out.
        days: Of the hold-out.

    Returns:
        For purchases and amounts: mean absolute error, root mean squared error, sums, and the normalised
        Gini coefficient (1: customers are ranked as the hold-out ranks them, 0: as by chance); the same for
        the naive guess that everybody goes on as before; and tenths of customers by expected value.
    """
    naive = F.when(F.col("age_days") > 0, F.col("repeats") * days / F.col("age_days")).otherwise(F.lit(0.0))
    rows = scored.withColumn("naive", naive).persist()
    try:
        return {
            "purchases": _errors(rows, "expected_purchases", "bought"),
            "naive_purchases": _errors(rows, "naive", "bought"),
            "amounts": _errors(rows, "lifetime_value", "spent"),
            "tenths": _tenths(rows),
        }
    finally:
        rows.unpersist()


def _errors(rows: DataFrame, expected: str, came: str) -> dict[str, float]:
    off = F.col(expected) - F.col(came)
    told = rows.agg(
        F.avg(F.abs(off)).alias("mean_absolute_error"),
        F.sqrt(F.avg(off * off)).alias("root_mean_squared_error"),
        F.sum(expected).alias("expected"),
        F.sum(came).cast("double").alias("came"),
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
        F.percentile_approx(
            "lifetime_value", F.array(*[F.lit(n / _TENTHS) for n in range(1, _TENTHS)]), 10_000
        )
    ).collect()[0][0]
    tenth = F.lit(1)
    for cut in cuts:
        tenth += F.when(F.col("lifetime_value") <= F.lit(cut), 1).otherwise(0)
    told = (
        rows.groupBy(tenth.alias("tenth"))
        .agg(
            F.count("*").alias("customers"),
            F.avg("expected_purchases").alias("expected_purchases"),
            F.avg("bought").alias("purchases"),
            F.avg("lifetime_value").alias("expected_amount"),
            F.avg("spent").alias("amount"),
        )
        .orderBy("tenth")
        .collect()
    )
    return [row.asDict() for row in told]
