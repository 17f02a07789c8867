"""ops.models -> an MLflow tracking server and registry: every version a run, with its alias.

The table stays the place that decides; MLflow mirrors it. What could not be published, because the server was
away, is published next time.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from customer_chunks.config.model_settings import TrackingSettings
from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import Target
from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.errors import CustomerChunksError, MachineError, StorageError
from customer_chunks.flow.outcome import Outcome
from customer_chunks.flow.signatures import signature_of
from customer_chunks.serving.models import version_of, versions
from customer_chunks.serving.pictures import rfm_heat_map, save
from customer_chunks.serving.report.collect_learnt import collect_learnt, learnt_of, rfm_cells
from customer_chunks.serving.report.learnt import figures, left_out
from customer_chunks.storage.warehouse import Warehouse

LOADER = "customer_chunks.serving.mlflow_model"
_VERSION = "chunks_version"
_RUN = "chunks_run"
_READY = "READY"
_STEP = "mlflow"
_SQLITE = "sqlite:///"
_LONGEST_PARAM = 500
_ALIASES = ("champion", "challenger")
_OF_ENVIRONMENT = "MLFLOW_TRACKING_URI"
_SPEAKING = threading.RLock()


def publish(warehouse: Warehouse, asked: TrackingSettings, currency: str = "") -> list[str]:
    """Publish the versions that MLflow does not have yet, and set the aliases; return what was published.

    Args:
        warehouse: Holds ops.models.
        asked: Where to; without an address that of MLFLOW_TRACKING_URI, else a SQLite file beside the tables.
        currency: Of the pictures.

    Raises:
        MachineError: MLflow is not installed.
        StorageError: the server cannot be reached, or refuses.
    """
    known = versions(warehouse)
    if not known:
        return []
    mlflow = require_mlflow()
    uri = _made(asked, warehouse.target)
    done = []
    with _tracking(mlflow, uri, asked.experiment):
        client = mlflow.MlflowClient()
        for name in sorted({v["model"] for v in known}):
            registered = f"{asked.prefix}{name}"
            mine = [v for v in known if v["model"] == name]
            there = _published(client, registered, {v["version"]: v["run_id"] for v in mine})
            for version in sorted(v["version"] for v in mine):
                if version not in there:
                    told = version_of(warehouse, name, version)
                    there[version] = _logged(mlflow, warehouse, told, registered, currency)
                    done.append(f"{registered} {version}")
            _set_aliases(client, registered, there, mine)
    return done


def published(warehouse: Warehouse, settings: Settings, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Publish what a run fitted; what cannot be published is told, and fails no run."""
    asked = settings.tracking
    if asked is None or not any(o.table == MODELS.full_name and o.state == "done" for o in outcomes):
        return []
    try:
        done = publish(warehouse, asked, settings.reporting_currency or "")
    except CustomerChunksError as error:
        return [Outcome(_STEP, MODELS.full_name, "warned", str(error), remarks=(str(error),))]
    return [Outcome(_STEP, MODELS.full_name, "done", f"published: {', '.join(done)}" if done else "aliases")]


def _published(client: Any, registered: str, runs: Mapping[int, str]) -> dict[int, str]:
    """Return MLflow's number of every version of ours that it has, and that can be loaded.

    Args:
        client: Speaks to the server.
        registered: The model's name there.
        runs: Our versions, with the run that fitted each: a number may be given twice, where ops.models was
            made anew or another warehouse publishes under the same name.
    """
    listed = client.search_model_versions(f"name = '{registered}'")
    found = [client.get_model_version(registered, v.version) for v in listed]  # some lists leave tags out
    ready = [v for v in found if _VERSION in v.tags and v.status == _READY]
    return {number: v.version for v in ready if runs.get(number := int(v.tags[_VERSION])) == v.tags.get(_RUN)}


def _logged(mlflow: Any, warehouse: Warehouse, told: dict[str, Any], registered: str, currency: str) -> str:
    """Log one version as a run with its model, and return the number that the registry gives it.

    It is registered last, by one call that says whose version it is: a publishing that is killed before
    leaves a run without a registered version, never a version that the next one does not know.
    """
    document = told["document"]
    with mlflow.start_run(run_name=f"{told['model']} {told['version']}"), TemporaryDirectory() as folder:
        mlflow.set_tags({
            _VERSION: told["version"], "as_of": str(told["as_of"]), _RUN: told["run_id"],
            "package_version": told["package_version"],
            **{f"input.{table}": version for table, version in told["inputs"].items()},
        })  # fmt: skip
        params = {"class": document["class"], **document["params"]}
        mlflow.log_params({k: str(v)[:_LONGEST_PARAM] for k, v in params.items()})
        mlflow.log_metrics({k: v for k, v in told["metrics"].items() if v == v})  # noqa: PLR0124 - NaN is no metric
        mlflow.log_text("\n".join(told["notes"]), "notes.txt")
        path = Path(folder) / "model.json"
        path.write_text(json.dumps(_without_sample(document)), encoding="utf-8")
        logged = mlflow.pyfunc.log_model(
            name="model", loader_module=LOADER, data_path=str(path),
            signature=signature_of(mlflow, document, warehouse.session), pip_requirements=[_ourselves(told)],
        )  # fmt: skip
        for picture in _pictures(warehouse, told, currency, Path(folder)):
            mlflow.log_artifact(str(picture), "pictures")
    tags = {_VERSION: str(told["version"]), _RUN: told["run_id"]}
    return str(mlflow.register_model(logged.model_uri, registered, tags=tags).version)


