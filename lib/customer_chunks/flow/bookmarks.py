"""What a step consumed: written into its main table's commit, read from nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import customer_chunks
from customer_chunks.config.mapping import SourceMapping
from customer_chunks.flow.step import Now, Step
from customer_chunks.storage.warehouse import Warehouse


@dataclass(frozen=True)
class Bookmark:
    """Table id and version consumed of each input, newest delivery of bronze inputs, and a fingerprint.

    ``champions``: by model that the step scores with, which version that was; empty where there was none.
    ``replayed``: the fingerprint of a replay since, which tried some rows again; empty where there was none.
    """

    inputs: Mapping[str, tuple[str, int]]
    fingerprint: str
    deliveries: Mapping[str, int] = field(default_factory=dict)
    champions: Mapping[str, str] = field(default_factory=dict)
    replayed: str = ""


def read_bookmark(warehouse: Warehouse, step: Step) -> Bookmark | None:
    """Return where the step stands, or None when it never committed."""
    last = warehouse.last_commit(step.main)
    noted = last.notes.get("steps", {}).get(step.name) if last else None
    if noted is None:
        return None
    inputs = {table: (str(pair[0]), int(pair[1])) for table, pair in noted["inputs"].items()}
    rest = noted.get("deliveries", {}), noted.get("champions", {}), noted.get("replayed", "")
    return Bookmark(inputs, noted["fingerprint"], *rest)


def with_bookmark(
    warehouse: Warehouse, step: Step, bookmark: Bookmark, extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the notes for the step's commit: its bookmark, and those of the other steps of the table."""
    last = warehouse.last_commit(step.main)
    notes = last.said if last else {}
    mine = {
        "inputs": {table: list(pair) for table, pair in bookmark.inputs.items()},
        "fingerprint": bookmark.fingerprint,
        "deliveries": dict(bookmark.deliveries),
        "champions": dict(bookmark.champions),
        **({"replayed": bookmark.replayed} if bookmark.replayed else {}),
        **extra,
    }
    return {**notes, "steps": {**notes.get("steps", {}), step.name: mine}}


def fingerprint(step: Step, now: Now) -> str:
    """Return a hash of all that the step's rows depend on besides its inputs: mapping, settings, code, D."""
    settings = {name: repr(getattr(now.settings, name)) for name in ("reporting_time_zone", *step.settings)}
    parts = (
        customer_chunks.__version__,
        step.fingerprint,
        sorted(settings.items()),
        step.day_part(now.as_of),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def mapping_fingerprint(source: SourceMapping, *entities: str) -> str:
    """Return as text what of the mapping the rows of these entities depend on."""
    parts = [
        (
            f.name,
            f.null_values,
            f.exclude,
            f.duplicates,
            f.orders,
            [e.fields for e in f.entities if e.entity.name in entities],
        )
        for f in source.feeds_with(*entities)
    ]
    return repr((source.namespace, source.time_zone, source.currency, parts))
