"""What a customer spends on an average purchase: the gamma-gamma model on counted histories.

Source of the formulas: Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).

Customers are grouped by their number of purchases and by their average, to 0.1%; each group keeps its exact
means, of the average and of its logarithm, so the likelihood is off by less than one part in ten million.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import special

from customer_chunks.errors import ModelError
from customer_chunks.models.different import Values
from customer_chunks.models.likeliest import least
from customer_chunks.models.rows import Doubles

GRID = 1e-3
"""Width of a group, as a difference of logarithms."""
_FEW = 10
_FAR = 12.0
"""So many robust deviations of the logarithm from its median are out of proportion."""
_LEAST_DEVIATION = 0.25
_FEW_FAR, _SHARE_FAR = 2, 1e-3
"""More customers than these out of proportion are no slips of the pen, but customers of another kind."""
_LEAST_Q, _NEAR_LEAST_Q = 1.001, 1.01
"""The population's mean is infinite at 1 and hardly bounded beside it."""
_TOO_MUCH = 1.5
"""A population's mean of so many times the customers' own is made by a tail that nobody of them is in."""
_RELATED = 0.3
"""Above this correlation the model's assumption does not hold: that who buys often spends no more or less."""


class Spending(NamedTuple):
    """Groups of customers with repeat purchases; one row per group.

    Attributes:
        purchases: That the average is of.
        mean: The average spent, above zero; the mean over the group.
        log_mean: Mean over the group of the average's logarithm.
        customers: In the group.
    """

    purchases: Doubles
    mean: Doubles
    log_mean: Doubles
    customers: Doubles


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model; ``v`` is in units of money.

    Attributes:
        p: Shape of the purchases of one customer.
        q: Shape of the scales over customers.
        v: Their scale (gamma in the paper).
        log_likelihood: Of the fit, a mean over customers.
        customers: That were fitted.
        correlation: Between purchases and their average, of the fitted customers; the model supposes none.
        left_out: Customers whose average is out of all proportion, as a slip of the pen makes it.
        stand_in: Mean of the fitted customers' averages, where the population's is too far above it to be
            believed: skewed spending brings q near 1, and p v / (q - 1) with it to any height. None where the
            population's is believed, and in models of earlier releases.
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")
    customers: int = 0
    correlation: float = float("nan")
    left_out: int = 0
    stand_in: float | None = None

    @property
    def population_mean(self) -> float:
        """Return what the model says that all customers spend on average: p v / (q - 1)."""
        return self.p * self.v / (self.q - 1)

    @property
    def is_sound(self) -> bool:
        """Return whether the averages depend on the number of purchases little enough."""
        return abs(self.correlation) <= _RELATED

    def doubts(self) -> list[str]:
        """Return what somebody who uses the model should know, in sentences."""
        told = []
        if self.left_out:
            told.append(
                f"Gamma-gamma was fitted without {self.left_out:,} who spend out of all proportion to the "
                "others: look whether their amounts are slips of the pen. Their own values, and means "
                "and sums of all, count these amounts."
            )
        if self.stand_in is not None:
            told.append(
                f"Spending is skewed: gamma-gamma has everybody spend {self.population_mean:,.2f} on "
                f"average, these customers spend {self.stand_in:,.2f}. That is taken instead, for who "
                "bought once and wherever a customer's own average is drawn to everybody's."
            )
        if not self.is_sound:
            told.append(
                f"Who buys often spends otherwise here (correlation {self.correlation:.2f}); gamma-gamma "
                "supposes that they do not."
            )
        return told

    def expected(self, purchases: Doubles, mean: Doubles) -> Doubles:
        """Return the mean of a customer's future purchases (eq. 5); the population's where none is known.

        An average below zero stands for one that is not known; one of 0 is known.

        Equation 5 weighs a customer's average by p x / (p x + q - 1) and the population's by the rest. Where
        another mean stands in for the population's, the weights stay: so the fitted customers are expected
        to spend on average what they did.
        """
        x, seen = np.asarray(purchases, dtype=float), np.asarray(mean, dtype=float)
        known = (x > 0) & (seen >= 0)
        x = np.where(known, x, 0.0)
        prior = self.v if self.stand_in is None else self.stand_in * (self.q - 1) / self.p
        return np.asarray(self.p * (prior + x * np.where(known, seen, 0.0)) / (self.p * x + self.q - 1))


