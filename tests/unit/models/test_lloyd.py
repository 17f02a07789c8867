"""The arithmetic of k-means next to plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.models.lloyd import Round, assigned, settled, spread, summed

random = np.random.default_rng(1)
ROWS = random.normal(size=(20_000, 5)).astype(np.float32)
CENTRES = ROWS[:7].copy()


def squares() -> np.ndarray:  # type: ignore[type-arg]
    apart = ROWS[:, None, :].astype(float) - CENTRES[None, :, :].astype(float)
    return (apart**2).sum(axis=2)


def test_rows_go_to_the_nearest_centre() -> None:
    found, truth = assigned(ROWS, CENTRES), squares()
    assert (found.labels == truth.argmin(axis=1)).mean() > 0.9999  # near ties in 32 bits
    assert np.allclose(found.distances, truth.min(axis=1), atol=1e-4)


def test_rows_far_from_zero_have_their_distances() -> None:
    far = (np.array([48.857, 2.345]) + random.normal(size=(10_000, 2)) * 0.03).astype(np.float32)
    centres = far[:8].copy()
    truth = ((far[:, None].astype(float) - centres[None].astype(float)) ** 2).sum(axis=2)
    for many in (1, 20):  # the other way to find the nearest of them
        found = assigned(far, np.concatenate([centres, *[centres + 9] * (many - 1)]))
        assert (found.labels == truth.argmin(axis=1)).all()
        assert np.allclose(found.distances, truth.min(axis=1), rtol=1e-5)


def test_first_of_equal_centres_counts() -> None:
    assert set(assigned(ROWS[:100], np.repeat(CENTRES[:1], 3, axis=0)).labels) == {0}


def test_many_centres_are_no_different() -> None:
    many, few = ROWS[:300], ROWS[300:2_000]
    apart = ((few[:, None].astype(float) - many[None]) ** 2).sum(axis=2)
    nearest = apart.argmin(axis=1)
    assert (assigned(few, many).labels == nearest).mean() > 0.999
    weights = random.integers(1, 5, len(few)).astype(float)
    found = Round.of(summed(few, many, weights), 300)
    assert np.allclose(found.counts, np.bincount(nearest, weights, minlength=300), atol=5)
    assert np.allclose(found.sums.sum(axis=0), weights @ few)
    assert found.cost == pytest.approx(apart.min(axis=1) @ weights, rel=1e-5)


def test_counts_sums_and_cost() -> None:
    truth = squares()
    nearest = truth.argmin(axis=1)
    found = Round.of(summed(ROWS, CENTRES), 7)
    assert found.counts.sum() == len(ROWS)
    assert np.allclose(found.counts, np.bincount(nearest, minlength=7), atol=1)
    for j in range(7):
        assert np.allclose(found.sums[j], ROWS[nearest == j].sum(axis=0, dtype=float), atol=5)
    assert found.cost == pytest.approx(truth.min(axis=1).sum(), rel=1e-5)


def test_weight_counts_like_copies() -> None:
    few, weights = ROWS[:500], random.integers(1, 5, 500)
    copies = np.repeat(few, weights, axis=0)
    assert np.allclose(summed(few, CENTRES, weights.astype(float)), summed(copies, CENTRES), rtol=1e-5)


def test_centre_without_rows_stays() -> None:
    far = np.concatenate([CENTRES, np.full((1, 5), 1e3, dtype=np.float32)])
    moved = Round.of(summed(ROWS, far), 8).moved(far)
    assert (moved[7] == 1e3).all()
    assert not np.allclose(moved[:7], far[:7])


def test_gain_is_what_a_move_to_the_means_saves_before_rows_change_sides() -> None:
    labels = squares().argmin(axis=1)
    found = Round.of(summed(ROWS, CENTRES), 7)
    means = np.stack([ROWS[labels == j].mean(axis=0, dtype=float) for j in range(7)])
    saved = squares().min(axis=1).sum() - ((ROWS - means[labels]) ** 2).sum()
    assert found.gain(CENTRES) == pytest.approx(saved, rel=1e-4)
    empty = np.concatenate([CENTRES, np.full((1, 5), 1e6, dtype=np.float32)])
    assert Round.of(summed(ROWS, empty), 8).gain(empty) == pytest.approx(saved, rel=1e-4)


def test_starts_are_rows_far_apart() -> None:
    groups = np.concatenate([ROWS[:300] * 0.01 + 10 * n for n in range(6)])
    starts = spread(groups, 6, seed=0)
    assert sorted(np.round(starts.mean(axis=1) / 10).tolist()) == [0, 1, 2, 3, 4, 5]


def test_no_more_starts_than_different_rows() -> None:
    assert len(spread(np.repeat(CENTRES[:2], 50, axis=0), 5, seed=0)) == 2


def test_centres_come_to_rest_where_a_round_gains_nothing() -> None:
    centres, cost = settled(ROWS, CENTRES)
    after = Round.of(summed(ROWS, centres), 7)
    assert after.cost == pytest.approx(cost, rel=1e-6)
    assert Round.of(summed(ROWS, after.moved(centres)), 7).cost == pytest.approx(cost, rel=1e-4)
    assert cost < summed(ROWS, CENTRES)[-1]
