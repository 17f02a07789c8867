"""What a step sees: silver as it is, gold's inputs as far as they passed their table rules, and D."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from threading import Lock

from pyspark.sql import functions as F

from customer_chunks.columns.failures import SPARK_FAILURES
from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.gates import DAY_OF, Gate, is_behind
from customer_chunks.flow.outcome import Wish
from customer_chunks.flow.step import Now, Step
from customer_chunks.storage.kept import Short
from customer_chunks.storage.warehouse import Warehouse


@dataclass
class Sight:
    """The warehouse through the eyes of the steps of one run."""

    warehouse: Warehouse
    gate: Gate
    wish: Wish
    _newest: dict[int, date | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def readable(self, step: Step) -> Warehouse:
        """Return the warehouse as the step sees it."""
        return self.gate.readable() if is_behind(step) else self.warehouse

    def now(self, step: Step) -> Now:
        """Return the settings, D where the step needs it, and how the step reads."""
        readable = self.readable(step)
        as_of = self._as_of(readable) if step.needs_as_of else self.wish.as_of
        return Now(self.gate.settings, as_of, readable.read, is_day_given=self.wish.as_of is not None)

    def told_day(self) -> date | None:
        """Return D for the report; what keeps it from being known was told by the steps that need it."""
        try:
            return self.wish.as_of if self.gate.day_is_withheld() else self._as_of(self.gate.readable())
        except CustomerChunksError:
            return None
        except SPARK_FAILURES:
            return None

    def _as_of(self, readable: Warehouse) -> date | None:
        """Return D: as asked, else the day after the newest accepted order of any kind that gold reads."""
        if self.wish.as_of is not None:
            return self.wish.as_of
        orders = readable.last_commit(DAY_OF)
        if orders is None:
            return None
        version = orders.rows_changed_in
        with self._lock:  # several steps ask at once
            if version not in self._newest:
                newest = Short("newest day 1", partial(_newest_day, readable), _as_day)
                self._newest[version] = readable.remembered(DAY_OF, newest)
            day = self._newest[version]
        return day + timedelta(days=1) if day is not None else None


def _newest_day(readable: Warehouse) -> str | None:
    newest = readable.read(DAY_OF).agg(F.max("ordered_on").alias("day")).collect()[0]["day"]
    return newest.isoformat() if newest is not None else None


def _as_day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said is not None else None
