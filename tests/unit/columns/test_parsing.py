"""Text as people write it -> values, each worked by hand; one Spark job a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from customer_chunks.columns import parsing


def read(spark: SparkSession, texts: Sequence[str | None], how: Callable[[Column], Column]) -> list[Any]:
    """Return what becomes of each text, in order."""
    rows = spark.createDataFrame(list(enumerate(texts)), "n int, t string")
    found = rows.select("n", how(F.col("t")).alias("v")).collect()
    return [row["v"] for row in sorted(found)]


def reads(spark: SparkSession, cases: dict[str | None, Any], how: Callable[[Column], Column]) -> None:
    """Check every case at once."""
    assert dict(zip(cases, read(spark, list(cases), how), strict=True)) == cases


def test_id_is_trimmed_and_loses_point_zero_only_when_numeric(spark: SparkSession) -> None:
    cases = {
        " 17850.0 ": "17850",
        "17850": "17850",
        "-5.0": "-5",
        "007.0": "007",
        "0042": "0042",
        "A1.0": "A1.0",
        "1.00": "1.00",
        "1.0.0": "1.0.0",
        ".0": ".0",
        "v2.0": "v2.0",
        "Ab": "Ab",
        "  ": None,
        "": None,
        None: None,
        "12.5": "12.5",
    }
    reads(spark, cases, parsing.identifier)


def test_text_is_trimmed_and_nothing_is_null(spark: SparkSession) -> None:
    reads(spark, {" a b ": "a b", "   ": None, "": None, None: None, "x.0": "x.0"}, parsing.text)


def test_number_is_read_as_people_write_it(spark: SparkSession) -> None:
    cases = {
        "12": Decimal("12"),
        " 12.5 ": Decimal("12.5"),
        "(12.00)": Decimal("-12"),
        "12-": Decimal("-12"),
        "12.50-": Decimal("-12.5"),
        "€ 5": Decimal("5"),
        "5 €": Decimal("5"),
        "$5.25": Decimal("5.25"),
        "1e3": Decimal("1000"),
        "+7": Decimal("7"),
        "-7": Decimal("-7"),
        "1 234.5": Decimal("1234.5"),
        "1\u00a0234": Decimal("1234"),
        "1'234.50": Decimal("1234.5"),
        "EUR 5": Decimal("5"),
        "5 EUR": Decimal("5"),
        ".5": Decimal("0.5"),
        "0": Decimal("0"),
        "abc": None,
        "": None,
        None: None,
        "1.2.3": None,
        "12 pcs": None,
        "--5": None,
        "99999999999999999999": None,
        "NaN": None,
        "1,5": None,
    }
    reads(spark, cases, lambda c: parsing.number(c, "decimal(18,4)"))


def test_decimal_comma_and_marks_between_thousands(spark: SparkSession) -> None:
    cases = {
        "1.234,50": Decimal("1234.5"),
        "1234,5": Decimal("1234.5"),
        "-1.234,50": Decimal("-1234.5"),
        "(1.234,50)": Decimal("-1234.5"),
        "1.234.567,89": Decimal("1234567.89"),
        "5": Decimal("5"),
        "€ 1,50": Decimal("1.5"),
    }
    reads(spark, cases, lambda c: parsing.number(c, "decimal(18,4)", decimal=",", thousands="."))
    english = {"1,234.50": Decimal("1234.5"), "1,234,567": Decimal("1234567")}
    reads(spark, english, lambda c: parsing.number(c, "decimal(18,4)", thousands=","))


def test_mark_that_does_not_part_thousands_makes_no_number(spark: SparkSession) -> None:
    cases = {
        "43.07": None,
        "8.02": None,
        "1234.567": None,
        "1.2345": None,
        "1..234": None,
        "1.234.56": None,
        "12.34.567": Decimal("1234567"),  # as in India
        "EUR -1.234": Decimal("-1234"),
    }
    reads(spark, cases, lambda c: parsing.number(c, "decimal(18,4)", decimal=",", thousands="."))


def test_point_before_three_digits_is_not_guessed_where_the_comma_is_decimal(spark: SparkSession) -> None:
    cases = {
        "1.234": None,
        "1.234.567": None,
        "43.07": Decimal("43.07"),
        "43,07": Decimal("43.07"),
        "5": Decimal("5"),
        "0,125": Decimal("0.125"),
    }
    reads(spark, cases, lambda c: parsing.number(c, "decimal(18,4)", decimal=","))


def test_more_decimals_than_the_type_has_are_rounded_half_up(spark: SparkSession) -> None:
    cases = {
        "0.00005": Decimal("0.0001"), "0.00004": Decimal("0"), "-0.00005": Decimal("-0.0001"),
        "1.23445": Decimal("1.2345"),
    }  # fmt: skip
    reads(spark, cases, lambda c: parsing.number(c, "decimal(18,4)"))
    reads(spark, {"1.2345675": Decimal("1.234568")}, lambda c: parsing.number(c, "decimal(18,6)"))


def test_flag_is_read_in_many_languages(spark: SparkSession) -> None:
    yes = (
        "true",
        "T",
        "Yes",
        " y ",
        "1",
        "ja",
        "J",
        "oui",
        "si",
        "sí",
        "sim",
        "tak",
        "evet",
        "wahr",
        "vrai",
        "X",
    )
    no = ("false", "F", "No", "n", "0", "nein", "non", "não", "nie", "nee", "hay\u0131r", "falsch", "faux")
    cases = (
        dict.fromkeys(yes, True) | dict.fromkeys(no, False) | {"maybe": None, "": None, None: None, "2": None}
    )
    reads(spark, cases, parsing.flag)


@pytest.mark.parametrize(
    ("pattern", "has_time"),
    [("dd.MM.yyyy", False), ("M/d/yyyy H:mm", True), ("yyyyMMdd", False), ("h a", True), ("yyyy'H'", False)],
)
def test_pattern_tells_whether_it_has_a_time(pattern: str, has_time: bool) -> None:
    assert parsing.has_time(pattern) is has_time


def instants(
    spark: SparkSession,
    texts: Sequence[str | None],
    zone: str,
    formats: Sequence[str] = (),
    days: str = "UTC",
) -> list[tuple[datetime | None, bool]]:
    """Return the instant (UTC) of each text and whether the clock skipped it."""
    rows = spark.createDataFrame(list(enumerate(texts)), "n int, t string")
    at, gap = parsing.instant(F.col("t"), "string", formats=formats, zone=zone, date_zone=days)
    found = rows.select("n", at.alias("at"), gap.alias("gap")).collect()
    return [(row["at"], row["gap"]) for row in sorted(found)]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_iso_instants_are_wall_clocks_unless_they_say_an_offset(spark: SparkSession) -> None:
    texts = [
        "2024-07-01 12:00",
        "2024-07-01T12:00:30",
        "2024-07-01T12:00:00Z",
        "2024-07-01T12:00:00+05:00",
        " x ",
        None,
    ]
    assert instants(spark, texts, "Europe/Paris") == [
        (utc("2024-07-01 10:00"), False),
        (utc("2024-07-01 10:00:30"), False),
        (utc("2024-07-01 12:00"), False),
        (utc("2024-07-01 07:00"), False),
        (None, False),
        (None, False),
    ]


def test_date_only_is_midnight_in_the_zone_of_days(spark: SparkSession) -> None:
    texts = ["2024-07-01", "2024-1-5"]
    expected = [(utc("2024-07-01 04:00"), False), (utc("2024-01-05 05:00"), False)]
    assert instants(spark, texts, "Asia/Tokyo", days="America/New_York") == expected
    by_format = instants(spark, ["01.07.2024"], "Asia/Tokyo", ["dd.MM.yyyy"], "America/New_York")
    assert by_format == [(utc("2024-07-01 04:00"), False)]


def test_gap_in_london_is_shifted_forward_and_overlap_takes_the_earlier(spark: SparkSession) -> None:
    texts = [
        "2011-03-27 00:59",
        "2011-03-27 01:30",
        "2011-03-27 02:00",
        "2011-10-30 01:30",
        "2011-10-30 02:00",
    ]
    assert instants(spark, texts, "Europe/London") == [
        (utc("2011-03-27 00:59"), False),
        (utc("2011-03-27 01:30"), True),
        (utc("2011-03-27 01:00"), False),
        (utc("2011-10-30 00:30"), False),
        (utc("2011-10-30 02:00"), False),
    ]


def test_gap_at_midnight_in_sao_paulo_is_shifted_forward(spark: SparkSession) -> None:
    # 2018-11-04 00:00 became 01:00 (-03 to -02); 2018-02-18 00:00 became 23:00 of the day before.
    texts = ["2018-11-04 00:30", "2018-11-04 01:00", "2018-02-17 23:30", "2018-02-18 00:00"]
    assert instants(spark, texts, "America/Sao_Paulo") == [
        (utc("2018-11-04 03:30"), True),
        (utc("2018-11-04 03:00"), False),
        (utc("2018-02-18 01:30"), False),
        (utc("2018-02-18 03:00"), False),
    ]
    assert instants(spark, ["2018-11-04"], "UTC", days="America/Sao_Paulo") == [
        (utc("2018-11-04 03:00"), True)
    ]


def test_formats_are_tried_in_order_and_impossible_days_are_null(spark: SparkSession) -> None:
    formats = ["d/M/yyyy H:mm", "dd.MM.yyyy", "yyyy-MM-dd'T'HH:mmXXX"]
    texts = [
        "31/12/2023 8:05",
        "31.12.2023",
        "31/02/2011 10:00",
        "29.02.2011",
        "2024-07-01T12:00+02:00",
        "1/2/2024 3:04",
    ]
    assert instants(spark, texts, "Europe/London", formats) == [
        (utc("2023-12-31 08:05"), False),
        (utc("2023-12-31 00:00"), False),
        (None, False),
        (None, False),
        (utc("2024-07-01 10:00"), False),
        (utc("2024-02-01 03:04"), False),
    ]


def test_gap_is_told_with_one_format_and_with_several(spark: SparkSession) -> None:
    for formats in (["yyyy-MM-dd H:mm"], ["dd.MM.yyyy", "yyyy-MM-dd H:mm"]):
        found = instants(spark, ["2011-03-27 1:30", "2011-03-27 2:30", "?"], "Europe/London", formats)
        assert [gap for _, gap in found] == [True, False, False]


def test_typed_times_need_no_reading(spark: SparkSession) -> None:
    row = spark.sql(
        "SELECT timestamp'2024-07-01 12:00' a, date'2024-07-01' b, timestamp_ntz'2024-07-01 12:00' c"
    )
    found = row.select(
        *[
            parsing.instant(F.col(n), t, formats=(), zone="Europe/Paris", date_zone="America/New_York")[
                0
            ].alias(n)
            for n, t in (("a", "timestamp"), ("b", "date"), ("c", "timestamp_ntz"))
        ]
    ).collect()[0]
    assert tuple(found) == (utc("2024-07-01 12:00"), utc("2024-07-01 04:00"), utc("2024-07-01 10:00"))


def test_day_is_read_by_format_or_iso(spark: SparkSession) -> None:
    cases = {"31.12.2023": date(2023, 12, 31), "31.02.2023": None, "": None, None: None}
    reads(spark, cases, lambda c: parsing.day(c, "string", formats=["dd.MM.yyyy"]))
    iso = {"2023-12-31": date(2023, 12, 31), "2023-02-30": None, "soon": None}
    reads(spark, iso, lambda c: parsing.day(c, "string", formats=()))


def test_numbers_become_the_text_their_owner_would_write(spark: SparkSession) -> None:
    row = spark.sql(
        "SELECT 17850.0D a, 0.1D b, 5 c, date'2024-01-02' d, 1e20D e, named_struct('x', 1) f, true g,"
        " -2.0D h, 17850.00BD i, 2.50BD j, 100BD k"
    )
    types = dict(row.dtypes)
    found = row.select(*[parsing.as_text(F.col(n), types[n]).alias(n) for n in row.columns]).collect()[0]
    assert tuple(found) == (
        "17850",
        "0.1",
        "5",
        "2024-01-02",
        "1.0E20",
        '{"x":1}',
        "true",
        "-2",
        "17850",
        "2.50",
        "100",
    )
