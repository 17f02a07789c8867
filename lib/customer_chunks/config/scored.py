"""Gold tables that any registered MLflow model fills: the list ``scored`` of conf/settings.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass

from customer_chunks.config.document import Node
from customer_chunks.contracts import TABLES
from customer_chunks.contracts.gold_models import AS_OF
from customer_chunks.contracts.table import HASH, Col, Table
from customer_chunks.errors import did_you_mean

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_TYPES = ("double", "float", "int", "bigint", "string", "boolean")
_OURS = ("as_of", "model_version", "_row_hash")


@dataclass(frozen=True)
class Scored:
    """One table and the model that fills it.

    Attributes:
        table: Its name in gold.
        model: Address of the model: ``models:/churn@champion``, ``models:/churn/3``.
        source: Full name of the table that is scored, with one row per key.
        key: Its key, one column or several.
        columns: What the model is given: name -> SQL over the source.
        outputs: What it returns: name -> type, in the order in which it returns them.
        where: SQL over the source: which rows are scored; empty: all.
        uri: Of the tracking server; empty: where runs publish to, see ``TrackingSettings``.
    """

    table: str
    model: str
    source: str
    key: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    where: str = ""
    uri: str = ""

    def contract(self) -> Table:
        """Return the contract of the table."""
        types = TABLES[self.source].types
        keys = [Col(name, types[name], f"of {self.source}", required=True) for name in self.key]
        told = [Col(name, kind, f"as {self.model} says") for name, kind in self.outputs]
        version = Col("model_version", "string", "the model's version in MLflow", required=True)
        columns = (*keys, AS_OF, *told, version, HASH)
        grain = f"one row of {self.source}, scored by {self.model}"
        return Table("gold", self.table, grain, self.key, columns, stats_on=self.key, is_optional=True)


def read_scored(nodes: list[Node]) -> tuple[Scored, ...]:
    """Read the list; a name comes once, and is none of our tables.

    Raises:
        ConfigError: a key is unknown, or a value cannot be meant.
    """
    found: dict[str, Scored] = {}
    for node in nodes:
        one = _scored(node)
        if one.table in found or f"gold.{one.table}" in TABLES:
            raise node.fail(f"gold.{one.table} is there already.", "Give the table another name.")
        found[one.table] = one
    return tuple(found.values())


def _scored(node: Node) -> Scored:
    table, source = node.needed("table"), node.needed("source")
    if not _NAME.match(table):
        raise node.fail(f"'{table}' is no name.", "Use small letters, digits and _.")
    if source not in TABLES:
        raise node.fail(f"there is no table '{source}'.", did_you_mean(source, TABLES))
    one = Scored(
        table=table,
        model=node.needed("model"),
        source=source,
        key=node.texts("key") or TABLES[source].key,
        columns=tuple(node.dictionary("columns").items()),
        outputs=tuple(node.dictionary("outputs").items()),
        where=node.text("where", "") or "",
        uri=node.text("uri", "") or "",
    )
    node.done()
    _check(node, one)
    return one


def _check(node: Node, one: Scored) -> None:
    types = TABLES[one.source].types
    for name in one.key:
        if name not in types:
            raise node.fail(f"{one.source} has no column '{name}'.", did_you_mean(name, types))
    if not one.columns or not one.outputs:
        raise node.fail("'columns' and 'outputs' say what goes in and what comes out.", "Name one of each.")
    for name, kind in one.outputs:
        if kind not in _TYPES:
            raise node.fail(f"output '{name}' cannot be '{kind}'.", f"Types: {', '.join(_TYPES)}.")
        if name in (*one.key, *_OURS) or not _NAME.match(name):
            raise node.fail(f"an output cannot be called '{name}'.", "Give it another name.")
