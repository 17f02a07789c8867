"""Any one file without a mapping: its rows in their order, its numbers and its days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import SourceError
from customer_chunks.sources.draft.files import load
from customer_chunks.sources.one_file import OneFile, open_one

Open = Callable[[str], OneFile]


@pytest.fixture
def opens(spark: SparkSession, tmp_path: Path) -> Open:
    (tmp_path / "staging").mkdir()
    return lambda name: open_one(spark, tmp_path / name, tmp_path / "staging")


def numbers(file: OneFile, column: str) -> list[float | None]:
    return [row[0] for row in file.rows.orderBy("_position").select(file.number(column)).collect()]


def days(file: OneFile, column: str) -> list[date | None]:
    return [row[0] for row in file.rows.orderBy("_position").select(file.day(column)).collect()]


def test_text_with_semicolons_and_decimal_commas(opens: Open, tmp_path: Path) -> None:
    rows = ["a;1.234,50;31.01.2024", "b;;01.02.2024", "c;7,25;15.02.2024", "d;x;29.02.2024"] + [
        f"e;{n},5;02.03.2024" for n in range(40)
    ]
    (tmp_path / "sales.csv").write_text("\n".join(["Who;Amount;Day", *rows]) + "\n", encoding="utf-8")
    file = opens("sales.csv")
    assert file.columns == ("Who", "Amount", "Day")
    assert numbers(file, "amount")[:5] == [1234.5, None, 7.25, None, 0.5]
    assert days(file, "Day")[:3] == [date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 15)]


def test_decimal_commas_as_many_as_semicolons(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a;b\n" + "1,5;2,5\n0,25;-3,125\n" * 9, encoding="utf-8")
    file = opens("x.csv")
    assert (numbers(file, "a")[:2], numbers(file, "b")[:2]) == ([1.5, 0.25], [2.5, -3.125])


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("x\n1\n2\n30\n", "x", [1, 2, 30]),
        ("x\n1,5\n2,25\n", "x", [1.5, 2.25]),
        ('"x"\r\n"1,5"\r\n"2,25"\r\n', "x", [1.5, 2.25]),
        ("spend\n1e-07\n2.5e+03\n.5\nNA\n", "spend", [1e-07, 2500, 0.5, None]),
        ("1\n2\n30\n", "column_1", [1, 2, 30]),
    ],
)
def test_one_column_of_numbers_is_a_table(
    opens: Open, tmp_path: Path, text: str, column: str, expected: list[float | None]
) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8", newline="")
    file = opens("x.csv")
    assert (file.columns, numbers(file, column)) == ((column,), expected)


def test_one_column_of_words_is_none(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name\nann\nbob\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"x\.csv: is no table"):
        opens("x.csv")


def test_numbers_of_programs_keep_all_their_digits(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x,n\n0.1234567890123456,a\n-1e-07,b\n2.5E3,c\n17,d\n", encoding="utf-8")
    assert numbers(opens("x.csv"), "x") == [0.1234567890123456, -1e-07, 2500.0, 17.0]


def test_parquet_has_its_types_and_days_may_be_whole_numbers(opens: Open, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"n": [3, 1, 2], "x": [0.5, float("nan"), 2.0], "day": [20240131, 20240201, 20240229],
         "at": pd.to_datetime(["2024-01-31 10:00", "2024-02-01 00:00", "2024-02-29 00:00"])}
    )  # fmt: skip
    frame.to_parquet(tmp_path / "x.parquet")
    file = opens("x.parquet")
    assert numbers(file, "n") == [3, 1, 2]
    assert numbers(file, "x")[0::2] == [0.5, 2.0]
    expected = [date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 29)]
    assert days(file, "day") == days(file, "at") == expected


def test_json_lines(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"a": 1, "b": "2.5"}\n{"a": 4, "b": null}\n', encoding="utf-8")
    file = opens("x.jsonl")
    assert (numbers(file, "a"), numbers(file, "b")) == ([1, 4], [2.5, None])


def test_missing_file_folder_and_column_are_said(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("amount,name\n1,a\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"y\.csv: does not exist"):
        opens("y.csv")
    with pytest.raises(SourceError, match="is a folder"):
        opens("staging")
    with pytest.raises(SourceError, match=r"has no column 'amont'\. Did you mean 'amount'"):
        opens("x.csv").number("amont")
    with pytest.raises(SourceError, match="column 'name' holds no dates"):
        opens("x.csv").day("name")


def test_names_with_blanks_around_them_are_found_by_their_place(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("ID, Income ,_x \na,1,7\nb,2.5,8\n", encoding="utf-8")
    file = opens("x.csv")
    assert file.columns == ("ID", " Income ", "_x ")
    assert numbers(file, "income") == numbers(file, " Income ") == [1, 2.5]
    assert numbers(file, "_x") == [7, 8]
    with pytest.raises(SourceError, match=r"no column 'Incom'\. Did you mean 'Income'"):
        file.number("Incom")


@pytest.mark.parametrize("head", ["a,b,Spend,spend", "a,b,score,score", "_source,b,_change,_change"])
def test_names_that_no_table_can_hold_together_are_changed_and_told(
    opens: Open, tmp_path: Path, head: str
) -> None:
    (tmp_path / "x.csv").write_text(f"{head}\n" + "1,2,3,4.5\n" * 9, encoding="utf-8")
    file = opens("x.csv")
    assert numbers(file, file.columns[3])[:1] == [4.5]
    assert file.notes == [
        f"x.csv: names of columns stand more than once, or are taken; they are called "
        f"{', '.join(file.columns)} here."
    ]


def test_equal_names_of_parquet_are_refused_without_a_feeds_remedy(opens: Open, tmp_path: Path) -> None:
    pd.DataFrame({"a": [1.0], "A": [2.0]}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(SourceError, match=r"too much alike\. Rename one of them in the file\."):
        opens("x.parquet")


def test_a_number_above_twelve_behind_the_sample_tells_days_from_months(opens: Open, tmp_path: Path) -> None:
    early = [f"{1 + n % 12}/{1 + n % 11}/2023" for n in range(20_000)]
    pd.DataFrame({"day": [*early, "5/31/2023"]}).to_parquet(tmp_path / "x.parquet")
    file = opens("x.parquet")
    assert days(file, "day")[-2:] == [date(2023, 8, 2), date(2023, 5, 31)]
    assert not file.notes


def test_doubtful_dates_are_told_and_can_be_declared(opens: Open, tmp_path: Path) -> None:
    rows = "".join(f"a,{month}/1/2023\n" for month in range(1, 13))
    (tmp_path / "x.csv").write_text(f"id,day\n{rows}", encoding="utf-8")
    file = opens("x.csv")
    assert days(file, "day")[1] == date(2023, 1, 2)
    assert file.notes == [
        "Column 'day': no value above 12 tells the day from the month; d/M/yyyy is taken. If that is wrong: "
        "--date-format M/d/yyyy"
    ]
    declared = [
        row[0] for row in file.rows.select(file.day("day", formats=["dd.MM.yyyy", "M/d/yyyy"])).collect()
    ]
    assert declared[1] == date(2023, 2, 1)
    for pattern in ("%m/%d/%Y", "YYYY-MM-dd", "q", "M/d"):
        with pytest.raises(SourceError, match="is no pattern of a date"):
            file.day("day", formats=[pattern])


@pytest.mark.parametrize(
    ("text", "expected", "doubt"),
    [
        ('a,x\nk,"1,234"\nk,"2,345"\n', [1234, 2345], "the point is taken"),
        ("a;x\nk;1,234\nk;2,345\n", [1.234, 2.345], "the comma is taken"),
        ("a;x;y\nk;1,234;0.5\nk;2,345;0.75\n", [1234, 2345], "the point is taken"),
        ("a;x\nk;1,5\nk;2,5\nk;3,5\nk;NA\n", [1.5, 2.5, 3.5, None], ""),
        ("a;x\nk;1,5\nk;abc\nk;3,5\n", [1.5, None, 3.5], ""),
        ("a;x\nk;45%\nk;7,5 %\n", [0.45, 0.075], ""),
        ("a;x\nk;5,50 zł\nk;\u22127,50 zł\n", [5.5, -7.5], ""),
        ("a,x\nk,NaN\nk,inf\nk,12d\nk,1e30\nk,4\n", [None, None, None, 1e30, 4], ""),
    ],
)
def test_text_is_read_as_numbers_and_doubts_are_told(
    spark: SparkSession, tmp_path: Path, text: str, expected: list[float | None], doubt: str
) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    file = open_one(spark, tmp_path / "x.csv", tmp_path, names=["x"])  # few values make no sure header
    assert numbers(file, "x") == expected
    assert [doubt in note for note in file.notes] == ([True] if doubt else [])


def test_the_decimal_mark_can_be_declared(opens: Open, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('a,x\nk,"1,234"\nk,"2,345"\nk,"1.002,5"\n', encoding="utf-8")
    file = opens("x.csv")
    read = [row[0] for row in file.rows.select(file.number("x", decimal=",")).collect()]
    assert read == [1.234, 2.345, 1002.5]


def test_lists_records_and_dates_are_no_numbers(opens: Open, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"list": [[1.0]], "record": [{"a": 1}], "at": pd.to_datetime(["2024-01-31"]), "id": [17850.0]}
    )
    frame.to_parquet(tmp_path / "x.parquet")
    file = opens("x.parquet")
    with pytest.raises(SourceError, match=r"'list' holds array<double>\. Name a column of numbers"):
        file.number("list")
    with pytest.raises(SourceError, match=r"'at' holds timestamp_ntz\. Name a column of numbers"):
        file.number("at")
    with pytest.raises(SourceError, match="Name a column of dates"):
        file.day("record")
    with pytest.raises(SourceError, match="Name a column of single values"):
        file.text("record")
    assert [row[0] for row in file.rows.select(file.text("id")).collect()] == ["17850"]


def test_an_encoding_that_the_first_bytes_do_not_tell_is_found_and_told(
    opens: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customer_chunks.sources.one_file.load", partial(load, most=1 << 16))
    rows = [b"a%d,%d,Ann\n" % (n, n) for n in range(20_000)]
    rows[8_000] = b"a,7,Ren\xe9\n"
    (tmp_path / "x.csv").write_bytes(b"id,x,name\n" + b"".join(rows))
    file = opens("x.csv")
    assert [row["name"] for row in file.rows.where("id = 'a'").collect()] == ["René"]
    assert file.notes == [
        "x.csv: is not utf-8 throughout, and is read as windows-1252: look at names with accents."
    ]
