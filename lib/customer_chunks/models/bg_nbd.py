"""How often a customer will buy, and whether they still do: BG/NBD on counted histories.

Source of the formulas: Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24 (2005), with the likelihood as in their note of 2019 on overflow.

A history is three numbers: repeat purchases x, time of the last one t_x, and time under observation T, both
since the first purchase and in one unit. The likelihood knows customers by nothing else, so equal histories
are counted once, and fitting takes as long for fifty million customers as for those that differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from customer_chunks.errors import ModelError
from customer_chunks.models.points import Doubles

_FEW = 10
_TINY = 1e-6


class Histories(NamedTuple):
    """Different histories, and how many customers have each; one row per history."""

    repeats: Doubles
    last: Doubles
    age: Doubles
    customers: Doubles


@dataclass(frozen=True)
class BgNbd:
    """A fitted model; ``alpha`` is in the unit of the histories, the others have none.

    Attributes:
        r: Shape of the purchase rates over customers.
        alpha: Scale of them: the mean rate is r / alpha.
        a: Of the beta distribution of the chance to leave behind a purchase.
        b: The other of it: the mean chance is a / (a + b).
        log_likelihood: Of the fit, a mean over customers.
        customers: That were fitted.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")
    customers: int = 0

    def alive(self, repeats: Doubles, last: Doubles, age: Doubles) -> Doubles:
        """Return the probability that a customer has not left yet, at age T (their note of 2008)."""
        return np.asarray(1 / (1 + self._gone(repeats, last, age)))

    def expected(self, repeats: Doubles, last: Doubles, age: Doubles, horizon: float) -> Doubles:
        """Return the purchases to expect within ``horizon`` after T (eq. 10), in the unit of T."""
        repeats, age = np.asarray(repeats, dtype=float), np.asarray(age, dtype=float)
        gained = self._gained(repeats, age, horizon)
        return np.asarray(gained / (1 + self._gone(repeats, last, age)))

    def _gone(self, repeats: Doubles, last: Doubles, age: Doubles) -> Doubles:
        """Return the odds that the last purchase was the last one ever."""
        repeats = np.asarray(repeats, dtype=float)
        longer = np.log(self.alpha + np.asarray(age)) - np.log(self.alpha + np.asarray(last))
        has_repeats = repeats > 0
        odds = np.exp((self.r + repeats) * longer) * self.a
        return np.where(has_repeats, odds / np.where(has_repeats, self.b + repeats - 1, 1.0), 0.0)

    def _gained(self, repeats: Doubles, age: Doubles, horizon: float) -> Doubles:
        """Return what a customer with this x and T buys while alive at T; t_x does not matter to it."""
        pairs, where = np.unique(np.stack([repeats, age]), axis=1, return_inverse=True)
        x, since = pairs
        a = (
            self.a if abs(self.a - 1) > _TINY else 1 + _TINY
        )  # the formula divides by a - 1; it is smooth there
        share = horizon / (self.alpha + since + horizon)
        inner = special.hyp2f1(self.r + x, self.b + x, a + self.b + x - 1, share)
        stays = np.exp((self.r + x) * np.log1p(-share)) * inner
        return np.asarray(((a + self.b + x - 1) / (a - 1) * (1 - stays))[where.ravel()])


def fitted(histories: Histories) -> BgNbd:
    """Return the model of greatest likelihood.

    Raises:
        ModelError: too few customers bought again, or the search does not come to an end.
    """
    customers = float(histories.customers.sum())
    again = float(histories.customers[histories.repeats > 0].sum())
    if again < _FEW:
        raise ModelError(
            f"Only {again:.0f} of {customers:,.0f} customers bought again; their rhythm cannot be told.",
            f"Bring a longer history: at least {_FEW} customers with a repeat purchase.",
        )
    unit = float(histories.age.max())  # alpha is near 1 in this unit, whatever unit the histories have
    scaled = histories._replace(last=histories.last / unit, age=histories.age / unit)
    starts = (np.log([1.0, 1.0, 1.0, 1.0]), np.log([0.3, 0.1, 0.5, 3.0]))
    found = [
        optimize.minimize(
            _loss, start, args=(scaled,), jac=True, method="L-BFGS-B",
            bounds=[(-12, 12)] * 4, options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
        )
        for start in starts
    ]  # fmt: skip
    best = min(found, key=lambda result: float(result.fun))
    if not np.isfinite(best.fun):
        raise ModelError("BG/NBD finds no parameters for these histories.", "Is T >= t_x in all?")
    r, alpha, a, b = np.exp(best.x)
    return BgNbd(float(r), float(alpha * unit), float(a), float(b), -float(best.fun), int(customers))


def _loss(logs: Doubles, told: Histories) -> tuple[float, Doubles]:
    """Return the mean negative log-likelihood (eq. 6), and its gradient by the logs of r, alpha, a, b."""
    r, alpha, a, b = np.exp(logs)
    x, has = told.repeats, told.repeats > 0
    weight = told.customers / told.customers.sum()
    observed, bought = np.log(alpha + told.age), np.log(alpha + told.last)
    less = np.where(has, b + x - 1, 1.0)
    stayed = -(r + x) * observed
    left = np.where(has, np.log(a) - np.log(less) - (r + x) * bought, -np.inf)
    either = np.logaddexp(stayed, left)
    share = np.exp(left - either)  # of the likelihood, that the customer left behind the last purchase
    by_x = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    by_x += special.betaln(a, b + x) - special.betaln(a, b)
    away = special.psi(a + b) - special.psi(a + b + x)
    slopes = (
        special.psi(r + x) - special.psi(r) + np.log(alpha) - (1 - share) * observed - share * bought,
        r / alpha - (r + x) * ((1 - share) / (alpha + told.age) + share / (alpha + told.last)),
        away + share / a,
        away + special.psi(b + x) - special.psi(b) - share / less,
    )
    slope = np.array([np.dot(weight, s) for s in slopes]) * (r, alpha, a, b)
    return -float(weight @ (by_x + either)), -slope
