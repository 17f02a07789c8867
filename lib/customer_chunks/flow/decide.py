"""Is a step stale, and how much of it has to be computed?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from customer_chunks.flow.bookmarks import Bookmark, fingerprint, read_bookmark
from customer_chunks.flow.champions import champions
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
    consumed = _versions(warehouse, step), fingerprint(step, now), _deliveries(warehouse, step)
    until = Bookmark(*consumed, _champions(warehouse, step))
    why = "asked for" if forced else _why_all(step, seen, until) or _why_not_on_top(warehouse, step)
    if why is not None or seen is None:
        return Decision(Extent.ALL, why or "", seen, until)
    changed = tuple(t for t, pair in until.inputs.items() if t in step.followed and pair != seen.inputs[t])
    matters = [i.table for i in step.inputs.values() if i.on_change is not OnChange.NOTHING]
    if not changed or (step.refresh is Refresh.WHOLE and not set(changed) & set(matters)):
        return Decision(Extent.NOTHING, "nothing is new", seen, until)
    touches_all = any(i.table in changed and i.on_change is OnChange.FULL for i in step.inputs.values())
    extent = Extent.ALL if touches_all or step.refresh is Refresh.WHOLE else Extent.KEYS
    return Decision(extent, f"{', '.join(changed)} changed", seen, until, changed)


def is_fingerprint_seen(warehouse: Warehouse, step: Step, now: Now) -> bool:
    """Return whether the step last ran with the mapping, settings and code of today."""
    seen = read_bookmark(warehouse, step)
    return seen is not None and seen.fingerprint == fingerprint(step, now)


def _why_all(step: Step, seen: Bookmark | None, until: Bookmark) -> str | None:
    """Return why changes of the inputs are no matter: all has to be computed; None where they are."""
    if seen is None:
        return "never computed"
    if seen.fingerprint != until.fingerprint:
        return "mapping, settings, code or as-of day changed"
    if seen.replayed not in {"", until.fingerprint}:  # and the mapping is again what it was before
        return "rows were tried again by another mapping"
    if set(seen.inputs) != set(until.inputs):
        return "it reads other tables than before"
    remade = [t for t in until.inputs if t in step.followed and _is_remade(seen.inputs[t], *until.inputs[t])]
    if remade:
        return f"{', '.join(remade)} was made anew"
    return _why_other_champion(seen, until)


def _why_not_on_top(warehouse: Warehouse, step: Step) -> str | None:
    """Return why nothing can be added to what the table holds; None where it can, or nothing is."""
    last = warehouse.last_commit(step.main) if step.sums is not None else None
    return f"somebody else changed {step.main}" if last is not None and last.is_others else None


def _why_other_champion(seen: Bookmark, until: Bookmark) -> str | None:
    """Return which model scores with another version than before; None where none does."""
    if set(seen.champions) != set(until.champions):  # a bookmark of a release that noted the table's version
        return "which champion it read was not noted"
    others = [model for model, version in until.champions.items() if seen.champions[model] != version]
    return f"{', '.join(others)} has another champion" if others else None


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


def _champions(warehouse: Warehouse, step: Step) -> dict[str, str]:
    asked = [i.model for i in step.inputs.values() if i.model is not None]
    known = champions(warehouse) if asked else {}
    return {model: known.get(model, "") for model in asked}


def _is_remade(seen: tuple[str, int], table_id: str, version: int) -> bool:
    return seen[0] != table_id or seen[1] > version
