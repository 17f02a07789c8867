"""The shop of the crash tests with a packed workbook beside its files, and all that its tables hold."""

from __future__ import annotations

import zipfile
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from pyspark.sql import SparkSession

from customer_chunks.contracts import TABLES
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from tests.crash.shop import FIRST, HEADER, MAPPING, MENDED, SECOND
from tests.flow.company import Company

HOME = Path(__file__).parents[2]
JOB = HOME / "jobs" / "bronze_to_gold.py"
UNTIL = "gold.rfm_scores"
# A workbook is read by Python on the executors, and unpacked for them by the driver.
PEOPLE = """\
  people:
    path: people.zip
    format: excel
    entities:
      customer_records:
        customer_id: customer
        full_name: name
        country: country
"""
WORKBOOK = (
    ("customer", "name", "country"),
    ("c1", "Ada Example", "DE"),
    ("c2", "Ben Example", "FR"),
    ("c9", "Eve Example", "FR"),
)
CREATED = datetime(2024, 3, 12, tzinfo=timezone.utc)  # of every shop, so that the files have one content
# What differs between two runs of one and the same shop.
OF_THE_RUN = {"run_id", "path", "modified_at", "bronze_version", "table_id"}


class Shop:
    """A shop in a folder of its own."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.company = Company(spark, folder, None).maps(MAPPING + PEOPLE)

    def first_delivery(self) -> None:
        """Bring the first sales and the people."""
        self.company.brings("sales_1.csv", *FIRST, header=HEADER)
        content = BytesIO()
        with xlsxwriter.Workbook(content) as book:
            book.set_properties({"created": CREATED})
            sheet = book.add_worksheet()
            for number, row in enumerate(WORKBOOK):
                sheet.write_row(number, 0, row)
        with zipfile.ZipFile(self.company.folder / "conf" / "people.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("people.xlsx"), content.getvalue())

    def second_delivery(self) -> None:
        """Bring other sales, and the first ones mended."""
        self.company.brings("sales_1.csv", *MENDED, header=HEADER)
        self.company.brings("sales_2.csv", *SECOND, header=HEADER)

    def run(self) -> None:
        """Run on the tests' own local session."""
        self.company.run(UNTIL)

    def job(self) -> list[str]:
        """Return the words by which the job is asked to do the same."""
        folder = self.company.folder
        places = ["--sources", str(folder / "conf"), "--warehouse", str(folder / "warehouse")]
        return [str(JOB), *places, "--until", UNTIL]

    def tables(self) -> dict[str, list[Any]]:
        """Return the rows of every table there is, sorted, without what differs between two runs."""
        found = sorted(set(self.company.versions()) - {"ops.metrics"})  # sizes and times
        return {table: self._rows(table) for table in found}

    def _rows(self, table: str) -> list[Any]:
        columns = TABLES[table].columns if table in TABLES else BRONZE_COLUMNS
        volatile = OF_THE_RUN | {c.name for c in columns if c.volatile}
        rows = self.company.warehouse.read(table)
        kept = [c for c in rows.columns if c not in volatile]
        return sorted((tuple(row) for row in rows.select(*kept).collect()), key=repr)  # a dozen rows
