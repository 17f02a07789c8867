"""What a customer spends on an average purchase: the gamma-gamma model on counted histories.

Source of the formulas: Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).

Customers are grouped by their number of purchases and by their average, to 0.1%; each group keeps its exact
means, of the average and of its logarithm, so the likelihood is off by less than one part in ten million.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, special

from customer_chunks.errors import ModelError
from customer_chunks.models.points import Doubles

GRID = 1e-3
"""Width of a group, as a difference of logarithms."""
_FEW = 10
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
    """

    p: float
    q: float
    v: float
    log_likelihood: float = float("nan")
    customers: int = 0
    correlation: float = float("nan")

    @property
    def is_sound(self) -> bool:
        """Return whether the averages depend on the number of purchases little enough."""
        return abs(self.correlation) <= _RELATED

    def expected(self, purchases: Doubles, mean: Doubles) -> Doubles:
        """Return the mean of a customer's future purchases (eq. 5); the population's where none is known."""
        x, seen = np.asarray(purchases, dtype=float), np.asarray(mean, dtype=float)
        known = (x > 0) & (seen > 0)
        x = np.where(known, x, 0.0)
        return np.asarray(self.p * (self.v + x * np.where(known, seen, 0.0)) / (self.p * x + self.q - 1))


def fitted(spending: Spending) -> GammaGamma:
    """Return the model of greatest likelihood.

    Raises:
        ModelError: too few customers bought again, or all of them spend the same.
    """
    customers = float(spending.customers.sum())
    if customers < _FEW:
        raise ModelError(
            f"Only {customers:.0f} customers have repeat purchases of an amount above zero.",
            f"Bring a longer history: at least {_FEW} such customers.",
        )
    if spending.mean.max() <= spending.mean.min() * (1 + GRID):
        raise ModelError("All customers spend the same.", "There is nothing to fit: take that amount.")
    unit = float(np.average(spending.mean, weights=spending.customers))
    scaled = spending._replace(mean=spending.mean / unit, log_mean=spending.log_mean - np.log(unit))
    found = [
        optimize.minimize(
            _loss, np.log(start), args=(scaled,), jac=True, method="L-BFGS-B",
            # q > 1: else the population has no mean.
            bounds=[(-8, 12), (np.log(1.001), 8), (-8, 12)],
            options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
        )
        for start in ([2.0, 3.0, 1.0], [6.0, 4.0, 0.5])
    ]  # fmt: skip
    best = min(found, key=lambda result: float(result.fun))
    if not np.isfinite(best.fun):
        raise ModelError(
            "The gamma-gamma model finds no parameters.", "Look at the amounts: above zero, no sums."
        )
    p, q, v = np.exp(best.x)
    related, likelihood = _correlation(spending), -float(best.fun) - float(np.log(unit))
    return GammaGamma(float(p), float(q), float(v * unit), likelihood, int(customers), related)


def _loss(logs: Doubles, told: Spending) -> tuple[float, Doubles]:
    """Return the mean negative log-likelihood (eq. 1a) and its gradient by the logarithms of p, q, v."""
    p, q, v = np.exp(logs)
    x, z = told.purchases, told.mean
    weight = told.customers / told.customers.sum()
    px, total = p * x, v + x * z
    log_total, log_x = np.log(total), np.log(x)
    value = special.gammaln(px + q) - special.gammaln(px) - special.gammaln(q) + q * np.log(v)
    value += (px - 1) * told.log_mean + px * log_x - (px + q) * log_total
    both = special.psi(px + q)
    slopes = (
        x * (both - special.psi(px) + told.log_mean + log_x - log_total),
        both - special.psi(q) + np.log(v) - log_total,
        q / v - (px + q) / total,
    )
    slope = np.array([np.dot(weight, s) for s in slopes]) * (p, q, v)
    return -float(weight @ value), -slope


def _correlation(told: Spending) -> float:
    x, z, weight = told.purchases, told.mean, told.customers / told.customers.sum()
    dx, dz = x - weight @ x, z - weight @ z
    spread = np.sqrt((weight @ dx**2) * (weight @ dz**2))
    return float(weight @ (dx * dz) / spread) if spread > 0 else 0.0
