"""Which delimiter parts a file, and when a comma is a decimal one."""

from __future__ import annotations

import pytest

from customer_chunks.sources.draft.delimiters import find_delimiter

DECIMAL = ["1,5{0}2,5", "0,25{0}-3,125", "17,0{0}1.250,75"] * 4
PLAIN = ["1.5{0}2", "0.25{0}-3", "17{0}1250"] * 4


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("header", ["a{0}b", '"a"{0}"b"', "Amount, EUR{0}Price, EUR", "2023{0}2024", None])
@pytest.mark.parametrize("rows", [DECIMAL, PLAIN], ids=["decimal commas", "points"])
def test_numbers_are_parted_by_what_stands_between_them(
    delimiter: str, header: str | None, rows: list[str]
) -> None:
    lines = [header, *rows] if header else rows
    assert find_delimiter("\n".join(lines).format(delimiter)) == delimiter


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        (";", ["id;x;y;z", *["7;1,5;2,5;3,5"] * 9]),
        (";", ['"a";"b"', *['"1,5";"2,5"'] * 9]),
        (";", ["name;city;amount", *["Doe, John;Paris;1,50 EUR"] * 9]),
        (";", ["Sales, in euros", "", "a;b", *["1,5;2,5"] * 9]),
        (";", ["a;b", "1,5;2,5"]),
        (";", ["day;amount", *["31.01.2024;1.234,50 €"] * 9]),
        ("|", ["a|b", *["1,234|5,678"] * 9]),
        ("|", ["name, first|01/2024|02/2024", *["Doe, John|5|7"] * 9]),
        ("\t", ["a\tb", *["1,5\t"] * 9]),
    ],
)
def test_comma_within_numbers_parts_nothing(expected: str, lines: list[str]) -> None:
    assert find_delimiter("\n".join(lines)) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["a,b", *["1,5"] * 9],
        ["x,pair,y", *["1,2;3,4"] * 9],
        ["name,tags", *["Ann,red;big"] * 9],
        ["day,range,n", *["2024-01-31,1;2,5"] * 9],
        ["id,note,n", *["1,one; two,3"] * 9],
        ['a,"b;c",d', *['"1,5","x;y","2,5"'] * 9],
        ["1,5", *["2,7"] * 9],
    ],
)
def test_comma_that_parts_cells_still_does(lines: list[str]) -> None:
    assert find_delimiter("\n".join(lines)) == ","


@pytest.mark.parametrize(
    "lines", [["x", "1,5", "2,5"], ["x", "1", "2,5", "3,25"], ["x", '"1,5"'], ["x", "1"]]
)
def test_one_column_has_none(lines: list[str]) -> None:
    assert find_delimiter("\n".join(lines)) is None
