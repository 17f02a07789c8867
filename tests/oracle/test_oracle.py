"""The oracle against cases worked by hand."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from .compare import assert_same_table
from .definitions import Oracle, Settings
from .measures import cuts_below
from .raw import LineFeed, to_utc

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "order,sold_at,customer,article,kind,pieces,price,country,currency"
NAMES = (
    "order_id",
    "ordered_at",
    "customer_id",
    "product_id",
    "line_kind",
    "quantity",
    "unit_price",
    "country",
)


def an_oracle(folder: Path, text: str, *, rates: str = "", **choices: Any) -> Oracle:
    """Return the oracle over one file; ``choices`` are fields of Settings or LineFeed, or categories."""
    path = folder / "lines.csv"
    path.write_text(
        "\n".join([HEADER, *(line.strip() for line in text.strip().splitlines())]), encoding="utf-8"
    )
    fields = dict(zip(NAMES, HEADER.split(","), strict=False))
    fields |= {"order_id": '"order"', "currency": "currency", "is_return": "\"order\" LIKE 'C%'"}
    kept = {k: choices.pop(k) for k in list(choices) if k in LineFeed.__dataclass_fields__}
    categories = choices.pop("categories", None)
    feed = LineFeed(
        **{"files": (path,), "fields": fields, "date_formats": ("%Y-%m-%d %H:%M", "%Y-%m-%d"), **kept}
    )
    (folder / "rates.csv").write_text("currency,valid_on,rate\n" + rates, encoding="utf-8")
    found = folder / "rates.csv" if rates else None
    return Oracle(feed, Settings(**choices), categories=categories, rates=found)


def money(*texts: str | None) -> list[Decimal | None]:
    """Return the texts as decimals."""
    return [None if text is None else Decimal(text) for text in texts]


def test_ids_lose_blanks_and_point_zero_and_keep_zeros_and_case(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        A1,2020-01-01 10:00,17850.0,x1,,1,1,,
        A1,2020-01-01 10:00, 17850 ,X1,,1,1,,
        007.0,2020-01-01 10:00,0042,v2.0,,1,1,,
        """,
        prefix="web:",
    )
    assert oracle.orders["order_id"].tolist() == ["web:007", "web:A1"]
    assert oracle.orders["customer_id"].tolist() == ["web:0042", "web:17850"]
    assert oracle.lines["product_id"].tolist() == ["web:x1", "web:X1", "web:v2.0"]


def test_line_amount_is_rounded_once_half_away_from_zero(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        1,2020-01-01 10:00,a,x,,0.5,1.2345,,
        2,2020-01-01 10:00,a,x,,-0.5,1.2345,,
        3,2020-01-01 10:00,a,x,,0.5,1.2343,,
        3,2020-01-01 10:00,a,y,,0.5,1.2343,,
        """,
    )
    assert oracle.lines["line_amount"].tolist() == money("0.6173", "-0.6173", "0.6172", "0.6172")
    assert oracle.orders["order_amount"].tolist() == money("0.6173", "-0.6173", "1.2344")


def test_order_takes_earliest_time_and_first_known_attributes_and_keeps_charges_apart(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        1,2020-01-02 00:01,,x,,2,3,,
        1,2020-01-01 23:59,a,y,,1,4,France,
        1,2020-01-02 00:03,a,POST,charge,1,5,Spain,
        1,2020-01-02 00:03,a,M,adjustment,1,-100,Spain,
        """,
    )
    order = oracle.orders.iloc[0]
    assert (order["ordered_at"], order["ordered_on"]) == (pd.Timestamp("2020-01-01 23:59"), date(2020, 1, 1))
    assert (order["customer_id"], order["country"]) == ("a", "France")
    assert [order["order_amount"], order["charges_amount"], order["item_count"]] == money("10", "5", "3")


