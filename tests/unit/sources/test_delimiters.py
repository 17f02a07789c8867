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


@pytest.mark.parametrize(
    "text",
    [
        "Export of 2024-05-01\n12,2024,300\n13,2023,250\n",
        "# sensor log\n1,20,300\n2,21,310\n",
        "Messung\n1.5,2.5,3.5\n2.5,3.5,4.5\n",
        "id,a|b,c\n1,2|3,4\n2,3|4,5\n",
        "1,08~09,5\n2,08~09,6\n",
        "1,48.1;11.5,3\n2,48.1;11.6,4\n",
    ],
)
def test_commas_that_are_no_decimal_ones_part(text: str) -> None:
    assert find_delimiter(text) == ","
