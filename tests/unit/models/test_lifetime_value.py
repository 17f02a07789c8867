"""Lifetime values of a frame of customers: the models behind them, the sum over months, bad histories."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models import bg_nbd, counted, gamma_gamma, lifetime_value
from customer_chunks.models.bg_nbd import Histories
from customer_chunks.models.gamma_gamma import Spending
from customer_chunks.models.lifetime_value import LifetimeValue, LifetimeValueModel
from customer_chunks.models.saved import document, from_document
from customer_chunks.serving.mlflow_model import HISTORY, Scorer
from tests.unit.models.test_bg_nbd import simulated

HISTORIES = simulated(1500, seed=8)
DAYS = [HISTORIES.repeats, np.ceil(HISTORIES.last * 7), np.ceil(HISTORIES.age * 7)]
SPEND = np.where(DAYS[0] > 0, np.random.default_rng(1).gamma(4, 5, 1500) + 1, 0.0)
CDNOW = Path(__file__).with_name("cdnow.csv")
"""The 2,357 customers of Fader, Hardie and Lee (2005), from the package Lifetimes 0.11.3 (MIT; its
licence lies beside): weeks times 7 as days, the mean of repeat purchases as ``spend``."""
SCHEMA = "repeats double, last_days double, age_days double, spend double"


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    rows = [tuple(float(v) for v in row) for row in zip(*DAYS, SPEND, strict=True)]
    return spark.createDataFrame(rows, SCHEMA).persist()


@pytest.fixture(scope="module")
def model(customers: DataFrame) -> LifetimeValueModel:
    return LifetimeValue(horizonDays=365, discount=0.1, margin=0.3).fit(customers)


def test_fit_over_a_frame_is_the_fit_of_its_customers(model: LifetimeValueModel) -> None:
    ones, again = np.ones(1500), DAYS[0] > 0
    purchases = bg_nbd.fitted(Histories(*DAYS, ones))
    assert vars(model.purchases) == pytest.approx(vars(purchases), rel=1e-4)
    spending = gamma_gamma.fitted(Spending(DAYS[0][again], SPEND[again], np.log(SPEND[again]), ones[again]))
    assert (model.spending.p, model.spending.q, model.spending.v) == pytest.approx(
        (spending.p, spending.q, spending.v), rel=1e-2
    )


def test_cdnow_is_fitted_as_published(spark: SparkSession) -> None:
    model = LifetimeValue().fit(spark.read.csv(str(CDNOW), header=True, schema=SCHEMA))
    bought = model.purchases
    assert bought.customers == 2357
    # Section 5 of the paper, to its last digit; time in weeks.
    assert (bought.r, bought.alpha / 7, bought.a, bought.b) == pytest.approx(
        (0.243, 4.414, 0.793, 2.426), abs=5e-4
    )
    # Fader and Hardie (2013), who stop at the second digit.
    spent = model.spending
    assert spent.customers == 946
    assert (spent.p, spent.q, spent.v) == pytest.approx((6.25, 3.74, 15.44), abs=1e-2)
    assert spent.doubts() == []


def test_value_is_the_discounted_sum_of_months(model: LifetimeValueModel, customers: DataFrame) -> None:
    (row,) = model.transform(customers.where("repeats > 2").limit(1)).collect()
    history = [np.array([row[name]]) for name in ("repeats", "last_days", "age_days")]
    ends = [365.25 / 12 * n for n in range(1, 12)] + [365.0]
    bought = [float(model.purchases.expected(*history, end)[0]) for end in ends]
    amount = float(model.spending.expected(history[0], np.array([row["spend"]]))[0])
    by_month = np.diff([0.0, *bought])
    value = sum(n * amount / 1.1 ** (end / 365.25) for n, end in zip(by_month, ends, strict=True)) * 0.3
    assert row["lifetime_value"] == pytest.approx(value, rel=1e-9)
    assert row["expected_purchases"] == pytest.approx(bought[-1], rel=1e-9)
    assert row["expected_spend"] == pytest.approx(amount, rel=1e-9)
    assert 0 < row["probability_alive"] <= 1


def test_without_discount_and_margin_value_is_purchases_times_spend(customers: DataFrame) -> None:
    told = LifetimeValue(horizonDays=90).fit(customers).transform(customers).toPandas()
    assert np.allclose(told["lifetime_value"], told["expected_purchases"] * told["expected_spend"])


def test_what_was_worked_out_before_is_what_would_be_now(
    model: LifetimeValueModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = np.stack([*DAYS, SPEND], axis=1)
    afresh = [model.copy(), model.copy()]
    whole = afresh[0].scores(rows)
    monkeypatch.setattr(lifetime_value, "_REMEMBERED", 200)
    parts = [afresh[1].scores(part) for part in np.array_split(rows, 40)]
    for name, values in whole.items():
        assert np.concatenate([part[name] for part in parts]) == pytest.approx(values, rel=1e-12)
    assert len(afresh[1]._gains._pairs) <= 200
    other = model.copy({model.horizonDays: 30}).scores(rows)
    assert (other["purchases"] < whole["purchases"]).all()


def test_saved_model_scores_the_same(model: LifetimeValueModel, customers: DataFrame, tmp_path: Path) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = LifetimeValueModel.load(str(tmp_path / "model"))
    assert loaded.transform(customers).collect() == model.transform(customers).collect()


def test_mean_that_stands_in_is_saved_and_a_model_of_before_has_none(
    model: LifetimeValueModel, customers: DataFrame
) -> None:
    params, learnt = document(model)["params"], json.loads(json.dumps(model.learnt()))
    skewed = LifetimeValueModel.rebuilt(
        params, {**learnt, "spending": {**learnt["spending"], "stand_in": 7.0}}
    )
    again = from_document(json.loads(json.dumps(document(skewed))), [LifetimeValueModel])
    once = again.transform(customers.where("repeats = 0").limit(3)).toPandas()
    assert once["expected_spend"].to_list() == pytest.approx([7.0] * 3)
    rows = customers.where("repeats > 0").limit(50).toPandas()
    told = again.transform(customers.sparkSession.createDataFrame(rows)).toPandas()
    assert told["expected_spend"].to_list() == pytest.approx(again.scores(rows.to_numpy())["spend"].tolist())
    assert told["expected_spend"].to_list() != pytest.approx(model.scores(rows.to_numpy())["spend"].tolist())
    del learnt["spending"]["stand_in"]
    before = LifetimeValueModel.rebuilt(params, learnt)
    assert before.spending == model.spending
    assert before.spending.stand_in is None


def test_model_that_mlflow_loads_takes_no_other_column_for_a_history(model: LifetimeValueModel) -> None:
    scorer = Scorer(json.loads(json.dumps(document(model))))
    rows = pd.DataFrame([[8, 300, 310, 40.0], [0, 0, 310, None]], columns=HISTORY)
    told = scorer.predict(rows)
    assert told["lifetime_value"].to_list() == pytest.approx(
        model.scores(np.array([[8, 300, 310, 40.0], [0, 0, 310, -1]]))["value"].tolist()
    )
    assert scorer.predict(rows.drop(columns="spend")).notna().all(axis=None)
    for name in HISTORY[:3]:
        with pytest.raises(ModelError, match=f"need {name}, which is not given"):
            scorer.predict(rows.rename(columns={name: f"{name}_"}))
        unknown = scorer.predict(rows.assign(**{name: [None, 0]}))
        assert unknown.isna().all(axis=1).to_list() == [True, False]


def test_hold_out_is_kept_and_an_earlier_release_kept_none(model: LifetimeValueModel) -> None:
    tenths = [{"tenth": 1, "customers": 5, "expected_amount": 2.0, "amount": 3.0}]
    told = document(model.with_holdout(90, tenths))
    assert from_document(told, [LifetimeValueModel]).holdout == {"days": 90, "tenths": tenths}
    assert model.holdout is None
    del told["learnt"]["holdout"]
    assert from_document(told, [LifetimeValueModel]).holdout is None


def test_too_many_different_histories_are_told_by_wider_grains(
    customers: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = LifetimeValue().fit(customers).purchases
    monkeypatch.setattr(counted, "_MOST_GROUPS", 400)
    coarse = LifetimeValue().fit(customers).purchases
    assert coarse != exact
    assert (coarse.r, coarse.alpha) == pytest.approx((exact.r, exact.alpha), rel=0.1)


@pytest.mark.parametrize("bad", [(1.0, 9.0, 8.0, 1.0), (-1.0, 1.0, 8.0, 1.0), (None, 1.0, 8.0, 1.0)])
def test_history_that_cannot_be_is_said(spark: SparkSession, bad: tuple[float, ...]) -> None:
    with pytest.raises(ModelError, match="1 customers have a history that cannot be"):
        LifetimeValue().fit(spark.createDataFrame([bad], SCHEMA))
