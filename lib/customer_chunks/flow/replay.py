"""Quarantined rows tried again, after a rule, a mapping or an exchange rate was mended.

Only the keys of the chosen rows are computed (an order with all its lines, a customer with
all records), by the very step that quarantined them. Its bookmark stays where it was, and tells by which
mapping these rows were tried again: a mended one may change other rows too, and the next run sees to those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.flow.bookmarks import fingerprint, read_bookmark
from customer_chunks.flow.decide import Decision, Extent
from customer_chunks.flow.step import Input, Now, Refresh, Step
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.warehouse import Warehouse

REPLAYED = "replayed"
_SEVERAL = "several"
"""Stands for the fingerprints of replays by more than one mapping: it is nobody's."""
Rows = Mapping[tuple[str, str], DataFrame]
"""Places (``_delivery``, ``_position``) by feed and entity."""


@dataclass(frozen=True)
class Chosen:
    """Which open entries of the quarantine are tried again; None leaves a thing open."""

    reason: str | None = None
    source: str | None = None


def replayed_rows(warehouse: Warehouse, step: Step, chosen: Chosen) -> Rows:
    """Return the places of the chosen rows that the step quarantined.

    Rows that the source has withdrawn since are left out; the step closes their entries anyway.
    """
    if step.source is None or chosen.source not in {None, step.source}:
        return {}
    last = warehouse.last_commit(QUARANTINE.full_name)
    # One version: what is chosen must not change when the step closes these very entries.
    held = warehouse.read(QUARANTINE.full_name, last.version if last else None)
    held = held.where((F.col("source") == step.source) & F.col("replayed_at").isNull())
    if chosen.reason is not None:
        held = held.where(F.array_contains("reason_codes", chosen.reason))
    pairs = {tuple(row) for row in held.select("feed", "entity").distinct().collect()}  # one a feed
    found = {}
    for wanted in step.inputs.values():
        feed = feed_of(step, wanted)
        if (feed, wanted.entity) in pairs and wanted.entity is not None:
            mine = held.where((F.col("feed") == feed) & (F.col("entity") == wanted.entity))
            places = mine.select(F.col("delivery").alias("_delivery"), F.col("position").alias("_position"))
            there = warehouse.read(wanted.table).select("_delivery", "_position")
            found[feed, wanted.entity] = places.join(there, on=["_delivery", "_position"], how="left_semi")
    return found


def keys_of_rows(warehouse: Warehouse, step: Step, rows: Rows, now: Now) -> Keys:
    """Return the keys of the rows as the step's views see them now."""
    found = []
    for wanted in step.inputs.values():
        places = rows.get((feed_of(step, wanted), str(wanted.entity)))
        if places is not None:
            bronze = warehouse.read(wanted.table)
            mine = bronze.join(F.broadcast(places), on=["_delivery", "_position"], how="left_semi")
            found.append(wanted.view(mine, now).select(F.col("_key").cast("string")))
    return Keys.of(reduce(DataFrame.unionByName, found))


def feed_of(step: Step, wanted: Input) -> str:
    """Return the feed whose bronze table the input reads; empty where it reads another table."""
    mine = f"bronze.{step.source}_"
    return wanted.table.removeprefix(mine) if wanted.table.startswith(mine) else ""


def replay_decision(warehouse: Warehouse, step: Step, now: Now) -> Decision | None:
    """Return the decision to compute keys and leave the bookmark where it is; None before the first run."""
    seen = read_bookmark(warehouse, step)
    if seen is None:
        return None
    extent = Extent.ALL if step.refresh is Refresh.WHOLE else Extent.KEYS
    mine = fingerprint(step, now)
    replayed = mine if seen.replayed in {"", mine} else _SEVERAL
    return Decision(extent, REPLAYED, seen, replace(seen, replayed=replayed))
