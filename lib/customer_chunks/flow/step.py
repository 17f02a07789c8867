"""The words in which the flow is written: inputs, steps, refresh modes, and what a build returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from pyspark.sql import DataFrame

from customer_chunks.config.settings import Settings
from customer_chunks.errors import ContractError
from customer_chunks.quality.rows import Judged


class Refresh(Enum):
    """How a step follows its inputs."""

    APPEND = "append"
    BY_KEY = "by_key"
    SUMS = "sums"
    WHOLE = "whole"


class OnChange(Enum):
    """What a change of an input means: recompute the keys it touches, everything, or nothing."""

    KEYS = "keys"
    FULL = "full"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Now:
    """What a build may know besides its inputs: the settings, D, and the tables by name.

    ``is_day_given``: somebody asked for D, so there may be orders behind it. ``versions``: of the inputs, and
    ``run_id``: of the run, where a build is to tell them.
    """

    settings: Settings
    as_of: date | None
    table: Callable[[str], DataFrame]
    is_day_given: bool = False
    versions: Mapping[str, int] = field(default_factory=dict)
    run_id: str = ""

    @property
    def day(self) -> date:
        """Return D, for steps that need it.

        Raises:
            ContractError: there is no D; the runner leaves such steps out.
        """
        if self.as_of is None:
            raise ContractError("There is no as-of day: no order was ever accepted.", "Bring orders first.")
        return self.as_of


View = Callable[[DataFrame, Now], DataFrame]


def as_it_is(frame: DataFrame, _: Now) -> DataFrame:
    """Return the table unchanged."""
    return frame


@dataclass(frozen=True)
class Input:
    """One table that a step reads.

    Attributes:
        table: Full name.
        view: Applied to the table, and to its changed rows.
        key: Column of the view whose values select rows; None reads the table whole.
        on_change: What a change of the table means.
        keys_of: Turns changed rows of the view into a frame with the key column, where they do not carry it;
            beside a key, into fewer of them, by what the step's own table holds.
        entity: What the rows of a bronze table are judged as; None where they only name keys.
        of: The parameter of the table whose rows these belong to: of keys, only theirs are read.
        on: The column by which they belong to it.
        model: Whose champion is all that is read of ops.models: its other versions, and other models, are no
            change.
    """

    table: str
    view: View = as_it_is
    key: str | None = None
    on_change: OnChange = OnChange.KEYS
    keys_of: View | None = None
    entity: str | None = None
    of: str | None = None
    on: str = ""
    model: str | None = None

    @property
    def written_by(self) -> str:
        """Return the table, or of ops.models the part that the fit of the model writes."""
        return self.table if self.model is None else f"{self.table}[{self.model}]"


@dataclass(frozen=True)
class Sums:
    """How a table comes about whose numbers are sums over keys, each key's share told by its own rows.

    When keys change, their share before is taken off what the table holds, and their share now is added.

    Attributes:
        parts: Pure: the inputs by parameter -> the table's key, and numbers that can be added.
        rows: Pure: one row of added parts for each key of the table -> the table's rows. A part is a column
            of the table; what is left without any is no row.
    """

    parts: Callable[..., DataFrame]
    rows: Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class Built:
    """What a build returns: a frame per output, and the judged rows behind them."""

    outputs: Mapping[str, DataFrame]
    judged: Sequence[Judged] = ()
    scratch: Sequence[DataFrame] = ()


@dataclass(frozen=True)
class Step:
    """One node of the graph.

    Attributes:
        name: Unique; the output's name, with the source in brackets where several sources fill it.
        outputs: Full names; the main one comes last and carries the bookmark.
        inputs: By the name of the build's parameter.
        build: Pure: frames by parameter, and Now -> Built.
        refresh: How it follows its inputs.
        scope_key: Column of the outputs that holds the key's values (by_key).
        scope_expression: SQL over the outputs that gives the key, where no column holds it.
        source: The source whose rows it owns in tables that sources share.
        fingerprint: What of the mapping the rows depend on, as text.
        settings: Names of the settings that the rows depend on, besides the reporting time zone.
        needs_as_of: Whether D is part of the result.
        sums: How the table's sums come about (sums); the build adds up all of them.
        owns: The value of ``scope_key`` whose rows it owns, of a table that it shares with others.
        refit: Of a fit: how often D is part of the result: each_run, weekly, monthly, never.
    """

    name: str
    outputs: tuple[str, ...]
    inputs: Mapping[str, Input]
    build: Callable[[Mapping[str, DataFrame], Now], Built]
    refresh: Refresh
    scope_key: str | None = None
    source: str | None = None
    fingerprint: str = ""
    needs_as_of: bool = False
    scope_expression: str | None = None
    settings: tuple[str, ...] = ()
    sums: Sums | None = None
    owns: str | None = None
    refit: str | None = None

    @property
    def main(self) -> str:
        """Return the output that carries the bookmark."""
        return self.outputs[-1]

    @property
    def followed(self) -> frozenset[str]:
        """Return the inputs whose versions tell what changed; of ops.models the champion does."""
        return frozenset(i.table for i in self.inputs.values() if i.model is None)

    @property
    def is_fit(self) -> bool:
        """Return whether it learns a model: it can wait where there is too little to learn from."""
        return self.refit is not None

    def day_part(self, as_of: date | None) -> object:
        """Return what of D the result depends on."""
        if not self.needs_as_of:
            return False
        if self.refit is None or as_of is None:
            return as_of
        parts = {"monthly": f"{as_of:%Y-%m}", "weekly": f"{as_of:%G-W%V}", "never": None}
        return parts.get(self.refit, as_of)
