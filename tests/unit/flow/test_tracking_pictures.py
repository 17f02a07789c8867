"""What MLflow is given of a version that is no champion, without a warehouse: its document tells it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from customer_chunks.flow.tracking import _pictures, _without_sample
from customer_chunks.storage.warehouse import Warehouse
from tests.unit.serving.test_report_kept import version

NOWHERE = cast("Warehouse", None)


def drawn(told: dict[str, Any], folder: Path) -> list[str]:
    return [path.name for path in _pictures(NOWHERE, told, "EUR", folder)]


def test_challenger_has_pictures_and_what_is_missing_is_written_down(tmp_path: Path) -> None:
    told = {**version(rows=100), "alias": "challenger"}
    assert drawn(told, tmp_path) == [
        "segment-heat.png", "segment-map.png", "segment-tsne.png", "segment-silhouettes.png",
    ]  # fmt: skip
    old = {**version(sample=None), "alias": None}
    assert drawn(old, tmp_path) == ["segment-heat.png", "left_out.txt"]
    assert "keeps no sample" in (tmp_path / "left_out.txt").read_text(encoding="utf-8")


def test_model_goes_out_without_the_customers_that_pictures_are_drawn_of() -> None:
    document = version()["document"]
    assert _without_sample(document)["learnt"] == {**document["learnt"], "sample": None}
    assert document["learnt"]["sample"]
    values = {"class": "LifetimeValueModel", "params": {}, "learnt": {"purchases": {}}}
    assert _without_sample(values) == values
