"""Steps that score a table with a model of MLflow's registry, whatever made it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.scored import Scored
from customer_chunks.config.settings import Settings
from customer_chunks.contracts import declare
from customer_chunks.errors import ModelError
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step
from customer_chunks.flow.tracking import require_mlflow

_NAMED = re.compile(r"^models:/(?P<name>[^@/]+)(?:@(?P<alias>.+)|/(?P<version>.+))$")


def scored_steps(settings: Settings) -> tuple[Step, ...]:
    """Return a step for each entry of ``scored``; a new version of its model makes it stale.

    Where the registry does not know the model, or is away, the step fails when its turn comes, and no other.

    Raises:
        MachineError: MLflow is not installed.
    """
    return tuple(_step(one, settings) for one in settings.scored)


def _step(one: Scored, settings: Settings) -> Step:
    declare(one.contract())
    address = one.uri or (settings.tracking.uri if settings.tracking else "")
    try:
        version = version_of(one.model, address)
        build = partial(_scored, one, address, version)
    except ModelError as error:
        version, build = "", partial(_failing, error)
    table = f"gold.{one.table}"
    return Step(
        name=table, outputs=(table,), inputs={"rows": Input(one.source, on_change=OnChange.FULL)},
        build=build, refresh=Refresh.WHOLE,
        fingerprint=repr((one, version)), needs_as_of=True,
    )  # fmt: skip


def _failing(error: ModelError, frames: Mapping[str, DataFrame], now: Now) -> Built:
    raise error


def version_of(model: str, address: str) -> str:
    """Return the version that an address such as ``models:/churn@champion`` means now.

    Raises:
        ModelError: there is no such model, version or alias, or the registry is away.
    """
    mlflow = require_mlflow()
    named = _NAMED.match(model)
    if named is None:
        remedy = "Write models:/NAME@ALIAS or models:/NAME/3."
        raise ModelError(f"'{model}' is no address of a registered model.", remedy)
    client = mlflow.MlflowClient(address or None, address or None)
    try:
        if named["alias"]:
            return str(client.get_model_version_by_alias(named["name"], named["alias"]).version)
        return str(client.get_model_version(named["name"], named["version"]).version)
    except mlflow.exceptions.MlflowException as error:
        said = str(error).splitlines()[0]
        raise ModelError(f"{model} cannot be had: {said}", "Look at its name, alias and server.") from None


def _scored(one: Scored, address: str, version: str, frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Score the rows by the very version that the step's bookmark tells."""
    rows = frames["rows"].where(one.where) if one.where else frames["rows"]
    named = _NAMED.match(one.model)
    name = named["name"] if named is not None else one.model
    score = _udf(rows, f"models:/{name}/{version}", address, one.outputs)
    given = F.struct(*[F.expr(sql).alias(column) for column, sql in one.columns])
    told = rows.withColumn("_told", score(given))
    has_one = len(one.outputs) == 1  # a model need not give a name to its only output
    outputs = [F.col("_told" if has_one else f"_told.{column}").alias(column) for column, _ in one.outputs]
    frame = told.select(
        *one.key, F.lit(now.day).alias("as_of"), *outputs, F.lit(version).alias("model_version")
    )
    return Built({f"gold.{one.table}": frame})


def _udf(rows: DataFrame, model: str, address: str, outputs: Sequence[tuple[str, str]]) -> Any:
    mlflow = require_mlflow()
    before = mlflow.get_tracking_uri()
    if address:
        mlflow.set_tracking_uri(address)
    try:
        kinds = [spark_type if len(outputs) == 1 else f"{name} {spark_type}" for name, spark_type in outputs]
        kind = ", ".join(kinds)
        return mlflow.pyfunc.spark_udf(rows.sparkSession, model, result_type=kind, env_manager="local")
    finally:
        mlflow.set_tracking_uri(before)
