"""Facts -> what a terminal or another program reads.

Results go to standard output, progress and errors to standard error. Nothing from the
data is taken for markup or for a terminal's control characters.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from customer_chunks.errors import CustomerChunksError

if TYPE_CHECKING:
    from rich.console import Console

MASK = "•••"
_wishes = {"debug": False}
_WIDE = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_CELL = 300


def console(*, is_error: bool = False) -> Console:
    """Return a console for standard output or error; wide, plain and uncoloured where nobody looks."""
    from rich.console import Console  # noqa: PLC0415 - a quarter of the start of `chunks --help`

    stream = sys.stderr if is_error else sys.stdout
    # What goes into a file or another program is whole, however narrow the terminal that began it.
    wide = None if stream.isatty() else max(int(os.environ.get("COLUMNS") or 0), _WIDE)
    return Console(file=stream, markup=False, highlight=False, emoji=False, width=wide)


def is_terminal() -> bool:
    """Return whether a person watches standard error, where progress goes."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def say(text: str, *, style: str = "") -> None:
    """Print a line of the result."""
    console().print(text, style=style, soft_wrap=True)


def note(text: str, *, style: str = "") -> None:
    """Print a line that is no part of the result."""
    console(is_error=True).print(text, style=style, soft_wrap=True)


def tell(error: CustomerChunksError) -> None:
    """Tell what is wrong and what to do about it; where debugging is asked for, the traceback too."""
    note(f"Error: {error.what}", style="red")
    if error.remedy:
        note(f"What to do: {error.remedy}")
    if is_debugging():
        traceback.print_exception(error)


def is_debugging() -> bool:
    """Return whether tracebacks are wanted; they may hold values of the data."""
    return _wishes["debug"]


def set_debugging(wanted: bool) -> None:
    """Say whether tracebacks are wanted."""
    _wishes["debug"] = wanted


def emit(data: Any) -> None:
    """Print plain JSON and nothing else."""
    text = json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(text + "\n")


def plain(value: Any) -> Any:
    """Return the value in JSON's words: a decimal as a number where no digit is lost, else as text."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return _instant(value) if isinstance(value, datetime) else str(value)


def _number(value: Decimal) -> Any:
    if not value.is_finite():
        return None
    if value == value.to_integral_value():
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


def _instant(value: datetime) -> str:
    """Return an instant as ISO 8601; one without a zone is UTC, as everything that the house stores."""
    zoned = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
    return zoned.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def cell(value: Any) -> str:
    """Return a value as one line of a table."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, datetime):
        return _instant(value)[:19].replace("T", " ")
    if isinstance(value, Decimal):
        return _trimmed(value)
    if isinstance(value, Mapping | list | tuple):
        value = json.dumps(plain(value), ensure_ascii=False)
    text = _CONTROL.sub("·", str(value).replace("\n", " ").replace("\t", " "))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _trimmed(value: Decimal) -> str:
    """Return a decimal with two places, or as many as it needs."""
    text = f"{value:f}"
    if "." not in text:
        return text
    whole, _, part = text.partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def grid(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    title: str = "",
    right: Iterable[str] = (),
    is_aside: bool = False,
) -> None:
    """Print a table; the columns named in ``right`` hold numbers; an aside is no part of the result."""
    from rich import box  # noqa: PLC0415 - see console
    from rich.table import Table  # noqa: PLC0415 - see console
    from rich.text import Text  # noqa: PLC0415 - see console

    numbers = set(right)
    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(Text(name), justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        shown = [_figure(v) if n in numbers else cell(v) for n, v in zip(columns, row, strict=True)]
        table.add_row(*[Text(text) for text in shown])
    console(is_error=is_aside).print(table)


def _figure(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float | Decimal) else cell(value)


def size(number: int | None) -> str:
    """Return bytes in the unit that people read."""
    if number is None:
        return ""
    amount = float(number)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - decimal units
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def looks_personal(text: str) -> bool:
    """Return whether a text is an e-mail address, wherever it stands."""
    return "@" in text and "." in text.rsplit("@", 1)[1]


def masked(value: Any, *, is_personal: bool) -> Any:
    """Return the value, or a mask where it tells who somebody is."""
    if value is None:
        return None
    return MASK if is_personal or looks_personal(str(value)) else value
