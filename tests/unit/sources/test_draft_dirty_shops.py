"""Drafts of exports that are dirty in known numbers: each column keeps its meaning, the dirt is told."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.config.mapping import SourceMapping, read_mapping
from customer_chunks.sources.draft import draft_mapping
from customer_chunks.sources.draft.bytes_in import decode
from customer_chunks.sources.draft.dates import date_style
from customer_chunks.sources.draft.numbers import NumberStyle, number_style
from customer_chunks.sources.draft.profile import Profile
from tests.oracle import write_dirty_shop, write_fixed_width

SEEDS, SIZES = (1, 7, 23), (1500, 6000)
PLAIN = {
    "order_id": "InvoiceNo",
    "ordered_at": "`InvoiceDate`",
    "customer_id": "`Customer ID`",
    "product_id": "upper(StockCode)",
    "product_name": "Description",
    "country": "Country",
    "is_return": "InvoiceNo LIKE 'C%'",
}


def drafted(folder: Path, path: Path | None = None) -> tuple[SourceMapping, str]:
    text = draft_mapping(path or folder, source="shop", relative_to=folder).yaml
    target = folder / "draft.yml"
    target.write_text(text, encoding="utf-8")
    return read_mapping(target), text


def dirty(folder: Path, **choices: Any) -> tuple[SourceMapping, str]:
    shop = write_dirty_shop(folder, **choices)
    shop.mapping.unlink()
    return drafted(folder)


def fields_of(mapping: SourceMapping, feed: str, entity: str = "order_lines") -> dict[str, Any]:
    found = next(f for f in mapping.feeds if f.name == feed).entity(entity)
    assert found is not None
    return dict(found.fields)


def codes(expression: str) -> list[str]:
    return re.findall(r"'([^']*)'", expression.replace("'product' END", ""))


@pytest.mark.parametrize("lines", SIZES)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("comma", [False, True], ids=["points", "commas"])
def test_every_column_of_a_dirty_shop_is_mapped(tmp_path: Path, lines: int, seed: int, comma: bool) -> None:
    mapping, _ = dirty(tmp_path, lines=lines, seed=seed, decimal_comma=comma)

    fields = fields_of(mapping, "sales")
    assert set(fields) == {*PLAIN, "quantity", "unit_price", "line_kind"}
    texts = {name: field.expression.strip("`") for name, field in fields.items()}
    assert {name: texts[name] for name in PLAIN} == {n: e.strip("`") for n, e in PLAIN.items()}
    assert fields["ordered_at"].formats == (("dd.MM.yyyy",) if comma else ("M/d/yyyy H:mm",))
    for name, column in (("quantity", "Quantity"), ("unit_price", "UnitPrice")):
        assert texts[name] == column
        assert (fields[name].decimal, fields[name].thousands) == ((",", ".") if comma else (".", ""))
    assert (mapping.currency, mapping.time_zone) == ("GBP", "Europe/London")
    goods = fields_of(mapping, "products", "products")
    assert {n: f.expression for n, f in goods.items()} == {
        "product_id": "upper(StockCode)",
        "category_path": "Category",
    }


@pytest.mark.parametrize("comma", [False, True], ids=["points", "commas"])
def test_deliveries_with_currencies_are_one_feed_beside_their_rates(tmp_path: Path, comma: bool) -> None:
    mapping, text = dirty(tmp_path, lines=3000, seed=5, decimal_comma=comma, currencies=True, deliveries=3)

    assert [f.name for f in mapping.feeds] == ["products", "rates", "sales"]
    assert fields_of(mapping, "sales")["currency"].expression == "Currency"
    rates = fields_of(mapping, "rates", "exchange_rates")
    assert {n: f.expression for n, f in rates.items()} == {
        "currency": "currency",
        "valid_on": "valid_on",
        "rate": "rate",
    }
    assert mapping.currency == "GBP"
    assert "currency: GBP" in text
    assert "need no exchange rate" in text


def test_codes_that_are_no_products_are_those_of_the_file(tmp_path: Path) -> None:
    mapping, _ = dirty(tmp_path, lines=6000, seed=7)

    rule = fields_of(mapping, "sales")["line_kind"].expression

    assert codes(rule) == [
        *("AMAZONFEE", "BANK CHARGES", "DOT", "POST", "charge"),
        *("B", "D", "M", "SAMPLES", "TEST001", "adjustment"),
    ]


def test_junk_is_counted_and_told(tmp_path: Path) -> None:
    rows = [
        f"{1000 + n // 3},A{n % 40},{n % 7 + 1},{n // 40 % 12 + 1}/{n % 28 + 1}/2011" for n in range(1000)
    ]
    rows[3], rows[400] = "1001,A3,abc,1/4/2011", "1133,A4,99999999999999999999,11/9/2011"
    rows[700], rows[701], rows[702] = "1233,A2,1,2/31/2011", "1233,A3,1,31/02/2011", "1234,A5,1,yesterday"
    path = tmp_path / "sales.csv"
    path.write_text(
        "order_id,sku,quantity,order_date,unit_price\n"
        + "".join(f"{row},{n % 9}.5\n" for n, row in enumerate(rows))
    )

    mapping, text = drafted(tmp_path, path)

    fields = fields_of(mapping, "sales")
    assert fields["quantity"].expression == "quantity"
    assert fields["ordered_at"].formats == ("M/d/yyyy",)
    said = {line.split(":")[0].strip(): line for line in text.splitlines() if "quarantined" in line}
    assert "2 of 1,000 values looked at are no numbers: they will be quarantined" in said["quantity"]
    assert "3 of 1,000 values looked at are no dates: they will be quarantined" in said["ordered_at"]
    assert "abc" not in text
    assert "yesterday" not in text


def test_half_and_half_of_day_and_month_first_stays_doubtful() -> None:
    values = ["25/01/2023", "01/25/2023", "26/02/2023", "02/26/2023"]

    style = date_style(values, values)

    assert style is not None
    assert "others month first" in style.doubtful


def test_column_of_many_words_and_some_numbers_is_no_number() -> None:
    assert number_style(["7", "8", "red", "blue"]) is None
    assert Profile("size", ["0"] * 98 + ["L", "XL"]).type == "text"
    assert Profile("size", [*map(str, range(95)), "S", "M", "L", "XL", "XS"]).type == "text"
    assert Profile("quantity", [*[str(n % 5) for n in range(98)], "abc"]).type == "integer"


def test_grouped_thousands_beside_decimal_commas() -> None:
    assert number_style(["1.200", "2,5", "7"]) == NumberStyle(",", ".", "", is_whole=False)
    assert number_style(["1,200", "2.5", "7"]) == NumberStyle(".", ",", "", is_whole=False)


def test_ids_with_and_without_a_trailing_zero_are_the_same_key() -> None:
    assert Profile("customer", ["17850", "17850.0", "", "13047.0"]).keys == ["17850", "17850", "", "13047"]


def test_pound_signs_before_amounts_say_nothing_of_polish(tmp_path: Path) -> None:
    body = "code,name\ngift,Gift Voucher £20.00\ngift,Gift Voucher £5.00\n".encode("latin-1")

    assert decode(tmp_path / "a.csv", [body], complete=True).encoding == "windows-1252"


def purchases(seed: int = 3, count: int = 1500) -> list[tuple[str, str, int, str]]:
    rng, who = random.Random(seed), 0  # noqa: S311 - a seeded play
    rows: list[tuple[str, str, int, str]] = []
    while len(rows) < count:
        who += 1
        for n in sorted(rng.randrange(540) for _ in range(rng.choice((1, 1, 2, 3, 6)))):
            pieces = rng.choice((1, 1, 1, 2, 2, 3, 5))
            cents = pieces * rng.choice((999, 1177, 1437))
            day = date(1997, 1, 1) + timedelta(days=n)
            rows.append((f"{who:05d}", f"{day:%Y%m%d}", pieces, f"{cents // 100}.{cents % 100:02d}"))
    return rows


def test_fixed_width_purchases_without_order_numbers_are_lines(tmp_path: Path) -> None:
    shop = write_fixed_width(tmp_path, customers=900)
    shop.mapping.unlink()

    mapping, text = drafted(tmp_path)

    feed = mapping.feeds[0]
    assert [e.entity.name for e in feed.entities] == ["order_lines"]
    assert set(fields_of(mapping, feed.name)) == {"customer_id", "ordered_at", "quantity", "line_amount"}
    assert fields_of(mapping, feed.name)["ordered_at"].formats == ("yyyyMMdd",)
    assert feed.orders == "each_row"
    assert "every row is one order; or customer_day?" in text


@pytest.mark.parametrize(
    "names",
    [
        ("user_id", "order_dt", "order_products", "order_amount"),
        ("customer_id", "date", "quantity", "price"),
        ("cust_id", "date", "n_cds", "dollar_value"),
        ("users_id", "date", "num_cds", "spent"),
        ("ID", "DATE", "QTY", "AMOUNT"),
    ],
    ids=lambda names: names[2],
)
def test_amount_that_grows_with_the_pieces_is_the_amount_of_the_line(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    path = tmp_path / "purchases.csv"
    path.write_text(",".join(names) + "\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in purchases()))

    mapping, _ = drafted(tmp_path, path)

    fields = fields_of(mapping, "purchases")
    found = {name: field.expression.strip("`") for name, field in fields.items()}
    assert found == dict(zip(("customer_id", "ordered_at", "quantity", "line_amount"), names, strict=True))
