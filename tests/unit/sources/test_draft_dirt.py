"""The dirt of real sales in a draft: cancellations, postage, guests, copies, mixed case, no order numbers."""

from __future__ import annotations

import re
from pathlib import Path

from customer_chunks.config.mapping import EntityMapping, Feed, SourceMapping, read_mapping
from customer_chunks.sources.draft import draft_mapping
from tests.unit.sources.draft_corpus import online_retail
from tests.unit.sources.draft_corpus_tills import instacart, navision

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def a_sale(n: int) -> list[str]:
    number, article = 536000 + n // 3, n % 40
    return [
        str(number),
        f"{20000 + article}",
        f"RED LAMP {article}",
        str(n % 5 + 1),
        f"2011-{n // 90 % 12 + 1:02d}-05 08:26:00",
        f"{article % 9}.{10 + article}",
        str(13000 + n // 3 % 50),
        "United Kingdom",
    ]


def draft_of(path: Path) -> tuple[SourceMapping, str]:
    text = draft_mapping(path, relative_to=path.parent).yaml
    target = path.parent / "draft.yml"
    target.write_text(text, encoding="utf-8")
    return read_mapping(target), text


def lines_of(feed: Feed) -> EntityMapping:
    found = feed.entity("order_lines")
    assert found is not None
    return found


def sales(tmp_path: Path, rows: list[list[str]], header: str = HEADER) -> tuple[SourceMapping, str]:
    path = tmp_path / "sales.csv"
    path.write_text(header + "".join(",".join(row) + "\n" for row in rows))
    return draft_of(path)


def test_online_retail_reads_like_written_by_hand(tmp_path: Path) -> None:
    mapping, text = draft_of(online_retail().write(tmp_path))

    feed = mapping.feeds[0]
    fields = dict(lines_of(feed).fields)
    assert mapping.currency == "GBP"
    assert {name: f.expression for name, f in fields.items()} == {
        "order_id": "InvoiceNo",
        "ordered_at": "`InvoiceDate`",
        "customer_id": "CustomerID",
        "product_id": "upper(StockCode)",
        "product_name": "Description",
        "line_kind": "CASE WHEN upper(StockCode) IN ('POST') THEN 'charge' ELSE 'product' END",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "country": "Country",
        "is_return": "InvoiceNo LIKE 'C%'",
    }
    assert fields["ordered_at"].formats == ("M/d/yyyy H:mm",)
    assert "have no customer id: they count as guest orders" in text
    assert "exact copies" in text


def test_draft_says_that_it_is_one_and_what_comes_next(tmp_path: Path) -> None:
    _, text = draft_of(online_retail().write(tmp_path))

    head = text.splitlines()[:3]
    assert all(line.startswith("#") for line in head)
    assert "draft" in head[0]
    assert "chunks source check" in head[2]
    fields = [line for line in text.splitlines() if re.match(r"        \w+: ", line)]
    assert all(re.search(r"  # (CHECK: )?(\d+%  |the same|codes|\d+ rows)", line) for line in fields)


def test_cancellation_prefix_needs_no_negative_quantity(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for row in rows[30:45]:
        row[0] = "RET" + row[0]

    mapping, _ = sales(tmp_path, rows)

    assert dict(lines_of(mapping.feeds[0]).fields)["is_return"].expression == "InvoiceNo LIKE 'RET%'"


def test_unknown_prefix_marks_returns_where_quantities_are_negative(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for row in rows[30:45]:
        row[0], row[3] = "QX-" + row[0], "-1"

    mapping, _ = sales(tmp_path, rows)

    assert dict(lines_of(mapping.feeds[0]).fields)["is_return"].expression == "InvoiceNo LIKE 'QX%'"


def test_two_branches_with_their_own_prefix_are_no_returns(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for n, row in enumerate(rows):
        row[0] = ("NORTH" if n < 150 else "SOUTH") + row[0]

    mapping, _ = sales(tmp_path, rows)

    assert not lines_of(mapping.feeds[0]).has("is_return")


def test_codes_that_are_no_products_become_charges_and_adjustments(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for row, code, name in zip(
        rows[5:300:40],
        ["POST", "DOT", "M", "BANK CHARGES", "D", "zz1", "POST", "C2"],
        [
            "POSTAGE",
            "DOTCOM POSTAGE",
            "Manual",
            "Bank Charges",
            "Discount",
            "Versandkosten",
            "POSTAGE",
            "CARRIAGE",
        ],
        strict=True,
    ):
        row[1], row[2] = code, name

    mapping, text = sales(tmp_path, rows)

    assert dict(lines_of(mapping.feeds[0]).fields)["line_kind"].expression == (
        "CASE WHEN upper(StockCode) IN ('BANK CHARGES', 'C2', 'DOT', 'POST', 'ZZ1') THEN 'charge'"
        " WHEN upper(StockCode) IN ('D', 'M') THEN 'adjustment' ELSE 'product' END"
    )
    assert "# CHECK: codes that are no products" in text


def test_product_called_like_a_charge_stays_a_product(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for row in rows:
        row[2] = row[2].replace("LAMP", "POSTAGE STAMP ALBUM DELUXE")

    mapping, _ = sales(tmp_path, rows)

    assert not lines_of(mapping.feeds[0]).has("line_kind")


def test_document_with_a_german_credit_prefix_is_a_return(tmp_path: Path) -> None:
    mapping, _ = draft_of(navision().write(tmp_path))

    assert dict(lines_of(mapping.feeds[0]).fields)["is_return"].expression == "Belegnr LIKE 'GS%'"


def test_lines_without_order_number_become_customer_days(tmp_path: Path) -> None:
    rows = [a_sale(n)[1:] for n in range(300)]

    mapping, text = sales(tmp_path, rows, HEADER.partition(",")[2])

    assert mapping.feeds[0].orders == "customer_day"
    assert "orders: customer_day" in text
    assert "CHECK: no order number" in text


def test_nothing_is_mapped_that_lacks_its_date(tmp_path: Path) -> None:
    mapping, text = draft_of(instacart().write(tmp_path))

    assert mapping.feeds[0].entities == ()
    assert "# CHECK: orders is left out: no column was found for ordered_at" in text
    assert "#   order_id: order_id" in text


def test_lines_without_date_stand_beside_an_orders_feed(tmp_path: Path) -> None:
    (tmp_path / "order_items.csv").write_text(
        "order_id,order_item_id,sku,qty,unit_price\n"
        + "".join(f"{900 + n // 2},{n % 2 + 1},A{n % 20},{n % 3 + 1},{n % 20}.50\n" for n in range(200))
    )
    (tmp_path / "orders.csv").write_text(
        "order_id,customer_id,order_date,grand_total\n"
        + "".join(f"{900 + n},{n % 17},2023-03-{n % 28 + 1:02d},{n}.75\n" for n in range(100))
    )
    target = tmp_path / "draft.yml"
    target.write_text(draft_mapping(tmp_path, relative_to=tmp_path).yaml)

    mapping = read_mapping(target)

    assert {f.name: [e.entity.name for e in f.entities] for f in mapping.feeds} == {
        "order_items": ["order_lines"],
        "orders": ["orders"],
    }


def test_price_without_quantity_counts_each_row_as_one_piece(tmp_path: Path) -> None:
    rows = [[*row[:3], *row[4:]] for row in (a_sale(n) for n in range(300))]

    mapping, text = sales(tmp_path, rows, HEADER.replace("Quantity,", ""))

    quantity = dict(lines_of(mapping.feeds[0]).fields)["quantity"]
    assert (quantity.expression, quantity.is_constant) == ("1", True)
    assert "CHECK: no quantity was found" in text


def test_email_tells_customers_apart_where_no_number_does(tmp_path: Path) -> None:
    rows = [a_sale(n) for n in range(300)]
    for row in rows:
        row[6] = f"p{row[6]}@example.com"

    mapping, _ = sales(tmp_path, rows, HEADER.replace("CustomerID", "E-Mail"))

    assert dict(lines_of(mapping.feeds[0]).fields)["customer_id"].expression == "lower(`E-Mail`)"


def test_no_value_of_a_person_is_written_into_the_draft(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "customer_id,email,phone,last_name,birth_date\n"
        + "".join(
            f"{n},secret{n}@example.com,+44 20 7{n:06d},Geheim,19{60 + n % 30}-02-03\n" for n in range(90)
        )
    )

    _, text = draft_of(path)

    assert "secret" not in text
    assert "Geheim" not in text
    assert "+44" not in text
