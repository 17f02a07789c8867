"""A shop small enough to be worked by hand, and one warehouse built from it for all tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from customer_chunks.cli.app import app

SALES = """Invoice,Date,Customer,Sku,Name,Qty,Price,Country,Note
A1,2024-01-05,C1,S1,Mug,2,3.50,France,
A1,2024-01-05,C1,S2,=1+1,1,4.00,France,
A1,2024-01-05,C1,S1,Mug,2,3.50,France,
A2,2024-01-06,C2,S1,Mug,1,3.50,Spain,
A3,2024-01-07,,S1,Mug,1,3.50,Spain,
A4,31/02/2024,C1,S1,Mug,1,3.50,France,call Ann
A5,2024-01-08,C1,S1,Mug,99999999999999999999999,3.50,France,
A6,2024-01-08,C2,TEST,Trial,1,0.01,Spain,
"""
CUSTOMERS = """Id,Mail,First,Last,City
C1,ann@example.org,Ann,Ames,Lyon
C2,bob@example.org,Bob,Bell,Vigo
"""
MAPPING = """source: shop
currency: EUR
feeds:
  sales:
    path: sales.csv
    exclude:
      trials: Sku = 'TEST'
    entities:
      order_lines:
        order_id: Invoice
        ordered_at: {column: Date, format: yyyy-MM-dd}
        customer_id: Customer
        product_id: Sku
        product_name: Name
        quantity: Qty
        unit_price: Price
        country: Country
  customers:
    path: customers.csv
    entities:
      customer_records:
        customer_id: Id
        email: Mail
        first_name: First
        last_name: Last
"""


def write_shop(folder: Path) -> Path:
    """Write the files and their mapping; return the mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sales.csv").write_text(SALES, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    mapping = folder / "shop.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


def chunks(*words: object) -> Any:
    """Run the command line in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def answer(*words: object) -> Any:
    """Run it with --json; return what it says."""
    result = chunks(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(scope="session")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="session")
def first_run(
    spark: SparkSession, mapping: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Any]:
    """Return a warehouse and what the run that filled it said."""
    place = tmp_path_factory.mktemp("tables") / "warehouse"
    return place, answer("run", "--sources", mapping, "--warehouse", place)


@pytest.fixture(scope="session")
def warehouse(first_run: tuple[Path, Any]) -> Path:
    return first_run[0]