def test_marked_return_with_positive_amount_is_negated_with_its_lines(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        C1,2020-01-01 10:00,a,x,,2,3,,
        C1,2020-01-01 10:00,a,y,,-1,1,,
        C2,2020-01-01 10:00,a,x,,-2,3,,
        C3,2020-01-01 10:00,a,x,,2,0,,
        4,2020-01-01 10:00,a,x,,-1,7,,
        5,2020-01-01 10:00,a,x,,1,0,,
        """,
    )
    assert oracle.orders["order_amount"].tolist() == money("-7", "0", "-5", "-6", "0")
    assert oracle.orders["is_return"].tolist() == [True, False, True, True, True]
    assert oracle.lines["line_amount"].tolist() == money("-6", "1", "-6", "0", "-7", "0")
    assert oracle.rfm_scores.empty


def test_each_row_has_one_fate_and_every_reason(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        1,2020-01-01 10:00,a,x,,1,1,,
        1,2020-01-01 10:00,a,x,,1,1,,
        1,2020-01-01 10:00,a,x,,2,1,,
        1,2020-01-01 10:00,a,x,,abc,-1,,
        1,2020-01-01 10:00,a,x,,abc,-1,,
        ,31/02/2020,a,x,,,1,,
        1,2020-01-01 10:00,a,x,,99999999999999999999,1,,
        1,,a,x,,1,n/a,,
        1,2020-01-01 10:00,a,x,,1
        1,2020-01-01 10:00,a,x,,1,1,,,more
        2,2020-01-01 10:00,a,x,,1,1,,
        2,2020-01-01 10:00,b,x,,1,1,,
        2,2020-01-01 10:00,b,x,,1,1,,
        3,2020-03-03 10:01,a,x,,1,1,,
        4,2020-03-02 10:00,a,x,,1,1,,
        5,2020-01-01 10:00,a,TEST,,abc,1,,
        """,
        exclude={"tests": "article = 'TEST'"},
        ingested_at=datetime(2020, 3, 2, 10, 0, tzinfo=timezone.utc),
    )
    assert oracle.account == {"read": 16, "accepted": 3, "quarantined": 10, "duplicate": 2, "excluded": 1}
    assert dict(zip(oracle.quarantine["row_number"], oracle.quarantine["reasons"], strict=True)) == {
        4: ("quantity.unparsable", "unit_price.negative"),
        5: ("quantity.unparsable", "unit_price.negative"),
        6: ("line_amount.missing", "order_id.missing", "ordered_at.unparsable"),
        7: ("quantity.unparsable",),
        8: ("ordered_at.missing", "unit_price.unparsable"),
        9: ("record.malformed",),
        10: ("record.malformed",),
        11: ("customer_id.conflict",),
        12: ("customer_id.conflict",),
        14: ("ordered_at.in_future",),
    }
    assert oracle.orders["order_id"].tolist() == ["1", "4"]
    assert oracle.orders["quarantined_line_count"].tolist() == [6, 0]
    assert oracle.orders["order_amount"].tolist() == money("3", "1")


def test_copies_are_kept_where_the_mapping_says_so(tmp_path: Path) -> None:
    text = "1,2020-01-01 10:00,a,x,,1,1,,\n1,2020-01-01 10:00,a,x,,1,1,,\n1,2020-01-01 10:00,a ,x,,1,1,,"
    assert an_oracle(tmp_path, text).orders["order_amount"].tolist() == money("2")
    assert an_oracle(tmp_path, text, duplicates="keep").orders["order_amount"].tolist() == money("3")


def test_clock_changes_take_the_earlier_instant_and_shift_gaps_forward(tmp_path: Path) -> None:
    london = ZoneInfo("Europe/London")
    assert to_utc(datetime(2011, 10, 30, 1, 30), london) == (datetime(2011, 10, 30, 0, 30), False)
    assert to_utc(datetime(2011, 3, 27, 1, 30), london) == (datetime(2011, 3, 27, 1, 30), True)
    assert to_utc(datetime(2011, 7, 1, 0, 30), london) == (datetime(2011, 6, 30, 23, 30), False)
    text = "1,2011-07-01 00:30,a,x,,1,1,,\n2,2011-07-02,a,x,,1,1,,\n3,2011-03-27 01:30,a,x,,1,1,,"
    in_utc = an_oracle(tmp_path, text, time_zone="Europe/London")
    assert in_utc.orders["ordered_on"].tolist() == [date(2011, 6, 30), date(2011, 7, 2), date(2011, 3, 27)]
    assert in_utc.clock_gap_count == 1
    in_tokyo = an_oracle(tmp_path, text, time_zone="Europe/London", reporting_time_zone="Asia/Tokyo")
    assert in_tokyo.orders["ordered_on"].tolist() == [date(2011, 7, 1), date(2011, 7, 2), date(2011, 3, 27)]
    assert in_tokyo.orders["ordered_at"].iloc[1] == pd.Timestamp("2011-07-01 15:00")


