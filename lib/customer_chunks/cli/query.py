"""``chunks sql``."""

from __future__ import annotations

import csv
import sys
from enum import Enum
from typing import Annotated

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say
from customer_chunks.cli.opened import filled, opened

MOST_ROWS = 100_000


class Format(str, Enum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def sql(
    statement: Annotated[
        str, typer.Argument(metavar="SQL", help="One statement that reads; - reads it from standard input.")
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_ROWS, help="Most rows to print.")] = 100,
    style: Annotated[Format, typer.Option("--format", "-f", help="How to print them.")] = Format.TABLE,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Query the tables by their names, such as gold.rfm_scores; nothing can be changed.

    \b
    Examples:
      chunks sql "select rfm_segment, count(*) n from gold.rfm_scores group by 1 order by n desc"
      chunks sql "select * from gold.kpi_daily where dimension = 'all'" --limit 400 --format csv > kpi.csv
      chunks sql "describe silver.orders"
      chunks sql "show tables in gold" --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.query import run_query  # noqa: PLC0415 - brings Spark

    text = sys.stdin.read() if statement == "-" else statement
    found, has_more = run_query(opened(where), text, limit)
    columns = list(found.column_names)
    rows = list(zip(*[column.to_pylist() for column in found.columns], strict=True)) if columns else []
    if json or style is Format.JSON:
        emit([dict(zip(columns, row, strict=True)) for row in rows])
    elif style is Format.CSV:
        _as_csv(columns, rows)
    else:
        grid(columns, rows)
        say(f"{len(rows):,} row{'' if len(rows) == 1 else 's'}.")
    if has_more:
        note(f"There are more; --limit shows more than {limit:,}.")


def _as_csv(columns: list[str], rows: list[tuple[object, ...]]) -> None:
    from customer_chunks.serving.file_writers import text_of  # noqa: PLC0415 - brings Arrow

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([text_of(c) for c in columns])
    writer.writerows([text_of(value) for value in row] for row in rows)
