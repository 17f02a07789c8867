"""``chunks runs list|show``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say, size
from customer_chunks.cli.opened import filled, opened

app = typer.Typer(help="The runs of a warehouse: when, how long, what they did.", no_args_is_help=True)

_COLUMNS = (
    "run_id",
    "started_at",
    "seconds",
    "state",
    "steps",
    "rows_read",
    "rows_written",
    "rows_quarantined",
)
_NO_RUN = "No run has done anything yet."
_STEP_COLUMNS = (
    "step",
    "state",
    "duration",
    "rows_read",
    "rows_written",
    "rows_quarantined",
    "files_written",
    "bytes_written",
    "cpu_seconds",
    "shuffle_bytes",
    "spilled_bytes",
)
_SECONDS, _BYTES = ("duration", "cpu_seconds"), ("bytes_written", "shuffle_bytes", "spilled_bytes")


@app.command("list")
def list_runs(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most runs to show.")] = 20,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """List the newest runs that did something; a run that found nothing new leaves no trace.

    A run that is `stopped` committed rows and never came to its end (it was killed, say); the next run
    went on from there.

    \b
    Examples:
      chunks runs list
      chunks runs list --limit 5 --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.runs import newest_runs  # noqa: PLC0415 - brings Spark

    rows = newest_runs(opened(where), limit)
    if json:
        emit(rows)
    elif not rows:
        say(_NO_RUN)
    else:
        grid(_COLUMNS, [tuple(r[c] for c in _COLUMNS) for r in rows], right=("seconds", *_COLUMNS[4:]))


@app.command("show")
def show(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="As `chunks runs list` names it; the newest without it.")
    ] = "",
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Show what each step of a run took, read and wrote; and the error of a step that failed.

    Steps run side by side: their durations overlap. Processor time, shuffled and spilled bytes are those
    of Spark's tasks; they are empty where Spark keeps no log of events that can be read here.

    \b
    Examples:
      chunks runs show
      chunks runs show 20240101T120000Z-0a1b
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.runs import newest_ended, steps_of  # noqa: PLC0415 - brings Spark

    store = opened(where)
    run = run or newest_ended(store) or ""
    rows = steps_of(store, run) if run else []
    if json:
        emit(rows)
        return
    if not rows:
        say(_NO_RUN)
        return
    shown = [tuple(_shown(c, r[c]) for c in _STEP_COLUMNS) for r in rows]
    grid(_STEP_COLUMNS, shown, title=f"Run {run}", right=_STEP_COLUMNS[2:])
    for row in rows:
        if row["state"] == "failed":
            say(f"{row['step']}: {row['detail']}", style="red")


def _shown(column: str, value: Any) -> Any:
    """Return a number in the unit that people read."""
    if column in _SECONDS and value is not None:
        return f"{value:,.1f} s"
    return size(value) if column in _BYTES else value
