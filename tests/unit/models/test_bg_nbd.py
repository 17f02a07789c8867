"""BG/NBD: the published fit, the formulas by another road, and histories that cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, optimize, special

from customer_chunks.errors import ModelError
from customer_chunks.models import bg_nbd
from customer_chunks.models.bg_nbd import BgNbd, Histories, _Likelihood, fitted

# Fader, Hardie and Lee (2005), section 5: CDNOW, weeks.
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)


def simulated(customers: int, seed: int, truth: BgNbd = PUBLISHED, age: float = 39.0) -> Histories:
    """Let customers buy as the model says, one by one."""
    random = np.random.default_rng(seed)
    rates = random.gamma(truth.r, 1 / truth.alpha, customers)
    leaves = random.beta(truth.a, truth.b, customers)
    ages = age - random.integers(0, 84, customers) / 7
    found = []
    for rate, chance, observed in zip(rates, leaves, ages, strict=True):
        at, repeats, last = 0.0, 0, 0.0
        while True:
            at += random.exponential(1 / rate) if rate > 0 else np.inf
            if at > observed:
                break
            repeats, last = repeats + 1, at
            if random.random() < chance:
                break
        found.append((repeats, last, observed))
    return Histories(*np.array(found, dtype=float).T, np.ones(customers))


def test_planted_parameters_are_found() -> None:
    model = fitted(simulated(60_000, seed=7))
    assert (model.r, model.alpha) == (pytest.approx(0.243, rel=0.05), pytest.approx(4.414, rel=0.08))
    assert model.a / (model.a + model.b) == pytest.approx(0.793 / (0.793 + 2.426), rel=0.08)


def test_equal_histories_count_as_often_as_they_are_there() -> None:
    one_by_one = simulated(3_000, seed=1)
    rounded = one_by_one._replace(last=np.round(one_by_one.last), age=np.round(one_by_one.age))
    kinds, counts = np.unique(np.stack(rounded[:3]), axis=1, return_counts=True)
    grouped = fitted(Histories(*kinds, counts.astype(float)))
    assert len(counts) < 3_000
    assert vars(grouped) == pytest.approx(vars(fitted(rounded)), rel=1e-5)


def test_likelihood_and_slope_are_those_of_the_paper() -> None:
    told = simulated(300, seed=3)
    weights = np.random.default_rng(1).integers(1, 9, 300).astype(float)
    likelihood = _Likelihood(told._replace(customers=weights))

    def by_hand(logs: np.ndarray) -> float:
        r, alpha, a, b = np.exp(logs)
        x, last, age = told[:3]
        stays = special.betaln(a, b + x) - (r + x) * np.log(alpha + age)
        leaves = special.betaln(a + 1, np.where(x > 0, b + x - 1, 1)) - (r + x) * np.log(alpha + last)
        either = np.where(x > 0, np.logaddexp(stays, leaves), stays)  # equation 6
        value = (
            special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) - special.betaln(a, b) + either
        )
        return -float(np.average(value, weights=weights))

    for logs in (np.zeros(4), np.array([-1.0, 1.5, -0.3, 0.9])):
        value, slope = likelihood.loss(logs)
        assert value == pytest.approx(by_hand(logs), rel=1e-12)
        assert slope == pytest.approx(optimize.approx_fprime(logs, by_hand, 1e-6), rel=1e-3, abs=1e-7)


def test_busy_customers_of_long_ago_have_a_finite_likelihood() -> None:
    told = Histories(*np.array([[5000.0, 1.0, 4000.0], [5000.0, 4000.0, 4000.0]]).T, np.ones(2))
    value, slope = _Likelihood(told).loss(np.zeros(4))
    assert np.isfinite([value, *slope]).all()


def test_many_histories_are_fitted_from_where_few_lead(monkeypatch: pytest.MonkeyPatch) -> None:
    many = simulated(20_000, seed=9)
    whole = fitted(many)
    looked_at: list[int] = []
    best = bg_nbd._best
    monkeypatch.setattr(
        bg_nbd, "_best", lambda told, starts: looked_at.append(len(told.age)) or best(told, starts)
    )
    monkeypatch.setattr(bg_nbd, "_MANY", 100)
    assert vars(fitted(many)) == pytest.approx(vars(whole), rel=1e-5)
    few, all_of_them = looked_at
    assert few < all_of_them / 4


def test_unit_of_time_scales_alpha_alone() -> None:
    weeks = simulated(2_000, seed=2)
    days = weeks._replace(last=weeks.last * 7, age=weeks.age * 7)
    by_week, by_day = fitted(weeks), fitted(days)
    assert by_day.alpha == pytest.approx(7 * by_week.alpha, rel=1e-6)
    assert (by_day.r, by_day.a, by_day.b) == pytest.approx((by_week.r, by_week.a, by_week.b), rel=1e-6)


def purchases_by_integration(model: BgNbd, repeats: int, last: float, age: float, horizon: float) -> float:
    """Return E[Y(t) | x, t_x, T] by summing over rates and chances, not by the closed formula."""

    def weight(rate: float, chance: float) -> float:
        prior = rate ** (model.r - 1) * np.exp(-model.alpha * rate)
        prior *= chance ** (model.a - 1) * (1 - chance) ** (model.b - 1)
        return prior * (1 - chance) ** repeats * rate**repeats

    def seen(rate: float, chance: float) -> float:
        alive = np.exp(-rate * age)
        left = chance / (1 - chance) * np.exp(-rate * last) if repeats else 0.0
        return weight(rate, chance) * (alive + left)

    def bought(rate: float, chance: float) -> float:
        future = (1 - np.exp(-rate * chance * horizon)) / chance
        return weight(rate, chance) * np.exp(-rate * age) * future

    def total(what: object) -> float:
        found, _ = integrate.dblquad(what, 1e-9, 1 - 1e-9, 1e-9, 8, epsabs=0, epsrel=1e-5)  # type: ignore[arg-type]
        return float(found)

    return total(bought) / total(seen)


@pytest.mark.parametrize(("repeats", "last", "age"), [(2, 30.43, 38.86), (1, 1.71, 38.86), (5, 20.0, 25.0)])
def test_expected_purchases_are_what_integration_gives(repeats: int, last: float, age: float) -> None:
    model = BgNbd(r=1.243, alpha=4.414, a=1.793, b=2.426)  # no poles at 0, for the sake of the integration
    (found,) = model.expected(np.array([repeats]), np.array([last]), np.array([age]), 39.0)
    assert found == pytest.approx(purchases_by_integration(model, repeats, last, age, 39.0), rel=1e-3)


@pytest.mark.parametrize(
    ("repeats", "age", "horizon"), [(1095, 1095, 1095), (1825, 1825, 1825), (365, 365, 3650)]
)
def test_long_horizons_of_busy_customers_have_numbers(repeats: float, age: float, horizon: float) -> None:
    model = BgNbd(r=0.243, alpha=30.9, a=0.793, b=2.426)
    (gained,) = model.gained(np.array([repeats]), np.array([age]), horizon)
    rate = (model.r + repeats) / (model.alpha + age)
    assert 0 < gained < rate * horizon, "no more than if nobody left"
    near = [model.gained(np.array([12.0]), np.array([200.0]), h)[0] for h in (30.0, 60.0)]
    assert 0 < near[0] < near[1]


def test_customer_without_repeats_is_alive_and_one_long_silent_is_not() -> None:
    alive = PUBLISHED.alive(np.array([0, 10, 10]), np.array([0, 38.0, 10.0]), np.array([38.0, 38.0, 38.0]))
    assert alive[0] == 1
    assert alive[1] > 0.9
    assert alive[2] < 0.01


def test_a_of_one_is_no_gap() -> None:
    near = [BgNbd(0.3, 5, a, 2).expected(np.array([3]), np.array([20.0]), np.array([30.0]), 10.0)[0] for a in
            (0.9999, 1.0, 1.0001)]  # fmt: skip
    assert near[0] == pytest.approx(near[1], rel=1e-3)
    assert near[2] == pytest.approx(near[1], rel=1e-3)


def test_too_few_who_bought_again_is_said() -> None:
    few = Histories(np.array([0.0, 1.0]), np.array([0.0, 3.0]), np.array([9.0, 9.0]), np.array([5000.0, 9.0]))
    with pytest.raises(ModelError, match=r"Only 9 of 5,009 customers bought again.*longer history"):
        fitted(few)


@pytest.mark.parametrize(("a", "b"), [(500.0, 700.0), (160_000.0, 160_000.0), (160_000.0, 2.0)])
def test_purchases_are_numbers_where_all_leave_alike(a: float, b: float) -> None:
    model = BgNbd(r=0.3, alpha=10.0, a=a, b=b)
    repeats, age = np.array([0.0, 1.0, 5.0, 20.0]), np.array([10.0, 50.0, 300.0, 300.0])
    # As a and b grow, everybody leaves with the chance a / (a + b): eq. 10 has this limit.
    share, all_ = 365 / (10 + age + 365), a + b + repeats - 1
    stays = ((1 - share) / (1 - share * (b + repeats) / all_)) ** (0.3 + repeats)
    assert model.gained(repeats, age, 365.0) == pytest.approx(all_ / (a - 1) * (1 - stays), rel=1e-3)


def test_years_ahead_of_who_buys_daily_are_told_where_the_formula_has_no_digits() -> None:
    often = BgNbd(0.3, 3.0, 2.0, 300.0)
    assert often.gained(np.array([0.0]), np.array([0.0]), 1826.0) == pytest.approx(69.9, rel=0.01)
    for model in (often, BgNbd(1.43, 4.3, 6e-6, 1.6e5), BgNbd(0.8, 1.9, 662.0, 1.6e5)):
        x, age = np.meshgrid([0.0, 1.0, 40.0, 700.0], [0.0, 1.0, 365.0, 1500.0])
        found = np.array(
            [model.gained(x.ravel(), age.ravel(), days) for days in (90.0, 365.0, 1826.0, 3650.0)]
        )
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert (np.diff(found, axis=0) >= -1e-6).all(), "more within a longer time"


def test_sum_over_chances_to_leave_is_the_formula_where_that_has_digits() -> None:
    model = BgNbd(0.243, 4.414, 0.793, 2.426)
    x, age = np.array([0.0, 2.0, 30.0]), np.array([10.0, 39.0, 39.0])
    assert model._summed(x, age, 39.0) == pytest.approx(model.gained(x, age, 39.0), rel=1e-3)
