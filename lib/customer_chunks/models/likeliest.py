"""A loss with its slope -> where it is least, from several starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scipy import optimize

from customer_chunks.models.rows import Doubles


def least(
    loss: Callable[[Doubles], tuple[float, Doubles]],
    starts: Sequence[Doubles],
    bounds: Sequence[tuple[float, float]],
) -> optimize.OptimizeResult:
    """Return where the loss is least, of what L-BFGS-B finds from each start."""
    found = [
        optimize.minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9},
        )
        for start in starts
    ]  # fmt: skip
    return min(found, key=lambda result: float(result.fun))
