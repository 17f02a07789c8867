"""The whole house on one page: every step, from the mappings to gold."""

from __future__ import annotations

from collections.abc import Sequence

from customer_chunks.config.mapping import SourceMapping
from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import Target
from customer_chunks.flow.currencies import fixed_currencies
from customer_chunks.flow.gold_steps import GOLD, SHARED_SILVER, movement
from customer_chunks.flow.model_steps import model_steps
from customer_chunks.flow.source_steps import source_steps
from customer_chunks.flow.step import Step

DEFAULTS = Settings()


def all_steps(
    sources: Sequence[SourceMapping], settings: Settings = DEFAULTS, target: Target | None = None
) -> tuple[Step, ...]:
    """Return the steps of every source, those that all sources share, and those that the settings ask for.

    Args:
        sources: The mappings.
        settings: What they ask for.
        target: Where the tables lie; models that nobody names a server for are beside them.
    """
    own = {source.name: fixed_currencies(source) for source in sources}
    found: list[Step] = []
    for source in sources:
        others = [currencies for name, currencies in own.items() if name != source.name]
        found += source_steps(source, beside=frozenset().union(*others))
    asked = (*movement(settings.rfm), *model_steps(settings.models), *_scored(settings, target))
    return (*found, *SHARED_SILVER, *GOLD, *asked)


def _scored(settings: Settings, target: Target | None) -> tuple[Step, ...]:
    if not settings.scored:
        return ()
    from customer_chunks.flow.scored_steps import scored_steps  # noqa: PLC0415 - an extra

    return scored_steps(settings, target)
