"""A tiny company for tests of the flow: its files, its mapping and its tables, run after run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from customer_chunks.config.mapping import SourceMapping, read_mappings
from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import folder_target
from customer_chunks.contracts import TABLES
from customer_chunks.flow.house import all_steps
from customer_chunks.flow.outcome import Report, Wish
from customer_chunks.flow.runner import Runner
from customer_chunks.storage.warehouse import Warehouse

SALES = """\
source: shop
time_zone: UTC
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    entities:
      order_lines:
        order_id: order
        ordered_at: at
        customer_id: customer
        product_id: article
        quantity: pieces
        unit_price: price
        country: country
"""
HEADER = "order,at,customer,article,pieces,price,country"


class Company:
    """Files, mappings and a warehouse in one folder; every run starts as a new process would."""

    def __init__(
        self, spark: SparkSession, folder: Path, template: Path | None, settings: Settings | None = None
    ) -> None:
        self.spark = spark
        self.folder = folder
        self.settings = settings or Settings()
        self.runs = 0
        self.leaves_out: frozenset[str] = frozenset()
        self.keeps_only: frozenset[str] = frozenset()
        (folder / "conf").mkdir(parents=True, exist_ok=True)
        if template is not None:
            shutil.copytree(template, folder / "warehouse")

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse as somebody sees it who just came."""
        return Warehouse(self.spark, folder_target(self.folder / "warehouse"))

    @property
    def sources(self) -> tuple[SourceMapping, ...]:
        """The mappings as they stand."""
        return read_mappings(self.folder / "conf")

    def maps(self, text: str, name: str = "shop") -> Company:
        """Write a mapping; its files lie in the same folder."""
        (self.folder / "conf" / f"{name}.yml").write_text(text, encoding="utf-8")
        return self

    def takes(self, shop: Path) -> Company:
        """Take over a folder with files and mapping.yml."""
        shutil.copytree(shop, self.folder / "conf", dirs_exist_ok=True)
        return self

    def brings(self, name: str, *lines: str, header: str = HEADER) -> Company:
        """Write a file of lines under a header; a file that is there is rewritten, and looks newer."""
        path = self.folder / "conf" / name
        before = path.stat().st_mtime if path.exists() else None
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        if before is not None:
            os.utime(path, (before + 10, before + 10))
        return self

    def runner(self) -> Runner:
        """Return a runner as a new process would make it."""
        self.runs += 1
        sources = self.sources
        steps = [s for s in all_steps(sources, self.settings, self.warehouse.target) if self.has(s.main)]
        return Runner(self.warehouse, sources, steps, self.settings, f"run-{self.runs}")

    def has(self, table: str) -> bool:
        """Return whether this company computes the table."""
        return table in self.keeps_only if self.keeps_only else table not in self.leaves_out

    def run(
        self,
        until: str | None = None,
        *,
        as_of: date | None = None,
        full: Iterable[str] = (),
        is_full: bool = False,
    ) -> Report:
        """Run, and raise the first error of a step."""
        report = self.tries(until, as_of=as_of, full=full, is_full=is_full)
        if report.errors:
            raise report.errors[0] from report.errors[0].__cause__
        return report

    def tries(
        self,
        until: str | None = None,
        *,
        as_of: date | None = None,
        full: Iterable[str] = (),
        is_full: bool = False,
    ) -> Report:
        """Run, whatever fails."""
        return self.runner().run(Wish(as_of, until, frozenset(full), is_full))

    def rows(self, table: str, *columns: str) -> list[Any]:
        """Return the table's rows as tuples (of one column the bare values), sorted."""
        names = columns or tuple(
            c.name for c in TABLES[table].columns if not c.volatile and c.name != "_row_hash"
        )
        found = [tuple(row) for row in self.warehouse.read(table).select(*names).collect()]
        found.sort(key=repr)
        return [row[0] for row in found] if len(columns) == 1 else found

    def rows_with_volatile(self, table: str, column: str) -> list[Any]:
        """Return the values of a column that may differ between runs, such as a time."""
        return [row[0] for row in self.warehouse.read(table).select(column).collect()]

    def versions(self) -> dict[str, int]:
        """Return the newest version of every table that exists, bronze too, from the log's own files."""
        logs = (self.folder / "warehouse").glob("*/*/_delta_log")
        return {
            f"{log.parent.parent.name}.{log.parent.name}": max(int(f.stem) for f in log.glob("*.json"))
            for log in logs
        }

    def data_versions(self) -> dict[str, int]:
        """Return the versions of all tables but ops.metrics, which says of a failed step too what it did."""
        return {table: version for table, version in self.versions().items() if table != "ops.metrics"}


def states(report: Report) -> dict[str, str]:
    """Return what became of every step."""
    return {outcome.step: outcome.state for outcome in report.outcomes}
