"""ops.models -> the versions of the models, and all about one."""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.errors import ConfigError, did_you_mean
from customer_chunks.storage.warehouse import Warehouse

_MOST = 10_000


def versions(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return name, number, alias, D, time (UTC, as text) and run of every version, the newest first."""
    rows = _all(warehouse)
    if rows is None:
        return []
    # As text: Spark would hand out an instant as a clock of this machine's time zone.
    at = F.date_format("fitted_at", "yyyy-MM-dd HH:mm:ss").alias("fitted_at")
    told = rows.select("model", "version", "alias", "as_of", at, "run_id")
    return [row.asDict() for row in told.orderBy("model", F.desc("version")).limit(_MOST).collect()]


def version_of(warehouse: Warehouse, model: str, version: int | None) -> dict[str, Any]:
    """Return all about one version, its document as a dictionary; the champion where none is named.

    Raises:
        ConfigError: there is no such model or version.
    """
    rows = _all(warehouse)
    known = versions(warehouse)
    if rows is None or not known:
        raise ConfigError(
            "No model was fitted yet.", "Name `segments` or `customer_values` in conf/settings.yml."
        )
    mine = [v for v in known if v["model"] == model]
    if not mine:
        raise ConfigError(f"There is no model '{model}'.", did_you_mean(model, {v["model"] for v in known}))
    number = version or next((v["version"] for v in mine if v["alias"] == "champion"), mine[0]["version"])
    if number not in {v["version"] for v in mine}:
        raise ConfigError(f"Model '{model}' has no version {number}.", f"It has {len(mine)}, see the list.")
    is_it = (F.col("model") == model) & (F.col("version") == number)
    asked = rows.where(is_it).select("document", "metrics", "notes", "inputs", "package_version")
    told = asked.limit(1).collect()[0].asDict()
    about = next(v for v in mine if v["version"] == number)
    return {**about, **told, "document": json.loads(told["document"])}


def champion_of(warehouse: Warehouse, model: str) -> dict[str, Any] | None:
    """Return all about the version that scores; None where there is none."""
    scoring = [v for v in versions(warehouse) if v["model"] == model and v["alias"] == "champion"]
    return version_of(warehouse, model, scoring[0]["version"]) if scoring else None


def _all(warehouse: Warehouse) -> DataFrame | None:
    return warehouse.read(MODELS.full_name) if warehouse.exists(MODELS.full_name) else None
