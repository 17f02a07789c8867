"""What learns: trees next to LightGBM's own numbers, the regression next to scikit-learn's; effects, gaps."""

from __future__ import annotations

import json
import sys

import lightgbm
import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from customer_chunks.errors import ModelError
from customer_chunks.models.foretold import auc
from customer_chunks.models.learners import Learner, Logistic, Trees, as_json, from_json, learnt
from tests.unit.models.chances import NAMES, a_sample

SAMPLE, CHANCES = a_sample(1500, seed=1)
FRESH, _ = a_sample(1500, seed=2)
INNER = SAMPLE.is_inner(5)
KINDS = ("forest", "boosted", "logistic")


@pytest.fixture(scope="module")
def learners() -> dict[str, Learner]:
    return {kind: learnt(kind, SAMPLE, INNER, seed=1, threads=1) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_effects_and_the_score_of_nobody_add_up_to_the_score(learners: dict[str, Learner], kind: str) -> None:
    effects = learners[kind].effects(FRESH.rows)
    assert effects.shape == (1500, len(NAMES) + 1)
    assert np.allclose(effects.sum(axis=1), learners[kind].scores(FRESH.rows), atol=1e-9)
    assert len(np.unique(effects[:, -1])) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_it_ranks_fresh_rows_nearly_as_well_as_the_truth(learners: dict[str, Learner], kind: str) -> None:
    truth = auc(FRESH.labels, a_sample(1500, seed=2)[1])
    lost = 0.04 if kind != "logistic" else 0.12  # which sees no bend and no unknown number
    assert auc(FRESH.labels, learners[kind].scores(FRESH.rows)) > truth - lost


def test_scores_of_trees_are_the_log_odds_of_lightgbms_probabilities(learners: dict[str, Learner]) -> None:
    for kind in ("forest", "boosted"):
        trees = learners[kind]
        assert isinstance(trees, Trees)
        told = lightgbm.Booster(model_str=trees.model).predict(FRESH.rows)
        assert np.allclose(1 / (1 + np.exp(-trees.scores(FRESH.rows))), told)


def test_regression_is_that_of_scikit_learn(learners: dict[str, Learner]) -> None:
    ours = learners["logistic"]
    assert isinstance(ours, Logistic)
    held = FunctionTransformer(lambda rows: np.clip(rows, ours.least, ours.most))
    whole = make_pipeline(SimpleImputer(strategy="median"), held, StandardScaler(), LogisticRegression())
    whole.fit(SAMPLE.rows, SAMPLE.labels)
    odds = whole.decision_function(FRESH.rows)
    assert np.allclose(ours.scores(FRESH.rows), odds, atol=1e-3)


def test_one_of_a_billion_spoils_no_learner() -> None:
    rows = SAMPLE.rows.copy()
    rows[7] = np.where(np.isnan(rows[7]), rows[7], 1e9)
    for kind in KINDS:
        learner = learnt(kind, SAMPLE._replace(rows=rows), INNER, seed=1, threads=1)
        usual = learnt(kind, SAMPLE, INNER, seed=1, threads=1)
        lost = auc(FRESH.labels, usual.scores(FRESH.rows)) - auc(FRESH.labels, learner.scores(FRESH.rows))
        assert lost < 0.02


@pytest.mark.parametrize("kind", ["forest", "boosted"])
def test_unknown_is_told_to_trees(learners: dict[str, Learner], kind: str) -> None:
    rows = np.tile([0.0, 0.0, 0.0, 0.0], (2, 1))
    rows[1, 3] = np.nan
    known, unknown = learners[kind].scores(rows)
    assert unknown > known + 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_number_that_was_never_unknown_before_is_as_the_median(
    learners: dict[str, Learner], kind: str
) -> None:
    rows = np.array([[np.nan, 0.0, 0.0, 0.0], [np.median(SAMPLE.rows[:, 0]), 0.0, 0.0, 0.0]])
    missing, median = learners[kind].scores(rows)
    assert missing == median


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_same_again_from_json_and_with_more_threads(
    learners: dict[str, Learner], kind: str
) -> None:
    again = from_json(json.loads(json.dumps(as_json(learners[kind]))))
    assert again == learners[kind]
    assert (again.scores(FRESH.rows) == learners[kind].scores(FRESH.rows)).all()
    rounds = learners[kind].rounds
    two = learnt(kind, SAMPLE, INNER, seed=1, threads=2, rounds=rounds)
    assert (two.scores(FRESH.rows) == learners[kind].scores(FRESH.rows)).all()


def test_boosted_trees_stop_before_they_learn_noise() -> None:
    random = np.random.default_rng(0)
    noise = SAMPLE._replace(labels=random.random(1500) < 0.3)
    assert learnt("boosted", noise, INNER, seed=1, threads=1).rounds < 40
    assert learnt("boosted", SAMPLE, INNER, seed=1, threads=1).rounds > 40


def test_feature_without_a_number_or_with_one_value_does_no_harm() -> None:
    rows = SAMPLE.rows.copy()
    rows[:, 2], rows[:, 3] = np.nan, 7.0
    for kind in KINDS:
        told = learnt(kind, SAMPLE._replace(rows=rows), INNER, seed=1, threads=1)
        assert np.isfinite(told.scores(FRESH.rows)).all()
        assert (told.effects(rows)[:, 2] == 0).all()


@pytest.mark.parametrize(("module", "kind"), [("lightgbm", "forest"), ("sklearn.linear_model", "logistic")])
def test_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, module: str, kind: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match=r"is not installed. Run `pip install 'customer-chunks\[models\]'`"):
        learnt(kind, SAMPLE, INNER, seed=1, threads=1)
