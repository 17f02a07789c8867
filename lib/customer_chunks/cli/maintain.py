"""``chunks maintain``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say
from customer_chunks.cli.opened import filled, opened


def maintain(
    tables: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TABLE...]", help="These only. Default: every table.", show_default=False),
    ] = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Make small files large, purge deleted rows, remove files that no version of the last 30 days needs.

    Rows stay as they are, and the next run finds its place. Once a week is enough for daily deliveries.

    \b
    Examples:
      chunks maintain
      chunks maintain silver.order_lines gold.kpi_daily
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.cli.progress import waiting  # noqa: PLC0415 - brings rich
    from customer_chunks.flow.job import new_run_id  # noqa: PLC0415 - brings Spark
    from customer_chunks.serving.inventory import known_tables, require_table  # noqa: PLC0415 - brings Spark
    from customer_chunks.storage.lease import leased  # noqa: PLC0415 - brings Spark
    from customer_chunks.storage.maintain import maintain as maintained  # noqa: PLC0415 - brings Spark

    store = opened(where, writes=True)
    asked = [require_table(store, name) for name in tables or []]
    chosen = asked or [name for name in known_tables(store) if store.exists(name)]
    done = []
    with leased(where.folder, f"maintain-{new_run_id()}"):
        for name in chosen:
            with waiting(name):
                done.append(maintained(store, name))
    if json:
        emit([asdict(one) for one in done])
        return
    head = ("table", "files before", "after", "bytes before", "after ")
    rows = [(m.table, m.files_before, m.files_after, m.bytes_before, m.bytes_after) for m in done]
    grid(head, rows, right=head[1:])
    say(f"{len(done)} tables in {where.label}: rows unchanged.")
