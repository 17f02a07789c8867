"""Rules of a contract on prepared rows -> reasons and warnings."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from customer_chunks.contracts import Check, Level
from customer_chunks.quality.rows import broken, with_reasons
from tests.builders import Row, by, frame

TYPES = {
    "id": "string",
    "price": "int",
    "quantity": "int",
    "_unreadable": "array<string>",
    "_noted": "array<string>",
}
CHECKS = (
    Check("price.negative", "price >= 0", "no negative price"),
    Check("quantity.missing", "quantity is not null", "a quantity is there"),
    Check(
        "total.missing",
        "price * quantity is not null",
        "a total is there",
        explained_by=("price.unparsable",),
    ),
    Check("price.zero", "price <> 0", "unusual", Level.WARNING),
)


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> dict[str, Row]:
    rows = [
        {"id": "good", "price": 1, "quantity": 1},
        {"id": "free", "price": 0, "quantity": 1, "_noted": ["at.clock_gap"]},
        {"id": "negative", "price": -1, "quantity": None},
        {"id": "null", "price": None, "quantity": 1},
        {"id": "bad_quantity", "price": 1, "quantity": None, "_unreadable": ["quantity.unparsable"]},
        {"id": "bad_price", "price": None, "quantity": 1, "_unreadable": ["price.unparsable"]},
        {
            "id": "torn",
            "price": -1,
            "quantity": None,
            "_unreadable": ["price.unparsable", "record.malformed"],
        },
    ]
    prepared = frame(spark, TYPES, [{"_unreadable": [], "_noted": [], **row} for row in rows])
    return by(with_reasons(prepared, CHECKS), "id")


def test_good_row_has_neither_reason_nor_warning(judged: dict[str, Row]) -> None:
    assert (judged["good"]["_reasons"], judged["good"]["_warnings"]) == ([], [])


def test_warning_is_no_reason_and_follows_what_was_noted(judged: dict[str, Row]) -> None:
    assert (judged["free"]["_reasons"], judged["free"]["_warnings"]) == ([], ["at.clock_gap", "price.zero"])


def test_every_broken_rule_is_given(judged: dict[str, Row]) -> None:
    assert judged["negative"]["_reasons"] == ["price.negative", "quantity.missing", "total.missing"]


def test_null_counts_as_kept(judged: dict[str, Row]) -> None:
    assert judged["null"]["_reasons"] == ["total.missing"]


def test_unreadable_cell_is_not_missing_too(judged: dict[str, Row]) -> None:
    assert judged["bad_quantity"]["_reasons"] == ["quantity.unparsable", "total.missing"]


def test_rule_explained_by_an_unreadable_cell_is_not_given(judged: dict[str, Row]) -> None:
    assert judged["bad_price"]["_reasons"] == ["price.unparsable"]


def test_malformed_record_has_that_reason_only(judged: dict[str, Row]) -> None:
    assert judged["torn"]["_reasons"] == ["record.malformed"]


def test_broken_rules_of_an_order_are_listed(spark: SparkSession) -> None:
    rows = frame(spark, {"id": "string", "price": "int"}, [{"id": "a", "price": -1}, {"id": "b"}])
    checks = (CHECKS[0], Check("price.missing", "price is not null", "there"))
    found = by(rows.withColumn("codes", broken(checks)), "id")
    assert (found["a"]["codes"], found["b"]["codes"]) == (["price.negative"], ["price.missing"])
