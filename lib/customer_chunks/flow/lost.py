"""Columns that a mapping reads and that newly arrived files no longer have: refused, never null in silence.

Headers, the raw rows' schema and the bronze table as it stands enter; a SourceError, or the columns
that are missing without harm, leave. Expressions are analysed by Spark on frames without rows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pyspark.sql import DataFrame
from pyspark.sql import types as T

from customer_chunks.columns.used import as_sql, can_be_meant, is_read
from customer_chunks.config.mapping import Feed
from customer_chunks.errors import SourceError
from customer_chunks.sources.inspect import other_delimiter
from customer_chunks.sources.names import storage_key

# Whoever writes one of these has said what an absent value means.
_ALTERNATIVES = re.compile(r"\b(coalesce|ifnull|nvl2?)\s*\(", re.IGNORECASE)
_PLAIN = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Seen:
    """What one file, or the records of several, bring: who they are, and a frame of their columns."""

    label: str
    columns: DataFrame
    is_certain: bool = True
    """Whether a column that is not here is gone; JSON leaves out the keys of empty values."""


@dataclass(frozen=True)
class _Reader:
    field: str
    text: str
    sql: str


def empty_like(frame: DataFrame, fields: Sequence[T.StructField]) -> DataFrame:
    """Return a frame of these columns without rows, on the session of another."""
    return frame.sparkSession.createDataFrame([], T.StructType(list(fields)))


def refuse_lost(feed: Feed, seen: Seen, known: DataFrame, held: DataFrame | None) -> tuple[str, ...]:
    """Refuse files without a column that the mapping reads; return expressions that are absent in JSON.

    A field with ``default:`` needs no column; of the columns inside a ``coalesce`` one is enough.

    Args:
        feed: The feed.
        seen: What the files bring.
        known: A frame without rows: every column that the table has and the files bring.
        held: The bronze table under its outside names, None where there is none yet.

    Raises:
        SourceError: a column is not there, with what is there instead.
    """
    readers = [r for r in _readers(feed, known) if can_be_meant(known, [r.sql])]
    if can_be_meant(seen.columns, [r.sql for r in readers]) and (readers or not feed.entities):
        return ()
    lost = [(r, names) for r in readers if (names := _lost(r, seen.columns, known))]
    if not seen.is_certain and held is not None:
        absent = [r for r, _ in lost if not _always_filled(held, r)]
        lost = [(r, names) for r, names in lost if r not in absent]
        if not lost:
            return tuple(dict.fromkeys(r.text for r in absent))
    parted_by = other_delimiter(seen.columns.columns, feed.layout, _names_wanted(feed, known))
    if lost or (parted_by and not readers):
        raise _error(feed, seen, lost, known, parted_by, is_all=len(lost) == len(readers))
    return ()


def _readers(feed: Feed, known: DataFrame) -> list[_Reader]:
    fields = [(n, f.expression) for e in feed.entities for n, f in e.fields
              if not f.is_constant and f.default is None]  # fmt: skip
    found = [*fields, *[(f"exclude.{name}", rule) for name, rule in feed.exclude]]
    return [_Reader(name, text, as_sql(text, known.columns)) for name, text in found]


def _names_wanted(feed: Feed, known: DataFrame) -> set[str]:
    bare = {f.expression for e in feed.entities for _, f in e.fields if not f.is_constant}
    return {name.strip("` ").casefold() for name in (*bare, *known.columns)}


def _lost(reader: _Reader, here: DataFrame, known: DataFrame) -> list[str]:
    """Return the columns that the expression reads and that are not here."""
    if can_be_meant(here, [reader.sql]):
        return []
    used = [c for c in known.columns if is_read(known, c, [reader.sql])]
    lost = [c for c in used if c not in here.columns]
    if _ALTERNATIVES.search(reader.text):
        return lost if len(used) > 1 and len(lost) == len(used) else []
    return lost or [reader.text]  # a field within a column


def _always_filled(held: DataFrame, reader: _Reader) -> bool:
    """Return whether every row before had a value there; the first that had none ends the search."""
    return held.where(f"({reader.sql}) is null and _rescued is null").isEmpty()


def _error(
    feed: Feed,
    seen: Seen,
    lost: Sequence[tuple[_Reader, list[str]]],
    known: DataFrame,
    parted_by: str | None,
    *,
    is_all: bool,
) -> SourceError:
    if parted_by:
        shown = "\\t" if parted_by == "\t" else parted_by
        return SourceError(
            f"{seen.label}: its columns are parted by '{shown}', not by '{feed.layout.delimiter}'.",
            f'Set `delimiter: "{shown}"` in the feed, or give such files a feed of their own.',
        )
    names = list(dict.fromkeys(name for _, columns in lost for name in columns))
    fields = list(dict.fromkeys(reader.field for reader, _ in lost))
    word = "column" if len(names) == 1 else "columns"
    what = f"{seen.label}: has no {word} {_listed(names)}, which the mapping reads for {', '.join(fields)}."
    if is_all:
        return SourceError(
            what,
            f"It has another header ({_listed(seen.columns.columns)}): keep it out of `path:`, "
            "or give it a feed of its own.",
        )
    return SourceError(what, _remedy(lost[0][0], names, _new_columns(seen, held=known, feed=feed)))


def _new_columns(seen: Seen, *, held: DataFrame, feed: Feed) -> list[str]:
    """Return the columns here that no field reads: one of them may be the lost one under another name."""
    readers = [r.sql for r in _readers(feed, held) if can_be_meant(held, [r.sql])]
    return [c for c in seen.columns.columns if not is_read(held, c, readers)]


def _remedy(reader: _Reader, names: Sequence[str], unread: Collection[str]) -> str:
    old = names[0]
    folded = {storage_key(c): c for c in unread}
    near = get_close_matches(storage_key(old), folded, n=1, cutoff=0.6)
    name = folded[near[0]] if near else (next(iter(unread)) if len(unread) == 1 else None)
    if name is not None:
        return (
            f"It has '{name}', which no field reads: if that is its new name, "
            f"read both with `coalesce({_written(old)}, {_written(name)})` for {reader.field}."
        )
    return (
        f"Export it with {_listed(names)}, or give it a feed of its own; "
        f"where files may lack it, map `{reader.field}: coalesce({_written(old)}, '')`."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _written(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else f"`{name}`"
