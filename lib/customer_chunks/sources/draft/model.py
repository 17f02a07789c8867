"""What the drafting of a mapping passes from hand to hand: samples, guesses and the draft.

Standard library only; a sample is text, as bronze will hold it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

MAX_ROWS = 20_000
MAX_BYTES = 8_000_000
NULL_MARKERS = (
    "NULL",
    "null",
    "N/A",
    "n/a",
    "NA",
    "#N/A",
    "\\N",
    "-",
    "--",
    "None",
    "nan",
    "NaN",
    "(null)",
    "?",
)


@dataclass
class Sample:
    """Rows of one kind of file as text, and how the text is to be read.

    ``layout`` holds the mapping's own keys (``format``, ``delimiter``, ...); ``notes``
    are comments for these keys; ``warnings`` are sentences for the reader of the draft.
    """

    path: Path
    columns: list[str]
    rows: list[list[str]]
    layout: dict[str, object] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    named: bool = True
    types: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    renamed: bool = False
    spans: list[tuple[int, int]] = field(default_factory=list)

    def values(self, position: int) -> list[str]:
        """Return one column, trimmed; rows that are too short give empty text."""
        return [row[position].strip() if position < len(row) else "" for row in self.rows]


@dataclass
class Guess:
    """What one column is taken to be.

    ``entity`` and ``field`` are None for a column that stays unmapped; ``also`` names
    further fields that the column fills; ``alternatives`` are fields that came next.
    """

    feed: str
    column: str
    type: str
    role: str
    entity: str | None
    field: str | None
    confidence: float
    why: str
    alternatives: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass
class Draft:
    """A mapping to be read by a person before it is used."""

    source: str
    yaml: str
    columns: list[Guess]
