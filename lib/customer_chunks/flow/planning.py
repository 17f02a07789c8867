"""What a run would do and why, found out without writing anything."""

from __future__ import annotations

from collections.abc import Sequence

from customer_chunks.config.mapping import Feed
from customer_chunks.flow.decide import Extent, decide
from customer_chunks.flow.gates import is_behind
from customer_chunks.flow.ingest import Arrival, arrivals
from customer_chunks.flow.outcome import Wish
from customer_chunks.flow.sight import Sight
from customer_chunks.flow.step import Step
from customer_chunks.storage.warehouse import Warehouse

Planned = tuple[str, str, str]
"""A step, what would be done, and why."""


def planned(
    warehouse: Warehouse, feeds: Sequence[Feed], steps: Sequence[Step], sight: Sight, wish: Wish
) -> list[Planned]:
    """Return what a run would do, feeds first, then steps in their order."""
    rows: list[Planned] = []
    moving: set[str] = set()
    for feed in feeds:
        new = arrivals(warehouse, feed, full=feed.table in wish.full, writes=False)
        rows.append((feed.table, *(("append", _told(new)) if new else ("nothing", "nothing is new"))))
        moving |= {feed.table} if new else set()
    for step in steps:
        extent, why = _planned(warehouse, step, sight, wish, moving)
        rows.append((step.name, extent, why))
        moving |= {step.name, *step.outputs} if extent != "nothing" else set()
    return rows


def _told(new: Sequence[Arrival]) -> str:
    """Return how many files would be read, and how many of them for what was read of them before."""
    changed = sum(arrival.replaces is not None for arrival in new)
    counts = ((len(new) - changed, "new"), (changed, "changed"))
    parts = [f"{count:,} {word}" for count, word in counts if count]
    return f"{' and '.join(parts)} {'file' if len(new) == 1 else 'files'}"


def _planned(warehouse: Warehouse, step: Step, sight: Sight, wish: Wish, moving: set[str]) -> tuple[str, str]:
    inputs = {i.table for i in step.inputs.values()}
    if not all(warehouse.exists(table) for table in {step.main, *inputs}):
        return "all", "never computed"
    decision = decide(sight.readable(step), step, sight.now(step), forced=wish.forces(step))
    upstream = sorted({i.written_by for i in step.inputs.values()} & moving)
    unjudged = sight.gate.unjudged(step) if is_behind(step) else []
    if unjudged and not upstream:
        return "if rules hold", f"{', '.join(unjudged)} will be judged before"
    if decision.extent is Extent.NOTHING and upstream:
        return "if rows change", f"{', '.join(upstream)} will run before"
    return decision.extent.value, decision.why
