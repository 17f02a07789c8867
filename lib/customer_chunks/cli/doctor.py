"""``chunks doctor``."""

from __future__ import annotations

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, say
from customer_chunks.cli.opened import place
from customer_chunks.errors import MachineError

ESSENTIAL = frozenset({"Python", "Java", "pyspark", "pandas", "pyarrow", "time zones", "write permission"})


def doctor(
    warehouse: options.Warehouse = None, target: options.Target = None, json: options.Json = False
) -> None:
    """Look whether everything is there: Python, Java, packages, jars, memory, disk, the right to write.

    Spark is not started and nothing is changed. The exit code is 9 where a run could not work.

    \b
    Examples:
      chunks doctor
      chunks doctor --warehouse /data/shop --json
    """  # noqa: D301 - \b keeps lines apart in the help
    from customer_chunks.flow.doctor import diagnose  # noqa: PLC0415 - not needed for --help

    findings = diagnose(place(warehouse, target).folder)
    missing = [f for f in findings if not f.ok and f.name in ESSENTIAL]
    if json:
        emit(
            {
                "is_fit": not missing,
                "findings": [{**vars(f), "is_essential": f.name in ESSENTIAL} for f in findings],
            }
        )
    else:
        rows = [(_verdict(f.ok, f.name), f.name, f.found, f.remedy) for f in findings]
        grid(("", "what", "found", "what to do"), rows)
        say("All that a run needs is there." if not missing else "A run cannot work here yet.")
    if missing:
        raise typer.Exit(MachineError.exit_code)


def _verdict(ok: bool, name: str) -> str:
    if ok:
        return "ok"
    return "MISSING" if name in ESSENTIAL else "note"
