"""A source mapping: which files a company has and what their columns mean.

YAML file -> ``SourceMapping``. Nothing is read from the files themselves here; the
names of columns are checked when the mapping meets the data.
"""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from customer_chunks.config.document import Node, read_document
from customer_chunks.config.mapping_checks import check_source, check_together
from customer_chunks.config.source_mapping import (
    SHARED,
    EntityMapping,
    Feed,
    FieldMapping,
    FileLayout,
    SourceMapping,
)
from customer_chunks.contracts.entities import ENTITIES, Entity, Kind
from customer_chunks.errors import ConfigError, did_you_mean

__all__ = [
    "SHARED",
    "EntityMapping",
    "Feed",
    "FieldMapping",
    "FileLayout",
    "SourceMapping",
    "guess_format",
    "read_mapping",
    "read_mappings",
]
FORMATS = ("csv", "tsv", "json", "jsonl", "parquet", "excel", "fixed_width")
_LONGEST_DELIMITER = 5  # such as ~|~
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SPAN = re.compile(r"\s*(\d+)\s*-\s*(\d+)\s*")


def read_mapping(path: Path, folder: Path | None = None) -> SourceMapping:
    """Read one mapping file.

    Args:
        path: The file.
        folder: Where its relative paths begin; beside the file by default.

    Raises:
        ConfigError: a key is unknown, missing or has a value that cannot be meant.
    """
    root = read_document(path)
    name = root.needed("source")
    if not _NAME.fullmatch(name):
        raise root.fail(
            f"source '{name}' is not a table name.", "Use lower-case letters, digits and underscores."
        )
    zone = root.text("time_zone", "UTC") or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise root.fail(f"time_zone '{zone}' is unknown.", "Use an IANA name such as Europe/Paris.") from None
    currency = _currency(root)
    namespace = root.text("namespace")
    if namespace is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", namespace):
        raise root.fail(
            f"namespace '{namespace}' may hold letters, digits, - and _ only.", "Choose a short word."
        )
    feeds_node = root.node("feeds", required=True)
    begin = path.parent if folder is None else folder
    feeds = tuple(_feed(name, key, feeds_node.node(key), begin) for key in feeds_node.names())
    root.done()
    if not feeds:
        raise root.fail("'feeds' is empty.", "Describe at least one kind of file.")
    mapping = SourceMapping(name, feeds, namespace, zone, currency, str(path))
    check_source(mapping)
    return mapping


_NO_MAPPINGS = {"settings", "targets"}


def read_mappings(path: Path) -> tuple[SourceMapping, ...]:
    """Read a mapping file, or every ``*.yml`` and ``*.yaml`` of a folder, and check them together.

    A folder's settings.yml and targets.yml are no mappings and passed over.

    Raises:
        ConfigError: no mapping is found, or two sources would mix their ids without saying so.
    """
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.suffix in {".yml", ".yaml"} and p.is_file())
        files = [p for p in found if p.stem not in _NO_MAPPINGS]
        if not files:
            raise ConfigError(
                f"{path}: holds no mapping (*.yml).", "Write one with `chunks source init PATH`."
            )
    else:
        files = [path]
    mappings = tuple(read_mapping(file) for file in files)
    names = [m.name for m in mappings]
    for mapping in mappings:
        if names.count(mapping.name) > 1:
            raise ConfigError(
                f"{mapping.where}: source '{mapping.name}' is declared twice.", "Rename one of them."
            )
    check_together(mappings)
    return mappings


def _currency(root: Node) -> str | None:
    currency = root.text("currency")
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", currency):
        raise root.fail(f"currency '{currency}' is no ISO 4217 code.", "Use three capitals such as EUR.")
    return currency


def _feed(source: str, name: str, node: Node, folder: Path) -> Feed:
    if not _NAME.fullmatch(name):
        raise node.fail(
            f"feed '{name}' is not a table name.", "Use lower-case letters, digits and underscores."
        )
    paths = node.texts("path")
    if not paths:
        raise node.fail("'path' is missing.", "Name a file, a folder or a glob.")
    located = tuple(p if "://" in p or Path(p).is_absolute() else str(folder / p) for p in paths)
    layout = _layout(node, located[0])
    entities_node = node.node("entities", required=True)
    for key in entities_node.names():
        if key not in ENTITIES:
            raise entities_node.fail(f"unknown entity '{key}'.", did_you_mean(key, ENTITIES))
    feed = Feed(
        source=source,
        name=name,
        paths=located,
        layout=layout,
        entities=tuple(_entity(ENTITIES[key], entities_node.node(key)) for key in entities_node.names()),
        null_values=node.texts("null_values", ("",)),
        changed_files=str(node.choice("changed_files", ("stop", "replace", "append"), "stop")),
        exclude=tuple(node.dictionary("exclude").items()),
        duplicates=str(node.choice("duplicates", ("drop", "keep"), "drop")),
        orders=node.choice("orders", ("each_row", "customer_day")),
        where=node.where,
    )
    node.done()
    return feed


