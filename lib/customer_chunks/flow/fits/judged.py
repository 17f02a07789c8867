"""Whether a fit did well enough on its hold-out to score by itself.

Errors of two hold-outs do not compare: the days differ, and with them what there was to foretell. So an error
is told as a multiple of the naive guess's on the same customers and days, and these multiples are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from customer_chunks.flow.registry import Fitted
from customer_chunks.models.saved import Saved

CLEARLY = 0.1
"""A tenth of the naive guess's error: less is the luck of the days that are held out."""


class Error(NamedTuple):
    """One error of a hold-out, the naive guess's beside it: both by their names among the metrics."""

    called: str
    of_model: str
    of_guess: str


def judged(
    model: Saved, metrics: Mapping[str, float], notes: Sequence[str], errors: Sequence[Error],
    *, before: Mapping[str, float] | None, terms: Sequence[str] = (),
) -> Fitted:  # fmt: skip
    """Return the fit, with what its hold-out says against it.

    It is clearly worse where an error is more than 1.1 times the naive guess's, or that multiple is more than
    0.1 above the champion's of the same kind. Where the champion was clearly worse than the guess itself, one
    that is not clearly worse than the champion takes its place, and that is told: waiting would keep one as
    bad and older.

    Args:
        model: That was fitted.
        metrics: Of the fit; without a hold-out nothing speaks against it.
        notes: That are told in any case.
        errors: That are looked at.
        before: Metrics of the champion; None where there is none.
        terms: Metrics that say what was foretold; where these differ the champion is not looked at.
    """
    same = before is not None and all(before.get(name) == metrics.get(name) for name in terms)
    told, against = [*notes], []
    for error in errors:
        now, was = _multiple(metrics, error), _multiple(before, error) if before and same else None
        if now is None:
            continue
        if was is not None and now > was + CLEARLY:
            against.append(
                f"The hold-out's {error.called} is {now:.2f} times the naive guess's; the champion's was "
                f"{was:.2f} times."
            )
        elif now > 1 + CLEARLY:
            said = f"The naive guess does better: the hold-out's {error.called} is {now:.2f} times its."
            if was is None or was <= 1 + CLEARLY:
                against.append(said)
            else:
                told.append(f"{said} The champion's was {was:.2f} times.")
    return Fitted(model, metrics, told, against)


def _multiple(metrics: Mapping[str, float], error: Error) -> float | None:
    """Return an error as a multiple of the naive guess's; None where either is not known, or that is 0."""
    own, guess = metrics.get(error.of_model), metrics.get(error.of_guess)
    return own / guess if own is not None and guess else None
