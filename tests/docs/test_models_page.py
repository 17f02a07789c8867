"""The commands of docs/models.md are run on files of planted segments and purchases."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from customer_chunks.cli.app import app
from customer_chunks.flow import tried_segments
from tests.docs.test_readme import HOME, commands
from tests.unit.models.planted import agreement
from tests.unit.models.test_bg_nbd import PUBLISHED

FIRST = date(2023, 10, 1)


def write(file: Path, head: str, rows: list[list[object]]) -> None:
    file.write_text("\n".join([head, *[";".join(map(str, row)) for row in rows]]) + "\n", encoding="utf-8")


def planted_purchases() -> list[list[object]]:
    """Let 1,500 customers buy for a year as BG/NBD says."""
    random = np.random.default_rng(3)
    rows: list[list[object]] = []
    for customer in range(1500):
        rate = random.gamma(PUBLISHED.r, 1 / PUBLISHED.alpha) / 7
        leaves, spend = random.beta(PUBLISHED.a, PUBLISHED.b), random.gamma(5, 8)
        at = float(random.integers(0, 84))
        while at < 365:
            total = f"{random.gamma(6, spend / 6) + 0.01:.2f}".replace(".", ",")
            rows.append([f"c{customer}", FIRST + timedelta(days=int(at)), total])
            if len(rows) > 1 and random.random() < leaves:
                break
            at += random.exponential(1 / rate)
    return rows


@pytest.mark.slow
def test_sizes_that_are_not_listed_are_told(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tried_segments, "_LISTED", 5)
    monkeypatch.setattr(tried_segments, "_MANY", 10)
    file, out = tmp_path / "whole.csv", tmp_path / "out.csv"
    write(file, "x;y", [[n % 12, 7] for n in range(12 * 6)])
    words = ["segment", "try", "--data", str(file), "--columns", "x,y", "--method", "dbscan"]
    result = CliRunner().invoke(app, [*words, "--out", str(out), "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["measures"]["clusters"], len(told["sizes"])) == (12, 5)
    assert "`sizes` tells the first 5 clusters; 7 more are in the file alone." in told["notes"]
    assert any(said.startswith("12 clusters are many: eps 0.5 may join equal rows") for said in told["notes"])


@pytest.mark.slow
def test_commands_of_the_page_find_what_is_planted(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    kinds = random.integers(0, 3, 600)
    centres = np.array([[10, 20, 900.0], [200, 3, 100.0], [300, 1, 2000.0]])
    people = centres[kinds] * random.uniform(0.9, 1.1, (600, 3))
    told: list[list[object]] = [
        [n, *[f"{v:.3f}".replace(".", ",") for v in row]] for n, row in enumerate(people)
    ]
    told[7][2] = ""
    told = [[*row, "mine"] for row in told]
    write(Path("customers.csv"), "id;recency;orders;spend;Cluster", told)
    ring = [[np.cos(a) * 5, np.sin(a) * 5] for a in np.linspace(0, 6.2, 150)]
    write(Path("points.csv"), "x;y", [*ring, *random.normal(0, 0.2, (150, 2)).tolist(), [40.0, 40.0]])
    write(Path("orders.csv"), "id;day;total", planted_purchases())

    typed = [words[1:] for words in commands((HOME / "docs/models.md").read_text(encoding="utf-8"))]
    said = []
    for words in typed:
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, (words, result.output)
        said.append(result.output)

    with open("clusters.csv", encoding="utf-8-sig") as file:
        clusters = list(csv.DictReader(file))
    assert [row["id"] for row in clusters] == [str(n) for n in range(600)]
    assert {row["Cluster"] for row in clusters} == {"mine"}
    assert clusters[7]["cluster_2"] == ""
    kept = [n for n in range(600) if n != 7]
    assert agreement(np.array([int(clusters[n]["cluster_2"]) for n in kept]), kinds[kept]) == 1
    assert "1 row lacks one of the numbers" in said[0]
    points = pq.read_table("points.parquet").to_pydict()
    assert [set(points["cluster"][part]) for part in (slice(150), slice(150, 300), slice(300, 301))] in (
        [{0}, {1}, {-1}],
        [{1}, {0}, {-1}],
    )
    with open("values.csv", encoding="utf-8-sig") as file:
        values = list(csv.DictReader(file))
    assert len(values) == len({row["customer"] for row in values}) == 1500
    foretold, came = (sum(float(row[c]) for row in values) for c in ("expected_purchases", "bought"))
    assert foretold == pytest.approx(came, rel=0.25)
    assert "Chosen: 3 clusters by" in said[2]
    assert "BG/NBD" in said[3]


@pytest.mark.slow
def test_a_mixture_parts_irises_better_than_centres(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    irises = load_iris(as_frame=True)
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    irises.data.set_axis(names, axis=1).to_csv("irises.csv", index=False)
    agreed = {}
    for method in ("kmeans", "mixture"):
        typed = f"segment try --data irises.csv --columns {','.join(names)} --out {method}.csv --k 3"
        result = CliRunner().invoke(app, [*typed.split(), "--method", method])
        assert result.exit_code == 0, result.output
        with Path(f"{method}.csv").open(encoding="utf-8") as file:
            labels = [int(row["cluster"]) for row in csv.DictReader(file)]
        agreed[method] = adjusted_rand_score(irises.target, labels)
    assert agreed["kmeans"] == pytest.approx(0.73, abs=0.01)
    assert agreed["mixture"] == pytest.approx(0.90, abs=0.01)


TRY = "segment try --data {} --columns {} --out o.csv"
VALUE = "value try --data a.csv --customer name --date {} --amount x"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        (TRY.format("a.csv", "x,z"), 4, "has no column 'z'"),
        (TRY.format("a.csv", "x --k 9"), 11, "only 2 different"),
        (TRY.format("b.csv", "x"), 4, "b.csv: does not exist"),
        (TRY.format("a.csv", "name"), 11, "has no number"),
        (VALUE.format("day"), 11, "bought again"),
        (VALUE.format("name"), 4, "no dates"),
    ],
)
def test_what_cannot_be_fitted_is_one_sentence(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{name},2024-01-0{n},{x}" for n, (name, x) in enumerate([("ann", 1), ("bob", 1), ("cid", 2)], 1)]
    Path("a.csv").write_text("\n".join(["name,day,x", *rows]) + "\n", encoding="utf-8")
    result = CliRunner().invoke(app, typed.split())
    assert (result.exit_code, sentence in " ".join(result.output.split())) == (code, True), result.output
    assert "Traceback" not in result.output
    assert not Path("o.csv").exists()


@pytest.mark.slow
def test_one_of_a_billion_is_told_and_held_at_the_bound_if_robust(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"{n % 2 * 50 + n / 1000},{n % 7}" for n in range(300)] + ["1e9,3"]
    Path("a.csv").write_text("\n".join(["spend,orders", *rows]) + "\n", encoding="utf-8")
    told = {}
    for scale in ("none", "standard", "robust"):
        typed = f"segment try --data a.csv --columns spend,orders --k 2 --out {scale}.csv --json --scale"
        result = CliRunner().invoke(app, [*typed.split(), scale])
        assert result.exit_code == 0, result.output
        told[scale] = json.loads(result.stdout)
    assert ["1 value of 'spend'" in " ".join(told[s]["notes"]) for s in told] == [True, True, False]
    assert [min(told[s]["sizes"].values()) == 1 for s in told] == [True, True, False]
