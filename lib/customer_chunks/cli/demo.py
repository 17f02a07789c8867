"""What ``make demo`` shows: the commands that a user would type, on real data."""

from __future__ import annotations

from pathlib import Path

from customer_chunks.cli.app import app
from customer_chunks.cli.console import note, say
from customer_chunks.errors import ConfigError, CustomerChunksError
from customer_chunks.sources.completejourney import TERMS, write_completejourney

_TABLES = "The tables, and where they lie:"


def demo(data: str, *, home: Path) -> int:
    """Bring the demo's tables up to date, show them and draw the report.

    Args:
        data: Which data; ``completejourney`` is the one there is.
        home: The checkout: data lie in its ``data/``, tables in its ``warehouse/demo``.

    Returns:
        The exit code.
    """
    try:
        if data != "completejourney":
            raise ConfigError(f"There is no demo data called '{data}'.", "Use completejourney.")
        say(TERMS)
        write_completejourney(home / "data" / "completejourney")
    except CustomerChunksError as error:
        note(f"Error: {error.what}", style="red")
        note(f"What to do: {error.remedy}")
        return error.exit_code
    warehouse = home / "warehouse" / "demo"
    place = ["--warehouse", str(warehouse)]
    settings = ["--settings", str(home / "conf" / "demo" / "settings.yml")]
    sources = ["--sources", str(home / "conf" / "demo" / "completejourney.yml")]
    done = app(["run", *sources, *settings, *place], standalone_mode=False)
    if done is True and (warehouse / "report.html").exists():
        say(f"The report is {warehouse / 'report.html'}")
        return 0
    if done not in {True, False, None}:
        return int(done)
    say(_TABLES)
    app(["tables", "list", *place], standalone_mode=False)
    return int(
        app(["report", "--title", "The Complete Journey", *settings, *place], standalone_mode=False) or 0
    )
