"""A company of five kinds of files, for the tests of what becomes of files that change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from customer_chunks.flow.outcome import Report
from tests.flow.company import Company

FEED = """\
  {name}:
    path: "{name}[0-9]*"
    format: {format}
    entities:
      order_lines:
        order_id: order
        ordered_at: {at}
        customer_id: customer
        product_id: {item}article
        quantity: {item}pieces
        unit_price: {price}
        country: country
"""


def feed(name: str, form: str = "csv", *, at: str = "at", price: str = "") -> str:
    """Return a feed of order lines; those of JSON lie in ``items``."""
    item = "items." if form == "jsonl" else ""
    text = FEED.format(name=name, format=form, at=at, item=item, price=price or f"{item}price")
    return text.replace("    entities:", "    explode: items\n    entities:") if item else text


def source(name: str, *feeds: str) -> str:
    """Return a mapping."""
    return f"source: {name}\ncurrency: EUR\nfeeds:\n" + "".join(feeds)


def parquet(company: Company, name: str, **columns: pa.Array | list[Any]) -> None:
    """Write one order line as Parquet; the types are those of the arrays."""
    line = {"at": ["2024-03-10"], "article": ["mug"], "country": ["DE"]}
    pq.write_table(pa.table({**line, **columns}), company.folder / "conf" / name)


def price(text: str, digits: int, scale: int) -> pa.Array:
    """Return one decimal."""
    return pa.array([Decimal(text)], pa.decimal128(digits, scale))


def records(company: Company, name: str, *rows: Mapping[str, Any]) -> None:
    """Write JSON lines."""
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (company.folder / "conf" / name).write_text(text, encoding="utf-8")


def record(order: str, item: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return an order of one item as JSON has it."""
    return {"order": order, "at": "2024-03-10", "items": [item], **more}


def lines(company: Company, prefix: str) -> list[tuple[Any, ...]]:
    """Return the lines of orders with a prefix: order, product, pieces, price, and the order's country."""
    country = dict(company.rows("silver.orders", "order_id", "country"))
    found = company.rows("silver.order_lines", "order_id", "product_id", "quantity", "unit_price")
    return [(o, p, int(q), f"{v:.2f}", country[o]) for o, p, q, v in found if o.startswith(prefix)]


def account(report: Report, name: str) -> dict[str, int]:
    """Return what became of the rows of a feed in a run, in parts that are not zero."""
    (found,) = [a for o in report.outcomes for a in o.accounts if a.feed == name]
    parts = ("inserted", "updated", "unchanged", "duplicate", "excluded", "quarantined")
    held = {"read": found.rows_read, **{p: getattr(found, p) for p in parts if getattr(found, p)}}
    assert sum(held.values()) == 2 * found.rows_read
    return held


def told(report: Report, company: Company, name: str) -> list[str]:
    """Return what was told of a feed's files, without the folder and the table."""
    found = [r.replace(f"{company.folder}/conf/", "") for r in report.remarks]
    return [r.removeprefix(f"bronze.shop_{name}: ") for r in found if name in r.split(":")[0]]


def quarantined(company: Company, name: str) -> list[str]:
    """Return the reasons of a feed's rows that are in quarantine."""
    held = company.warehouse.read("silver.quarantine").where(f"feed = '{name}' and replayed_at is null")
    return sorted(code for row in held.select("reason_codes").collect() for code in row[0])


def bronze(company: Company, table: str, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of a bronze table, sorted."""
    found = company.warehouse.read(f"bronze.{table}").select(*columns).collect()
    return sorted((tuple(row) for row in found), key=repr)


def kinds(company: Company, table: str, *columns: str) -> list[str]:
    """Return the types of columns of a bronze table."""
    types = dict(company.warehouse.read(f"bronze.{table}").dtypes)
    return [types[column] for column in columns]
