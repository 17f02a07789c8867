"""What a source mapping is: frozen descriptions of files, feeds and fields."""

from __future__ import annotations

from dataclasses import dataclass

from customer_chunks.contracts.entities import Entity

SHARED = "shared"


@dataclass(frozen=True)
class FieldMapping:
    """How one field is filled: from ``expression`` (a column name or Spark SQL), or a constant."""

    expression: str
    is_constant: bool = False
    formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    values: tuple[tuple[str, str], ...] = ()
    default: str | None = None


@dataclass(frozen=True)
class EntityMapping:
    """How the rows of a feed become one entity."""

    entity: Entity
    fields: tuple[tuple[str, FieldMapping], ...]
    where: str

    def has(self, field: str) -> bool:
        """Return whether the mapping fills the field."""
        return any(name == field for name, _ in self.fields)


@dataclass(frozen=True)
class FileLayout:
    """How the text of a feed's files is to be read."""

    format: str
    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    has_header: bool = True
    multi_line: bool = False
    encoding: str = "utf-8"
    skip_rows: int = 0
    sheets: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    spans: tuple[tuple[str, int, int], ...] = ()
    explode: str | None = None


@dataclass(frozen=True)
class Feed:
    """One kind of file of a source; its rows land in bronze.``source``_``name``."""

    source: str
    name: str
    paths: tuple[str, ...]
    layout: FileLayout
    entities: tuple[EntityMapping, ...]
    null_values: tuple[str, ...] = ("",)
    changed_files: str = "stop"
    exclude: tuple[tuple[str, str], ...] = ()
    duplicates: str = "drop"
    orders: str | None = None
    where: str = ""

    @property
    def table(self) -> str:
        """Return the full name of the bronze table."""
        return f"bronze.{self.source}_{self.name}"

    def entity(self, name: str) -> EntityMapping | None:
        """Return how the feed fills the entity, or None when it does not."""
        return next((e for e in self.entities if e.entity.name == name), None)


@dataclass(frozen=True)
class SourceMapping:
    """One source system of a company."""

    name: str
    feeds: tuple[Feed, ...]
    namespace: str | None
    time_zone: str
    currency: str | None
    where: str

    @property
    def prefix(self) -> str:
        """Return what stands before the ids of this source: empty, or ``namespace:``."""
        return f"{self.namespace}:" if self.namespace and self.namespace != SHARED else ""

    def feeds_with(self, *entities: str) -> tuple[Feed, ...]:
        """Return the feeds that fill one of the entities."""
        return tuple(f for f in self.feeds if any(f.entity(name) for name in entities))
