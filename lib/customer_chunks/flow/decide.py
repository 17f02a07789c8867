"""Is a step stale, and how much of it has to be computed?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from customer_chunks.flow.bookmarks import Bookmark, fingerprint, read_bookmark
from customer_chunks.flow.step import Now, OnChange, Refresh, Step
from customer_chunks.storage.warehouse import Warehouse


class Extent(Enum):
    """How much of a step's output is computed."""

    NOTHING = "nothing"
    KEYS = "keys"
    ALL = "all"


@dataclass(frozen=True)
class Decision:
    """What will be done with a step, why, and from which versions to which."""

    extent: Extent
    why: str
    seen: Bookmark | None = None
    until: Bookmark = field(default_factory=lambda: Bookmark({}, ""))
    changed: tuple[str, ...] = ()


def decide(warehouse: Warehouse, step: Step, now: Now, *, forced: bool = False) -> Decision:
    """Compare the step's bookmark with its inputs as they are.

    Args:
        warehouse: Where the tables lie.
        step: The step; its input tables exist.
        now: Settings and D.
        forced: The user asked for all of it.
    """
    seen = read_bookmark(warehouse, step)
    until = Bookmark(_versions(warehouse, step), fingerprint(step, now), _deliveries(warehouse, step))
    if forced:
        return Decision(Extent.ALL, "asked for", seen, until)
    if seen is None:
        return Decision(Extent.ALL, "never computed", seen, until)
    if seen.fingerprint != until.fingerprint:
        return Decision(Extent.ALL, "mapping, settings, code or as-of day changed", seen, until)
    if set(seen.inputs) != set(until.inputs):
        return Decision(Extent.ALL, "it reads other tables than before", seen, until)
    remade = [
        t for t, (table_id, version) in until.inputs.items() if _is_remade(seen.inputs[t], table_id, version)
    ]
    if remade:
        return Decision(Extent.ALL, f"{', '.join(remade)} was made anew", seen, until)
    changed = tuple(t for t, pair in until.inputs.items() if pair != seen.inputs[t])
    if not changed:
        return Decision(Extent.NOTHING, "nothing is new", seen, until)
    named = f"{', '.join(changed)} changed"
    inputs = {i.table: i for i in step.inputs.values()}
    by_full = [t for t in changed if inputs[t].on_change is OnChange.FULL]
    if by_full or step.refresh is Refresh.WHOLE:
        return Decision(Extent.ALL, named, seen, until, changed)
    return Decision(Extent.KEYS, named, seen, until, changed)


def _versions(warehouse: Warehouse, step: Step) -> dict[str, tuple[str, int]]:
    found = {}
    for wanted in step.inputs.values():
        commit = warehouse.last_commit(wanted.table)
        if commit is not None:
            found[wanted.table] = (commit.table_id, commit.rows_changed_in)
    return found


def _deliveries(warehouse: Warehouse, step: Step) -> dict[str, int]:
    found = {}
    for wanted in step.inputs.values():
        commit = warehouse.last_commit(wanted.table)
        if commit is not None and "last_delivery" in commit.notes:
            found[wanted.table] = int(commit.notes["last_delivery"])
    return found


def _is_remade(seen: tuple[str, int], table_id: str, version: int) -> bool:
    return seen[0] != table_id or seen[1] > version
