"""Versions of models in ops.models: which one scores, and how a new one takes its place.

The table is the only place that knows: a fit is one row of one commit, so a killed run leaves either the new
version or none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Generic, TypeVar

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

import customer_chunks
from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.errors import ConfigError
from customer_chunks.flow.champions import CHAMPION
from customer_chunks.flow.step import Now
from customer_chunks.models.saved import Saved, document, from_document
from customer_chunks.storage.converge import Scope, converge
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.warehouse import Warehouse

CHALLENGER = "challenger"
TABLE = "ops.models"
M = TypeVar("M", bound=Saved)


@dataclass(frozen=True)
class Version(Generic[M]):
    """One version of a model, loaded."""

    number: int
    model: M


@dataclass(frozen=True)
class Fitted:
    """What a fit brings: a model, what was measured, what is worth knowing, and what speaks against it.

    ``against``: why it is not to score by itself; it waits as challenger then, where there is a champion.
    """

    model: Saved
    metrics: Mapping[str, float]
    notes: Sequence[str] = ()
    against: Sequence[str] = field(default=())


def champion(models: DataFrame, name: str, kinds: Iterable[type[M]]) -> Version[M] | None:
    """Return the version that scores; None where nothing was fitted yet.

    Args:
        models: ops.models.
        name: Of the model.
        kinds: Classes that it may be of.
    """
    found = _of_champion(models, name, "version", "document")
    if found is None:
        return None
    return Version(found["version"], from_document(json.loads(found["document"]), kinds))


def champion_metrics(models: DataFrame, name: str) -> dict[str, float] | None:
    """Return what was measured of the version that scores; None where nothing was fitted yet.

    Args:
        models: ops.models.
        name: Of the model.
    """
    found = _of_champion(models, name, "metrics")
    return None if found is None else dict(found["metrics"])


def _of_champion(models: DataFrame, name: str, *columns: str) -> Row | None:
    rows = models.where((F.col("model") == name) & (F.col("alias") == CHAMPION))
    found = rows.orderBy(F.desc("version")).select(*columns).limit(1).collect()
    return found[0] if found else None


def registered(models: DataFrame, name: str, fitted: Fitted, now: Now) -> DataFrame:
    """Return all versions of a model with the new one among them, as ops.models is to hold them.

    The new one is champion, unless something speaks against it and there is one.
    """
    mine = models.where(F.col("model") == name).drop(ROW_HASH)
    champions = F.max(F.when(F.col("alias") == CHAMPION, F.col("as_of"))).alias("as_of")
    told = mine.agg(F.max("version").alias("newest"), champions).collect()[0]
    newest, as_of = told["newest"] or 0, told["as_of"]
    against = [*fitted.against]
    if as_of is not None and now.day < as_of:
        against.append(f"The champion was fitted as of {as_of}, this one as of an earlier day.")
    alias = CHALLENGER if against and as_of is not None else CHAMPION
    row = {
        "model": name, "version": newest + 1, "alias": alias, "as_of": now.day,
        "document": json.dumps(document(fitted.model), sort_keys=True),
        "metrics": {k: float(v) for k, v in fitted.metrics.items()},
        "notes": [*fitted.notes, *against],
        "inputs": {table: int(version) for table, version in now.versions.items()},
        "package_version": customer_chunks.__version__, "run_id": now.run_id,
        "fitted_at": datetime.now(timezone.utc),
    }  # fmt: skip
    schema = ", ".join(f"{c.name} {c.type}" for c in MODELS.columns if c.name != ROW_HASH)
    new = models.sparkSession.createDataFrame([tuple(row.values())], schema)
    return without_alias(mine, alias).unionByName(new)


def without_alias(versions: DataFrame, alias: str) -> DataFrame:
    """Return the versions, none of which has the alias any more."""
    return versions.withColumn("alias", F.nullif(F.col("alias"), F.lit(alias)))


def promote(warehouse: Warehouse, name: str, version: int | None) -> int:
    """Make a version champion, the challenger where none is named, and return its number.

    Raises:
        ConfigError: there is no such model or version.
        StorageError: the table cannot be written.
    """
    known: dict[int, str | None] = {}
    if warehouse.exists(TABLE):
        mine = warehouse.read(TABLE).where(F.col("model") == name).drop(ROW_HASH)
        known = {r["version"]: r["alias"] for r in mine.select("version", "alias").limit(10_000).collect()}
    wanted = version or next((v for v, alias in known.items() if alias == CHALLENGER), None)
    if wanted not in known:
        has = f"It has versions {', '.join(map(str, sorted(known)))}." if known else "Nothing was fitted yet."
        asked = f"version {version}" if version else "challenger"
        raise ConfigError(f"Model '{name}' has no {asked}.", has)
    alias = F.when(F.col("version") == wanted, F.lit(CHAMPION)).when(
        F.col("alias") != CHAMPION, F.col("alias")
    )
    keys = warehouse.session.createDataFrame([(name,)], "_key string")
    converge(warehouse, MODELS, mine.withColumn("alias", alias), Scope(keys=Keys(keys, 1), key="model"))
    return wanted
