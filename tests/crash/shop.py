"""A small shop with every kind of step: two deliveries, the second with corrections and bad rows."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.flow.company import Company

MAPPING = """\
source: shop
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    changed_files: replace
    exclude:
      tests: "article = 'TEST'"
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        customer_id: customer
        product_id: article
        quantity: pieces
        unit_price: price
"""
HEADER = "order,at,customer,article,pieces,price"
FIRST = (
    "1,2024-03-10,c1,mug,2,5.00",
    "2,2024-03-11,c2,mug,1,5.00",
    "2,2024-03-11,c2,pen,1,-1.00",
    "3,2024-03-12,c3,pen,4,1.50",
    "3,2024-03-12,c3,TEST,4,1.50",
)
MENDED = (FIRST[0], "2,2024-03-11,c2,mug,3,5.00", "2,2024-03-11,c2,pen,1,1.00", *FIRST[3:])
SECOND = (
    FIRST[0],
    "1,2024-03-10,c1,pen,1,1.50",
    "4,2024-03-14,c1,mug,1,5.00",
    "5,2024-03-15,,mug,1,5.00",
    "6,2024-03-32,c4,mug,1,5.00",
)
STEPS = (
    "silver.customer_records",
    "silver.customer_links",
    "silver.orders",
    "gold.rfm_scores",
    "gold.customer_facts",
    "silver.products",
)
_COMPANIES = itertools.count()  # so that no two runs have one name, in whatever process
COUNTED = ("rows_read", "quarantined", "duplicate", "excluded")


class Shop:
    """The shop in a folder: conf, files and warehouse."""

    def __init__(self, spark: SparkSession, folder: Path, template: Path | None = None) -> None:
        if template is not None:
            shutil.copytree(template, folder)
        self.company = Company(spark, folder, None)
        self.company.maps(MAPPING)
        self.company.runs = 1000 * os.getpid() + 10 * next(_COMPANIES)
        self.company.keeps_only = frozenset(STEPS)

    def first_delivery(self) -> None:
        """Bring the first file."""
        self.company.brings("sales_1.csv", *FIRST, header=HEADER)

    def second_delivery(self) -> None:
        """Bring another file, and the first one mended."""
        self.company.brings("sales_1.csv", *MENDED, header=HEADER)
        self.company.brings("sales_2.csv", *SECOND, header=HEADER)

    def state(self) -> dict[str, Any]:
        """Return every row of every table, what may differ between two runs left out."""
        tables = [*STEPS, "silver.order_lines", "silver.quarantine"]
        rows = {table: self.company.rows(table) for table in tables}
        bronze = self.company.warehouse.read("bronze.shop_sales").drop("_ingested_at")
        rows["bronze.shop_sales"] = sorted(map(repr, bronze.collect()))
        files = self.company.warehouse.read("ops.deliveries").select("delivery", "row_count", "content_hash")
        rows["ops.deliveries"] = sorted(map(repr, files.collect()))
        return rows

    def counted(self) -> dict[str, tuple[int, ...]]:
        """Return what all runs together say of the rows of each step; each account adds up by itself."""
        accounts = self.company.warehouse.read("ops.run_accounts")
        sums = accounts.groupBy("step").agg(*[F.sum(name).alias(name) for name in COUNTED])
        return {row["step"]: tuple(row[name] for name in COUNTED) for row in sums.collect()}
