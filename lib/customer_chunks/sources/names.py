"""Column names as files bring them, and the names that tables can store.

A header's cells enter, a checked tuple of names leaves; nothing else is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pyspark.sql import types as T

from customer_chunks.columns.naming import HOUSE, goes_along
from customer_chunks.errors import SourceError

PATH, POSITION, RESCUED = "_path", "_position", "_rescued"
RESERVED = (PATH, POSITION, RESCUED, "_source", "_delivery", "_ingested_at", "_subject_key")
# Delta refuses space , ; { } ( ) newline tab and =; a dot and a backtick need quotes in every expression.
_FORBIDDEN = r"\s,;{}()=.`"
_REMEDY = "Give every column its own name with `columns:` in the feed."


def storage_name(header: str) -> str:
    """Return the name under which a table stores a column, for example ``Unit Price`` -> ``Unit_Price``.

    Letters of every language are kept; each run of forbidden characters becomes one ``_``,
    and those at either end vanish. The result depends on the header alone.
    """
    kept = re.sub(f"^[{_FORBIDDEN}]+|[{_FORBIDDEN}]+$", "", unicodedata.normalize("NFC", header))
    return re.sub(f"[{_FORBIDDEN}]+", "_", kept) or "_"


def storage_key(header: str) -> str:
    """Return what two headers share when no table could hold both: the storage name without case."""
    return storage_name(header).casefold()


def storage_type(kind: T.DataType) -> T.DataType:
    """Return the type with storable names at every depth; a value can be cast to it as it is.

    A type without values is text: a table has no column of no type.
    """
    if isinstance(kind, T.NullType):
        return T.StringType()
    if isinstance(kind, T.StructType):
        return T.StructType(
            [T.StructField(storage_name(f.name), storage_type(f.dataType)) for f in kind.fields]
        )
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(storage_type(kind.elementType), kind.containsNull)
    if isinstance(kind, T.MapType):
        return T.MapType(storage_type(kind.keyType), storage_type(kind.valueType), kind.valueContainsNull)
    return kind


def placeholder(number: int) -> str:
    """Return the name of the nameless column at this place, counted from 1."""
    return f"_c{number}"


def names_of(cells: Sequence[str], declared: Sequence[str], path: str) -> tuple[str, ...]:
    """Return the column names of a file: the declared ones, or its header's cells.

    Args:
        cells: What stands in the header line (or in the first row, made empty, when there is no header).
        declared: ``columns:`` of the feed; they replace the header's names one by one.
        path: The file, for messages.

    Raises:
        SourceError: the counts differ, or two names are equal (also but for case or forbidden characters).
    """
    if declared and cells and len(declared) != len(cells):
        raise SourceError(
            f"{path}: has {len(cells)} columns, `columns:` names {len(declared)}.",
            "Name each of the columns once.",
        )
    given = declared or cells
    names = tuple(cell if cell.strip() else placeholder(n) for n, cell in enumerate(given, start=1))
    check_names(names, path)
    return names


def is_reserved(name: str) -> bool:
    """Return whether a column name is taken by the house."""
    key = storage_key(name)
    return key in RESERVED or goes_along(key) or key.startswith(HOUSE)


def check_names(names: Sequence[str], path: str) -> None:
    """Raise SourceError when two names could not live in one table, or a name is taken by the house."""
    seen: dict[str, str] = {}
    for name in names:
        key = storage_key(name)
        if is_reserved(name):
            raise SourceError(f"{path}: the column name '{name}' is reserved.", _REMEDY)
        if key not in seen:
            seen[key] = name
        elif seen[key] == name:
            raise SourceError(f"{path}: has two columns named '{name}'.", _REMEDY)
        else:
            raise SourceError(
                f"{path}: the column names '{seen[key]}' and '{name}' are too much alike.", _REMEDY
            )
