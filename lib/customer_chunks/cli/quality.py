"""``chunks quality list|show|docs``."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say
from customer_chunks.cli.opened import filled, opened
from customer_chunks.errors import ConfigError

if TYPE_CHECKING:
    from customer_chunks.quality.data_docs import CheckedVersion
    from customer_chunks.storage.warehouse import Warehouse

app = typer.Typer(
    help="Table rules: which versions of the silver tables passed, and what gold reads.", no_args_is_help=True
)
DOCS = "quality"
_SHOWN = 3
"""Versions of each table that the Data Docs show."""


@app.command("list")
def list_tables(
    warehouse: options.Warehouse = None, target: options.Target = None, json: options.Json = False
) -> None:
    """List every silver table with the version judged last, what it broke, and the version that gold reads.

    \b
    Examples:
      chunks quality list
      chunks quality list --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.quality.table_checks import newest_checks, standings  # noqa: PLC0415 - brings Spark

    store = opened(where)
    standing, rows = standings(store), newest_checks(store)
    found: list[dict[str, Any]] = []
    for table, s in sorted(standing.items()):
        mine = [r for r in rows if r["table_name"] == table]
        broken = [_broken(r) for r in mine if not r["is_passed"]]
        state = "passed" if s.released == s.version else "held back"
        found.append(
            {
                "table": table,
                "version": s.version,
                "gold_reads": s.released,
                "state": state,
                "rules": len(mine),
                "broken": broken,
            }
        )
    if json:
        emit(found)
        return
    columns = ("table", "version", "gold_reads", "state", "rules")
    cells = [(*[f[c] for c in columns], ", ".join(b["rule"] for b in f["broken"])) for f in found]
    grid((*columns, "broken"), cells, right=("version", "gold_reads", "rules"))
    say("Look at one with `chunks quality show TABLE`.")


def _broken(row: dict[str, Any]) -> dict[str, Any]:
    return {k: row[k] for k in ("rule", "level", "observed", "low", "high", "accepted_reason")}


@app.command("show")
def show(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="Such as silver.orders.")],
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Show every rule of a table: what was measured on the version judged last, and what was expected.

    \b
    Examples:
      chunks quality show silver.orders
      chunks quality show order_lines --json
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    from customer_chunks.quality.table_checks import newest_checks  # noqa: PLC0415 - brings Spark
    from customer_chunks.quality.table_rules import expected, shown  # noqa: PLC0415 - kept beside it

    rows = newest_checks(opened(where), table)
    if json:
        emit(rows)
        return
    first = rows[0]
    say(
        f"{first['table_name']} version {first['table_version']}, judged by run {first['run_id']}",
        style="bold",
    )
    cells = [
        (
            r["rule"], r["aspect"], shown(r["observed"]), expected(r["low"], r["high"]), r["measured_rows"],
            "holds" if r["is_passed"] else "accepted" if r["accepted_reason"] else f"broken ({r['level']})",
        )
        for r in rows
    ]  # fmt: skip
    grid(("rule", "about", "observed", "expected", "rows", "verdict"), cells, right=("rows",))
    for row in rows:
        if row["accepted_reason"]:
            say(f"{row['rule']} was accepted by run {row['accepted_run_id']}: {row['accepted_reason']}")


@app.command("docs")
def docs(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Default: quality in the warehouse.", show_default=False
        ),
    ] = None,
    warehouse: options.Warehouse = None,
    target: options.Target = None,
    json: options.Json = False,
) -> None:
    """Write the Data Docs of Great Expectations: suites and results of the newest versions, as web pages.

    They hold counts, shares and quantiles, and no personal value.

    \b
    Examples:
      chunks quality docs
      chunks quality docs --out /tmp/quality
    """  # noqa: D301 - \b keeps lines apart in the help
    where = filled(warehouse, target)
    folder = where.folder
    if out is None and folder is None:
        raise ConfigError(f"{where.label} is no folder of this machine.", "Give --out DIR.")
    from customer_chunks.quality.data_docs import require_great_expectations  # noqa: PLC0415 - brings pandas

    require_great_expectations()
    written = write_docs(opened(where), out if out is not None else Path(str(folder)) / DOCS)
    if json:
        emit({"data_docs": str(written)})
    else:
        say(f"The Data Docs are {written}")


def write_docs(store: Warehouse, folder: Path) -> Path:
    """Write the Data Docs of the newest versions of every table."""
    from customer_chunks.quality.data_docs import write_data_docs  # noqa: PLC0415 - brings pandas
    from customer_chunks.quality.table_checks import newest_checks  # noqa: PLC0415 - brings Spark

    return write_data_docs(_versions(newest_checks(store, versions=_SHOWN)), folder)


def _versions(rows: list[dict[str, Any]]) -> list[CheckedVersion]:
    from customer_chunks.quality.data_docs import CheckedVersion  # noqa: PLC0415 - brings pandas

    grouped: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault((row["table_name"], row["table_id"], row["table_version"]), []).append(row)
    return [
        CheckedVersion(table, version, mine[0]["run_id"], _instant(mine[0]["checked_at"]), mine)
        for (table, _, version), mine in grouped.items()
    ]


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
