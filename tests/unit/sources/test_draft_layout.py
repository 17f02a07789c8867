"""How a file is to be read: packing, encoding, delimiters, lines before the table, nesting, fixed width."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from customer_chunks.config.mapping import Feed, SourceMapping, read_mapping
from customer_chunks.sources.draft import draft_mapping

HEADER = ["order_id", "order_date", "customer_id", "product", "quantity", "unit_price"]
ROWS = [
    [
        str(1000 + n // 2),
        f"2023-{n // 2 % 12 + 1:02d}-05",
        str(70 + n // 2 % 9),
        f"red lamp {n % 7}",
        str(n % 4 + 1),
        f"{n % 7}.95",
    ]
    for n in range(120)
]


def a_text(delimiter: str = ",", *, header: bool = True, rows: list[list[str]] | None = None) -> str:
    lines = [HEADER, *(rows or ROWS)] if header else rows or ROWS
    return "".join(delimiter.join(line) + "\r\n" for line in lines)


def drafted(path: Path) -> SourceMapping:
    draft = path.parent / "draft.yml" if path.is_file() else path / "draft.yml"
    draft.write_text(draft_mapping(path, relative_to=draft.parent).yaml, encoding="utf-8")
    return read_mapping(draft)


def feed_of(path: Path) -> Feed:
    return drafted(path).feeds[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "orders.txt"
    path.write_text(a_text(delimiter))

    layout = feed_of(path).layout

    assert (layout.format, layout.delimiter) == ("tsv" if delimiter == "\t" else "csv", delimiter)
    assert layout.has_header


@pytest.mark.parametrize(
    ("encoding", "words", "said"),
    [
        ("utf-8", "Köln Zürich", "utf-8"),
        ("utf-8-sig", "Köln Zürich", "utf-8"),
        ("utf-16", "Köln Zürich", "utf-16"),
        ("utf-16-le", "Köln Zürich", "utf-16-le"),
        ("cp1252", "Köln Straße Größe Zürich", "windows-1252"),
        ("latin-1", "réf où façade théâtre", "windows-1252"),
        ("cp1250", "świeca łyżka żyrandol ćma", "windows-1250"),
        ("cp1250", "hrnčíř žluťoučký kůň", "windows-1250"),
        ("cp1251", "красная лампа свеча", "windows-1251"),
        ("cp1254", "kırmızı şişe ığdır", "windows-1254"),
        ("iso-8859-15", "12 \u20ac pré", "iso-8859-15"),
        ("shift_jis", "赤いランプ 青い皿", "shift_jis"),
        ("gb18030", "红色台灯 蓝色盘子", "gb18030"),
    ],
)
def test_encoding_is_found(tmp_path: Path, encoding: str, words: str, said: str) -> None:
    path = tmp_path / "orders.csv"
    rows = [[*row[:3], f"{words} {row[3]}", *row[4:]] for row in ROWS]
    path.write_bytes(a_text(rows=rows).encode(encoding))

    assert feed_of(path).layout.encoding == said


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("sales_2024-01.csv", "sales_2024-02.csv"), "sales_*.csv"),
        (("sales_2024-01-30.csv", "sales_2024-02-28.csv"), "sales_*.csv"),
        (("2024_01_sales.csv", "2024_02_sales.csv"), "*_sales.csv"),
        (("till1_2024.csv", "till2_2024.csv"), "till*.csv"),
    ],
)
def test_glob_finds_the_files_of_next_year_too(tmp_path: Path, names: tuple[str, ...], found: str) -> None:
    for name in names:
        (tmp_path / name).write_text(a_text())
    assert [Path(p).name for p in feed_of(tmp_path).paths] == [found]


def test_glob_leaves_out_files_of_another_kind(tmp_path: Path) -> None:
    for name in ("sales_2024-01.csv", "sales_2024-02.csv"):
        (tmp_path / name).write_text(a_text())
    (tmp_path / "sales_people.csv").write_text("id;name;town\n1;Ann;Rome\n2;Bob;Oslo\n")
    paths = [Path(p).name for f in drafted(tmp_path).feeds for p in f.paths]
    assert sorted(paths) == ["sales_2024-*.csv", "sales_people.csv"]


def test_gzip_and_zip_are_unpacked(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(a_text(";").encode()))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("inner/orders.csv", a_text(";"))

    for name in ("a.csv.gz", "b.zip"):
        feed = feed_of(tmp_path / name)
        assert (feed.layout.format, feed.layout.delimiter) == ("csv", ";")
        assert feed.entity("order_lines") is not None


def test_lines_before_the_table_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Report of sales\r\n\r\nprinted on,Monday\r\n" + a_text())

    assert feed_of(path).layout.skip_rows == 3


def test_line_breaks_in_quotes_make_it_multi_line(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [[*row[:3], f'"a lamp,\nthe ""red"" one {row[4]}"', *row[4:]] for row in ROWS]
    path.write_text(a_text(rows=rows))

    assert feed_of(path).layout.multi_line


def test_file_without_header_names_its_columns_by_their_guesses(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(a_text(header=False))

    layout = feed_of(path).layout

    assert not layout.has_header
    assert layout.columns[:3] == ("order_id", "ordered_at", "customer_id")


def test_twin_columns_get_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(a_text().replace("order_id,order_date", "order_id,Order_ID", 1))

    assert feed_of(path).layout.columns[:3] == ("order_id", "Order_ID_2", "customer_id")


def test_fixed_width_columns_are_found_where_all_lines_are_blank(tmp_path: Path) -> None:
    path = tmp_path / "cdnow.txt"
    path.write_text(
        "".join(
            f" {n // 3:05d} 1997{n % 12 + 1:02d}{n % 28 + 1:02d} {n % 5 + 1:2d} {n * 1.13 + 1:7.2f}\n"
            for n in range(200)
        )
    )

    feed = feed_of(path)

    assert feed.layout.format == "fixed_width"
    assert [(a, b) for _, a, b in feed.layout.spans] == [(1, 6), (7, 15), (16, 18), (19, 26)]
    assert feed.orders == "each_row"
    orders = feed.entity("orders")
    assert orders is not None
    fields = dict(orders.fields)
    assert fields["ordered_at"].formats == ("yyyyMMdd",)
    assert {"customer_id", "order_amount", "item_count"} <= fields.keys()


def test_nested_json_is_unfolded_at_its_list_of_lines(tmp_path: Path) -> None:
    orders = [
        {
            "no": 500 + n,
            "at": f"2023-05-{n % 28 + 1:02d}T10:00:00Z",
            "customer": {"id": n % 9},
            "items": [{"sku": f"A{k}", "qty": k + 1, "price": k + 0.5} for k in range(n % 3 + 1)],
        }
        for n in range(60)
    ]
    (tmp_path / "envelope.json").write_text(json.dumps({"page": 1, "orders": orders}))
    (tmp_path / "lines.jsonl").write_text("\n".join(json.dumps(o) for o in orders))

    lines = feed_of(tmp_path / "lines.jsonl")
    envelope = feed_of(tmp_path / "envelope.json")

    assert (lines.layout.format, lines.layout.explode) == ("jsonl", "items")
    assert (envelope.layout.format, envelope.layout.explode) == ("json", "orders.items")
    entity = lines.entity("order_lines")
    assert entity is not None
    fields = {name: field.expression for name, field in entity.fields}
    assert fields["product_id"] == "items.sku"
    assert fields["customer_id"] == "customer.id"


def test_parquet_and_excel_are_read_without_formats(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pq.write_table(
        pa.table({h: [row[n] for row in ROWS] for n, h in enumerate(HEADER)}), tmp_path / "a.parquet"
    )
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        book.add_worksheet("Notes").write(0, 0, "nothing here")
        sheet = book.add_worksheet("Sales")
        for n, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(n + 2, 0, row)

    assert feed_of(tmp_path / "a.parquet").layout.format == "parquet"
    excel = feed_of(tmp_path / "b.xlsx")
    assert (excel.layout.format, excel.layout.sheets, excel.layout.skip_rows) == ("excel", ("Sales",), 2)
    assert excel.entity("order_lines") is not None


def test_sheets_of_one_header_are_drafted_together_and_others_are_told(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        for name, rows in (("2010, I", ROWS), ("Notes", [["a"]]), ("2011", ROWS[:5])):
            sheet = book.add_worksheet(name)
            for n, row in enumerate([HEADER if name != "Notes" else ["about"], *rows]):
                sheet.write_row(n, 0, row)

    assert feed_of(tmp_path / "b.xlsx").layout.sheets == ("2010, I", "2011")
    assert "'Notes' not read" in draft_mapping(tmp_path / "b.xlsx").yaml


def test_folder_becomes_one_feed_for_each_kind_of_file(tmp_path: Path) -> None:
    for month in ("01", "02", "03"):
        (tmp_path / f"orders_2023{month}.csv").write_text(a_text())
    (tmp_path / "customers.csv").write_text(
        "customer_id,email,first_name,last_name\n"
        + "".join(f"{70 + n},p{n}@example.com,Ann,Baker\n" for n in range(9))
    )
    (tmp_path / "readme.md").write_text("not data")
    draft = tmp_path / "draft.yml"
    draft.write_text(draft_mapping(tmp_path, source="shop", relative_to=tmp_path).yaml)

    mapping = read_mapping(draft)

    assert {f.name: [Path(p).name for p in f.paths] for f in mapping.feeds} == {
        "customers": ["customers.csv"],
        "orders": ["orders_*.csv"],
    }
    assert mapping.feeds_with("customer_records") != ()


def test_big_file_is_sampled_at_its_head_middle_and_end(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    half = "".join(
        f"{n // 2},05/04/2023,{n // 2 % 900},x{n % 50},1,2.00,{'y' * 60}\n" for n in range(120_000)
    )
    path.write_text(",".join([*HEADER, "note"]) + "\n" + half + half.replace("05/04/2023", "05/24/2023"))
    assert path.stat().st_size > 16_000_000  # more than a sample holds

    entity = feed_of(path).entities[0]

    assert dict(entity.fields)["ordered_at"].formats == ("MM/dd/yyyy",)


@pytest.mark.parametrize(
    ("family", "name"), [("Apellidos", "Nombre"), ("Cognome", "Nome"), ("Surname", "Name")]
)
def test_name_beside_a_family_name_is_the_first_name(tmp_path: Path, family: str, name: str) -> None:
    people = [("Anna", "Gomez"), ("Luc", "Rossi"), ("Marta", "Diaz"), ("Joe", "Bianchi"), ("Eva", "Silva")]
    (tmp_path / "people.csv").write_text(
        f"customer_id,{name},{family},email\n"
        + "".join(f"{n},{f},{last},p{n}@x.com\n" for n, (f, last) in enumerate(people * 9))
    )

    (entity,) = feed_of(tmp_path / "people.csv").entities

    assert {n: m.expression for n, m in entity.fields if n.endswith("_name")} == {
        "first_name": name, "last_name": family,
    }  # fmt: skip


def test_what_only_the_first_line_of_an_order_tells(tmp_path: Path) -> None:
    lines = [
        "Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Id,Billing Name"
    ]
    for order in range(150):
        for k in range(1 + order % 3):
            goods, day = (order * 3 + k) % 20, f"2024-0{1 + order // 20}-{1 + order % 20:02d}"
            first = f"{5_000_000 + order},Ann Baker{chr(97 + order % 23)}" if k == 0 else ","
            article = f"{1 + k},Blue thing {goods},{goods + 2}.50,S-{goods}"
            lines.append(f"#{1000 + order},p{order % 40}@x.com,{day} 10:00:00 +0100,{article},{first}")
    (tmp_path / "orders_export.csv").write_text("\n".join(lines))

    feed = feed_of(tmp_path / "orders_export.csv")

    ids = {e.entity.name: dict(e.fields)["customer_id"].expression for e in feed.entities}
    assert ids == {
        "order_lines": "lower(Email)",
        "customer_records": "if(trim(`Billing Name`) > '', lower(Email), null)",
    }
