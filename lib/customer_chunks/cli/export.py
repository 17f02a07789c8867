"""``chunks export``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, say
from customer_chunks.cli.opened import filled, opened


class Format(str, Enum):
    """What kind of file is written."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


def export(  # noqa: PLR0913, PLR0917 - one parameter an option
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Such as gold.rfm_scores.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="PATH", help="The file to write.")],
    style: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Default: what the file's name tells.", show_default=False),
    ] = None,
    with_pii: Annotated[
        bool,
        typer.Option(
            "--with-pii", help="Keep columns that point at a person directly; they are left out otherwise."
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it exists.")] = False,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Write a table as one file, sorted by its key; tables larger than memory too (CSV, Parquet).

    Text that a spreadsheet would take for a formula gets a leading apostrophe in CSV and Excel; numbers
    stay numbers. CSV is UTF-8 with commas, instants are UTC, maps and lists are JSON.

    \b
    Examples:
      chunks export gold.rfm_scores --out rfm.csv
      chunks export gold.customer_profiles --format xlsx --out profiles.xlsx
      chunks export silver.customers --out customers.parquet --with-pii --overwrite
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.export import check_place, export_table, format_of  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.inventory import require_table  # noqa: PLC0415 - brings Spark

    fmt = format_of(out, style.value if style else None)
    check_place(out, overwrite=overwrite)
    store = opened(where)
    done = export_table(store, require_table(store, table), out, fmt, with_pii=with_pii)
    if json:
        emit(vars(done))
        return
    say(f"{done.rows:,} rows and {len(done.columns)} columns written to {done.path}.")
    if done.left_out:
        say(f"Left out as personal: {', '.join(done.left_out)}. --with-pii keeps them.")
