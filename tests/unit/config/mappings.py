"""One good mapping, and how to change a part of it."""

from __future__ import annotations

from pathlib import Path

from customer_chunks.config.mapping import SourceMapping, read_mapping

GOOD = """\
source: shop
time_zone: Europe/Paris
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        customer_id: customer
        quantity: pieces
        unit_price: price
"""


def changed(*pairs: tuple[str, str], text: str = GOOD) -> str:
    """Return the mapping with each old text replaced by a new one, which must be there once at least."""
    for old, new in pairs:
        if old not in text:
            raise ValueError(f"'{old}' is not in the mapping")
        text = text.replace(old, new)
    return text


def mapping_of(folder: Path, text: str, name: str = "shop.yml") -> SourceMapping:
    """Write and read a mapping."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)
