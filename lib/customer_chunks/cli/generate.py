"""``chunks generate``: a simulated company with its dirty files, its mappings and the truth."""

from __future__ import annotations

import shlex
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customer_chunks.cli import options
from customer_chunks.cli.console import emit, grid, note, say
from customer_chunks.errors import ConfigError

if TYPE_CHECKING:
    from customer_chunks.generator import Company, Generated


def generate(  # noqa: PLR0913, PLR0917 - one parameter an option
    customers: Annotated[int, typer.Option("--customers", metavar="N", help="How many people.")],
    days: Annotated[int, typer.Option("--days", metavar="D", help="How many days of history.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="A folder that is empty or not there yet.")
    ],
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="The same seed gives the same company.")
    ] = 1,
    until: Annotated[
        date | None,
        typer.Option(
            "--until",
            metavar="DATE",
            parser=options.day,
            help="The first day not told any more. Default: 2025-01-01.",
            show_default=False,
        ),
    ] = None,
    daily: Annotated[
        int | None,
        typer.Option(
            "--daily",
            metavar="K",
            help="Deliveries of one day each at the end; one delivery holds what came before. Default: 30.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress; errors are told still.")] = False,
    json: options.Json = False,
) -> None:
    """Make up a company: the dirty files of its systems, the mappings that read them, and the truth beside.

    The rows depend on the numbers given and on nothing else, neither on partitions nor on the machine.

    \b
    Examples:
      chunks generate --customers 20000 --days 365 --out company
      chunks generate --customers 1000 --days 90 --seed 7 --daily 90 --out small
      chunks run --sources company/sources --settings company/settings.yml --warehouse company/warehouse
    """  # noqa: D301 - \b keeps lines apart in the help
    company = _company(customers, days, seed, until, daily)
    made = build(company, out, is_quiet=quiet)
    if json:
        emit(_as_json(made, company))
        return
    rows = [
        (f"{w.export.system}/{w.export.stem}", w.export.entity, sum(w.fates.values()), len(w.files))
        for w in made.written
    ]
    grid(("files", "rows are", "rows", "number of files"), rows, title=f"In {out}", right=("rows",))
    say(f"What is true is in {out / 'truth'}; {out / 'README.md'} says what is where. Next:")
    place = shlex.quote(str(out))
    say(f"  chunks run --sources {place}/sources --settings {place}/settings.yml --warehouse WAREHOUSE")


def build(company: Company, out: Path, *, is_quiet: bool = False) -> Generated:
    """Generate a company with a session of its own, telling each step on standard error.

    Raises:
        StorageError: the folder holds something already.
    """
    from customer_chunks.cli.progress import waiting  # noqa: PLC0415 - brings rich
    from customer_chunks.flow.session import build_session  # noqa: PLC0415 - brings Spark
    from customer_chunks.generator import generate as make  # noqa: PLC0415 - brings Spark
    from customer_chunks.generator.generate import must_be_free  # noqa: PLC0415 - brings Spark

    must_be_free(out)  # before Java starts

    def heard(step: str, what: str, seconds: float) -> None:
        if not is_quiet:
            note(f"✓ {step:<24} {seconds:6.1f} s  {what}")

    with waiting("Starting Spark"):
        spark = build_session()
    return make(spark, company, out, heard=heard)


def _company(customers: int, days: int, seed: int, until: date | None, daily: int | None) -> Company:
    from customer_chunks.generator.company import DAILY, UNTIL, Company  # noqa: PLC0415 - light, but not for --help

    end = until or UNTIL
    if end > date.today():
        raise ConfigError(f"--until {end} is in the future.", "Name a day that has come; no order is later.")
    return Company(customers, days, seed, end, daily if daily is not None else min(DAILY, days))


def _as_json(made: Generated, company: Company) -> dict[str, Any]:
    return {
        "folder": made.folder,
        "customers": company.customers,
        "days": company.days,
        "seed": company.seed,
        "begins_on": company.begins_on,
        "until": company.until,
        "order_lines": made.order_lines,
        "exports": [
            {
                "system": w.export.system,
                "export": w.export.stem,
                "entity": w.export.entity,
                "rows": sum(w.fates.values()),
                "fates": w.fates,
                "files": len(w.files),
            }
            for w in made.written
        ],
    }
