"""Few rows for many: different ones, frequent ones, weights, and any blocks."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.models.coreset import coreset, different
from customer_chunks.models.frequent import counted
from tests.unit.models.planted import InMemory

random = np.random.default_rng(8)
MANY = random.normal(size=(30_000, 3))
FEW = np.repeat(random.normal(size=(40, 3)), 25, axis=0)


def test_different_rows_are_all_of_them_or_as_many_as_asked_for_whatever_the_blocks() -> None:
    kinds = np.unique(FEW.astype(np.float32), axis=0)
    assert (different(InMemory(FEW), 40, 0) == kinds).all()
    drawn = [different(InMemory(random.permutation(MANY), blocks), 50, 1) for blocks in (1, 4, 11)]
    assert [len(rows) for rows in drawn] == [50] * 3
    assert (drawn[0] == drawn[1]).all()
    assert (drawn[0] == drawn[2]).all()


def test_minus_zero_is_zero() -> None:
    rows = np.array([[0.0, 1.0], [-0.0, 1.0]])
    found = different(InMemory(rows, 2), 9, 0)
    assert found.tolist() == [[0.0, 1.0]]
    assert counted(InMemory(rows, 2), found).tolist() == [2]


def test_copies_are_counted() -> None:
    rows = np.concatenate([FEW, MANY])
    asked = np.concatenate([FEW[::25], MANY[:2], [[7.0, 7.0, 7.0]]]).astype(np.float32)
    assert counted(InMemory(rows), asked).tolist() == [25.0] * 40 + [1, 1, 0]


def test_no_more_rows_than_asked_for_are_all_taken() -> None:
    found = coreset(InMemory(FEW), 1000, 0)
    assert (len(found.rows), set(found.weights)) == (40, {25})


def test_weighted_rows_cost_about_as_much_and_a_far_or_frequent_row_is_there() -> None:
    same, far = np.repeat([[1.5, 0.0, 0.0]], 6_000, axis=0), [[1e9, 0.0, 0.0]]
    rows = np.concatenate([MANY, same, far])
    found = coreset(InMemory(rows), 4_000, 0)
    assert 1_500 < len(found.rows) < 4_500
    assert found.weights.sum() == pytest.approx(36_001, rel=0.05)
    weight_of = {tuple(row): weight for row, weight in zip(found.rows.tolist(), found.weights, strict=True)}
    assert weight_of[1.5, 0.0, 0.0] == 6_000
    assert weight_of[1e9, 0.0, 0.0] == 1
    near = found.rows[:, 0] < 1e6
    cost = found.weights[near] @ (found.rows[near] ** 2).sum(axis=1)
    assert cost == pytest.approx((rows[:-1] ** 2).sum(), rel=0.05)


def test_blocks_and_order_do_not_matter_to_the_sample() -> None:
    rows = np.concatenate([MANY, np.zeros((500, 3))])
    one, other = (coreset(InMemory(random.permutation(rows), blocks), 2_000, 5) for blocks in (2, 7))
    assert (one.rows == other.rows).all()
    assert np.allclose(one.weights, other.weights)


def test_rows_all_alike_are_one() -> None:
    found = coreset(InMemory(np.ones((3_000, 2))), 1_000, 0)
    assert (found.rows.tolist(), found.weights.tolist()) == ([[1.0, 1.0]], [3_000.0])
