"""Tells an OpenLineage collector what each step of a run reads, writes and came to.

It speaks where the field's own variables ask for it (OPENLINEAGE_URL, OPENLINEAGE_CONFIG,
OPENLINEAGE__TRANSPORT...), and is silent otherwise. A collector that fails never fails a run: it is
told once, and the rest of the run goes unreported.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from customer_chunks.config.mapping import SourceMapping
from customer_chunks.contracts.ops import DELIVERIES, QUARANTINE, TABLE_CHECKS
from customer_chunks.flow.gates import DAY_OF
from customer_chunks.flow.outcome import Outcome
from customer_chunks.flow.step import Step
from customer_chunks.storage.warehouse import Warehouse

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

    from customer_chunks.flow.lineage_events import Emitter

LOG = logging.getLogger("customer_chunks.lineage")
_ASKED_BY = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG", "OPENLINEAGE__TRANSPORT")
# What a transport raises: requests and files fail with an OSError, a setting that is none with the others.
_TRANSPORT_FAILURES = (OSError, RuntimeError, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class Node:
    """One job of the graph: the tables and folders that it reads, the tables that it writes.

    The main output comes last. ``step`` is set where a bookmark tells which versions were read.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    files: tuple[str, ...] = ()
    step: Step | None = None


def nodes(sources: Sequence[SourceMapping], steps: Sequence[Step]) -> dict[str, Node]:
    """Return every job of the house by its name: feeds by their bronze table, and the steps."""
    feeds = {
        feed.table: Node((), (DELIVERIES.full_name, feed.table), feed.paths)
        for source in sources
        for feed in source.feeds
    }
    return {**feeds, **{step.name: _node(step) for step in steps}}


def _node(step: Step) -> Node:
    inputs = [i.table for i in step.inputs.values()]
    day = [DAY_OF] if step.needs_as_of else []
    judges = any(i.entity is not None for i in step.inputs.values())
    side = [QUARANTINE.full_name] if judges else []
    return Node(_once([*inputs, *day]), _once([*side, *step.outputs]), step=step)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


@dataclass
class Lineage:
    """The events of one run; without an emitter it says nothing."""

    emitter: Emitter | None = None
    nodes: Mapping[str, Node] = field(default_factory=dict)
    _started: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def started(self, name: str) -> None:
        """Tell that a step has something to do and begins; a step to which nothing is new tells nothing."""
        if self.emitter is not None and name in self.nodes:
            emitter, node, now = self.emitter, self.nodes[name], datetime.now(timezone.utc)
            self._started.add(name)
            self._send(emitter.start(name, node, now))

    def ended(self, outcome: Outcome) -> None:
        """Tell what a step came to; a failure also where it came before any work."""
        node = self._node_of(outcome)
        if self.emitter is None or node is None or outcome.state not in {"done", "failed"}:
            return
        emitter, begun = self.emitter, outcome.started_at or datetime.now(timezone.utc)
        if outcome.step not in self._started:
            self._send(emitter.start(outcome.step, node, begun))
        self._send(emitter.end(outcome, node, datetime.now(timezone.utc)))

    def _node_of(self, outcome: Outcome) -> Node | None:
        if outcome.verdicts:
            return Node((outcome.table,), (TABLE_CHECKS.full_name,))
        return self.nodes.get(outcome.step)

    def _send(self, event: RunEvent) -> None:
        with self._lock:  # steps run side by side, and a failure is told once
            self._sent(event)

    def _sent(self, event: RunEvent) -> None:
        if self.emitter is None:
            return
        try:
            self.emitter.send(event)
        except _TRANSPORT_FAILURES as error:
            self.emitter = None
            LOG.warning(
                "OpenLineage: an event was not taken (%s); the run goes on and reports no more. "
                "Check the OPENLINEAGE variables and the collector.",
                type(error).__name__,
            )


def lineage_of(
    warehouse: Warehouse, sources: Sequence[SourceMapping], steps: Sequence[Step], run_id: str
) -> Lineage:
    """Return what reports a run, silent where no variable asks for it or the extra is not installed."""
    if not is_asked_for():
        return Lineage()
    try:
        from customer_chunks.flow.lineage_events import Emitter  # noqa: PLC0415 - an extra

        return Lineage(Emitter(warehouse, run_id), nodes(sources, steps))
    except ImportError:
        LOG.warning(
            "OpenLineage is asked for and its client is not installed; the run reports nothing. "
            "Run `pip install 'customer-chunks[lineage]'`."
        )
    except _TRANSPORT_FAILURES as error:
        LOG.warning("OpenLineage: its settings cannot be used (%s); the run reports nothing.", error)
    return Lineage()


def is_asked_for() -> bool:
    """Return whether the environment names a collector, and does not switch it off."""
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    return any(name.startswith(_ASKED_BY) for name in os.environ)
