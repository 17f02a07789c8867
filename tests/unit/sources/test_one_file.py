"""Any one file without a mapping: its rows in their order, its numbers and its days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import SourceError
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
