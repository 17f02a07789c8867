"""What columns of values are taken to be: dates, numbers, nulls, and the assignment as a whole."""

from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest

from customer_chunks.sources.draft import draft_mapping
from customer_chunks.sources.draft.assign import best_assignment
from customer_chunks.sources.draft.dates import date_style
from customer_chunks.sources.draft.names import concepts_of
from customer_chunks.sources.draft.numbers import NumberStyle, number_style, to_float
from customer_chunks.sources.draft.profile import Profile


@pytest.mark.parametrize(
    ("values", "patterns"),
    [
        (["12/1/2010 8:26", "12/31/2010 15:01"], ("M/d/yyyy H:mm",)),
        (["1/12/2010 8:26", "31/12/2010 15:01"], ("d/M/yyyy H:mm",)),
        (["12/1/2010 8:26", "1/31/2011 15:01"], ("M/d/yyyy H:mm",)),
        (["01.02.2023", "28.02.2023"], ("dd.MM.yyyy",)),
        (["1.2.2023", "28.2.2023"], ("d.M.yyyy",)),
        (["05-Jan-24", "17-Mar-24"], ("dd-MMM-yy",)),
        (["Jan 5, 2024 09:05:01 AM", "Mar 17, 2024 10:00:00 PM"], ("MMM d, yyyy hh:mm:ss a",)),
        (["20230105", "20231231"], ("yyyyMMdd",)),
        (["20230105101500", "20231231235959"], ("yyyyMMddHHmmss",)),
        (["2023-01-05 10:15:00 -0500", "2023-11-30 01:00:00 +0100"], ("yyyy-MM-dd HH:mm:ss xx",)),
        (["2023/01/05 10:15", "2023/11/30 01:00"], ("yyyy/MM/dd HH:mm",)),
        (["2023-01-05T10:15:00Z", "2023-01-05T10:15:00.123+01:00"], ()),
        (["2023-01-05", "2023-12-31"], ()),
    ],
)
def test_spark_patterns_of_dates(values: list[str], patterns: tuple[str, ...]) -> None:
    style = date_style(values, values)

    assert style is not None
    assert style.patterns == patterns
    assert style.doubtful == ""


def test_two_formats_in_a_column_give_two_patterns_the_frequent_first() -> None:
    values = ["13/01/2023", "14/01/2023", "15/01/2023", "2023-01-16"]

    style = date_style(values, values)

    assert style is not None
    assert style.patterns == ("d/MM/yyyy", "yyyy-MM-d")


def test_rows_in_time_order_tell_days_from_months() -> None:
    values = [f"{day:02d}/{month:02d}/2023" for month in range(1, 7) for day in range(1, 10)]

    style = date_style(values, values)

    assert style is not None
    assert style.patterns == ("dd/MM/yyyy",)
    assert style.doubtful == ""


def test_dates_that_could_be_either_are_doubtful() -> None:
    values = ["03/04/2023", "07/02/2023", "01/08/2023"]

    style = date_style(values, values)

    assert style is not None
    assert "day from the month" in style.doubtful


@pytest.mark.parametrize("value", ["31/02", "99/99/2023", "12345678", "2023-13-40", "a 1 2023"])
def test_what_is_no_date(value: str) -> None:
    assert date_style([value], [value]) is None


@pytest.mark.parametrize(
    ("values", "style", "number"),
    [
        (["1.50", "1200.75"], NumberStyle(is_whole=False), 1.5),
        (["1,50", "1200,75"], NumberStyle(",", "", "", False), 1.5),
        (["1.234,50", "7,25"], NumberStyle(",", ".", "", False), 1234.5),
        (["1,234.50", "7.25"], NumberStyle(".", ",", "", False), 1234.5),
        (["1 234,50", "7,25"], NumberStyle(",", "", "", False), 1234.5),
        (["$12.50", "$3.00"], NumberStyle(".", "", "$", False), 12.5),
        (["R$ 12,50", "R$ 3,00"], NumberStyle(",", "", "R$", False), 12.5),
        (["12.50 EUR", "3.00 EUR"], NumberStyle(".", "", "EUR", False), 12.5),
        (["(12.50)", "3.10"], NumberStyle(is_whole=False), -12.5),
        (["12,50-", "3,10"], NumberStyle(",", "", "", False), -12.5),
        (["3", "-7"], NumberStyle(), 3),
    ],
)
def test_marks_of_numbers(values: list[str], style: NumberStyle, number: float) -> None:
    found = number_style(values)

    assert found == style
    assert to_float(values[0], found) == number


