"""Orders -> gold.rfm_flows: who moved from one RFM segment to another, month by month."""

from __future__ import annotations

from datetime import date
from functools import reduce
from itertools import pairwise

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.settings import RfmSettings
from customer_chunks.contracts.gold import GONE, NEW, RFM_FLOWS
from customer_chunks.gold.purchases import money
from customer_chunks.gold.rfm_scores import rfm_scores

_DECEMBER = 12


def rfm_flows(orders: DataFrame, *, as_of: date, rfm: RfmSettings) -> DataFrame:
    """Count the customers of every pair of RFM segments at the beginnings of two months.

    Args:
        orders: silver.orders.
        as_of: D; the last month is the one whose first day is D or before it.
        rfm: How customers are scored, and how many months are told (``migration_months``).

    Returns:
        gold.rfm_flows, one row per month and pair. Every month is scored with the orders before its first day
        and cut points of its own. Who has no score at the month before is ``new``; ``gone`` is who has none
        any more, as happens with a window.
    """
    months = month_starts(as_of, rfm.migration_months + 1)
    scored = {month: rfm_scores(orders, as_of=month, rfm=rfm) for month in months}
    flows = [_moved(scored[before], scored[after], after) for before, after in pairwise(months)]
    return reduce(DataFrame.unionByName, flows)


def month_starts(as_of: date, count: int) -> list[date]:
    """Return the newest firsts of a month up to D, the earliest first."""
    months = as_of.year * _DECEMBER + as_of.month - 1
    return [date(n // _DECEMBER, n % _DECEMBER + 1, 1) for n in range(months - count + 1, months + 1)]


def _moved(before: DataFrame, after: DataFrame, month: date) -> DataFrame:
    old = before.select("customer_id", F.col("rfm_segment").alias("from_segment"))
    new = after.select("customer_id", F.col("rfm_segment").alias("to_segment"), "monetary_amount")
    columns = [c for c in RFM_FLOWS.column_names if c != "_row_hash"]
    return (
        old.join(new, on="customer_id", how="full")  # one row a customer on either side
        .fillna(NEW, ["from_segment"])
        .fillna(GONE, ["to_segment"])
        .groupBy("from_segment", "to_segment")
        .agg(F.count("*").alias("customers"), money(F.sum("monetary_amount")).alias("monetary_amount"))
        .withColumn("month", F.lit(month))
        .select(*columns)
    )
