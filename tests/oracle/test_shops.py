"""The oracle against what the made-up shops planted, and the comparison of tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from .compare import assert_same_table
from .dirty_shop import write_dirty_shop
from .fixed_width import write_fixed_width

if TYPE_CHECKING:
    from pathlib import Path


def money(*texts: str) -> list[Decimal]:
    """Return the texts as decimals."""
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"deliveries": 3},
        {"duplicates": "keep"},
        {"currencies": True},
        {"decimal_comma": True, "seed": 11},
        {"currencies": True, "decimal_comma": True, "deliveries": 2, "lines": 9000, "seed": 3},
    ],
)
def test_oracle_finds_exactly_the_planted_dirt(tmp_path: Path, choices: dict[str, Any]) -> None:
    shop = write_dirty_shop(tmp_path, **choices)
    oracle = shop.oracle()
    assert oracle.account == shop.account
    assert oracle.account["read"] == choices.get("lines", 4000)
    assert oracle.reason_counts == shop.reason_counts
    assert all(count > 0 for count in shop.planted.values())


def test_orders_of_a_dirty_shop_are_the_sums_of_their_lines(tmp_path: Path) -> None:
    oracle = write_dirty_shop(tmp_path, currencies=True).oracle()
    products = oracle.lines[oracle.lines["line_kind"] == "product"]
    sums = products.groupby("order_id")["line_amount"].sum()
    orders = oracle.orders.set_index("order_id")
    assert (sums == orders.loc[sums.index, "order_amount"]).all()
    assert not orders.drop(sums.index)["order_amount"].any()
    assert set(orders["currency"]) == {"GBP", "EUR", "USD"}
    assert len(oracle.lines) == oracle.account["accepted"]
    everything = oracle.kpi_daily.query("dimension == 'all'")
    assert everything["net_revenue"].sum() == orders["order_amount_base"].sum()
    assert everything["new_customers"].sum() == orders[orders["is_purchase"]]["customer_id"].nunique()


@pytest.mark.parametrize("orders", ["each_row", "customer_day"])
@pytest.mark.parametrize("duplicates", ["drop", "keep"])
def test_fixed_width_rows_become_orders(tmp_path: Path, orders: str, duplicates: str) -> None:
    shop = write_fixed_width(tmp_path, customers=200, orders=orders, duplicates=duplicates)
    oracle = shop.oracle()
    assert oracle.account == shop.account
    text = shop.files[0].read_text(encoding="ascii").splitlines()
    rows = text if duplicates == "keep" else sorted(set(text))
    expected = len(rows) if orders == "each_row" else len({row[:15] for row in rows})
    assert len(oracle.orders) == expected
    assert sum(oracle.orders["order_amount"]) == sum(Decimal(row[19:].strip()) for row in rows)
    assert oracle.rfm_scores["customer_id"].str.fullmatch(r"\d{5}").all()


def test_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_dirty_shop(tmp_path / name, lines=1500) for name in ("a", "b"))
    assert first.files[0].read_bytes() == second.files[0].read_bytes()


def test_comparison_names_missing_extra_and_changed_rows() -> None:
    right = pd.DataFrame({"k": ["a", "b"], "v": money("1.0", "2.0"), "on": [date(2020, 1, 1)] * 2})
    assert_same_table(
        pd.DataFrame({"k": ["b", "a"], "v": money("2.0000", "1"), "on": [date(2020, 1, 1)] * 2}), right, ["k"]
    )
    wrong = pd.DataFrame({"k": ["b", "c"], "v": money("2.1", "3"), "on": [date(2020, 1, 1)] * 2})
    with pytest.raises(AssertionError) as raised:
        assert_same_table(wrong, right, ["k"])
    assert str(raised.value).splitlines() == [
        "2 rows instead of 2: 1 keys missing, 1 extra, 1 with other values (key: k).",
        "  differing keys by column: v 1",
        "  ('b'): v is 2.1, not 2.0",
        "  missing ('a'): (1.0, 2020-01-01)",
        "  extra ('c'): (3, 2020-01-01)",
    ]
    with pytest.raises(AssertionError, match=r"float 1\.0, not 1\.0"):
        assert_same_table(right.assign(v=[1.0, 2.0]), right, ["k"])
    with pytest.raises(AssertionError, match="1 with other values"):
        assert_same_table(pd.concat([right, right.head(1)]), right, ["k"])
