"""Scores become probabilities: the curve is right, never falls, and nobody is certain."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from customer_chunks.models.calibration import Calibration, calibrated, logistic
from customer_chunks.models.foretold import calibration_error, log_loss
from customer_chunks.models.rows import Doubles
from customer_chunks.models.sampled import Flags


def drawn(count: int, slope: float, seed: int = 5) -> tuple[Doubles, Doubles, Flags]:
    """Return scores that are ``slope`` times the log odds, the chances, and what came."""
    random = np.random.default_rng(seed)
    odds = random.normal(-1, 1.5, count)
    chance = logistic(odds)
    return odds * slope, chance, random.random(count) < chance


@pytest.mark.parametrize("slope", [3.0, 0.3])
def test_scores_that_are_too_sure_or_too_shy_are_mended(slope: float) -> None:
    scores, _, came = drawn(4000, slope)
    curve = calibrated(came, scores)
    fresh, chance, later = drawn(4000, slope, seed=6)
    assert curve.kind == "isotonic"
    assert np.mean((curve(fresh) - later) ** 2) < np.mean((logistic(fresh) - later) ** 2) - 0.005
    assert calibration_error(later, curve(fresh)) < calibration_error(later, chance) + 0.02
    assert np.abs(curve(fresh) - chance).mean() < 0.03


def test_scores_that_are_right_are_left_about_alone() -> None:
    scores, _, came = drawn(4000, 1.0)
    curve = calibrated(came, scores)
    fresh, _, later = drawn(4000, 1.0, seed=6)
    assert np.mean((curve(fresh) - later) ** 2) < np.mean((logistic(fresh) - later) ** 2) + 0.002


def test_inside_it_is_scikit_learns_isotonic_regression() -> None:
    scores, _, came = drawn(3000, 2.0)
    found = calibrated(came, scores)(scores)
    exact = IsotonicRegression(out_of_bounds="clip").fit(scores, came).predict(scores)
    inside = (exact > 0.02) & (exact < 0.98)
    assert np.allclose(found[inside], exact[inside])


def test_nobody_is_certain() -> None:
    scores = np.arange(1000.0)
    curve = calibrated(scores >= 500, scores)
    assert (curve(np.array([-9.0, 9999.0])) == np.array([1 / 502, 501 / 502])).all()
    assert np.isfinite(log_loss(np.array([True, False]), curve(np.array([-9.0, 9999.0]))))


def test_few_rows_follow_platts_curve() -> None:
    scores, _, came = drawn(600, 2.0)
    few = came & (np.cumsum(came) <= 40)
    kept = few | ~came
    curve = calibrated(few[kept], scores[kept])
    assert curve.kind == "platt"
    told = curve(np.sort(scores))
    assert (np.diff(told) > 0).all()
    assert curve(scores[kept]).mean() == pytest.approx(few[kept].mean(), rel=0.05)


@pytest.mark.parametrize("count", [100, 2000])
@pytest.mark.parametrize("sign", [0, -1])
def test_scores_that_tell_nothing_give_the_overall_share(count: int, sign: int) -> None:
    came = np.arange(count) % 4 == 0
    curve = calibrated(came, sign * came.astype(float))
    assert curve.kind == "rate"
    assert curve(np.array([-5.0, 0.0, 5.0])).tolist() == [0.25] * 3


def test_curve_is_straight_between_its_points_and_level_beyond() -> None:
    curve = Calibration("isotonic", (0.0, 2.0), (0.2, 0.6))
    assert curve(np.array([-1.0, 1.0, 3.0])).tolist() == pytest.approx([0.2, 0.4, 0.6])
