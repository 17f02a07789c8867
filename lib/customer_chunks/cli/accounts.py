"""``chunks accounts``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say
from customer_chunks.cli.opened import filled, opened

_COLUMNS = (
    "read",
    "inserted",
    "updated",
    "unchanged",
    "superseded",
    "deleted",
    "duplicate",
    "excluded",
    "quarantined",
)


def accounts(
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="ID", help="The run. Default: the newest that brought rows.", show_default=False
        ),
    ] = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Show what became of every row that a run read, and why rows were left out.

    \b
    Examples:
      chunks accounts
      chunks accounts --run 20240101T120000Z-0a1b2c --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.serving.accounts import run_account  # noqa: PLC0415 - brings Spark

    rows = run_account(opened(where), run)
    if json:
        emit(rows)
        return
    if not rows:
        say("No run has accounted for rows yet; one does so when it ends.")
        return
    head = ("feed", "became", *_COLUMNS, "adds up")
    shown = [
        (
            f"{r['source']}.{r['feed']}",
            r["entity"],
            r["rows_read"],
            *[r[c] for c in _COLUMNS[1:]],
            "yes" if r["adds_up"] else "NO",
        )
        for r in rows
    ]
    counted = "all rows" if all(r["is_full"] for r in rows) else "new rows"
    grid(head, shown, title=f"Run {rows[0]['run_id']}: {counted}", right=_COLUMNS)
    reasons = [line for row in rows for line in _reasons(row)]
    if reasons:
        grid(("feed", "became", "rows were", "why", "rows"), reasons, right=("rows",))


def _reasons(row: dict[str, Any]) -> list[tuple[Any, ...]]:
    feed = f"{row['source']}.{row['feed']}"
    kinds = (
        ("quarantined_by", "quarantined"),
        ("excluded_by", "excluded"),
        ("warnings", "kept with a warning"),
    )
    moved = (("moved_in", "went to quarantine"), ("moved_out", "left the quarantine"))
    return [
        (feed, row["entity"], word, "counted by an earlier run", row[kind])
        for kind, word in moved
        if row.get(kind)
    ] + [
        (feed, row["entity"], word, code, count)
        for kind, word in kinds
        for code, count in sorted((row[kind] or {}).items(), key=lambda pair: (-pair[1], pair[0]))
    ]
