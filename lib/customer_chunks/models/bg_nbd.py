"""How often a customer will buy, and whether they still do: BG/NBD on counted histories.

Source of the formulas: Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the
Pareto/NBD Model", Marketing Science 24 (2005), with the likelihood as in their note of 2019 on overflow.

A history is three numbers: repeat purchases x, time of the last one t_x, and time under observation T, both
since the first purchase and in one unit. The likelihood knows customers by nothing else, so equal histories
are counted once, and fitting takes as long for fifty million customers as for those that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from customer_chunks.errors import ModelError
from customer_chunks.models.different import Values
from customer_chunks.models.groups import numbered
from customer_chunks.models.likeliest import least
from customer_chunks.models.rows import Doubles

_FEW = 10
_TINY = 1e-6
_PARTS, _AT_ONCE = 2_000, 1_000
_SMALLEST = 1e-12
"""Chances to leave below it are none."""
_MANY = 10_000
_CELLS, _NEAR = 16, 0.05
"""Histories are alike where last and age, plus a twentieth of the longest age, differ by less than a 16th."""


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
        return np.asarray(self.gained(repeats, age, horizon) * self.alive(repeats, last, age))

    def _gone(self, repeats: Doubles, last: Doubles, age: Doubles) -> Doubles:
        """Return the odds that the last purchase was the last one ever."""
        repeats = np.asarray(repeats, dtype=float)
        longer = np.log(self.alpha + np.asarray(age)) - np.log(self.alpha + np.asarray(last))
        has_repeats = repeats > 0
        odds = np.exp((self.r + repeats) * longer) * self.a
        return np.where(has_repeats, odds / np.where(has_repeats, self.b + repeats - 1, 1.0), 0.0)

    def gained(self, repeats: Doubles, age: Doubles, horizon: float) -> Doubles:
        """Return what a customer with this x and T buys within ``horizon`` where alive at T.

        t_x does not matter to it. This is what takes time, so ask for each pair once.
        """
        # The formula divides by a - 1; it is smooth there.
        a = self.a if abs(self.a - 1) > _TINY else 1 + _TINY
        share = horizon / (self.alpha + age + horizon)
        # Equation 10 by Euler's transformation: what would be too large and too small a number, is neither.
        inner = special.hyp2f1(a + self.b - 1 - self.r, a - 1, a + self.b + repeats - 1, share)
        with np.errstate(over="ignore", invalid="ignore"):
            stays = np.exp((a - 1) * np.log1p(-share)) * inner
        if not np.isfinite(stays).all():  # a or b of hundreds or more: the equation as it stands
            x = self.r + repeats
            inner = special.hyp2f1(x, self.b + repeats, a + self.b + repeats - 1, share)
            with np.errstate(over="ignore", invalid="ignore"):
                stays = np.where(np.isfinite(stays), stays, np.exp(x * np.log1p(-share)) * inner)
        with np.errstate(invalid="ignore"):
            gain = np.asarray((a + self.b + repeats - 1) / (a - 1) * (1 - stays))
        lost = ~(np.isfinite(gain) & (gain >= 0))  # years ahead for who buys daily: no digit of it is left
        if lost.any():
            both = np.broadcast_arrays(repeats, age, gain)
            gain[lost] = self._summed(both[0][lost], both[1][lost], horizon)
        return gain

    def _summed(self, repeats: Doubles, age: Doubles, horizon: float) -> Doubles:
        """Return the same by the middles of equal parts of the chance to leave, p ~ beta(a, b + x).

        Given p, what is bought is (1 - (1 + p t / (alpha + T))^-(r + x)) / p.
        """
        middles = (np.arange(_PARTS) + 0.5) / _PARTS
        told = np.empty(len(repeats))
        for begin in range(0, len(told), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            x, waited = repeats[some, None], self.alpha + age[some, None]
            p = np.maximum(special.betaincinv(self.a, self.b + x, middles), _SMALLEST)
            told[some] = (-np.expm1(-(self.r + x) * np.log1p(p * horizon / waited)) / p).mean(axis=1)
        return told


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
    starts = [np.log([1.0, 1.0, 1.0, 1.0]), np.log([0.3, 0.1, 0.5, 3.0])]
    if len(scaled.repeats) > _MANY:  # most of the way is gone with few histories that stand for all
        starts = [_best(_alike(scaled), starts).x]
    best = _best(scaled, starts)
    if not np.isfinite(best.fun):
        raise ModelError("BG/NBD finds no parameters for these histories.", "Is T >= t_x in all?")
    r, alpha, a, b = np.exp(best.x)
    return BgNbd(float(r), float(alpha * unit), float(a), float(b), -float(best.fun), int(customers))


def _best(histories: Histories, starts: Sequence[Doubles]) -> optimize.OptimizeResult:
    return least(_Likelihood(histories).loss, starts, [(-12, 12)] * 4)


def _alike(told: Histories) -> Histories:
    """Return groups of histories of as many repeats and about the same days, with the days' means.

    Both are told apart by their logarithms, as the likelihood does it.
    """
    cells = [np.round(np.log(days + _NEAR) * _CELLS) for days in (told.last, told.age)]
    groups, _ = numbered(np.stack([told.repeats, *cells]))
    customers = np.bincount(groups, told.customers).astype(np.float64)
    means = [np.bincount(groups, told.customers * values) / customers for values in told[:3]]
    return Histories(means[0], means[1], means[2], customers)


class _Likelihood:
    """Of histories. Who never bought again has not left, so nothing but their age counts."""

    def __init__(self, told: Histories) -> None:
        has = told.repeats > 0
        weight = told.customers / told.customers.sum()
        self._weight, self._never = weight[has], weight[~has]
        self._x, self._last, self._age = (Values(c[has]) for c in (told.repeats, told.last, told.age))
        self._by_x = self._x.sums(self._weight)
        self._age_never = told.age[~has]

    def loss(self, logs: Doubles) -> tuple[float, Doubles]:
        """Return the mean negative log-likelihood (eq. 6), and its gradient by the logs of r, alpha, a, b."""
        r, alpha, a, b = np.exp(logs)
        x, by_x, weight = self._x.different, self._by_x, self._weight
        observed = self._age.of(np.log(alpha + self._age.different))
        bought = self._last.of(np.log(alpha + self._last.different))
        never = np.log(alpha + self._age_never)
        less, times = b + x - 1, self._x.of(r + x)
        log_odds = times * (observed - bought) + self._x.of(np.log(a) - np.log(less))
        small = np.exp(-np.abs(log_odds))  # no odds are too large for it
        # Of the likelihood, that the customer left behind the last purchase.
        share = np.where(log_odds > 0, 1.0, small) / (1 + small)
        either = np.maximum(log_odds, 0) + np.log1p(small) - times * observed
        value = weight @ either - r * (self._never @ never) + r * np.log(alpha)
        value += by_x @ (special.gammaln(r + x) - special.gammaln(r))
        value += by_x @ (special.betaln(a, b + x) - special.betaln(a, b))

        since = self._last.of(1 / (alpha + self._last.different))
        whole = self._age.of(1 / (alpha + self._age.different))
        shares = self._x.sums(weight * share)
        away = by_x @ (special.psi(a + b) - special.psi(a + b + x))
        slope = np.array(
            [
                by_x @ (special.psi(r + x) - special.psi(r)) + np.log(alpha)
                - weight @ (observed - share * (observed - bought)) - self._never @ never,
                r / alpha - (weight * times) @ (whole + share * (since - whole))
                - r * (self._never @ (1 / (alpha + self._age_never))),
                away + shares.sum() / a,
                away + by_x @ (special.psi(b + x) - special.psi(b)) - shares @ (1 / less),
            ]
        )  # fmt: skip
        return -float(value), -slope * (r, alpha, a, b)
