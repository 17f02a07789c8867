"""Movement between RFM segments by month, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.settings import RfmSettings, SegmentRule
from customer_chunks.gold.rfm_flows import month_starts, rfm_flows

KINDS = (SegmentRule("recent", r=(5, 5)), SegmentRule("older"))
CUTS = (("recency_days", (20.0, 40.0, 60.0, 80.0)),)
ORDERS = [
    ("a", date(2024, 1, 10), 10), ("a", date(2024, 2, 20), 5), ("b", date(2024, 1, 25), 7),
    ("c", date(2024, 2, 10), 3), (None, date(2024, 2, 10), 99),
]  # fmt: skip


def flows(spark: SparkSession, as_of: date, **more: int) -> set[tuple[object, ...]]:
    rows = spark.createDataFrame(
        [(c, day, False, Decimal(amount), Decimal(amount)) for c, day, amount in ORDERS],
        "customer_id string, ordered_on date, is_return boolean, order_amount decimal(18,4), "
        "order_amount_base decimal(18,4)",
    )
    rfm = RfmSettings(segments=KINDS, cut_points=CUTS, migration_months=2, **more)
    told = rfm_flows(rows, as_of=as_of, rfm=rfm).collect()
    return {
        (r["month"], r["from_segment"], r["to_segment"], r["customers"], r["monetary_amount"]) for r in told
    }


def test_who_is_new_stays_and_moves(spark: SparkSession) -> None:
    # On 1 February a is 22 days back and b 7; on 1 March a is 10, b 36 and c 20.
    assert flows(spark, date(2024, 3, 15)) == {
        (date(2024, 2, 1), "new", "older", 1, Decimal(10)),
        (date(2024, 2, 1), "new", "recent", 1, Decimal(7)),
        (date(2024, 3, 1), "older", "recent", 1, Decimal(15)),
        (date(2024, 3, 1), "recent", "older", 1, Decimal(7)),
        (date(2024, 3, 1), "new", "recent", 1, Decimal(3)),
    }


def test_who_leaves_the_window_is_gone(spark: SparkSession) -> None:
    told = flows(spark, date(2024, 3, 1), window_days=25)
    assert (date(2024, 3, 1), "recent", "gone", 1, Decimal(0)) in told


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        (date(2024, 3, 1), date(2023, 12, 1), date(2024, 3, 1)),
        (date(2024, 2, 29), date(2023, 11, 1), date(2024, 2, 1)),
        (date(2024, 12, 31), date(2024, 9, 1), date(2024, 12, 1)),
    ],
)
def test_months_begin_on_their_first_and_end_by_d(as_of: date, first: date, last: date) -> None:
    months = month_starts(as_of, 4)
    assert (len(months), months[0], months[-1]) == (4, first, last)
