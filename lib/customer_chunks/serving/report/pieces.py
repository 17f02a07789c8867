"""The building blocks of the page: pictures with their legends, tables, and headline numbers."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_TABLE = 1_000


@dataclass(frozen=True)
class Column:
    """A column of a printed table; numbers stand right."""

    label: str
    is_number: bool = True


@dataclass(frozen=True)
class Grid:
    """A printed table; every cell is finished text."""

    summary: str
    columns: tuple[Column, ...]
    rows: list[list[str]]

    @property
    def shown(self) -> list[list[str]]:
        """Return the rows that the page holds."""
        return self.rows[:LONGEST_TABLE]

    @property
    def hidden_count(self) -> int:
        """Return how many rows the page leaves out."""
        return max(len(self.rows) - LONGEST_TABLE, 0)


@dataclass(frozen=True)
class Key:
    """One entry of a legend."""

    colour: str
    label: str
    shape: str = "area"


@dataclass(frozen=True)
class Picture:
    """A drawing with everything that is needed to do without it.

    Attributes:
        title: What is shown, with its unit.
        alt: The same in words, with the main numbers.
        wide: SVG for a desk; empty where there is nothing to draw.
        narrow: SVG for a telephone; empty where ``wide`` serves both.
        keys: The legend.
        note: What to know when reading it.
        table: The numbers.
        scale: Lowest and highest label of a colour scale, or nothing.
        is_paper: It has colours of its own, made for white paper.
    """

    title: str
    alt: str
    wide: str
    table: Grid
    narrow: str = ""
    keys: tuple[Key, ...] = ()
    note: str = ""
    scale: tuple[str, str] | None = None
    is_paper: bool = False


@dataclass(frozen=True)
class Tile:
    """A headline number."""

    label: str
    value: str
    note: str = ""