def _pictures(warehouse: Warehouse, told: dict[str, Any], currency: str, folder: Path) -> Iterator[Path]:
    """Draw what the report draws of the champion; of another version what it kept of its fit."""
    model, is_champion = told["model"], told["alias"] == _ALIASES[0]
    learnt = (collect_learnt(warehouse) if is_champion else None) or learnt_of(told)
    drawn = figures(learnt, model, currency)
    if is_champion and model == "segments":
        drawn = chain(drawn, [("rfm-heat", rfm_heat_map(rfm_cells(warehouse)))])
    for name, figure in drawn:
        path = folder / f"{name}.png"
        save(figure, path)
        yield path
    if said := left_out(learnt, model):
        path = folder / "left_out.txt"
        path.write_text("\n".join(said), encoding="utf-8")
        yield path


def _without_sample(document: dict[str, Any]) -> dict[str, Any]:
    """Return a model without the customers that pictures are drawn of: scoring needs none of them."""
    if "sample" not in document["learnt"]:
        return document
    return {**document, "learnt": {**document["learnt"], "sample": None}}


def _set_aliases(client: Any, registered: str, there: dict[int, str], known: list[dict[str, Any]]) -> None:
    for alias in _ALIASES:
        wanted = next((v["version"] for v in known if v["alias"] == alias), None)
        if wanted is not None:
            client.set_registered_model_alias(registered, alias, there[wanted])
        elif alias in client.get_registered_model(registered).aliases:
            client.delete_registered_model_alias(registered, alias)


def _ourselves(told: dict[str, Any]) -> str:
    return f"customer-chunks[local,models]=={told['package_version']}"


def registry_of(asked: TrackingSettings, target: Target) -> str:
    """Return where models are published to and asked for: as the settings say, else the environment.

    Else it is a file beside the tables, whether it is there or not; none, where they lie in no folder.
    """
    named = asked.uri or os.environ.get(_OF_ENVIRONMENT, "")
    if named or target.folder is None:
        return named
    return f"{_SQLITE}{target.folder.resolve()}/_mlflow/mlflow.db"


def file_of(address: str) -> Path | None:
    """Return the file of a registry that is one; None for a server."""
    if not address.startswith(_SQLITE):
        return None
    return Path(address.removeprefix(_SQLITE).partition("?")[0])


def _made(asked: TrackingSettings, target: Target) -> str:
    """Return where models are published to; the folder of a file beside the tables is there then.

    Raises:
        StorageError: none is named, and the tables lie in no folder of this machine, or one that is not ours.
    """
    remedy = "Name a server: mlflow.uri in the settings."
    address = registry_of(asked, target)
    if not address:
        raise StorageError(f"{target.label} is no folder of this machine.", remedy)
    place, folder = file_of(address), target.folder
    if place is not None and folder is not None and folder.resolve() in place.parents:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{place.parent} cannot be made: {error.strerror}.", remedy) from None
    return address


@contextmanager
def speaking_to(mlflow: Any, uri: str) -> Iterator[None]:
    """Let MLflow's functions speak to a server inside the block, to the one they would anyway without any.

    They know one server at a time, in the whole process, and steps run side by side: one block at a time.
    """
    with _SPEAKING:
        # MLflow notes the server in the environment too: where nobody named one, none may stand there after.
        before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        if uri:
            mlflow.set_tracking_uri(uri)
        try:
            yield
        finally:
            mlflow.set_tracking_uri(before)


def failures(mlflow: Any) -> tuple[type[Exception], ...]:
    """Return what MLflow raises where a server or a model is not as it must be, a driver is missing too."""
    return (*_of_server(mlflow), ImportError, ValueError)


def _of_server(mlflow: Any) -> tuple[type[Exception], ...]:
    """Return what MLflow raises where a server is away or refuses; a database speaks for itself."""
    try:
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - comes with MLflow, not with its small kin
    except ImportError:
        return (mlflow.exceptions.MlflowException, OSError)
    return (mlflow.exceptions.MlflowException, OSError, SQLAlchemyError)


@contextmanager
def _tracking(mlflow: Any, uri: str, experiment: str) -> Iterator[None]:
    """Let MLflow's functions speak to a server inside the block."""
    with speaking_to(mlflow, uri):
        try:
            found = mlflow.get_experiment_by_name(experiment)
            file = file_of(uri)
            artifacts = f"{file.parent.resolve().as_uri()}/artifacts" if file is not None else None
            number = found.experiment_id if found else mlflow.create_experiment(experiment, artifacts)
            mlflow.set_experiment(experiment_id=number)
        except failures(mlflow) as error:
            raise _unpublished(uri, error) from None
        try:
            yield
        except _of_server(mlflow) as error:
            raise _unpublished(uri, error) from None


def _unpublished(uri: str, error: Exception) -> StorageError:
    return StorageError(
        f"The models cannot be published to {uri}: {first_line(error)}",
        "Is the server there? `chunks models publish` tries again.",
    )


def first_line(error: Exception) -> str:
    """Return the first line of what an error says, or its kind where it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def require_mlflow() -> Any:
    """Return MLflow.

    Raises:
        MachineError: it is not installed.
    """
    try:
        import mlflow  # noqa: PLC0415 - an extra, seconds to import
        import mlflow.pyfunc  # noqa: PLC0415 - an extra
    except ImportError:
        raise MachineError(
            "Publishing models needs MLflow, which is not installed.",
            "Run `pip install 'customer-chunks[mlflow]'`.",
        ) from None
    return mlflow
