"""The graph of tables, known from the steps alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter

from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.flow.step import Step


class Graph:
    """Steps in an order in which every table is written before it is read."""

    def __init__(self, steps: Sequence[Step], bronze: Iterable[str]) -> None:
        self._bronze = tuple(bronze)
        writers = {step.name: [step.name] for step in steps}  # a fit is asked for by its own name
        for step in steps:
            for table in step.outputs:
                writers.setdefault(table, []).append(step.name)
        self._needs = {
            s.name: {w for i in s.inputs.values() for w in writers.get(i.written_by, [])} for s in steps
        }
        by_name = {s.name: s for s in steps}
        try:
            order = list(TopologicalSorter(self._needs).static_order())
        except CycleError as error:
            raise ConfigError(
                f"The steps depend on each other in a circle: {' -> '.join(error.args[1])}.", "Cut it."
            ) from None
        self.steps = tuple(by_name[name] for name in order)

    def needs(self, step: Step) -> set[str]:
        """Return what has to be done before a step: steps and bronze tables by name.

        Steps that write the same table wait for each other, in their order.
        """
        before = self.steps[: self.steps.index(step)]
        beside = {other.name for other in before if set(other.outputs) & set(step.outputs)}
        return self._needs[step.name] | beside | {i.table for i in step.inputs.values()} & set(self._bronze)

    def until(self, table: str | None) -> tuple[Step, ...]:
        """Return the steps that a table (or a layer such as gold) needs, itself included; all for None.

        Raises:
            ConfigError: no step writes the table.
        """
        if table is None:
            return self.steps
        wanted = {s.name for s in self.steps if table in s.outputs or s.name == table or _is_in(table, s)}
        if not wanted:
            if table in (*self._bronze, "bronze"):
                return ()
            known = [t for s in self.steps for t in s.outputs] + list(self._bronze)
            raise ConfigError(f"No step writes '{table}'.", did_you_mean(table, known))
        frontier = set(wanted)
        while frontier:
            frontier = {need for name in frontier for need in self._needs[name]} - wanted
            wanted |= frontier
        return tuple(s for s in self.steps if s.name in wanted)

    def tables_until(self, table: str | None) -> set[str]:
        """Return the bronze tables that the steps up to a table read."""
        if table in (None, "bronze"):
            return set(self._bronze)
        read = {i.table for s in self.until(table) for i in s.inputs.values()}
        return {b for b in self._bronze if b in read or b == table}


def _is_in(layer: str, step: Step) -> bool:
    return any(output.split(".", 1)[0] == layer for output in step.outputs)
