"""Gamma-gamma: planted parameters, the expectation by hand, groups as good as customers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special

from customer_chunks.errors import ModelError
from customer_chunks.models.gamma_gamma import GRID, GammaGamma, Spending, _Likelihood, fitted

TRUTH = GammaGamma(p=6.25, q=3.74, v=15.44)  # Fader and Hardie (2013), CDNOW


def simulated(customers: int, seed: int) -> Spending:
    """Let customers spend as the model says; one group a customer."""
    random = np.random.default_rng(seed)
    purchases = random.integers(1, 8, customers).astype(float)
    scales = random.gamma(TRUTH.q, 1 / TRUTH.v, customers)
    mean = random.gamma(TRUTH.p * purchases, 1 / (scales * purchases))
    return Spending(purchases, mean, np.log(mean), np.ones(customers))


def test_planted_parameters_are_found() -> None:
    model = fitted(simulated(60_000, seed=3))
    assert (model.p, model.q, model.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.05)
    assert abs(model.correlation) < 0.02
    assert model.is_sound


def test_groups_of_a_grid_fit_like_the_customers_in_them() -> None:
    each = simulated(40_000, seed=4)
    cells = np.stack([each.purchases, np.round(each.log_mean / GRID)])
    kinds, cell, counts = np.unique(cells, axis=1, return_inverse=True, return_counts=True)
    sums = [np.bincount(cell.ravel(), weights=values) / counts for values in (each.mean, each.log_mean)]
    grouped = fitted(Spending(kinds[0], *sums, counts.astype(float)))
    assert len(counts) < 20_000
    whole = fitted(each)
    assert (grouped.p, grouped.q, grouped.v) == pytest.approx((whole.p, whole.q, whole.v), rel=1e-4)


def test_amounts_out_of_all_proportion_move_nothing_and_are_told() -> None:
    sound = simulated(3_000, seed=4)
    far = np.array([1e9, 1e-9])
    added = (np.array([3.0, 2.0]), far, np.log(far), np.ones(2))
    spoilt = Spending(*map(np.append, sound, added))
    whole, without = fitted(sound), fitted(spoilt)
    assert vars(without) == vars(whole) | {"left_out": 2}
    assert whole.doubts() == []
    assert without.doubts()[0].startswith("Gamma-gamma was fitted without 2 who spend")


@pytest.mark.parametrize("others", [25.0, 100.0, 1100.0])
def test_customers_of_another_kind_are_kept_however_far_they_are(others: float) -> None:
    means = np.where(np.arange(1000) < 950, 10.0, others)
    kinds = Spending(np.full(1000, 2.0), means, np.log(means), np.ones(1000))
    model = fitted(kinds)
    assert model.left_out == 0
    assert model.customers == 1000


def test_likelihood_and_slope_are_those_of_the_paper() -> None:
    each = simulated(200, seed=5)
    weights = np.random.default_rng(1).integers(1, 9, 200).astype(float)
    likelihood = _Likelihood(each._replace(customers=weights))

    def by_hand(logs: np.ndarray) -> float:
        p, q, v = np.exp(logs)
        x, z = each.purchases, each.mean
        # Equation 1a, as a density of the mean.
        value = -special.betaln(p * x, q) + q * np.log(v) + (p * x - 1) * np.log(z) + p * x * np.log(x)
        return -float(np.average(value - (p * x + q) * np.log(v + x * z), weights=weights))

    for logs in (np.zeros(3), np.array([1.0, 0.5, 2.0])):
        value, slope = likelihood.loss(logs)
        assert value == pytest.approx(by_hand(logs), rel=1e-12)
        assert slope == pytest.approx(optimize.approx_fprime(logs, by_hand, 1e-6), rel=1e-4)


def test_expectation_lies_between_the_customers_mean_and_everybodys() -> None:
    everybody = TRUTH.p * TRUTH.v / (TRUTH.q - 1)
    found = TRUTH.expected(np.array([0.0, 2.0, 50.0]), np.array([0.0, 100.0, 100.0]))
    assert found[0] == pytest.approx(everybody)
    assert found[1] == pytest.approx(6.25 * (15.44 + 200) / (12.5 + 2.74))
    assert everybody < found[1] < found[2] < 100


def test_who_spent_nothing_often_is_expected_to_spend_next_to_nothing() -> None:
    found = TRUTH.expected(np.array([20.0, 20.0, 20.0]), np.array([0.01, 0.0, -1.0]))
    assert found[1] == pytest.approx(found[0], rel=0.02)
    assert found[2] == pytest.approx(TRUTH.p * TRUTH.v / (TRUTH.q - 1)), "below zero: not known"


def skewed(deviation: float) -> Spending:
    """Let 4,000 customers spend by a log-normal curve, whose tail gamma-gamma takes for one without end."""
    random = np.random.default_rng(1)
    mean = np.exp(3.6 + deviation * random.standard_normal(4_000))
    return Spending(random.integers(1, 8, 4_000).astype(float), mean, np.log(mean), np.ones(4_000))


@pytest.mark.parametrize("deviation", [1.27, 1.45, 1.6])
def test_of_skewed_spending_who_bought_once_is_expected_to_spend_as_the_others_did(deviation: float) -> None:
    told = skewed(deviation)
    model, average = fitted(told), told.mean.mean()
    assert model.population_mean > 1.5 * average
    assert model.expected(np.zeros(1), np.zeros(1)) == pytest.approx(average)
    assert model.expected(told.purchases, told.mean).mean() == pytest.approx(average, rel=0.01)
    (doubt,) = model.doubts()
    assert doubt.startswith("Spending is skewed: gamma-gamma has everybody spend ")
    assert f"these customers spend {average:,.2f}." in doubt


def test_mean_that_stands_in_keeps_the_weights_of_equation_5() -> None:
    model = GammaGamma(p=2.0, q=1.2, v=30.0, stand_in=80.0)
    found = model.expected(np.array([0.0, 1.0, 4.0]), np.array([0.0, 50.0, 50.0]))
    assert found == pytest.approx([80, (0.2 * 80 + 2 * 50) / 2.2, (0.2 * 80 + 8 * 50) / 8.2])


def test_mean_of_the_population_is_believed_where_it_is_near_the_customers_own() -> None:
    told = skewed(1.0)
    model = fitted(told)
    assert 1 < model.population_mean / told.mean.mean() < 1.5
    assert model.stand_in is None
    assert model.doubts() == []
    assert model.expected(np.zeros(1), np.zeros(1)) == pytest.approx(model.population_mean)


def test_unit_of_money_scales_v_alone() -> None:
    euros = simulated(2_000, seed=5)
    cents = euros._replace(mean=euros.mean * 100, log_mean=euros.log_mean + np.log(100))
    a, b = fitted(euros), fitted(cents)
    assert (b.p, b.q, b.v) == pytest.approx((a.p, a.q, 100 * a.v), rel=1e-5)
    assert b.log_likelihood == pytest.approx(a.log_likelihood - np.log(100))


def test_who_buys_more_and_spends_more_breaks_the_models_assumption() -> None:
    free = simulated(5_000, seed=6)
    related = free._replace(mean=free.mean * free.purchases, log_mean=free.log_mean + np.log(free.purchases))
    assert not fitted(related).is_sound


def test_equal_amounts_and_too_few_customers_are_said() -> None:
    same = Spending(np.array([1.0, 2.0]), np.array([5.0, 5.0]), np.log([5.0, 5.0]), np.array([50.0, 50.0]))
    with pytest.raises(ModelError, match="All customers spend the same"):
        fitted(same)
    with pytest.raises(ModelError, match="Only 9 customers have repeat purchases"):
        fitted(same._replace(mean=np.array([5.0, 7.0]), customers=np.array([4.0, 5.0])))
