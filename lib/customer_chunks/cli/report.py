"""``chunks report``."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, say
from customer_chunks.cli.opened import filled, opened, settings_of
from customer_chunks.cli.quality import DOCS, write_docs
from customer_chunks.errors import ConfigError

if TYPE_CHECKING:
    from customer_chunks.storage.warehouse import Warehouse


def report(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Default: report.html in the warehouse.", show_default=False
        ),
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Heading of the page.")] = "Customer report",
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    settings: options.SettingsFile = None,
    json: options.Json = False,
) -> None:
    """Write an HTML report: KPIs over time, the RFM heat map, segments, and the quality of the data.

    \b
    Examples:
      chunks report
      chunks report --out /tmp/shop.html --title "Our shop"
    """  # noqa: D301 - \b keeps lines apart in the help
    where, chosen = filled(warehouse, target), settings_of(settings)
    folder = where.folder
    if out is None and folder is None:
        raise ConfigError(f"{where.label} is no folder of this machine.", "Give --out FILE.")
    path = out if out is not None else Path(str(folder)) / "report.html"
    from customer_chunks.serving.report import write_report  # noqa: PLC0415 - brings pandas
    from customer_chunks.serving.report.collect import collect  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.theme import require_libraries  # noqa: PLC0415 - brings pandas

    require_libraries()
    store = opened(where)
    docs = _data_docs(store, Path(str(folder)) / DOCS if folder is not None else path.parent / DOCS)
    link = Path(os.path.relpath(docs, path.parent)).as_posix() if docs is not None else ""
    data = replace(collect(store, chosen, title=title), data_docs=link)
    written = write_report(data, path)
    if json:
        emit({"report": str(written), "data_docs": str(docs) if docs is not None else None})
        return
    say(f"The report is {written}")
    if docs is None:
        say("It has no Data Docs: they need the extra `quality` (pip install 'customer-chunks[quality]').")


def _data_docs(store: Warehouse, folder: Path) -> Path | None:
    """Write the Data Docs that the report links to; None without Great Expectations or any result."""
    if importlib.util.find_spec("great_expectations") is None or not store.exists("ops.table_checks"):
        return None
    return write_docs(store, folder)
