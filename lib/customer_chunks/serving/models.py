"""ops.models -> the versions of the models, and all about one."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse

_MOST = 10_000
_REST = ("document", "metrics", "notes", "inputs", "package_version")
_CHAMPION = "champion"


def versions(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return name, number, alias, D, time (UTC, as text) and run of every version, the newest first."""
    return [about for about, _ in _read(warehouse, F.lit(False))]


def version_of(warehouse: Warehouse, model: str, version: int | None) -> dict[str, Any]:
    """Return all about one version, its document as a dictionary; the champion where none is named.

    Raises:
        ConfigError: there is no such model or version.
    """
    is_asked = F.col("alias") == _CHAMPION if version is None else F.col("version") == version
    known = _read(warehouse, (F.col("model") == model) & is_asked)
    if not known:
        raise ConfigError(
            "No model was fitted yet.", "Name `segments` or `customer_values` in conf/settings.yml."
        )
    mine = [(about, rest) for about, rest in known if about["model"] == model]
    if not mine:
        raise ConfigError(
            f"There is no model '{model}'.", did_you_mean(model, {about["model"] for about, _ in known})
        )
    whole = next((_whole(about, rest) for about, rest in mine if rest is not None), None)
    if whole is None and version is not None:
        raise ConfigError(f"Model '{model}' has no version {version}.", f"It has {len(mine)}, see the list.")
    return whole or version_of(warehouse, model, mine[0][0]["version"])  # none scores: the newest one


def champion_of(warehouse: Warehouse, model: str) -> dict[str, Any] | None:
    """Return all about the version that scores; None where there is none."""
    known = _read(warehouse, (F.col("model") == model) & (F.col("alias") == _CHAMPION))
    return next((_whole(about, rest) for about, rest in known if rest is not None), None)


def _read(warehouse: Warehouse, is_asked: Column) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return, in one go, what the list tells of every version, and the rest of those that are asked for."""
    if not warehouse.exists(MODELS.full_name):
        return []
    # As text: Spark would hand out an instant as a clock of this machine's time zone.
    at = F.date_format("fitted_at", "yyyy-MM-dd HH:mm:ss").alias("fitted_at")
    # Documents are large: of the others none is brought here.
    rest = F.when(is_asked, F.struct(*_REST)).alias("rest")
    told = warehouse.read(MODELS.full_name).select("model", "version", "alias", "as_of", at, "run_id", rest)
    rows = [row.asDict() for row in told.orderBy("model", F.desc("version")).limit(_MOST).collect()]
    asked = [row.pop("rest") for row in rows]
    return [(row, one and one.asDict()) for row, one in zip(rows, asked, strict=True)]


def _whole(about: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    return {**about, **rest, "document": json.loads(rest["document"])}
