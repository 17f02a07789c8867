"""The made-up retailer's export, described twice: as the product's YAML and as the oracle reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .dirt import ADJUSTMENTS, CHARGES
from .raw import LineFeed

if TYPE_CHECKING:
    from pathlib import Path

SOURCE, FEED, ZONE, CURRENCY = "shop", "sales", "Europe/London", "GBP"
_CHARGES = ", ".join(f"'{code}'" for code in CHARGES)
_ADJUSTMENTS = ", ".join(f"'{code}'" for code in ("B", *ADJUSTMENTS))

_MAPPING = """\
source: {source}
time_zone: {zone}
currency: {currency}
feeds:
  {feed}:
    path: "sales*.csv"
    format: csv
    encoding: {encoding}
    delimiter: "{delimiter}"
    duplicates: {duplicates}
    exclude:
      internal_tests: "StockCode LIKE 'TEST%'"
    entities:
      order_lines:
        order_id: InvoiceNo
        ordered_at: {{column: InvoiceDate, format: "{date_format}"}}
        customer_id: {{column: Customer ID}}
        product_id: "upper(StockCode)"
        product_name: Description
        line_kind:
          charge: "upper(StockCode) IN ({charges})"
          adjustment: "upper(StockCode) IN ({adjustments})"
        quantity: {number[0]}
        unit_price: {number[1]}
        country: Country
        channel: "CASE WHEN StockCode = 'DOT' THEN 'web' END"
        is_return: "InvoiceNo LIKE 'C%'"
{more}  products:
    path: products.csv
    format: csv
    encoding: {encoding}
    entities:
      products:
        product_id: "upper(StockCode)"
        category_path: Category
"""
_RATES = """\
  rates:
    path: rates.csv
    format: csv
    entities:
      exchange_rates:
        currency: currency
        valid_on: {column: valid_on, format: yyyy-MM-dd}
        rate: rate
"""


def mapping_text(*, currencies: bool, decimal_comma: bool, duplicates: str) -> str:
    """Return mapping.yml."""
    names = ("Quantity", "UnitPrice")
    comma = tuple(f'{{column: {name}, decimal: ",", thousands: "."}}' for name in names)
    text = _MAPPING.format(
        source=SOURCE,
        zone=ZONE,
        currency=CURRENCY,
        feed=FEED,
        encoding="windows-1252" if decimal_comma else "latin-1",
        delimiter=";" if decimal_comma else ",",
        duplicates=duplicates,
        date_format="dd.MM.yyyy" if decimal_comma else "M/d/yyyy H:mm",
        charges=_CHARGES,
        adjustments=_ADJUSTMENTS,
        number=comma if decimal_comma else names,
        more="        currency: Currency\n" if currencies else "",
    )
    return text + (_RATES if currencies else "")


def line_feed(files: tuple[Path, ...], *, currencies: bool, decimal_comma: bool, duplicates: str) -> LineFeed:
    """Return the same for the oracle."""
    kinds = f"WHEN upper(StockCode) IN ({_CHARGES}) THEN 'charge' WHEN upper(StockCode) IN ({_ADJUSTMENTS})"
    fields = {
        "order_id": "InvoiceNo",
        "ordered_at": "InvoiceDate",
        "customer_id": '"Customer ID"',
        "product_id": "upper(StockCode)",
        "line_kind": f"CASE {kinds} THEN 'adjustment' ELSE 'product' END",
        "quantity": "Quantity",
        "unit_price": "UnitPrice",
        "country": "Country",
        "channel": "CASE WHEN StockCode = 'DOT' THEN 'web' END",
        "is_return": "InvoiceNo LIKE 'C%'",
    }
    return LineFeed(
        files=files,
        fields=fields | ({"currency": "Currency"} if currencies else {}),
        date_formats=("%d.%m.%Y",) if decimal_comma else ("%m/%d/%Y %H:%M",),
        encoding="cp1252" if decimal_comma else "latin-1",
        delimiter=";" if decimal_comma else ",",
        decimal="," if decimal_comma else ".",
        thousands="." if decimal_comma else "",
        exclude={"internal_tests": "StockCode LIKE 'TEST%'"},
        duplicates=duplicates,
        time_zone=ZONE,
        currency=CURRENCY,
    )
