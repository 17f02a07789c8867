"""Which version of each model scores: told by one small read of ops.models for all steps of a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pyspark.sql import functions as F

from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.storage.kept import Short
from customer_chunks.storage.warehouse import Warehouse

CHAMPION = "champion"


def champions(warehouse: Warehouse) -> Mapping[str, str]:
    """Return the identity of the version that scores, by model; none for a model without a champion.

    It is the version's number and the hash of its row, so a number that was given twice (ops.models was made
    anew or restored) is told apart where the model is another.
    """
    table = MODELS.full_name
    if not warehouse.exists(table):
        return {}
    said: Short[dict[str, str]] = Short("champions 1", partial(_champions, warehouse), dict)
    return warehouse.remembered(table, said)


def _champions(warehouse: Warehouse) -> dict[str, str]:
    last = warehouse.last_commit(MODELS.full_name)
    # The version that is remembered: what somebody promotes meanwhile is not noted before it has scored.
    models = warehouse.read(MODELS.full_name, last.version if last else None)
    rows = models.where(F.col("alias") == CHAMPION).select("model", "version", ROW_HASH)
    found = rows.limit(10_000).collect()  # one a model
    return {model: f"{version}:{row_hash}" for model, version, row_hash in sorted(found)}
