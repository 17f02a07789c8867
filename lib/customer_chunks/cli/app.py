"""The commands of ``chunks``, what all of them share, and what becomes of an error."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import customer_chunks
from customer_chunks.cli import (
    accounts,
    doctor,
    export,
    generate,
    maintain,
    models,
    quality,
    quarantine,
    query,
    report,
    run,
    runs,
    segment,
    sources,
    tables,
    value,
)
from customer_chunks.cli.console import is_debugging, note, set_debugging, tell
from customer_chunks.errors import CustomerChunksError

EPILOG = (
    "Exit codes: 0 all is well; 1 unexpected; 2 wrong usage; 3 a setting or mapping; 4 outside data; "
    "5 a broken contract; 6 rows that do not add up; 7 storage; 8 another run holds the warehouse; "
    "9 Java, the jars or a package is missing; 10 a table rule; 11 a model; 130 interrupted, 143 terminated."
)
INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM came, as from a scheduler: the command ends as it does where somebody interrupts it."""


class Chunks(TyperGroup):
    """The group of all commands: an error leaves it as a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; every error that a user can mend is told in two lines, without a traceback."""
        try:
            return super().invoke(ctx)
        except CustomerChunksError as error:
            tell(error)
            code = error.exit_code
        except KeyboardInterrupt as stop:
            note("Interrupted. What was committed stays; run again to go on.")
            code = TERMINATED if isinstance(stop, Terminated) else INTERRUPTED
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except Exception as error:
            if _is_typers(error):
                raise
            code = _tell_other(error)
        raise typer.Exit(code)


app = typer.Typer(
    name="chunks",
    cls=Chunks,
    help="Customer Chunks: from a company's files to trusted customer tables.\n\n"
    "Begin with `chunks source init PATH`, then `chunks source check FILE.yml`, then `chunks run`.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"customer-chunks {customer_chunks.__version__}")
        raise typer.Exit


@app.callback()
def _shared(
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", envvar="CHUNKS_DEBUG", help="Show tracebacks. They may hold values of the data."
        ),
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    set_debugging(debug)


app.command("run", short_help="Bring every table up to date.")(run.run)
app.command("plan", short_help="Show what a run would do, and why.")(run.plan)
app.add_typer(tables.app, name="tables")
app.command("sql", short_help="Query the tables; read only.")(query.sql)
app.command("export", short_help="Write a table as one file.")(export.export)
app.command("accounts", short_help="Show what became of every row.")(accounts.accounts)
app.add_typer(runs.app, name="runs")
app.command("report", short_help="Write an HTML report.")(report.report)
app.add_typer(sources.app, name="source")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(quality.app, name="quality")
app.add_typer(models.app, name="models")
app.add_typer(segment.app, name="segment")
app.add_typer(value.app, name="value")
app.command("maintain", short_help="Compact the tables, and remove what nobody needs.")(maintain.maintain)
app.command("generate", short_help="Make up a company: dirty files, mappings, truth.")(generate.generate)
app.command("doctor", short_help="Look whether all that a run needs is there.")(doctor.doctor)


def main() -> None:
    """Run the command line; the console script ``chunks``."""
    signal.signal(signal.SIGTERM, _terminate)
    app(prog_name="chunks")


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def _tell_other(error: Exception) -> int:
    """Tell an error that may come to any command, or one that nobody foresaw; return the exit code."""
    from customer_chunks.flow.foreseen import as_foreseen  # noqa: PLC0415 - brings Spark

    foreseen = as_foreseen(error)
    if foreseen is None:
        return _tell_unexpected(error)
    foreseen.__cause__ = error
    tell(foreseen)
    return foreseen.exit_code


def _tell_unexpected(error: Exception) -> int:
    """Tell an error that nobody foresaw; its own text may hold values of the data, so it needs --debug."""
    condition = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    note(f"Error: something unexpected happened ({condition}).", style="red")
    if is_debugging():
        traceback.print_exception(error)
    else:
        note("What to do: run it with --debug (`chunks --debug ...`) and report what it shows.")
    return 1


def _is_typers(error: Exception) -> bool:
    """Return whether Typer itself deals with the error: wrong usage, or an exit that a command asked for."""
    return (
        isinstance(error, typer.Exit | typer.Abort) or hasattr(error, "show") or hasattr(error, "exit_code")
    )