def test_amounts_are_converted_at_the_latest_rate_and_lines_one_by_one(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        1,2020-01-05 10:00,a,x,,1,0.0003,,
        1,2020-01-05 10:00,a,y,,1,0.0003,,EUR
        2,2020-01-10 10:00,a,x,,1,2,,EUR
        3,2020-01-04 10:00,a,x,,1,1,,EUR
        4,2020-01-04 10:00,a,x,,1,1,,
        5,2020-01-04 10:00,a,x,,1,1,,JPY
        """,
        rates="EUR,2020-01-10,0.9\nEUR,2020-01-05,0.5\n",
        currency="GBP",
        reporting_currency="GBP",
        categories={"x": "Top > Deep", "y": "Top > Other"},
    )
    assert oracle.orders["order_id"].tolist() == ["1", "2", "4"]
    assert oracle.orders["currency"].tolist() == ["EUR", "EUR", "GBP"]
    assert oracle.orders["order_amount_base"].tolist() == money("0.0003", "1.8", "1")
    assert oracle.reason_counts == {"exchange_rate.missing": 2}
    cells = oracle.kpi_daily.query("dimension == 'category' and value == 'Top'")
    assert cells["gross_revenue"].tolist() == money("1", "0.0004", "1.8")
    with pytest.raises(ValueError, match="reporting currency"):
        an_oracle(tmp_path, "1,2020-01-01,a,x,,1,1,,EUR\n2,2020-01-01,a,x,,1,1,,GBP")


def test_scores_count_the_cut_points_strictly_below(tmp_path: Path) -> None:
    assert cuts_below([1, 2, 3, 4, 5, 6]) == [0, 0, 1, 2, 3, 4]
    assert cuts_below([7, 7, 7]) == [0, 0, 0]
    assert cuts_below([5]) == [0]
    assert cuts_below([1, 1, 1, 1, 9]) == [0, 0, 0, 0, 4]
    oracle = an_oracle(
        tmp_path,
        """
        1,2020-01-01 10:00,a,x,,1,10,,
        2,2020-01-03 10:00,a,x,,1,20,,
        C3,2020-01-04 10:00,a,x,,-1,25,,
        4,2020-01-02 10:00,b,x,,1,8,,
        C5,2020-01-02 10:00,c,x,,-1,8,,
        6,2020-01-09 10:00,,x,,1,8,,
        """,
    )
    expected = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "as_of": [date(2020, 1, 10)] * 2,
            "recency_days": [7, 8],
            "frequency": [2, 1],
            "monetary_amount": money("5", "8"),
            "r_score": [5, 1],
            "f_score": [5, 1],
            "m_score": [1, 5],
        }
    )
    assert_same_table(oracle.rfm_scores, expected, ["customer_id"])


def test_window_as_of_day_and_gross_money_choose_the_orders(tmp_path: Path) -> None:
    text = """
        1,2020-01-01 10:00,a,x,,1,10,,
        2,2020-01-03 10:00,a,x,,1,20,,
        C3,2020-01-03 11:00,a,x,,-1,5,,
        4,2020-01-05 10:00,a,x,,1,40,,
        """
    scores = an_oracle(tmp_path, text, as_of=date(2020, 1, 5), window_days=2, net_of_returns=False).rfm_scores
    row = scores.iloc[0]
    assert (row["recency_days"], row["frequency"], row["monetary_amount"]) == (2, 1, Decimal(20))
    assert an_oracle(tmp_path, text, as_of=date(2020, 1, 5)).rfm_scores["monetary_amount"].tolist() == money(
        "25"
    )
    assert an_oracle(tmp_path, text, as_of=date(2020, 1, 1)).rfm_scores.empty


def test_kpis_of_a_day_worked_by_hand(tmp_path: Path) -> None:
    oracle = an_oracle(
        tmp_path,
        """
        2,2020-01-01 10:00,a,x,,1,10,France,
        1,2020-01-01 10:00,a,x,,1,1,Spain,
        1,2020-01-01 10:00,a,y,,1,2,Spain,
        3,2020-01-01 11:00,,y,,1,0.0001,,
        C4,2020-01-01 12:00,b,x,,-1,4,Spain,
        5,2020-01-01 12:00,b,POST,charge,1,4,Italy,
        """,
        categories={"x": "Toys"},
    )
    columns = ["dimension", "value", "gross_revenue", "returns_amount", "net_revenue", "orders",
               "active_customers", "new_customers", "average_order_value"]  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        ("all", "all", *money("13.0001", "4", "9.0001"), 3, 1, 1, Decimal("4.3334")),
        ("country", "France", *money("10", "0", "10"), 1, 1, 0, Decimal(10)),
        ("country", "Spain", *money("3", "4", "-1"), 1, 1, 1, Decimal(3)),
        ("country", "unknown", *money("0.0001", "0", "0.0001"), 1, 0, 0, Decimal("0.0001")),
        ("channel", "unknown", *money("13.0001", "4", "9.0001"), 3, 1, 1, Decimal("4.3334")),
        ("category", "Toys", *money("11", "4", "7"), 2, 1, 1, Decimal("5.5")),
        ("category", "unknown", *money("2.0001", "0", "2.0001"), 2, 1, 1, Decimal("1.0001")),
    ]
    assert_same_table(oracle.kpi_daily, pd.DataFrame(rows, columns=columns), ["dimension", "value"])


def test_day_of_returns_only_has_no_average(tmp_path: Path) -> None:
    oracle = an_oracle(tmp_path, "C1,2020-01-01 10:00,a,x,,-1,4,,")
    row = oracle.kpi_daily.query("dimension == 'all'").iloc[0]
    assert (row["gross_revenue"], row["returns_amount"], row["orders"]) == (Decimal(0), Decimal(4), 0)
    assert row["average_order_value"] is None
