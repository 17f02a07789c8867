"""What a mapping file may say, and the sentence for everything it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.config.mapping import FieldMapping, guess_format, read_mapping, read_mappings
from customer_chunks.errors import ConfigError
from tests.unit.config.mappings import GOOD, changed, mapping_of

FEED = '    path: "sales*.csv"\n'
PRICE = "        unit_price: price\n"


def test_good_mapping_has_its_defaults(tmp_path: Path) -> None:
    source = mapping_of(tmp_path, GOOD)
    (feed,) = source.feeds
    assert (source.name, source.time_zone, source.currency) == ("shop", "Europe/Paris", "EUR")
    assert (source.namespace, source.prefix) == (None, "")
    assert feed.table == "bronze.shop_sales"
    assert feed.paths == (str(tmp_path / "sales*.csv"),)
    assert (feed.null_values, feed.changed_files, feed.duplicates, feed.orders) == (
        ("",),
        "stop",
        "drop",
        None,
    )
    assert feed.exclude == ()
    layout = feed.layout
    assert (layout.format, layout.delimiter, layout.quote, layout.escape) == ("csv", ",", '"', '"')
    assert (layout.has_header, layout.multi_line, layout.encoding, layout.skip_rows) == (
        True,
        False,
        "utf-8",
        0,
    )


def test_time_zone_is_utc_unless_said(tmp_path: Path) -> None:
    assert mapping_of(tmp_path, changed(("time_zone: Europe/Paris\n", ""))).time_zone == "UTC"


def test_no_country_in_yaml_stays_text(tmp_path: Path) -> None:
    text = changed(
        (PRICE, PRICE + "        country: {value: NO}\n        store: {column: shop, default: 007}\n")
    )
    lines = mapping_of(tmp_path, text).feeds[0].entities[0]
    assert dict(lines.fields)["country"] == FieldMapping("NO", is_constant=True)
    assert dict(lines.fields)["store"].default == "007"


def test_field_keeps_formats_marks_and_values(tmp_path: Path) -> None:
    text = changed(
        ("ordered_at: at", "ordered_at: {column: at, format: [dd.MM.yyyy, yyyy-MM-dd]}"),
        ("unit_price: price", "unit_price: {column: price, decimal: ',', thousands: .}"),
        (
            "customer_id: customer",
            "customer_id: {expr: 'upper(customer)', values: {X: Y, A: B}}",
        ),
    )
    fields = dict(mapping_of(tmp_path, text).feeds[0].entities[0].fields)
    assert fields["ordered_at"] == FieldMapping("`at`", formats=("dd.MM.yyyy", "yyyy-MM-dd"))
    assert fields["unit_price"] == FieldMapping("`price`", decimal=",", thousands=".")
    assert fields["customer_id"] == FieldMapping("upper(customer)", values=(("X", "Y"), ("A", "B")))


def test_line_kinds_become_one_expression_in_the_order_of_their_rules(tmp_path: Path) -> None:
    rules = "        line_kind: {charge: \"article = 'POST'\", adjustment: \"article = 'M'\"}\n"
    fields = dict(mapping_of(tmp_path, changed((PRICE, PRICE + rules))).feeds[0].entities[0].fields)
    assert fields["line_kind"].expression == (
        "CASE WHEN article = 'POST' THEN 'charge' WHEN article = 'M' THEN 'adjustment' ELSE 'product' END"
    )


def test_layout_says_how_text_is_read(tmp_path: Path) -> None:
    more = (
        "    delimiter: '\\t'\n    quote: ''\n    header: no\n    multi_line: yes\n    encoding: latin-1\n"
        "    skip_rows: 3\n    columns: [a, b]\n    null_values: [NULL, '-']\n    changed_files: append\n"
        "    duplicates: keep\n    exclude: {tests: \"order LIKE 'T%'\"}\n"
    )
    feed = mapping_of(tmp_path, changed((FEED, FEED + more))).feeds[0]
    layout = feed.layout
    assert (layout.delimiter, layout.quote, layout.escape) == ("\t", "", "")
    assert (layout.has_header, layout.multi_line, layout.encoding) == (False, True, "latin-1")
    assert (layout.skip_rows, layout.columns) == (3, ("a", "b"))
    assert feed.null_values == ("NULL", "-")
    assert (feed.changed_files, feed.duplicates) == ("append", "keep")
    assert feed.exclude == (("tests", "order LIKE 'T%'"),)


def test_fixed_width_columns_are_spans_from_one_and_have_no_header(tmp_path: Path) -> None:
    text = changed(
        (FEED, '    path: a.txt\n    format: fixed_width\n    columns: {order: 1-6, at: "8 - 15"}\n')
    )
    layout = mapping_of(tmp_path, text).feeds[0].layout
    assert layout.spans == (("order", 1, 6), ("at", 8, 15))
    assert layout.columns == ("order", "at")
    assert not layout.has_header


@pytest.mark.parametrize(
    ("path", "fmt"),
    [
        ("a/b.csv", "csv"),
        ("a.CSV.gz", "csv"),
        ("x.tsv", "tsv"),
        ("x.tab", "tsv"),
        ("x.json.zip", "json"),
        ("x.ndjson", "jsonl"),
        ("x.jsonl", "jsonl"),
        ("x.pq", "parquet"),
        ("x.xlsx", "excel"),
        ("x.ods", "excel"),
        ("x.txt", None),
        ("folder", None),
    ],
)
def test_format_is_guessed_from_the_name(path: str, fmt: str | None) -> None:
    assert guess_format(path) == fmt


def test_namespace_stands_before_ids_and_shared_does_not(tmp_path: Path) -> None:
    assert mapping_of(tmp_path, "namespace: web\n" + GOOD).prefix == "web:"
    assert mapping_of(tmp_path, "namespace: shared\n" + GOOD).prefix == ""


NOT_MEANT = [
    ([("source: shop\n", "")], r"'source' is missing"),
    (
        [("source: shop", "sorce: shop")],
        r"'source' is missing, and 'sorce' is unknown\. Rename it to 'source'",
    ),
    ([("source: shop", "source: My Shop")], r"source 'My Shop' is not a table name\. Use lower-case letters"),
    ([("Europe/Paris", "Europe/Pariss")], r"time_zone 'Europe/Pariss' is unknown\. Use an IANA name"),
    ([("currency: EUR", "currency: euro")], r"currency 'euro' is no ISO 4217 code\. Use three capitals"),
    ([("currency: EUR\n", "")], r"in which currency are the amounts of feed 'sales'\? Add `currency: EUR`"),
    (
        [("source: shop", "namespace: a b\nsource: shop")],
        r"namespace 'a b' may hold letters, digits, - and _ only",
    ),
    ([("time_zone", "timezone")], r"unknown key 'timezone'\. Did you mean 'time_zone'\?"),
    ([("  sales:", "  Sales:")], r"feed 'Sales' is not a table name\. Use lower-case"),
    ([(FEED, "")], r"'path' is missing\. Name a file, a folder or a glob"),
    (
        [("sales*.csv", "sales.txt")],
        r"'format' is missing and the path does not tell it\. Choose one of csv, tsv",
    ),
    (
        [(FEED, FEED + "    format: cvs\n")],
        r"'format' cannot be 'cvs'\. Did you mean 'csv'\? Allowed: csv, tsv",
    ),
    (
        [(FEED, FEED + "    encoding: utf-99\n")],
        r"encoding 'utf-99' is unknown\. Common ones: utf-8, latin-1",
    ),
    ([(FEED, FEED + "    delimiter: abcdef\n")], r"delimiter 'abcdef' cannot be meant\. Use one to five"),
    ([(FEED, FEED + "    quote: ''''''\n")], r"'quote' is ''''\. Give one character, or an empty text"),
    ([(FEED, FEED + "    header: maybe\n")], r"'header' must be true or false, got 'maybe'"),
    ([(FEED, FEED + "    skip_rows: two\n")], r"'skip_rows' must be a whole number, got 'two'"),
    ([(FEED, FEED + "    skip_rows: -1\n")], r"'skip_rows' must be at least 0, got -1"),
    ([(FEED, FEED + "    delimeter: ;\n")], r"unknown key 'delimeter'\. Did you mean 'delimiter'\?"),
    ([(FEED, FEED + "    duplicates: dorp\n")], r"'duplicates' cannot be 'dorp'\. Did you mean 'drop'\?"),
    ([(FEED, FEED + "    changed_files: replce\n")], r"cannot be 'replce'\. Did you mean 'replace'\?"),
    ([(FEED, FEED + "    exclude: [a, b]\n")], r"'exclude' must map names to values, got a list"),
    (
        [(FEED, FEED + "    null_values: {a: b}\n")],
        r"'null_values' must be a value or a list of values, got a map",
    ),
    (
        [(FEED, "    path: a.txt\n    format: fixed_width\n")],
        r"'columns' is missing\. Give each column's first",
    ),
    (
        [(FEED, "    path: a\n    format: fixed_width\n    columns: {a: 9-3}\n")],
        r"columns\.a is '9-3'\. Give the",
    ),
    ([(FEED, "    path: a\n    format: fixed_width\n    columns: {a: 0-3}\n")], r"columns\.a is '0-3'"),
    ([("order_lines:", "order_line:")], r"unknown entity 'order_line'\. Did you mean 'order_lines'\?"),
    (
        [("customer_id:", "custmer_id:")],
        r"unknown field 'custmer_id' of order_lines\. Did you mean 'customer_id'",
    ),
    ([("price: price", "price: ''")], r"'unit_price' is empty\. Name a column or an expression"),
    ([("price: price", "price: [a, b]")], r"'unit_price' is a list\. Name one column or expression"),
    (
        [("price: price", "price: {column: a, expr: b}")],
        r"needs one of column, expr and value, got 2\. Keep one",
    ),
    ([("price: price", "price: {decimal: ','}")], r"needs one of column, expr and value, got 0"),
    ([("price: price", "price: {column: ''}")], r"'column' is empty\. Give it a value"),
    ([("price: price", "price: {column: a, decimal: ;}")], r"'decimal' cannot be ';'"),
    (
        [("price: price", "price: {column: a, format: yyyy}")],
        r"'format' is for dates and times only\. Use decimal",
    ),
    (
        [("price: price", "price: {column: a, thousand: .}")],
        r"unknown key 'thousand'\. Did you mean 'thousands'",
    ),
    (
        [(PRICE, PRICE + "        line_kind: {charges: x}\n")],
        r"unknown line kind 'charges'\. Did you mean 'charge'",
    ),
    (
        [("        order_id: order\n", "")],
        r"no 'order_id' is mapped\. Map it, or say in the feed what an order is",
    ),
    ([(FEED, FEED + "    orders: each_row\n")], r"has an order_id and `orders: each_row`\. Keep one of them"),
    (
        [
            (FEED, FEED + "    orders: customer_day\n"),
            ("        order_id: order\n", ""),
            ("        customer_id: customer\n", ""),
        ],
        r"`orders: customer_day` needs customer_id and ordered_at\. Map both",
    ),
    ([(PRICE, "")], r"what a line costs is not mapped\. Map line_amount, or quantity and unit_price"),
    ([("        ordered_at: at\n", "")], r"no 'ordered_at' is mapped\. Map it, or add an `orders` feed"),
    ([(GOOD[GOOD.index("  sales:") :], "  {}\n")], r"'feeds' is empty\. Describe at least one kind of file"),
    (
        [(GOOD[GOOD.index("feeds:") :], "feed: {}\n")],
        r"'feeds' is missing, and 'feed' is unknown\. Rename it to 'feeds'",
    ),
    ([(GOOD[GOOD.index("  sales:") :], "  - sales\n")], r"'feeds' must be a mapping of names, got a list"),
    ([("source: shop", "source: [shop]")], r"'source' must be a single value, got a list"),
]


@pytest.mark.parametrize(("pairs", "sentence"), NOT_MEANT, ids=[sentence[:50] for _, sentence in NOT_MEANT])
def test_what_cannot_be_meant_is_said_with_its_remedy(
    tmp_path: Path, pairs: list[tuple[str, str]], sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence) as raised:
        mapping_of(tmp_path, changed(*pairs))
    assert str(raised.value).startswith(str(tmp_path / "shop.yml"))
    assert raised.value.exit_code == 3


def test_required_field_of_an_entity_is_asked_for(tmp_path: Path) -> None:
    text = changed(
        ("order_lines:", "products:"), (GOOD[GOOD.index("        order_id") :], "        brand: b\n")
    )
    with pytest.raises(ConfigError, match=r"products needs 'product_id' \(article number, SKU\)\. Map it\."):
        mapping_of(tmp_path, text)


def test_lines_without_a_time_are_fine_beside_headers(tmp_path: Path) -> None:
    headers = "  heads:\n    path: h.csv\n    entities: {orders: {order_id: o, ordered_at: at}}\n"
    source = mapping_of(tmp_path, changed(("        ordered_at: at\n", "")) + headers)
    assert [f.name for f in source.feeds_with("orders")] == ["heads"]
    assert [f.name for f in source.feeds_with("order_lines", "orders")] == ["sales", "heads"]


def test_mapped_currency_replaces_the_source_currency(tmp_path: Path) -> None:
    text = changed(("currency: EUR\n", ""), (PRICE, PRICE + "        currency: cur\n"))
    assert mapping_of(tmp_path, text).currency is None


def test_two_sources_of_one_entity_need_namespaces(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(changed(("source: shop", "source: web")), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"sources shop, web all bring order_lines\. Give each its own"):
        read_mappings(tmp_path)


def both(folder: Path, first: str | None, second: str | None) -> Path:
    """Write two sources with these namespaces."""
    for name, namespace in (("shop", first), ("web", second)):
        head = f"namespace: {namespace}\n" if namespace else ""
        (folder / f"{name}.yml").write_text(
            head + changed(("source: shop", f"source: {name}")), encoding="utf-8"
        )
    return folder


@pytest.mark.parametrize("pair", [("a", "b"), ("shared", "shared"), ("shared", "b")])
def test_namespaces_that_keep_ids_apart_or_share_them_are_fine(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert [s.name for s in read_mappings(both(tmp_path, *pair))] == ["shop", "web"]


def test_one_namespace_for_two_sources_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"namespace 'a' is used by two sources\. Choose another, or `shared`"
    ):
        read_mappings(both(tmp_path, "a", "a"))


def test_one_of_two_sources_without_a_namespace_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="all bring order_lines"):
        read_mappings(both(tmp_path, "a", None))


def test_source_declared_twice_is_an_error(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"source 'shop' is declared twice\. Rename one of them"):
        read_mappings(tmp_path)


def test_settings_beside_the_mappings_of_a_folder_are_passed_over(tmp_path: Path) -> None:
    for name, text in (
        ("shop", GOOD),
        ("settings", "reporting_currency: EUR\n"),
        ("targets", "targets: {}\n"),
    ):
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    assert [mapping.name for mapping in read_mappings(tmp_path)] == ["shop"]


def test_folder_without_mapping_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"holds no mapping \(\*\.yml\)\. Write one with `chunks source init"
    ):
        read_mappings(tmp_path)


def test_rates_may_come_from_two_sources(tmp_path: Path) -> None:
    rates = "{path: r.csv, entities: {exchange_rates: {currency: c, valid_on: v, rate: r}}}"
    for name in ("a", "b"):
        (tmp_path / f"{name}.yml").write_text(
            f"source: {name}\nfeeds: {{rates: {rates}}}\n", encoding="utf-8"
        )
    assert [s.name for s in read_mappings(tmp_path)] == ["a", "b"]


def test_several_paths_are_kept_and_absolute_and_remote_ones_stay(tmp_path: Path) -> None:
    text = changed((FEED, "    path: [a.csv, /data/b.csv, s3://x/c.csv]\n"))
    assert mapping_of(tmp_path, text).feeds[0].paths == (
        str(tmp_path / "a.csv"),
        "/data/b.csv",
        "s3://x/c.csv",
    )


def test_missing_mapping_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file\. Check the path\."):
        read_mapping(tmp_path / "none.yml")
