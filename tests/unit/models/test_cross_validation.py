"""Learners on rows that they were not fitted to: keys stay together, and the best one is kept."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.errors import ModelError
from customer_chunks.models.cross_validation import Trial, best, naive, trial
from customer_chunks.models.foretold import auc, log_loss
from tests.unit.models.chances import a_sample

SAMPLE, CHANCES = a_sample(1500, seed=1)


@pytest.fixture(scope="module")
def trials() -> dict[str, Trial]:
    kinds = ("boosted", "logistic")
    return {kind: trial(kind, SAMPLE, folds=4, seed=1, threads=1) for kind in kinds}


def test_keys_are_parted_evenly_and_stay_together() -> None:
    part, inner = SAMPLE.folds(5), SAMPLE.is_inner(5)
    assert (part[::2] == part[1::2]).all()
    assert (inner[::2] == inner[1::2]).all()
    assert np.bincount(part).min() > 200
    assert 0.05 < inner.mean() < 0.2
    assert all(inner[part == n].any() for n in range(5))


def test_the_truth_is_nearly_reached_and_the_best_is_kept(trials: dict[str, Trial]) -> None:
    told = trials["boosted"].told
    assert told["auc"] == auc(SAMPLE.labels, trials["boosted"].scores)
    assert told["log_loss"] < log_loss(SAMPLE.labels, CHANCES) + 0.04
    assert best(list(trials.values())).kind == "boosted"
    assert told["calibration_error"] < 0.05


def test_label_that_only_the_key_tells_is_not_learnt() -> None:
    random = np.random.default_rng(0)
    rows = np.repeat(random.normal(size=(300, 1)), 4, axis=0)  # the same in all rows of a key
    draws = np.repeat(random.integers(-(2**62), 2**62, 300), 4)
    labels = np.repeat(random.random(300) < 0.5, 4)
    sample = SAMPLE._replace(rows=rows, draws=draws, labels=labels)
    assert trial("forest", sample, folds=5, seed=1, threads=1).told["auc"] < 0.6


def test_naive_guess_of_a_feature_that_tells_nothing_is_the_overall_share() -> None:
    useful, useless = (naive(SAMPLE, place, folds=5) for place in (0, 2))
    assert useful["auc"] > 0.7
    assert useless["auc"] < 0.55
    share = SAMPLE.labels.mean()
    assert useless["brier"] == pytest.approx(share * (1 - share), abs=0.01)


def test_label_with_one_key_only_is_said() -> None:
    lone = SAMPLE._replace(labels=SAMPLE.draws == SAMPLE.draws[0])
    with pytest.raises(ModelError, match="All rows of one label have the same few keys"):
        trial("logistic", lone, folds=5, seed=1, threads=1)
