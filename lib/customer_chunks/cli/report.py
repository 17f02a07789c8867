"""``chunks report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, say
from customer_chunks.cli.opened import filled, opened, settings_of
from customer_chunks.errors import ConfigError


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
    from customer_chunks.serving.report.theme import require_libraries  # noqa: PLC0415 - brings pandas

    require_libraries()
    written = write_report(collect(opened(where), chosen, title=title), path)
    if json:
        emit({"report": str(written)})
    else:
        say(f"The report is {written}")
