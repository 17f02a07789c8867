"""``chunks source init PATH``: look at an unknown export and write a draft mapping.

A path -> ``Draft``. Pure Python on a bounded sample: no Spark, no file is read whole
when it is big.
"""

from __future__ import annotations

import re
from pathlib import Path

from customer_chunks.errors import ConfigError
from customer_chunks.sources.draft.feed_plan import FeedPlan
from customer_chunks.sources.draft.files import Kind, find_kinds
from customer_chunks.sources.draft.guess import Reading, read_sample
from customer_chunks.sources.draft.model import Draft
from customer_chunks.sources.draft.names import fold
from customer_chunks.sources.draft.plan import plan_feed, refuse_incomplete
from customer_chunks.sources.draft.render import render

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ROLE_NAMES = {"category": "category_path", "order_time": "ordered_time"}


def draft_mapping(path: Path, *, source: str | None = None, relative_to: Path | None = None) -> Draft:
    """Return a draft mapping of a file or a folder of files.

    Args:
        path: A file, or a folder whose files with equal columns become one feed each.
        source: Name of the source; by default made from the file's or folder's name.
        relative_to: Folder in which the mapping will lie; paths are written relative to
            it, and absolute without it.

    Raises:
        SourceError: there is nothing, or nothing that is a table.
        ConfigError: ``source`` is no table name.
    """
    if source is not None and not _NAME.fullmatch(source):
        raise ConfigError(
            f"source '{source}' is not a table name.", "Use lower-case letters, digits and underscores."
        )
    kinds = find_kinds(path)
    plans: list[FeedPlan] = []
    for kind in kinds:
        reading = read_sample(kind.sample)
        _name_columns(reading)
        plans.append(plan_feed(_feed_name(kind, {p.name for p in plans}, reading), reading))
    refuse_incomplete(plans)
    name = source or _short(path.name.split(".")[0] if path.is_file() else path.absolute().name) or "source"
    text = render(name, kinds, plans, relative_to=relative_to)
    return Draft(name, text, [guess for plan in plans for guess in plan.guesses])


def _name_columns(reading: Reading) -> None:
    """Give the columns of a file without header the names of their guesses."""
    if reading.sample.named:
        return
    taken: set[str] = set()
    for n, (decision, profile) in enumerate(zip(reading.decisions, reading.profiles, strict=True), 1):
        name = _ROLE_NAMES.get(decision.role, decision.role) if decision.target else f"column_{n}"
        profile.name = name if name not in taken else f"column_{n}"
        taken.add(profile.name)


def _feed_name(kind: Kind, taken: set[str], reading: Reading) -> str:
    base = _short(kind.stem) or reading.kind
    name, n = base, 2
    while name in taken:
        name, n = f"{base}_{n}", n + 1
    return name


def _short(text: str) -> str:
    """Return a table name without the dates and numbers that file names carry."""
    return _slug(re.sub(r"[\d_.-]{4,}|[_.-]+\d*$", "_", text)) or _slug(text)


def _slug(text: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", fold(text)).strip("_")
    name = name if re.search("[a-z]", name) else ""
    return re.sub(r"^[0-9_]+", "", name)[:40].strip("_")
