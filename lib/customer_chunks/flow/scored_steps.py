"""Steps that score a table with a model of MLflow's registry, whatever made it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.scored import Scored
from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import Target
from customer_chunks.contracts import declare
from customer_chunks.errors import ModelError, did_you_mean
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step
from customer_chunks.flow.tracking import (
    failures,
    file_of,
    first_line,
    registry_of,
    require_mlflow,
    speaking_to,
)

_NAMED = re.compile(r"^models:/(?P<name>[^@/]+)(?:@(?P<alias>.+)|/(?P<version>.+))$")
_MISSING = ("None", "nan", "<NA>", "NaT")


class _Known(NamedTuple):
    """A version of a model, and what tells it from the same number in another registry."""

    version: str
    made: str


def scored_steps(settings: Settings, target: Target | None = None) -> tuple[Step, ...]:
    """Return a step for each entry of ``scored``; a new version of its model makes it stale.

    Where the registry does not know the model, or is away, the step fails when its turn comes, and no other.

    Args:
        settings: Name the models, and the server.
        target: Where the tables lie, beside which a run publishes its models by default.

    Raises:
        MachineError: MLflow is not installed.
    """
    return tuple(_step(one, settings, target) for one in settings.scored)


def _step(one: Scored, settings: Settings, target: Target | None) -> Step:
    declare(one.contract())
    address = _address(one, settings, target)
    try:
        known = version_of(one.model, address)
        build = partial(_scored, one, address, known.version)
    except ModelError as error:
        known, build = _Known("", ""), partial(_failing, error)
    table = f"gold.{one.table}"
    where = hashlib.sha256(address.encode()).hexdigest()[:16]  # it may hold a password
    return Step(
        name=table, outputs=(table,), inputs={"rows": Input(one.source, on_change=OnChange.FULL)},
        build=build, refresh=Refresh.WHOLE,
        fingerprint=repr((replace(one, uri=""), where, *known)), needs_as_of=True,
    )  # fmt: skip


def _address(one: Scored, settings: Settings, target: Target | None) -> str:
    """Return which server is asked: the step's own, else the one that runs publish to.

    Empty is whatever MLflow takes by itself.
    """
    asked = settings.tracking
    if one.uri or asked is None:
        return one.uri
    return asked.uri if target is None else registry_of(asked, target)


def _failing(error: ModelError, frames: Mapping[str, DataFrame], now: Now) -> Built:
    raise error


def version_of(model: str, address: str) -> _Known:
    """Return the version that an address such as ``models:/churn@champion`` means now.

    Raises:
        ModelError: there is no such model, version or alias, or the registry is away.
    """
    mlflow = require_mlflow()
    named = _NAMED.match(model)
    if named is None:
        remedy = "Write models:/NAME@ALIAS or models:/NAME/3."
        raise ModelError(f"'{model}' is no address of a registered model.", remedy)
    with _told(mlflow, model), speaking_to(mlflow, address):
        file = file_of(mlflow.get_registry_uri())  # as where runs publish: it need not be the tracking server
        if file is not None and not file.exists():  # MLflow would make it
            said = f"{model} cannot be had: nothing has been published to {file} yet."
            raise ModelError(said, "Publish the model, or name its server: mlflow.uri in the settings.")
        client = mlflow.MlflowClient()
        if named["alias"]:
            found = client.get_model_version_by_alias(named["name"], named["alias"])
        else:
            found = client.get_model_version(named["name"], named["version"])
    return _Known(str(found.version), f"{found.creation_timestamp} {found.run_id}")


@contextmanager
def _told(mlflow: Any, model: str) -> Iterator[None]:
    """Say in a sentence why a model cannot be had."""
    try:
        yield
    except failures(mlflow) as error:
        remedy = "Look at its name, alias, files and server."
        raise ModelError(f"{model} cannot be had: {first_line(error)}", remedy) from None


def _scored(one: Scored, address: str, version: str, frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Score the rows by the very version that the step's bookmark tells."""
    rows = frames["rows"].where(one.where) if one.where else frames["rows"]
    named = _NAMED.match(one.model)
    model = named["name"] if named is not None else one.model
    score, is_one = _udf(rows, f"models:/{model}/{version}", address, one.outputs)
    given = F.struct(*[F.expr(sql).alias(column) for column, sql in one.columns])
    told = rows.withColumn("_told", score(given))
    outputs = [_output("_told" if is_one else f"_told.{name}", name, kind) for name, kind in one.outputs]
    frame = told.select(
        *one.key, F.lit(now.day).alias("as_of"), *outputs, F.lit(version).alias("model_version")
    )
    return Built({f"gold.{one.table}": frame})


def _output(told: str, name: str, kind: str) -> Column:
    """Return what a model said; of texts MLflow writes those that are missing as words."""
    value = F.col(told)
    return (F.when(~value.isin(*_MISSING), value) if kind == "string" else value).alias(name)


def _udf(rows: DataFrame, model: str, address: str, outputs: Sequence[tuple[str, str]]) -> tuple[Any, bool]:
    """Return the model as a function of a struct, and whether what it returns is the one output itself.

    Raises:
        ModelError: it cannot be had, or does not return what is asked for.
    """
    mlflow = require_mlflow()
    with _told(mlflow, model), speaking_to(mlflow, address):
        signature = mlflow.models.get_model_info(model).signature
        names = signature.outputs.input_names() if signature and signature.outputs else []
        returned = [name for name in names if isinstance(name, str)]  # tensors and bare columns have numbers
        is_one = _is_one(model, returned, [name for name, _ in outputs])
        kinds = [spark_type if is_one else f"`{name}` {spark_type}" for name, spark_type in outputs]
        session, kind = rows.sparkSession, ", ".join(kinds)
        return mlflow.pyfunc.spark_udf(session, model, result_type=kind, env_manager="local"), is_one


def _is_one(model: str, returned: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether the one output that is wanted is all that the model returns, whatever it is called.

    Raises:
        ModelError: it says what it returns, and something wanted is not among that.
    """
    unknown = [name for name in wanted if name not in returned]
    if len(wanted) == 1 and len(returned) <= 1:
        return True
    if returned and unknown:
        said = f"{model} returns {', '.join(returned)}, and no '{unknown[0]}'."
        raise ModelError(said, did_you_mean(unknown[0], returned))
    return False
