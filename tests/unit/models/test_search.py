"""The search for segments: what is measured, what keeps the limits, and which one is taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics

from customer_chunks.errors import ModelError
from customer_chunks.models.measures import agreement, silhouettes, spreads_apart
from customer_chunks.models.search import Candidate, Limits, choose, search
from tests.unit.models.planted import groups

ROWS, TRUTH = groups((400, 300, 200, 100), 3, apart=30.0)
SAMPLE = ROWS.astype(np.float32)
ONE = Candidate("kmeans", 4, "all", 1.0, 0.5, 1.0, 100.0, 0.95, 0.01, 0.95, 0.1, 0.4)


@pytest.mark.parametrize("method", ["kmeans", "bisecting", "ward", "mixture"])
def test_planted_number_of_groups_is_found(method: str) -> None:
    found = search(
        SAMPLE, methods=[method], clusters=range(2, 7), sets={"all": [0, 1, 2]}, limits=Limits(), seed=1
    )
    assert found.chosen.k == 4
    assert found.chosen.stability == pytest.approx(1)
    assert found.chosen.held_out == pytest.approx(1)
    assert (found.chosen.smallest, found.chosen.largest) == (0.1, 0.4)
    assert [c.k for c in found.candidates] == [2, 3, 4, 5, 6]
    assert "Chosen: 4 clusters" in found.why[1]


def test_measures_of_a_candidate_are_scikit_learns() -> None:
    found = search(SAMPLE, methods=["kmeans"], clusters=[4], sets={"all": [0, 1, 2]}, limits=Limits(), seed=1)
    one = found.candidates[0]
    assert one.silhouette == pytest.approx(metrics.silhouette_score(ROWS, TRUTH), rel=1e-4)
    assert one.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(ROWS, TRUTH), rel=1e-4)
    assert one.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(ROWS, TRUTH), rel=1e-4)


def test_rows_without_groups_are_said_to_have_none() -> None:
    noise = np.random.default_rng(0).normal(size=(600, 6)).astype(np.float32)
    found = search(
        noise, methods=["kmeans"], clusters=[5, 6], sets={"all": range(6)}, limits=Limits(), seed=1
    )
    assert all("stability" in c.against for c in found.candidates)
    assert found.why[0].startswith("None of 2 candidates keeps all limits")


def test_set_of_features_in_which_groups_show_is_taken() -> None:
    noise = np.random.default_rng(0).normal(size=(len(SAMPLE), 3)).astype(np.float32) * 20
    both = np.concatenate([SAMPLE, noise], axis=1)
    sets = {"told": [0, 1, 2], "noise": [3, 4, 5]}
    found = search(both, methods=["kmeans"], clusters=[4], sets=sets, limits=Limits(), seed=1)
    assert found.chosen.features == "told"
    assert "features 'told'" in found.why[1]


def test_too_few_different_rows_are_refused() -> None:
    with pytest.raises(ModelError, match="only 2 different customers"):
        search(
            np.repeat(SAMPLE[:2], 50, axis=0), methods=["kmeans"], clusters=[3], sets={"all": [0, 1, 2]},
            limits=Limits(), seed=1,
        )  # fmt: skip


def test_of_candidates_as_good_the_one_with_more_clusters_is_taken() -> None:
    chosen, why = choose([ONE, replace(ONE, k=6, silhouette=0.485), replace(ONE, k=7, silhouette=0.47)])
    assert chosen.k == 6
    assert any("highest silhouette, 0.500, has 4 clusters" in said for said in why)


def test_of_equal_candidates_the_more_stable_one_is_taken() -> None:
    chosen, _ = choose([ONE, replace(ONE, method="ward", stability=0.99, silhouette=0.49)])
    assert chosen.method == "ward"


def test_what_was_chosen_the_last_time_stays_unless_another_is_clearly_better() -> None:
    better = replace(ONE, method="bisecting", k=6, silhouette=ONE.silhouette + 0.04)
    chosen, why = choose([better, ONE], ONE.kind)
    assert chosen == ONE
    assert why[1].startswith("Kept, as before: 4 clusters by kmeans")
    assert "has 6 clusters by bisecting; that is not clearly better" in why[2]
    assert choose([better, ONE])[0] == better
    assert choose([replace(better, silhouette=ONE.silhouette + 0.06), ONE], ONE.kind)[0].k == 6
    assert choose([better, replace(ONE, against="its stability is 0.1")], ONE.kind)[0].k == 6


def test_segments_in_use_may_be_a_little_less_stable() -> None:
    usual = Limits(0.02, 0.6, 0.8)
    assert usual.loosened() == Limits(0.01, 0.8, pytest.approx(0.7))


def test_candidate_against_a_limit_is_not_taken_and_the_reason_is_told() -> None:
    tiny = replace(ONE, k=5, silhouette=0.9, against="its smallest cluster has 0.1% (least: 2%)")
    chosen, why = choose([ONE, tiny])
    assert chosen.k == 4
    assert "More (5): its smallest cluster has 0.1% (least: 2%)." in why


def test_agreement_is_scikit_learns_and_blind_to_names() -> None:
    random = np.random.default_rng(0)
    one, other = random.integers(0, 4, 500), random.integers(0, 5, 500)
    assert agreement(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))
    assert agreement(one, 7 - one) == 1
    assert agreement(np.zeros(9, dtype=int), np.zeros(9, dtype=int)) == 1


def test_silhouette_of_each_row_is_scikit_learns() -> None:
    labels = np.random.default_rng(0).integers(0, 3, len(ROWS))
    labels[0] = 9  # alone
    assert silhouettes(ROWS, labels) == pytest.approx(metrics.silhouette_samples(ROWS, labels), abs=1e-9)
    assert spreads_apart(ROWS, TRUTH)[0] == pytest.approx(metrics.davies_bouldin_score(ROWS, TRUTH))