def fitted(spending: Spending) -> GammaGamma:
    """Return the model of greatest likelihood, of all customers whose average is in some proportion.

    Raises:
        ModelError: too few customers bought again, or all of them spend the same.
    """
    spending, left_out = _in_proportion(spending)
    customers = float(spending.customers.sum())
    if customers < _FEW:
        raise ModelError(
            f"Only {customers:.0f} customers have repeat purchases of an amount above zero.",
            f"Bring a longer history: at least {_FEW} such customers.",
        )
    if _is_one(spending.mean):
        raise ModelError("All customers spend the same.", "There is nothing to fit: take that amount.")
    unit = float(np.average(spending.mean, weights=spending.customers))
    scaled = spending._replace(mean=spending.mean / unit, log_mean=spending.log_mean - np.log(unit))
    starts = [np.log([2.0, 3.0, 1.0]), np.log([6.0, 4.0, 0.5])]
    # q > 1: else the population has no mean.
    best = least(_Likelihood(scaled).loss, starts, [(-8, 12), (np.log(_LEAST_Q), 8), (-8, 12)])
    if not np.isfinite(best.fun):
        raise ModelError(
            "The gamma-gamma model finds no parameters.", "Look at the amounts: above zero, no sums."
        )
    p, q, v = map(float, np.exp(best.x))
    related, greatest = _correlation(spending), -float(best.fun) - float(np.log(unit))
    model = GammaGamma(p, q, v * unit, greatest, int(customers), related, left_out)
    is_believed = q > _NEAR_LEAST_Q and model.population_mean <= _TOO_MUCH * unit
    return model if is_believed else replace(model, stand_in=unit)


def _in_proportion(told: Spending) -> tuple[Spending, int]:
    """Return the groups without those far from all others, and how many customers those are.

    One amount of a billion would move all parameters, and with them what is foretold of everybody.
    """
    if not len(told.mean):
        return told, 0
    middle = _median(told.log_mean, told.customers)
    away = np.abs(told.log_mean - middle)
    deviation = max(1.4826 * _median(away, told.customers), _LEAST_DEVIATION)
    kept = away <= _FAR * deviation
    left_out = float(told.customers[~kept].sum())
    if left_out > max(_FEW_FAR, _SHARE_FAR * told.customers.sum()) or _is_one(told.mean[kept]):
        return told, 0
    return Spending(*[column[kept] for column in told]), int(left_out)


def _is_one(mean: Doubles) -> bool:
    """Return whether there is hardly more than one average."""
    return bool(mean.max() <= mean.min() * (1 + GRID))


def _median(values: Doubles, weights: Doubles) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


class _Likelihood:
    """Of groups; what depends on the number of purchases alone is worked out once for each number."""

    def __init__(self, told: Spending) -> None:
        weight = told.customers / told.customers.sum()
        self._x = Values(told.purchases)
        self._weight, self._spent = weight, told.purchases * told.mean
        self._by_x = self._x.sums(weight)
        self._logs_by_x = self._x.sums(weight * told.log_mean)

    def loss(self, logs: Doubles) -> tuple[float, Doubles]:
        """Return the mean negative log-likelihood (eq. 1a) and its gradient by the logs of p, q, v."""
        p, q, v = np.exp(logs)
        x, weight, by_x, logs_by_x = self._x.different, self._weight, self._by_x, self._logs_by_x
        px, log_x, both = p * x, np.log(x), special.psi(p * x + q)
        total = v + self._spent
        weighed = weight * np.log(total)
        totals_by_x = self._x.sums(weighed)
        value = by_x @ (special.gammaln(px + q) - special.gammaln(px) + px * log_x) + (px - 1) @ logs_by_x
        value += q * np.log(v) - special.gammaln(q) - (px + q) @ totals_by_x
        slope = np.array(
            [
                (x * by_x) @ (both - special.psi(px) + log_x) + x @ (logs_by_x - totals_by_x),
                by_x @ both - special.psi(q) + np.log(v) - totals_by_x.sum(),
                q / v - (px + q) @ self._x.sums(weight / total),
            ]
        )
        return -float(value), -slope * (p, q, v)


def _correlation(told: Spending) -> float:
    x, z, weight = told.purchases, told.mean, told.customers / told.customers.sum()
    dx, dz = x - weight @ x, z - weight @ z
    spread = np.sqrt((weight @ dx**2) * (weight @ dz**2))
    return float(weight @ (dx * dz) / spread) if spread > 0 else 0.0
