"""The options that several commands share, written once."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


def day(text: str) -> date:
    """Return the day that is written as 2024-12-31.

    Raises:
        typer.BadParameter: it is no day, or written otherwise.
    """
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"'{text}' is no day; write it as 2024-12-31.") from None


Sources = Annotated[
    Path | None,
    typer.Option(
        "--sources",
        "-s",
        metavar="FILE|DIR",
        help="A mapping, or a folder of mappings (*.yml). Default: conf/sources, where it exists.",
        show_default=False,
    ),
]
Warehouse = Annotated[
    str | None,
    typer.Option(
        "--warehouse",
        "-w",
        metavar="DIR",
        help="Where the tables lie. Default: the default target of conf/targets.yml, else ./warehouse.",
        show_default=False,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="NAME",
        help="A target of conf/targets.yml instead of --warehouse.",
        show_default=False,
    ),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="FILE",
        help="Thresholds and names. Default: conf/settings.yml, where it exists, else the built-in ones.",
        show_default=False,
    ),
]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=day,
        help="D, the first day not counted, as 2024-12-31. Default: the day after the newest order.",
        show_default=False,
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TABLE",
        help="Compute this table and what it needs, nothing else.",
        show_default=False,
    ),
]
Full = Annotated[
    bool,
    typer.Option(
        "--full",
        help="Compute everything anew, or only each TABLE named after it; a bronze one from its files.",
    ),
]
FullTables = Annotated[
    list[str] | None, typer.Argument(metavar="TABLE", help="With --full: the tables to compute anew.")
]
Accept = Annotated[
    str | None,
    typer.Option(
        "--accept",
        metavar="REASON",
        help="Let versions pass that break table rules; the reason is noted beside each broken rule.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Plain JSON on standard output, and nothing else there.")]
WithPii = Annotated[bool, typer.Option("--with-pii", help="Show personal values; they are masked otherwise.")]


class Decimal(str, Enum):
    """The decimal mark of text."""

    POINT = "."
    COMMA = ","


DecimalMark = Annotated[
    Decimal | None,
    typer.Option(
        "--decimal",
        metavar=".|,",
        help="Decimal mark of numbers that are text. Default: found out.",
        show_default=False,
    ),
]
