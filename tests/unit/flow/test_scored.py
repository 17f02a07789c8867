"""Models of a registry: which version is meant, what it returns, and what cannot be had."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.config.model_settings import TrackingSettings
from customer_chunks.config.scored import Scored
from customer_chunks.config.settings import Settings
from customer_chunks.config.targets import folder_target
from customer_chunks.errors import ModelError, StorageError
from customer_chunks.flow.scored_steps import _address, _is_one, scored_steps, version_of
from customer_chunks.flow.tracking import _tracking, registry_of, speaking_to

mlflow: Any = pytest.importorskip("mlflow")
ONE = Scored(
    "worth", "models:/worth@champion", "gold.customer_profiles", ("customer_id",), (("a", "1"),),
    (("score", "double"),),
)  # fmt: skip


def test_outputs_are_found_by_name_but_for_an_only_one() -> None:
    assert _is_one("m", [], ["score"])
    assert _is_one("m", ["probability"], ["score"])
    assert not _is_one("m", ["label", "probability"], ["probability"])
    assert not _is_one("m", [], ["label", "probability"])
    with pytest.raises(ModelError, match="m returns label, probability, and no 'score'"):
        _is_one("m", ["label", "probability"], ["score"])


@pytest.mark.parametrize(
    "address", ["localhost:5000", "foo://x", "/proc/nope", "postgresql+psycopg2://nobody@127.0.0.1:9/x"]
)
def test_server_that_is_none_stops_its_own_step_alone(address: str) -> None:
    with pytest.raises(ModelError, match="models:/worth@champion cannot be had"):
        version_of("models:/worth@champion", address)
    (step,) = scored_steps(
        Settings(scored=(ONE,), tracking=TrackingSettings(uri=address)), folder_target(Path())
    )
    with pytest.raises(ModelError, match="cannot be had"):
        step.build({}, None)  # type: ignore[arg-type]


def test_models_beside_the_tables_are_asked_where_nobody_names_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    settings, target = Settings(scored=(ONE,), tracking=TrackingSettings()), folder_target(tmp_path / "w")
    place = f"sqlite:///{tmp_path}/w/_mlflow/mlflow.db"
    for _ in range(2):
        assert _address(ONE, settings, target) == place
        with speaking_to(mlflow, place):
            assert os.environ["MLFLOW_TRACKING_URI"] == place
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there")
    assert _address(ONE, settings, target) == registry_of(TrackingSettings(), target) == "http://there"
    assert _address(replace(ONE, uri="http://own"), settings, target) == "http://own"


@pytest.mark.parametrize("tracking", [None, TrackingSettings()])
def test_listing_steps_makes_no_registry(
    tracking: TrackingSettings | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(None)
    (step,) = scored_steps(Settings(scored=(ONE,), tracking=tracking), folder_target(tmp_path / "w"))
    with pytest.raises(ModelError, match=r"nothing has been published to .* yet"):
        step.build({}, None)  # type: ignore[arg-type]
    mlflow.set_tracking_uri(before)
    assert list(tmp_path.iterdir()) == []


def test_registry_may_be_another_server_than_that_of_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = f"sqlite:///{tmp_path}/registry.db"
    client = mlflow.MlflowClient(registry, registry)
    client.create_registered_model("worth")
    client.create_model_version("worth", f"{tmp_path}/worth")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", registry)
    assert version_of("models:/worth/1", f"sqlite:///{tmp_path}/runs.db").version == "1"


def test_registry_that_is_damaged_stops_its_own_step_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.db").write_bytes(b"no database" * 100)
    with pytest.raises(ModelError, match=r"cannot be had: .*not a database"):
        version_of("models:/worth@champion", f"sqlite:///{tmp_path}/bad.db")
    with (
        pytest.raises(StorageError, match="cannot be published to"),
        _tracking(mlflow, f"sqlite:///{tmp_path}/bad.db", "ours"),
    ):
        pass


def test_another_registry_is_another_fingerprint(tmp_path: Path) -> None:
    prints = []
    for name in ("staging", "production"):
        tracking = TrackingSettings(uri=f"sqlite:///{tmp_path}/{name}.db")
        client = mlflow.MlflowClient(tracking.uri, tracking.uri)
        client.create_registered_model("worth")
        version = client.create_model_version("worth", f"{tmp_path}/{name}")
        client.set_registered_model_alias("worth", "champion", version.version)
        for _ in range(2):
            (step,) = scored_steps(Settings(scored=(ONE,), tracking=tracking), folder_target(tmp_path))
            prints.append(step.fingerprint)
            assert name not in step.fingerprint
    assert prints[0] == prints[1] != prints[2] == prints[3]


def test_steps_side_by_side_speak_to_their_own_servers(tmp_path: Path) -> None:
    before, seen = mlflow.get_tracking_uri(), []

    def speak(name: str) -> None:
        uri = f"sqlite:///{tmp_path}/{name}.db"
        for _ in range(50):
            with speaking_to(mlflow, uri):
                seen.append(mlflow.get_tracking_uri() == uri)

    threads = [threading.Thread(target=speak, args=(name,)) for name in "abc"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [True] * 150
    assert mlflow.get_tracking_uri() == before
