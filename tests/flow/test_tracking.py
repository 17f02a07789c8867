"""Versions of models in MLflow: published once, with aliases, and scoring elsewhere as the tables say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.model_settings import ModelSettings, TrackingSettings, ValueSettings
from customer_chunks.config.settings import read_settings
from customer_chunks.errors import StorageError
from customer_chunks.flow.registry import promote
from customer_chunks.flow.tracking import publish, speaking_to
from tests.flow.company import SALES, Company
from tests.flow.test_models import ASKED, SEGMENTS, a_line, history

mlflow: Any = pytest.importorskip("mlflow")
MODELS = ModelSettings(SEGMENTS, ValueSettings(holdout_days=30))
NAMES = ("customer_chunks.segments", "customer_chunks.customer_values")

PICTURES = {
    NAMES[0]: {
        "segment-heat", "segment-search", "segment-map", "segment-tsne", "segment-silhouettes", "rfm-heat",
    },
    NAMES[1]: {"values", "values-calibration"},
}  # fmt: skip

pytestmark = pytest.mark.slow


def told_of_customers(folder: str) -> Any:
    """Return the customers that a published model is accompanied by."""
    (document,) = Path(folder).rglob("model.json")
    return json.loads(document.read_text(encoding="utf-8"))["learnt"].get("sample")


@pytest.fixture
def company(companies: Callable[..., Company], tmp_path: Path) -> Company:
    tracking = TrackingSettings(uri=f"sqlite:///{tmp_path}/mlflow.db")
    settings = replace(ASKED, models=MODELS, tracking=tracking, reporting_currency="EUR")
    return companies("tracked", settings).maps(SALES).brings("sales1.csv", *history())


def test_fits_are_runs_and_their_models_score_as_the_tables(company: Company) -> None:
    report = company.run()
    told = next(o for o in report.outcomes if o.step == "mlflow")
    assert told.detail == "published: customer_chunks.customer_values 1, customer_chunks.segments 1"
    tracking = company.settings.tracking
    assert tracking is not None
    mlflow.set_tracking_uri(tracking.uri)
    client = mlflow.MlflowClient(tracking.uri)
    for name in NAMES:
        version = client.get_model_version_by_alias(name, "champion")
        assert version.tags["chunks_version"] == "1"
        run = client.get_run(version.run_id)
        assert run.data.tags["chunks_run"] == report.run_id
        assert any(tag.startswith("input.") for tag in run.data.tags)
        assert run.data.metrics["customers"] > 0
        drawn = {Path(told.path).stem for told in client.list_artifacts(version.run_id, "pictures")}
        assert drawn == PICTURES[name]
        assert told_of_customers(mlflow.artifacts.download_artifacts(version.source)) is None
    assert publish(company.warehouse, tracking) == []

    values = mlflow.pyfunc.load_model(f"models:/{NAMES[1]}@champion")
    columns = ("repeats", "last_days", "age_days", "repeat_spend", "lifetime_value")
    rows = company.warehouse.read("gold.customer_values").select(*columns).toPandas()
    given = rows[list(columns[:-1])].rename(columns={"repeat_spend": "spend"}).astype(float)
    assert values.predict(given)["lifetime_value"].to_list() == pytest.approx(
        rows["lifetime_value"].to_list()
    )

    segments = mlflow.pyfunc.load_model(f"models:/{NAMES[0]}@champion")
    profiles = company.warehouse.read("gold.customer_profiles").drop("_row_hash", "as_of").toPandas()
    signature = segments.metadata.signature
    assert {"recency_days", "purchase_count", "country"} < set(signature.inputs.input_names())
    assert "city" not in signature.inputs.input_names()
    assert list(segments.predict(profiles.head(2))) == signature.outputs.input_names()
    assert list(values.predict(given.head(2))) == values.metadata.signature.outputs.input_names()
    told_of = segments.predict(profiles[signature.inputs.input_names()])["segment"]
    placed = dict(zip(profiles["customer_id"], told_of, strict=True))
    assert placed == dict(company.rows("gold.segments", "customer_id", "segment"))


def test_alias_moves_with_a_promotion(company: Company) -> None:
    company.run()
    company.run(full=["ops.models[customer_values]"])
    assert promote(company.warehouse, "customer_values", 1) == 1
    tracking = company.settings.tracking
    assert tracking is not None
    publish(company.warehouse, tracking)
    client = mlflow.MlflowClient(tracking.uri)
    assert client.get_model_version_by_alias(NAMES[1], "champion").tags["chunks_version"] == "1"
    assert {v.tags["chunks_version"] for v in client.search_model_versions(f"name = '{NAMES[1]}'")} == {
        "1",
        "2",
    }


def test_publishing_that_is_killed_registers_no_version_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.settings = replace(company.settings, models=replace(MODELS, segments=None), tracking=None)
    company.run()
    tracking = TrackingSettings(uri=f"sqlite:///{company.folder}/mlflow.db")
    register = mlflow.register_model

    def killed_before(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def killed_behind(*args: Any, **kwargs: Any) -> None:
        register(*args, **kwargs)
        raise KeyboardInterrupt

    for killed in (killed_before, killed_behind):
        monkeypatch.setattr(mlflow, "register_model", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(company.warehouse, tracking)
    monkeypatch.setattr(mlflow, "register_model", register)
    assert publish(company.warehouse, tracking) == []
    client = mlflow.MlflowClient(tracking.uri)
    (version,) = client.search_model_versions(f"name = '{NAMES[1]}'")
    assert version.tags["chunks_version"] == "1"
    assert client.get_model_version_by_alias(NAMES[1], "champion").version == version.version


def test_server_that_is_away_fails_no_run(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    away = TrackingSettings(uri="http://127.0.0.1:9")
    only = ModelSettings(customer_values=MODELS.customer_values)
    company.settings = replace(company.settings, tracking=away, models=only)
    report = company.run()
    assert any("The models cannot be published to http://127.0.0.1:9" in said for said in report.remarks)
    with pytest.raises(StorageError, match="cannot be published"):
        publish(company.warehouse, away)


def test_any_registered_model_fills_a_table_of_its_own(
    companies: Callable[..., Company], tmp_path: Path, spark: SparkSession
) -> None:
    from sklearn.linear_model import LinearRegression  # noqa: PLC0415 - takes a second

    uri = f"sqlite:///{tmp_path}/registry.db"
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("given", f"file://{tmp_path}/artifacts"))
    client = mlflow.MlflowClient(uri, uri)

    def registered(slope: float) -> None:
        rows = pd.DataFrame({"spend": [0.0, 1.0, 2.0]})
        fitted = LinearRegression().fit(rows, rows["spend"] * slope + 1)
        with mlflow.start_run():
            logged = mlflow.sklearn.log_model(fitted, name="model", registered_model_name="worth")
        client.set_registered_model_alias("worth", "champion", logged.registered_model_version)

    registered(2.0)
    path = tmp_path / "settings.yml"
    path.write_text(SCORED.replace("URI", uri), encoding="utf-8")
    company = companies("given", read_settings(path)).maps(SALES)
    company.brings("sales1.csv", *[a_line(c, day, 10.0) for c, day in (("a", 1), ("a", 2), ("b", 3))])
    company.run()
    assert company.rows("gold.worth", "customer_id", "score", "model_version") == [
        ("a", pytest.approx(41), "1"), ("b", pytest.approx(21), "1"),
    ]  # fmt: skip
    assert company.run().is_idle

    registered(3.0)
    company.run()
    assert company.rows("gold.worth", "score", "model_version") == [
        (pytest.approx(31), "2"),
        (pytest.approx(61), "2"),
    ]
    client.delete_registered_model_alias("worth", "champion")
    report = company.tries()
    assert [str(e).startswith("models:/worth@champion cannot be had") for e in report.errors] == [True]
    assert len(company.rows("gold.worth", "score")) == 2


class Kinds(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """Returns a text, which may be missing, and a number behind it."""

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        spend = model_input["spend"]
        return pd.DataFrame({"kind": spend.map({20.0: "big", 10.0: None}), "chance": spend / 100})


def test_outputs_come_by_name_and_a_model_whose_files_are_gone_stops_its_table_alone(
    companies: Callable[..., Company], tmp_path: Path, spark: SparkSession
) -> None:
    uri = f"sqlite:///{tmp_path}/registry.db"
    example = pd.DataFrame({"spend": [20.0, 10.0]})
    signature = mlflow.models.infer_signature(
        example, pd.DataFrame({"kind": ["a", "b"], "chance": [0.1, 0.2]})
    )
    with speaking_to(mlflow, uri):
        made = mlflow.create_experiment("given", f"file://{tmp_path}/artifacts")
        mlflow.set_experiment(experiment_id=made)
        with mlflow.start_run():
            mlflow.pyfunc.log_model(
                name="model", python_model=Kinds(), signature=signature, registered_model_name="kinds"
            )
    mlflow.MlflowClient(uri, uri).set_registered_model_alias("kinds", "champion", 1)
    path = tmp_path / "settings.yml"
    asked = SCORED.replace("URI", uri).replace("models:/worth", "models:/kinds")
    others = asked.replace("scored:", "").replace("table: worth", "table: kinds")
    told = asked.replace("score: double", "chance: double") + others.replace("score: double", "kind: string")
    path.write_text(told, encoding="utf-8")
    company = companies("named", read_settings(path)).maps(SALES)
    company.brings("sales1.csv", *[a_line(c, day, 10.0) for c, day in (("a", 1), ("a", 2), ("b", 3))])
    company.run()
    assert company.rows("gold.worth", "customer_id", "chance") == [("a", 0.2), ("b", 0.1)]
    assert company.rows("gold.kinds", "customer_id", "kind") == [("a", "big"), ("b", None)]

    shutil.rmtree(tmp_path / "artifacts")
    company.brings("sales2.csv", a_line("c", 4, 10.0))
    report = company.tries()
    assert [" cannot be had: " in str(e) for e in report.errors] == [True, True]
    assert len(company.rows("gold.customer_profiles", "customer_id")) == 3


SCORED = """
scored:
  - table: worth
    model: models:/worth@champion
    uri: URI
    source: gold.customer_profiles
    columns: {spend: double(net_amount)}
    outputs: {score: double}
"""
