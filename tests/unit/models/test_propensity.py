"""Propensities of frames: planted chances, reasons, any partitioning, saved and loaded, bad rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.foretold import auc
from customer_chunks.models.propensity import Propensity
from customer_chunks.models.propensity_model import PropensityModel
from customer_chunks.models.saved import document, from_document
from customer_chunks.serving.mlflow_model import Scorer
from tests.plans import plan
from tests.unit.models.chances import NAMES, a_labelled_frame, a_sample

SAMPLE, CHANCES = a_sample(2000, seed=4)


def propensity(**params: Any) -> Propensity:
    plain: dict[str, Any] = {"keyCol": "customer", "seed": 1, "featureNames": NAMES, "folds": 3}
    return Propensity(**(plain | params))


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return a_labelled_frame(spark, SAMPLE).repartition(3, "id").persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> PropensityModel:
    return propensity(baselineFeature="drive", method="boosted").fit(frame)


@pytest.fixture(scope="module")
def scored(model: PropensityModel, frame: DataFrame) -> list[Any]:
    return model.transform(frame).orderBy("id").collect()


def test_probabilities_are_near_the_planted_chances(scored: list[Any], model: PropensityModel) -> None:
    told = np.array([row["probability"] for row in scored])
    assert np.abs(told - CHANCES).mean() < 0.07
    assert told.mean() == pytest.approx(SAMPLE.labels.mean(), abs=0.02)
    scores = np.array([row["score"] for row in scored])
    assert auc(SAMPLE.labels, scores) > auc(SAMPLE.labels, CHANCES) - 0.02
    assert model.metrics["boosted"]["log_loss"] < model.metrics["baseline"]["log_loss"] - 0.05
    assert model.rows == {
        "rows": 2000,
        "positives": int(SAMPLE.labels.sum()),
        "width": 4,
        "sampled": 2000,
        "sampled_positives": int(SAMPLE.labels.sum()),
    }
    assert (model.calibration.kind, model.note) == ("isotonic", "")


def test_reasons_are_the_largest_effects_of_a_row(scored: list[Any], model: PropensityModel) -> None:
    effects = model.learner.effects(SAMPLE.rows)[:, :-1]
    for n in (0, 1, 2, 1999):
        reasons = scored[n]["reasons"]
        largest = sorted(range(4), key=lambda k: -abs(effects[n, k]))[:3]
        assert [reason["feature"] for reason in reasons] == [NAMES[k] for k in largest]
        assert [reason["effect"] for reason in reasons] == pytest.approx([effects[n, k] for k in largest])
        values = [None if np.isnan(v) else v for v in SAMPLE.rows[n, largest]]
        assert [reason["value"] for reason in reasons] == values


def test_auto_keeps_the_learner_of_least_log_loss(frame: DataFrame) -> None:
    found = propensity(reasons=0).fit(frame)
    losses = {kind: told["log_loss"] for kind, told in found.metrics.items()}
    assert set(losses) == {"forest", "boosted", "logistic"}
    assert found.method == min(losses, key=lambda kind: losses[kind])
    told = found.transform(frame)
    assert told.columns == [*frame.columns, "probability", "score"]
    assert plan(told).count("ArrowEvalPython") == 1  # each row is scored once


def test_partitions_and_order_do_not_matter(frame: DataFrame, model: PropensityModel) -> None:
    other = propensity(baselineFeature="drive", method="boosted").fit(
        frame.orderBy(F.desc("id")).repartition(5)
    )
    assert other.learnt() == model.learnt()


def test_sample_is_drawn_by_customer(frame: DataFrame) -> None:
    one, _ = propensity(sampleSize=1000).sample(frame)
    other, _ = propensity(sampleSize=1000).sample(frame.repartition(7, "label"))
    assert 850 < len(one.labels) < 1150
    assert (one.draws == other.draws).all()
    assert (one.labels == other.labels).all()
    assert (np.unique(one.draws, return_counts=True)[1] == 2).all()
    again, _ = propensity(sampleSize=1000, seed=2).sample(frame)
    assert set(one.draws.tolist()) != set(again.draws.tolist())


def test_row_of_which_nothing_is_known_has_a_probability(spark: SparkSession, model: PropensityModel) -> None:
    nan = float("nan")
    rows = [[None] * 4, [nan] * 4, None, [0.5, float("inf"), 0.0, 0.0], [0.5, None, 0.0, 0.0]]
    told = model.transform(spark.createDataFrame([(r,) for r in rows], "features array<double>")).collect()
    assert len({row["probability"] for row in told[:3]}) == 1
    assert 0 < told[0]["probability"] < 1
    assert told[3]["score"] == told[4]["score"]
    assert [reason["value"] for reason in told[2]["reasons"]] == [None] * 3


def test_older_spark_scores_the_same_by_way_of_pandas(
    spark: SparkSession, model: PropensityModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[0.1, 0.2, 0.3, None], None, [None] * 4, [0.5, 1.0, 0.0, 0.0]]
    frame = spark.createDataFrame([(r,) for r in rows], "features array<double>").coalesce(1)
    by_arrow = model.transform(frame).collect()
    monkeypatch.delattr(F, "arrow_udf", raising=False)
    told = model.transform(frame)
    assert "ArrowEvalPython" in plan(told)
    assert told.collect() == by_arrow


def test_saved_model_scores_the_same_and_so_does_a_pipeline(
    spark: SparkSession, frame: DataFrame, model: PropensityModel, scored: list[Any], tmp_path: Path
) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = PropensityModel.load(str(tmp_path / "model"))
    assert loaded.learnt() == model.learnt()
    assert loaded.transform(frame).orderBy("id").collect() == scored
    PipelineModel([model]).write().save(str(tmp_path / "pipeline"))
    again = PipelineModel.load(str(tmp_path / "pipeline"))
    assert again.transform(frame.limit(1)).collect() == model.transform(frame.limit(1)).collect()


def test_hold_out_is_kept_by_a_model_of_its_own(model: PropensityModel) -> None:
    bins = [{"foretold": 0.2, "observed": 0.25, "rows": 40}]
    told = {"method": "forest", "foretold_from": "2024-06-01", "days": 30, "rows": 40, "reliability": bins}
    kept = model.with_holdout({**told, "gain": [], "foretold": 0.2})
    assert (model.holdout, kept.holdout) == (None, told)
    found = json.loads(json.dumps(document(kept)))
    assert from_document(found, [PropensityModel]).learnt() == kept.learnt()
    del found["learnt"]["holdout"]  # as versions of earlier days are
    del found["params"]["horizonDays"]
    early = from_document(found, [PropensityModel])
    assert (early.learnt(), early.getOrDefault("horizonDays")) == (model.learnt(), 0)


def test_model_that_mlflow_loads_is_given_one_of_its_features_at_least(model: PropensityModel) -> None:
    scorer = Scorer(json.loads(json.dumps(document(model))))
    first = model.getOrDefault("featureNames")[0]
    assert scorer.predict(pd.DataFrame({first: [1.0], "else": [2.0]}))["probability"].between(0, 1).all()
    with pytest.raises(ModelError, match=f"None of the model's features is given: {first}"):
        scorer.predict(pd.DataFrame({"else": [2.0]}))


def test_estimator_saves_and_loads_its_parameters(tmp_path: Path) -> None:
    fitting = propensity(method="forest", baselineFeature="gap")
    Pipeline(stages=[fitting]).write().save(str(tmp_path / "fitting"))
    loaded = Pipeline.load(str(tmp_path / "fitting")).getStages()[0]
    assert {p.name: v for p, v in loaded.extractParamMap().items()} == {
        p.name: v for p, v in fitting.extractParamMap().items()
    }


def test_few_of_a_kind_are_said_with_the_model(spark: SparkSession) -> None:
    few, _ = a_sample(300, seed=6, shift=-2.5)
    found = propensity(method="logistic").fit(a_labelled_frame(spark, few))
    assert found.note == "Fewer than 200 rows of one kind: probabilities follow Platt's curve."


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("label is null", "There is no row to learn from"),
        ("not label", "The label is true in 0 of"),
        ("label", r"A fit needs 20 of either kind: give it more rows"),
    ],
)
def test_too_few_rows_are_said(frame: DataFrame, change: str, sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        propensity().fit(frame.where(change))


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("label", "cast(null as boolean)", "2,000 of 2,000 rows lack a key, features or a label of 0 or 1"),
        ("label", "2", "2,000 of 2,000 rows lack a key, features or a label of 0 or 1"),
        ("customer", "if(id = 3, null, customer)", "1 of 2,000 rows lack a key"),
        ("features", "if(id = 3, null, features)", "1 of 2,000 rows lack a key"),
        ("features", "if(id = 3, array(1d), features)", "Rows of 'features' have 1 to 4 numbers"),
        ("features", "array(1d)", "featureNames has 4 names, but rows have 1 features"),
        ("features", "'x'", "Column 'features' holds string"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_counted(
    frame: DataFrame, column: str, value: str, sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        propensity().fit(frame.withColumn(column, F.expr(value)))


def test_missing_columns_and_features_are_named(frame: DataFrame) -> None:
    with pytest.raises(
        ModelError, match=r"There is no column \['customer', 'label'\]. Columns: id, features"
    ):
        propensity().fit(frame.drop("customer", "label"))
    with pytest.raises(ModelError, match=r"baselineFeature cannot be 'driv'. Did you mean 'drive'"):
        propensity(baselineFeature="driv").fit(frame)


def test_parameters_are_checked_by_name() -> None:
    with pytest.raises(ModelError, match=r"method cannot be 'forrest'. Did you mean 'forest'"):
        propensity(method="forrest")
    with pytest.raises(ModelError, match="featureNames must be a list of different names"):
        propensity(featureNames=["a", "a"])
    with pytest.raises(ModelError, match="folds must be a whole number of at least 2, got 1"):
        propensity(folds=1)
