"""What of a mapping the rows of an entity depend on: a change of that asks for all of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.config.mapping import SourceMapping, read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.flow.bookmarks import (
    Bookmark,
    fingerprint,
    mapping_fingerprint,
    read_bookmark,
    with_bookmark,
)
from customer_chunks.flow.decide import is_fingerprint_seen
from customer_chunks.flow.source_steps import source_steps
from customer_chunks.flow.step import Built, Now, Refresh, Step
from customer_chunks.storage.newest import Commit

PLAIN = """\
source: shop
namespace: shop
time_zone: Europe/Berlin
currency: EUR
feeds:
  sales:
    path: sales.csv
    null_values: ["?"]
    duplicates: keep
    orders: each_row
    exclude: {tests: "kind = 'test'"}
    entities:
      order_lines: {ordered_at: at, customer_id: customer, line_amount: amount}
      products: {product_id: sku, brand: named}
  people:
    path: people.csv
    entities:
      customer_records: {customer_id: id, email: mail}
"""


def mapping(folder: Path, old: str = "", new: str = "") -> SourceMapping:
    assert old in PLAIN
    (folder / "shop.yml").write_text(PLAIN.replace(old, new) if old else PLAIN, encoding="utf-8")
    return read_mapping(folder / "shop.yml")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("namespace: shop", "namespace: other"),
        ("Europe/Berlin", "Europe/Paris"),
        ("EUR", "USD"),
        ('["?"]', '["?", "-"]'),
        ("duplicates: keep", "duplicates: drop"),
        ("each_row", "customer_day"),
        ("'test'", "'trial'"),
        ("line_amount: amount", "line_amount: total"),
        ("  sales:", "  tills:"),
    ],
)
def test_orders_depend_on_all_that_makes_their_lines(tmp_path: Path, old: str, new: str) -> None:
    before = mapping_fingerprint(mapping(tmp_path), "order_lines", "orders")
    assert mapping_fingerprint(mapping(tmp_path, old, new), "order_lines", "orders") != before


@pytest.mark.parametrize(
    ("old", "new"),
    [("email: mail", "email: post"), ("brand: named", "brand: called"), ("sales.csv", "other.csv")],
)
def test_orders_depend_on_nothing_else(tmp_path: Path, old: str, new: str) -> None:
    before = mapping_fingerprint(mapping(tmp_path), "order_lines", "orders")
    assert mapping_fingerprint(mapping(tmp_path, old, new), "order_lines", "orders") == before


def of_records(source: SourceMapping) -> str:
    (step,) = [s for s in source_steps(source) if s.name == "silver.customer_records[shop]"]
    return step.fingerprint


@pytest.mark.parametrize(
    ("old", "new", "depends"),
    [
        ("customer_id: customer", "customer_id: buyer", True),
        ("'test'", "'trial'", True),
        ('["?"]', '["-"]', True),
        ("email: mail", "email: post", True),
        ("line_amount: amount", "line_amount: total", False),
    ],
)
def test_customers_depend_on_what_names_them_in_other_feeds(
    tmp_path: Path, old: str, new: str, depends: bool
) -> None:
    before = of_records(mapping(tmp_path))
    assert (of_records(mapping(tmp_path, old, new)) != before) is depends


def test_step_knows_whether_it_last_ran_with_the_mapping_of_today() -> None:
    tables_by_name: dict[str, Any] = {}
    now = Now(Settings(), date(2024, 1, 1), tables_by_name.__getitem__)
    step = Step("gold.x", ("gold.x",), {}, lambda *_: Built({}), Refresh.WHOLE, fingerprint="mapping")
    other = Step("gold.x", ("gold.x",), {}, lambda *_: Built({}), Refresh.WHOLE, fingerprint="other")
    tables: dict[str, Commit] = {}
    warehouse: Any = SimpleNamespace(last_commit=tables.get)
    assert not is_fingerprint_seen(warehouse, step, now)
    mark = Bookmark({"b.t": ("T", 3)}, fingerprint(step, now), {"b.t": 2}, {"churn": "2:7"})
    tables["gold.x"] = Commit(1, "X", with_bookmark(warehouse, step, mark, {}))
    assert read_bookmark(warehouse, step) == mark
    assert is_fingerprint_seen(warehouse, step, now)
    assert not is_fingerprint_seen(warehouse, other, now)
