"""What is told of the versions of models, and that the table is read once for it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.contracts.gold_models import MODELS
from customer_chunks.errors import ConfigError
from customer_chunks.serving.models import champion_of, version_of, versions
from customer_chunks.storage.warehouse import Warehouse

AT = datetime(2024, 3, 1, 12, 30, tzinfo=UTC)
VERSIONS = [
    ("segments", 1, None), ("segments", 2, "champion"), ("segments", 3, "challenger"),
    ("churn", 1, "challenger"), ("churn", 2, None),
]  # fmt: skip


class Kept:
    """A warehouse of one table, or of none."""

    def __init__(self, rows: DataFrame | None) -> None:
        self.rows = rows

    def exists(self, table: str) -> bool:
        return table == MODELS.full_name and self.rows is not None

    def read(self, table: str) -> DataFrame:
        assert self.rows is not None
        return self.rows


@pytest.fixture(scope="module")
def warehouse(spark: SparkSession) -> Warehouse:
    rows = [
        (
            m,
            v,
            alias,
            date(2024, 3, v),
            f'{{"n": {v}}}',
            {"x": 0.5},
            [f"why {m} {v}"],
            {"t": 7},
            "1.0",
            "r",
            AT,
        )
        for m, v, alias in VERSIONS
    ]
    names = [c for c in MODELS.column_names if c != "_row_hash"]
    types = {c.name: c.type for c in MODELS.columns}
    return cast(
        "Warehouse", Kept(spark.createDataFrame(rows, ", ".join(f"{name} {types[name]}" for name in names)))
    )


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse) -> list[int]:
    """Return a list that grows with every table that is brought here."""
    kind = type(cast("Kept", warehouse).rows)
    counted: list[int] = []
    real = kind.collect

    def collect(self: DataFrame) -> list[Any]:
        counted.append(1)
        return real(self)

    monkeypatch.setattr(kind, "collect", collect)
    return counted


def test_versions_are_listed_the_newest_first(warehouse: Warehouse) -> None:
    listed = versions(warehouse)
    assert [(v["model"], v["version"]) for v in listed] == [
        ("churn", 2), ("churn", 1), ("segments", 3), ("segments", 2), ("segments", 1),
    ]  # fmt: skip
    assert listed[3] == {
        "model": "segments", "version": 2, "alias": "champion", "as_of": date(2024, 3, 2),
        "fitted_at": "2024-03-01 12:30:00", "run_id": "r",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("model", "version", "told"), [("segments", None, 2), ("segments", 1, 1), ("churn", 1, 1)]
)
def test_all_about_a_version_is_read_at_once(
    warehouse: Warehouse, brought: list[int], model: str, version: int | None, told: int
) -> None:
    found = version_of(warehouse, model, version)
    assert (found["version"], found["document"], found["notes"]) == (
        told,
        {"n": told},
        [f"why {model} {told}"],
    )
    assert (found["metrics"], found["inputs"], found["package_version"]) == ({"x": 0.5}, {"t": 7}, "1.0")
    assert len(brought) == 1


def test_newest_version_is_told_where_none_scores(warehouse: Warehouse) -> None:
    assert version_of(warehouse, "churn", None)["version"] == 2


def test_champion_is_read_at_once(warehouse: Warehouse, brought: list[int]) -> None:
    champion = champion_of(warehouse, "segments")
    assert (champion or {})["document"] == {"n": 2}
    assert champion_of(warehouse, "churn") is None
    assert len(brought) == 2


def test_what_is_not_there_is_said(warehouse: Warehouse) -> None:
    with pytest.raises(ConfigError, match=r"no model 'segment'\. Did you mean 'segments'"):
        version_of(warehouse, "segment", None)
    with pytest.raises(ConfigError, match=r"Model 'segments' has no version 9\. It has 3"):
        version_of(warehouse, "segments", 9)
    with pytest.raises(ConfigError, match="No model was fitted yet"):
        version_of(cast("Warehouse", Kept(None)), "segments", None)
