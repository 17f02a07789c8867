"""``chunks tables list|show|history``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, masked, say, size
from customer_chunks.cli.opened import filled, opened
from customer_chunks.contracts import TABLES
from customer_chunks.contracts.ops import BRONZE_COLUMNS
from customer_chunks.contracts.table import Col, Pii

if TYPE_CHECKING:
    from customer_chunks.storage.warehouse import Warehouse

app = typer.Typer(
    help="What tables there are, what is in them, and how they came to be.", no_args_is_help=True
)

TableName = Annotated[str, typer.Argument(metavar="TABLE", help="Such as gold.rfm_scores.")]
_WIDEST = 8
"""Columns that a person can read side by side; rows of wider tables are shown on their side."""


@app.command("list")
def list_tables(
    warehouse: options.Warehouse = None, target: options.Target = None, json: options.Json = False
) -> None:
    """List every table with its rows, size and last change.

    \b
    Examples:
      chunks tables list
      chunks tables list --warehouse /data/shop --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.inventory import inventory  # noqa: PLC0415 - brings Spark

    found = inventory(opened(where))
    if json:
        emit([vars(f) for f in found])
        return
    rows = [(f.table, f.rows, size(f.bytes), f.changed_at, f.grain) for f in found]
    grid(("table", "rows", "size", "last changed (UTC)", "one row is"), rows, right=("rows", "size"))
    say(f"{len(found)} tables in {where.label}.")


@app.command("show")
def show(
    table: TableName,
    rows: Annotated[int, typer.Option("--rows", min=0, max=100, help="Sample rows to show.")] = 5,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    with_pii: options.WithPii = False,
    json: options.Json = False,
) -> None:
    """Show what a table is: its grain, key and columns, and some of its rows.

    \b
    Examples:
      chunks tables show gold.rfm_scores
      chunks tables show silver.customers --rows 3 --with-pii
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.inventory import grain_of, require_table  # noqa: PLC0415 - brings Spark

    store = opened(where)
    name = require_table(store, table)
    columns = columns_of(store, name)
    hidden = set() if with_pii else {c.name for c in columns if c.pii is Pii.DIRECT}
    shown = [c.name for c in columns if c.name != "_row_hash"]
    frame = store.read(name).select(*[f"`{c.replace('`', '``')}`" for c in shown])
    taken = [row.asDict(recursive=True) for row in frame.limit(rows).collect()]  # 100 rows at most
    sample = [
        {k: v if with_pii else masked(v, is_personal=k in hidden) for k, v in row.items()} for row in taken
    ]
    key = list(TABLES[name].key) if name in TABLES else ["_delivery", "_position"]
    if json:
        described = [{**vars(c), "pii": c.pii.value} for c in columns]
        emit({"table": name, "grain": grain_of(name), "key": key, "columns": described, "rows": sample})
        return
    say(f"{name}: {grain_of(name)}", style="bold")
    say(f"Key: {', '.join(key)}. Lies in {store.location(name)}")
    head = ("column", "type", "unit", "personal", "null?", "meaning")
    grid(
        head, [(c.name, c.type, c.unit, _pii(c), "" if c.required else "yes", c.description) for c in columns]
    )
    show_rows(sample, shown)
    if hidden and sample:
        say("Personal values are masked; --with-pii shows them.")


@app.command("history")
def history(
    table: TableName,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Newest commits to show.")] = 20,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Show the commits of a table, newest first: what was done, by which run, to how many rows.

    \b
    Examples:
      chunks tables history gold.kpi_daily
      chunks tables history silver.orders --limit 5 --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.inventory import require_table  # noqa: PLC0415 - brings Spark

    store = opened(where)
    name = require_table(store, table)
    commits = [_commit(row.asDict(recursive=True)) for row in store.history(name, limit).collect()]
    if json:
        emit(commits)
        return
    columns = ("version", "at", "operation", "rows_written", "run_id")
    grid(columns, [tuple(c[k] for k in columns) for c in commits], right=("version", "rows_written"))


def columns_of(store: Warehouse, table: str) -> list[Col]:
    """Return the columns of a table; whatever a bronze table received may be personal."""
    if table in TABLES:
        return list(TABLES[table].columns)
    ours = {c.name: c for c in BRONZE_COLUMNS}
    return [
        ours.get(f.name)
        or Col(
            f.name,
            f.dataType.simpleString(),
            f"'{f.metadata.get('comment', f.name)}' as received",
            pii=Pii.DIRECT,
        )
        for f in store.read(table).schema.fields
    ]


def show_rows(rows: list[dict[str, Any]], columns: list[str]) -> None:
    """Print rows side by side, or each on its side where they are too wide."""
    if not rows:
        say("No rows.")
    elif len(columns) <= _WIDEST:
        grid(columns, [tuple(row[c] for c in columns) for row in rows])
    else:
        head = ("column", *[f"row {n}" for n in range(1, len(rows) + 1)])
        grid(head, [(c, *[row[c] for row in rows]) for c in columns])


def _commit(row: dict[str, Any]) -> dict[str, Any]:
    import json as codec  # noqa: PLC0415 - the option is called json

    metrics = row["operationMetrics"] or {}
    try:
        notes = codec.loads(row["userMetadata"] or "{}").get("chunks", {})
    except (ValueError, AttributeError):
        notes = {}
    written = next(
        (int(metrics[k]) for k in ("numOutputRows", "numTargetRowsInserted") if k in metrics), None
    )
    return {
        "version": row["version"],
        "at": row["timestamp"],
        "operation": row["operation"],
        "rows_written": written,
        "run_id": _run_of(notes),
        "metrics": {k: int(v) if str(v).isdigit() else v for k, v in metrics.items()},
    }


def _run_of(notes: dict[str, Any]) -> str | None:
    """Return the run of a commit: noted itself, or by the newest of the steps that it carries."""
    if notes.get("run"):
        return str(notes["run"])
    steps = sorted(notes.get("steps", {}).values(), key=lambda s: str(s.get("at", "")))
    return str(steps[-1]["run"]) if steps and steps[-1].get("run") else None


def _pii(column: Col) -> str:
    return "" if column.pii is Pii.NONE else column.pii.value
