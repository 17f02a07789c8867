"""The account of rows: what came in is what came out."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.errors import AccountError
from customer_chunks.flow.accounts import Account, Spoilt, count_judged, describe, spoilt_files
from customer_chunks.storage.converge import Counts
from customer_chunks.storage.ledger import Delivery
from tests.builders import Row, frame

TYPES = {
    "_delivery": "bigint", "_disposition": "string", "_excluded": "string", "_reasons": "array<string>",
    "_warnings": "array<string>",
}  # fmt: skip


def rows(spark: SparkSession, *found: Row) -> DataFrame:
    plain = {"_delivery": 1, "_disposition": "accepted", "_reasons": [], "_warnings": []}
    return frame(spark, TYPES, [plain | row for row in found])


FOUND = (
    {},
    {"_warnings": ["price.zero", "at.gap"]},
    {"_warnings": ["price.zero"]},
    {"_disposition": "duplicate"},
    {"_disposition": "superseded"},
    {"_disposition": "excluded", "_excluded": "tests", "_reasons": ["a.bad"]},
    {"_disposition": "quarantined", "_reasons": ["a.bad", "b.bad"]},
    {"_disposition": "quarantined", "_reasons": ["a.bad"], "_delivery": 0},
)


def test_every_row_is_counted_once_and_every_code_once_a_row(spark: SparkSession) -> None:
    account = count_judged(rows(spark, *FOUND), "sales", "order_lines", 8, -1)
    assert (account.accepted, account.duplicate, account.superseded, account.excluded) == (3, 1, 1, 1)
    assert (account.quarantined, account.accounted) == (2, 8)
    assert account.excluded_by == {"tests": 1}
    assert account.quarantined_by == {"a.bad": 2, "b.bad": 1}
    assert account.warnings == {"price.zero": 2, "at.gap": 1}


def test_rows_of_deliveries_counted_before_are_left_out(spark: SparkSession) -> None:
    account = count_judged(rows(spark, *FOUND), "sales", "order_lines", 7, 0)
    assert (account.quarantined, account.rows_read) == (1, 7)


@pytest.mark.parametrize("read", [7, 9])
def test_account_that_does_not_add_up_is_an_error(spark: SparkSession, read: int) -> None:
    sentence = (
        rf"order_lines from feed sales: {read} rows came in and 8 are accounted for\. Nothing was committed"
    )
    with pytest.raises(AccountError, match=sentence):
        count_judged(rows(spark, *FOUND), "sales", "order_lines", read, -1)


def test_accepted_rows_are_split_by_what_writing_them_did() -> None:
    account = Account("f", "e", 10, accepted=10)
    left = account.written(Counts(inserted=3, updated=4, unchanged=100))
    assert (account.inserted, account.updated, account.unchanged) == (3, 4, 3)
    assert left == Counts()


def test_what_one_feed_leaves_is_for_the_next() -> None:
    first, second = Account("f", "e", 2, accepted=2), Account("g", "e", 5, accepted=5)
    left = first.written(Counts(inserted=3, updated=2))
    assert (first.inserted, first.updated, first.unchanged) == (2, 0, 0)
    assert left == Counts(inserted=1, updated=2)
    assert second.written(left) == Counts()
    assert (second.inserted, second.updated, second.unchanged) == (1, 2, 2)


def test_what_each_feed_brought_is_told_where_it_was_counted() -> None:
    first, then = Account("a", "order_lines", 5, accepted=5), Account("b", "order_lines", 4, accepted=4)
    counts = Counts(inserted=6, updated=9, by_feed={"b": Counts(inserted=3, updated=1)})
    assert then.written(first.written(counts)) == counts
    assert (first.inserted, first.updated, first.unchanged) == (0, 0, 5)
    assert (then.inserted, then.updated, then.unchanged) == (3, 1, 0)


def test_account_is_told_in_one_line() -> None:
    assert (
        describe(Account("f", "e", 1234, inserted=1000, duplicate=234))
        == "1,234 read = 1,000 inserted + 234 duplicate"
    )
    assert describe(Account("f", "e", 0)) == "0 read = 0"


def test_files_of_which_half_is_quarantined_are_found_among_good_ones(spark: SparkSession) -> None:
    bad = {"_disposition": "quarantined", "_reasons": ["a.bad"]}
    found = rows(
        spark,
        *[{"_delivery": 0, **bad}] * 2,
        *[{"_delivery": 1}] * 3, {"_delivery": 1, **bad},
        {"_delivery": 2}, {"_delivery": 2, **bad},
        *[{"_delivery": 3, **bad}] * 3,
    )  # fmt: skip
    then = datetime(2024, 1, 1, tzinfo=timezone.utc)
    held = [Delivery(n, f"/{n}.csv", 1, then, str(n)) for n in range(4)]
    assert spoilt_files(found, held, 0) == [Spoilt("/2.csv", 1, 2), Spoilt("/3.csv", 3, 3)]
    assert [file.path for file in spoilt_files(found, held, -1)] == ["/0.csv", "/2.csv", "/3.csv"]
