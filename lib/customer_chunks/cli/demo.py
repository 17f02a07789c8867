"""What ``make demo`` shows: the commands that a user would type, on real data or on a simulated company."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from customer_chunks.cli.app import app
from customer_chunks.cli.console import note, say
from customer_chunks.errors import ConfigError, CustomerChunksError, did_you_mean
from customer_chunks.sources.completejourney import TERMS, write_completejourney

_TABLES = "The tables, and where they lie:"
_CUSTOMERS, _DAYS, _SEED = 10_000, 365, 1


@dataclass(frozen=True)
class Demo:
    """One demo: its title, what makes its files where they are not yet there, and where things lie."""

    title: str
    prepare: Callable[[Path], None]
    sources: str
    settings: str
    warehouse: str


def demo(data: str, *, home: Path) -> int:
    """Bring the demo's tables up to date, show them and draw the report.

    Args:
        data: Which data: ``completejourney`` or ``simulated``.
        home: The checkout: data lie in its ``data/``, tables in its ``warehouse/``.

    Returns:
        The exit code.
    """
    try:
        if data not in DEMOS:
            raise ConfigError(f"There is no demo data called '{data}'.", did_you_mean(data, DEMOS))
        chosen = DEMOS[data]
        chosen.prepare(home / "data" / data)
    except CustomerChunksError as error:
        note(f"Error: {error.what}", style="red")
        note(f"What to do: {error.remedy}")
        return error.exit_code
    warehouse = home / "warehouse" / chosen.warehouse
    place = ["--warehouse", str(warehouse)]
    settings = ["--settings", str(home / chosen.settings)]
    done = app(["run", "--sources", str(home / chosen.sources), *settings, *place], standalone_mode=False)
    if done is True and (warehouse / "report.html").exists():
        say(f"The report is {warehouse / 'report.html'}")
        return 0
    if done not in {True, False, None}:
        return int(done)
    say(_TABLES)
    app(["tables", "list", *place], standalone_mode=False)
    return int(app(["report", "--title", chosen.title, *settings, *place], standalone_mode=False) or 0)


def _complete_journey(folder: Path) -> None:
    say(TERMS)
    write_completejourney(folder)


def _simulated(folder: Path) -> None:
    """Generate the company where it is not yet there; one that exists is complete."""
    if folder.is_dir() and any(folder.iterdir()):
        return
    from customer_chunks.cli.generate import build  # noqa: PLC0415 - brings Spark
    from customer_chunks.generator import Company  # noqa: PLC0415 - brings Spark

    say(f"Making up a company of {_CUSTOMERS:,} customers and {_DAYS} days in {folder}.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    build(Company(_CUSTOMERS, _DAYS, _SEED), folder)


DEMOS = {
    "completejourney": Demo(
        "The Complete Journey",
        _complete_journey,
        "conf/demo/completejourney.yml",
        "conf/demo/settings.yml",
        "demo",
    ),
    "simulated": Demo(
        "A simulated company",
        _simulated,
        "data/simulated/sources",
        "data/simulated/settings.yml",
        "demo-simulated",
    ),
}