def test_three_digits_behind_a_single_mark_are_doubtful() -> None:
    found = number_style(["1,234", "7,250"])

    assert found is not None
    assert found.doubtful


@pytest.mark.parametrize("values", [["10.0.3.7"], ["A12"], ["1-2"], ["12:30"], [""]])
def test_what_is_no_number(values: list[str]) -> None:
    assert number_style(values) is None


@pytest.mark.parametrize("marker", ["NULL", "N/A", "\\N", "-", "nan"])
def test_markers_of_nothing_are_no_values(marker: str) -> None:
    profile = Profile("amount", ["1.50", marker, "2.75", marker])

    assert profile.type == "decimal"
    assert profile.markers == {marker}
    assert profile.null_share == 0.5


def test_a_word_that_only_looks_like_a_marker_stays() -> None:
    profile = Profile("comment", ["None", "all is well", "None", "thank you"])

    assert profile.markers == set()


@pytest.mark.parametrize(
    ("headers", "concepts"),
    [
        (
            [
                "OrderNo",
                "order_number",
                "Bestellnr.",
                "Numéro de commande",
                "Numero d'ordine",
                "Nº do Pedido",
                "注文番号",
                "Номер заказа",
                "Číslo objednávky",
                "Bestelnummer",
                "Sipariş No",
                "ORDERID",
            ],
            {"ORDER", "ID"},
        ),
        (
            ["CustNo", "KdNr", "Kundennummer", "cod_cliente", "Klantnr", "Müşteri No", "顧客番号"],
            {"CUSTOMER"},
        ),
        (
            [
                "UnitPrice",
                "unit price",
                "prix unitaire",
                "Prezzo unitario",
                "Preço Unitário",
                "Cena jednostkowa",
            ],
            {"UNIT", "PRICE"},
        ),
        (
            ["Rechnungsdatum", "InvoiceDate", "inv_dt", "Fecha de factura", "Fakturadatum"],
            {"INVOICE", "DATE"},
        ),
    ],
)
def test_headers_of_many_languages_mean_the_same(headers: list[str], concepts: set[str]) -> None:
    assert {header for header in headers if not concepts <= concepts_of(header).concepts} == set()


def test_assignment_is_the_best_of_all() -> None:
    rng = random.Random(4)  # noqa: S311 - a seeded play
    for _ in range(40):
        rows, columns = rng.randint(1, 4), rng.randint(1, 4)
        gains = [[rng.choice([-1.0, 0.0, rng.random() * 5]) for _ in range(columns)] for _ in range(rows)]
        padded = [[max(g, 0.0) for g in row] + [0.0] * rows for row in gains]
        best = max(
            sum(padded[r][c] for r, c in enumerate(chosen))
            for chosen in permutations(range(columns + rows), rows)
        )

        given = best_assignment(gains)

        taken = [c for c in given if c is not None]
        assert len(taken) == len(set(taken))
        assert sum(gains[r][c] for r, c in enumerate(given) if c is not None) == pytest.approx(best)


def test_nothing_to_assign_gives_nothing(tmp_path: Path) -> None:
    assert best_assignment([]) == []
    assert best_assignment([[], []]) == [None, None]
    assert best_assignment([[-1.0], [0.0]]) == [None, None]


def test_file_of_rates_is_taken_for_rates_and_a_day_alone_makes_no_orders(tmp_path: Path) -> None:
    days = [f"2024-01-{day:02d}" for day in range(1, 29)]
    rates = "".join(
        f"{c},{day},{r}{n}\n" for n, day in enumerate(days) for c, r in [("GBP", "1.15"), ("USD", "0.9")]
    )
    (tmp_path / "rates.csv").write_text(f"cur,day,rate\n{rates}", encoding="utf-8")
    (tmp_path / "weather.csv").write_text(
        "day,rain\n" + "".join(f"{day},{n}.5\n" for n, day in enumerate(days)), encoding="utf-8"
    )
    drafted = draft_mapping(tmp_path / "rates.csv", relative_to=tmp_path).yaml
    assert [line.split("#")[0].strip() for line in drafted.splitlines()][-4:] == [
        "exchange_rates:", "currency: cur", "valid_on: day", "rate: rate",
    ]  # fmt: skip
    weather = draft_mapping(tmp_path / "weather.csv", relative_to=tmp_path).yaml
    told = [line.strip() for line in weather.splitlines() if not line.strip().startswith("#")]
    assert not any(line.startswith("orders:") for line in told), weather
