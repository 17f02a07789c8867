"""Measures of probabilities, next to scikit-learn's and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from customer_chunks.models import foretold
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags

RANDOM = np.random.default_rng(3)
CHANCES = RANDOM.random(500)
CAME = RANDOM.random(500) < CHANCES


@pytest.mark.parametrize("told", [CHANCES, np.round(CHANCES, 1), np.full(500, 0.3), 1 - CHANCES])
def test_measures_are_those_of_scikit_learn(told: Doubles) -> None:
    found = foretold.measured(CAME, told)
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(CAME, told))
    assert found["average_precision"] == pytest.approx(metrics.average_precision_score(CAME, told))
    assert found["log_loss"] == pytest.approx(metrics.log_loss(CAME, told))
    assert found["brier"] == pytest.approx(metrics.brier_score_loss(CAME, told))


def test_certain_and_wrong_costs_what_scikit_learn_says() -> None:
    came, told = np.array([True, False]), np.array([0.0, 0.0])
    assert foretold.log_loss(came, told) == pytest.approx(metrics.log_loss(came, told))


def test_ranking_follows_scores_where_they_are_given() -> None:
    found = foretold.measured(CAME, np.full(500, 0.5), CHANCES)
    assert found["auc"] == pytest.approx(metrics.roc_auc_score(CAME, CHANCES))
    assert found["brier"] == pytest.approx(0.25)


@pytest.mark.parametrize("came", [np.zeros(4, dtype=bool), np.ones(4, dtype=bool)])
def test_rows_of_one_kind_have_no_ranking(came: Flags) -> None:
    assert foretold.auc(came, np.arange(4.0)) == 0.5
    assert foretold.average_precision(came, np.arange(4.0)) == float(came[0])


def test_calibration_error_by_hand() -> None:
    # Two groups of rows: 0.2 of which half came, and 0.8 of which all did.
    told = np.array([0.2] * 4 + [0.8] * 4)
    came = np.array([True, True, False, False] + [True] * 4)
    assert foretold.reliability(came, told) == [
        {"foretold": pytest.approx(0.2), "observed": 0.5, "rows": 4},
        {"foretold": pytest.approx(0.8), "observed": 1.0, "rows": 4},
    ]
    assert foretold.calibration_error(came, told) == pytest.approx((0.3 + 0.2) / 2)


def test_tenths_hold_a_tenth_of_rows_each() -> None:
    told = foretold.reliability(CAME, CHANCES)
    assert [t["rows"] for t in told] == [50] * 10
    assert [t["foretold"] for t in told] == sorted(t["foretold"] for t in told)


def test_gain_of_the_best_ranking_and_of_the_worst() -> None:
    came = np.array([True] * 10 + [False] * 90)
    best = foretold.gain(came, -np.arange(100.0))
    assert [g["found"] for g in best[:3]] == [0.5, 1.0, 1.0]
    assert foretold.gain(came, np.arange(100.0))[-2:] == [
        {"share": 0.95, "found": 0.5},
        {"share": 1.0, "found": 1.0},
    ]
