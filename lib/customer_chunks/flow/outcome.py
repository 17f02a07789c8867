"""What is asked of a run, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from customer_chunks.errors import CustomerChunksError
from customer_chunks.flow.accounts import Account
from customer_chunks.flow.step import Step
from customer_chunks.quality.table_rules import Verdict


@dataclass(frozen=True)
class Outcome:
    """What happened to one step."""

    step: str
    table: str
    state: str
    detail: str
    seconds: float = 0.0
    started_at: datetime | None = None
    accounts: tuple[Account, ...] = ()
    error: CustomerChunksError | None = None
    verdicts: tuple[Verdict, ...] = ()
    remarks: tuple[str, ...] = ()
    """What went well and is worth a look: files unlike those before, a rule that most rows broke."""


@dataclass(frozen=True)
class Report:
    """What happened in a run."""

    run_id: str
    outcomes: tuple[Outcome, ...]
    as_of: date | None

    @property
    def is_idle(self) -> bool:
        """Return whether nothing was new."""
        return all(o.state in {"idle", "warned"} for o in self.outcomes)

    @property
    def errors(self) -> list[CustomerChunksError]:
        """Return the errors of the steps that failed."""
        return [o.error for o in self.outcomes if o.error is not None]

    @property
    def remarks(self) -> list[str]:
        """Return what is worth a look, in the order of the steps."""
        return [remark for o in self.outcomes for remark in o.remarks]


@dataclass(frozen=True)
class Wish:
    """What the user asked of a run: D, a last table, what to compute in full, why broken rules may pass."""

    as_of: date | None = None
    until: str | None = None
    full: frozenset[str] = frozenset()
    is_full: bool = False
    accept: str | None = None

    def forces(self, step: Step) -> bool:
        """Return whether the step is to be computed in full."""
        return (self.is_full and not self.full) or bool(self.full & {step.name, *step.outputs})
