"""What a hold-out says against a fit: worse than the guess, worse than the champion, by how much."""

from __future__ import annotations

import pytest

from customer_chunks.flow.fits.judged import Error, judged
from customer_chunks.flow.registry import Fitted
from customer_chunks.models.lifetime_value import LifetimeValue

LOSS = Error("log loss", "loss", "guess")
WORSE = "The naive guess does better: the hold-out's log loss is 1.12 times its."
WORSE_THAN_BEFORE = "The hold-out's log loss is 0.92 times the naive guess's; the champion's was 0.80 times."


def fitted(metrics: dict[str, float], before: dict[str, float] | None) -> Fitted:
    return judged(LifetimeValue(), metrics, ["as ever"], [LOSS], before=before, terms=["days"])


def measured(loss: float, days: float = 90.0) -> dict[str, float]:
    return {"loss": loss, "guess": 0.5, "days": days}


@pytest.mark.parametrize(
    ("loss", "before", "against"),
    [
        (0.54, None, []),
        (0.56, None, [WORSE]),
        (0.54, measured(0.50), []),
        (0.46, measured(0.40), [WORSE_THAN_BEFORE]),
        (0.44, measured(0.40), []),
        (0.56, measured(0.54), [WORSE]),
        (0.46, measured(0.40, days=30.0), []),  # of other days ahead
        (0.56, measured(0.90, days=30.0), [WORSE]),
        (0.56, {"loss": 0.4}, [WORSE]),
    ],
)
def test_fit_that_is_clearly_worse_has_it_against_it(
    loss: float, before: dict[str, float] | None, against: list[str]
) -> None:
    told = fitted(measured(loss), before)
    assert (told.against, told.notes) == (against, ["as ever"])


def test_fit_as_bad_as_the_champion_takes_its_place_and_that_is_told() -> None:
    told = fitted(measured(0.6), measured(0.58))
    assert told.against == []
    assert told.notes == [
        "as ever",
        f"{WORSE.replace('1.12', '1.20')} The champion's was 1.16 times.",
    ]


@pytest.mark.parametrize("metrics", [{}, {"loss": 9.0}, {"loss": 9.0, "guess": 0.0}])
def test_without_a_holdout_nothing_speaks_against_a_fit(metrics: dict[str, float]) -> None:
    assert fitted(metrics, measured(0.1)).against == []
