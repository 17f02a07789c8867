"""The rival of lifetime values: it learns what is planted, and is measured as the hold-out is."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.errors import ModelError
from customer_chunks.models.rival import Customers, errors, foretold

RANDOM = np.random.default_rng(4)


def customers(count: int) -> Customers:
    """Return customers of whom the first feature tells the purchases, and the second the amount of each."""
    features = RANDOM.uniform(0, 4, size=(count, 3))
    purchases = RANDOM.poisson(features[:, 0]).astype(float)
    return Customers(features, purchases, purchases * features[:, 1] * 10)


def test_what_is_planted_is_learnt() -> None:
    before, later = customers(4000), customers(2000)
    told = foretold(before, later.features, seed=1)
    found = errors(told["purchases"], later.purchases)
    assert found["expected"] == pytest.approx(found["came"], rel=0.05)
    best = errors(later.features[:, 0], later.purchases)
    assert found["mean_absolute_error"] < best["mean_absolute_error"] * 1.05
    amounts = errors(told["amounts"], later.amounts)
    assert amounts["normalised_gini"] > 0.95 * errors(
        later.features[:, 0] * later.features[:, 1], later.amounts
    )["normalised_gini"]  # fmt: skip


def test_same_seed_foretells_the_same() -> None:
    before = customers(600)
    one, other = (foretold(before, before.features, seed=3)["amounts"] for _ in range(2))
    assert one.tolist() == other.tolist()


def test_unknown_numbers_and_losses_are_taken() -> None:
    before = customers(600)
    before.features[::5, 2] = np.nan
    before.amounts[::7] = -5.0
    assert foretold(before, before.features, seed=1)["amounts"].min() >= 0


def test_too_few_who_came_back_are_refused() -> None:
    before = customers(50)
    with pytest.raises(ModelError, match="customers came back in the days to learn from"):
        foretold(before, before.features, seed=1)


def test_errors_by_hand() -> None:
    found = errors(np.array([3.0, 1.0, 0.0, 0.0]), np.array([2.0, 1.0, 1.0, 0.0]))
    assert found["mean_absolute_error"] == 0.5
    assert found["root_mean_squared_error"] == pytest.approx(0.5**0.5)
    assert (found["expected"], found["came"]) == (1, 1)
    # By what came the steps are 2, (1, 1) and 0: ((2 - 1) + 2 x (4 - 1) + 4) / 16 - 1/2. By what was
    # expected the two of 0 are one step of 1: ((2 - 1) + (3 - 0.5) + 2 x (4 - 0.5)) / 16 - 1/2.
    assert found["normalised_gini"] == pytest.approx((10.5 / 16 - 0.5) / (11 / 16 - 0.5))


def test_random_order_ranks_nobody_and_the_right_one_all() -> None:
    came = RANDOM.exponential(size=20_000)
    assert errors(RANDOM.uniform(size=20_000), came)["normalised_gini"] == pytest.approx(0, abs=0.03)
    assert errors(came * 2, came)["normalised_gini"] == 1
