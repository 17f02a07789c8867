"""The notebooks, run from top to bottom on a small company."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from customer_chunks.config.settings import Settings
from tests.flow.company import SALES, Company
from tests.flow.test_models import history

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.mark.slow
def test_every_notebook_runs_to_its_end(
    companies: Callable[..., Company],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    company = companies("notebook", Settings()).maps(SALES).brings("sales1.csv", *history())
    company.run()
    monkeypatch.chdir(tmp_path)
    told = {}
    for notebook in sorted(NOTEBOOKS.glob("*.py")):
        monkeypatch.setattr(sys, "argv", [str(notebook), str(company.folder / "warehouse")])
        runpy.run_path(str(notebook))
        told[notebook.stem] = capsys.readouterr().out
    assert sorted(told) == ["customer_segments", "explore_gold"]
    assert "Chosen: " in told["customer_segments"]
    assert "90 customers" in told["customer_segments"]
    assert {p.stem for p in (tmp_path / "build" / "pictures").glob("*.png")} == {
        "search", "tree", "loadings", "pca", "silhouettes", "tsne", "values", "segments", "rfm", "flows",
        "calibration",
    }  # fmt: skip
