"""What is said of an account beside its numbers: rules that most rows broke, earlier rows that moved."""

from __future__ import annotations

import pytest

from customer_chunks.flow.accounts import Account, Spoilt, as_notes, remarks


@pytest.mark.parametrize(
    ("rows", "broken", "said"),
    [
        (
            4,
            {"ordered_at.unparsable": 2, "quantity.missing": 1},
            ["50% of 4 rows are in quarantine by ordered_at.unparsable: has the format changed?"],
        ),
        (
            1_500,
            {"record.malformed": 1_500},
            ["100% of 1,500 rows are in quarantine by record.malformed: has the format changed?"],
        ),
        (
            3,
            {"unit_price.negative": 2},
            ["67% of 3 rows are in quarantine by unit_price.negative: is it meant?"],
        ),
        (5, {"ordered_at.unparsable": 2}, []),
        (0, {}, []),
    ],
)
def test_rule_that_half_of_the_rows_broke_is_told(rows: int, broken: dict[str, int], said: list[str]) -> None:
    account = Account("sales", "order_lines", rows, quarantined_by=broken)
    assert remarks(account) == [f"sales order_lines: {sentence}" for sentence in said]


def test_earlier_rows_that_moved_are_told() -> None:
    account = Account("sales", "order_lines", 10, moved_in=1_200, moved_out=1)
    told = "by what came now; earlier accounts tell what they were when they came."
    assert remarks(account) == [
        f"sales order_lines: 1,200 rows of earlier deliveries went to quarantine {told}",
        f"sales order_lines: 1 row of earlier deliveries left the quarantine {told}",
    ]


def test_file_of_which_half_the_rows_are_quarantined_is_told_and_not_noted() -> None:
    account = Account("sales", "order_lines", 11_054, quarantined=865, spoilt=[Spoilt("/13.csv", 865, 866)])
    assert remarks(account) == [
        "sales order_lines: 865 of 866 rows of /13.csv are in quarantine: has its format changed?"
    ]
    assert "spoilt" not in as_notes([account])[0]