def _layout(node: Node, first_path: str) -> FileLayout:
    guessed = guess_format(first_path)
    fmt = node.choice("format", FORMATS, guessed)
    if fmt is None:
        raise node.fail(
            "'format' is missing and the path does not tell it.", f"Choose one of {', '.join(FORMATS)}."
        )
    columns, spans = _columns(node, fmt)
    encoding = node.text("encoding", "utf-8") or "utf-8"
    try:
        "".encode(encoding)
    except LookupError:
        raise node.fail(
            f"encoding '{encoding}' is unknown.", "Common ones: utf-8, latin-1, windows-1252."
        ) from None
    quote = _one_character(node, "quote", '"')
    return FileLayout(
        format=fmt,
        delimiter=_delimiter(node, fmt),
        quote=quote,
        escape=_one_character(node, "escape", quote),
        has_header=node.flag("header", default=fmt != "fixed_width"),
        multi_line=node.flag("multi_line", default=False),
        encoding=encoding,
        skip_rows=node.integer("skip_rows", 0) or 0,
        sheets=node.texts("sheet"),
        columns=columns,
        spans=spans,
        explode=node.text("explode"),
    )


def _delimiter(node: Node, fmt: str) -> str:
    value = node.text("delimiter", "\t" if fmt == "tsv" else ",") or ","
    value = {"\\t": "\t", "tab": "\t", "\\|": "|"}.get(value, value)
    if len(value) > _LONGEST_DELIMITER or "\n" in value or "\r" in value:
        raise node.fail(
            f"delimiter '{value}' cannot be meant.", "Use one to five characters, or \\t for a tab."
        )
    return value


def _one_character(node: Node, key: str, default: str) -> str:
    value = node.text(key, default) or ""
    if len(value) > 1:
        raise node.fail(f"'{key}' is '{value}'.", "Give one character, or an empty text for none.")
    return value


def _columns(node: Node, fmt: str) -> tuple[tuple[str, ...], tuple[tuple[str, int, int], ...]]:
    if fmt != "fixed_width":
        return node.texts("columns"), ()
    spans = []
    for name, span in node.dictionary("columns").items():
        found = _SPAN.fullmatch(span)
        if not found or int(found[1]) < 1 or int(found[2]) < int(found[1]):
            raise node.fail(
                f"columns.{name} is '{span}'.", "Give the first and last character, from 1, such as 1-6."
            )
        spans.append((name, int(found[1]), int(found[2])))
    if not spans:
        raise node.fail(
            "'columns' is missing.", "Give each column's first and last character, such as `id: 1-6`."
        )
    return tuple(name for name, _, _ in spans), tuple(spans)


def guess_format(path: str) -> str | None:
    """Return the format that the file name points at, or None."""
    name = Path(path).name.lower()
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    endings = {
        ".csv": "csv", ".txt": None, ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl",
        ".ndjson": "jsonl", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "excel", ".xls": "excel",
        ".xlsm": "excel", ".xlsb": "excel", ".ods": "excel",
    }  # fmt: skip
    return next((fmt for ending, fmt in endings.items() if name.endswith(ending)), None)


def _entity(entity: Entity, node: Node) -> EntityMapping:
    fields = []
    for key in node.names():
        if key not in entity.field_names:
            raise node.fail(f"unknown field '{key}' of {entity.name}.", did_you_mean(key, entity.field_names))
        fields.append((key, _field(entity.field(key).kind, key, node)))
    given = {name for name, _ in fields}
    for field in entity.fields:
        if field.required and field.name not in given:
            raise node.fail(f"{entity.name} needs '{field.name}' ({field.meaning}).", "Map it.")
    return EntityMapping(entity, tuple(fields), node.where)


def _field(kind: Kind, key: str, node: Node) -> FieldMapping:
    value = node.raw(key)
    if isinstance(value, str):
        if not value.strip():
            raise node.fail(f"'{key}' is empty.", "Name a column or an expression, or leave the field out.")
        return FieldMapping(value)
    if isinstance(value, list):
        raise node.fail(f"'{key}' is a list.", "Name one column or expression.")
    inner = node.node(key)
    if key == "line_kind" and not any(inner.has(word) for word in ("column", "expr", "value")):
        return FieldMapping(_kinds_by_rule(inner))
    ways = [way for way in ("column", "expr", "value") if inner.has(way)]
    if len(ways) != 1:
        raise inner.fail(f"needs one of column, expr and value, got {len(ways)}.", "Keep one.")
    field = FieldMapping(
        expression=_as_expression(ways[0], inner),
        is_constant=ways[0] == "value",
        formats=inner.texts("format"),
        decimal=str(inner.choice("decimal", (".", ","), ".")),
        thousands=inner.text("thousands", "") or "",
        values=tuple(inner.dictionary("values").items()),
        default=inner.text("default"),
    )
    inner.done()
    if field.formats and kind not in {Kind.INSTANT, Kind.DAY}:
        raise inner.fail("'format' is for dates and times only.", "Use decimal and thousands for numbers.")
    return field


def _as_expression(way: str, inner: Node) -> str:
    text = inner.needed(way)
    return f"`{text}`" if way == "column" and not text.startswith("`") else text


def _kinds_by_rule(inner: Node) -> str:
    """Turn ``{charge: RULE, adjustment: RULE}`` into one expression; the first rule that holds wins."""
    kinds = ("charge", "adjustment", "product")
    branches = []
    for kind in inner.names():
        if kind not in kinds:
            raise inner.fail(f"unknown line kind '{kind}'.", did_you_mean(kind, kinds))
        branches.append(f"WHEN {inner.needed(kind)} THEN '{kind}'")
    return f"CASE {' '.join(branches)} ELSE 'product' END"
