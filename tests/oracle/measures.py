"""Totals per customer and sums per cell -> scores and averages, in whole numbers and decimals only."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FIFTHS = 5
CENTS_OF_CENTS = Decimal("0.0001")


def rfm_scores(totals: pd.DataFrame) -> pd.DataFrame:
    """Add r_score, f_score and m_score to one row per customer; ties share a score."""
    scored = totals.copy()
    money = [int(amount.scaleb(4)) for amount in totals["monetary_amount"]]
    recency, frequency = ([int(v) for v in totals[name]] for name in ("recency_days", "frequency"))
    scored["r_score"] = [FIFTHS - below for below in cuts_below(recency)]
    scored["f_score"] = [1 + below for below in cuts_below(frequency)]
    scored["m_score"] = [1 + below for below in cuts_below(money)]
    return scored


def cuts_below(values: Sequence[int]) -> list[int]:
    """Return, for each value, how many of the four cut points lie strictly below it.

    The k-th cut point is the k/5 percentile by linear interpolation (Hyndman and Fan 1996,
    type 7), held five times too large so that it is a whole number.
    """
    if not values:
        return []
    ordered = sorted(values)
    cuts = []
    for k in range(1, FIFTHS):
        place, rest = divmod(k * (len(ordered) - 1), FIFTHS)
        low = ordered[place]
        cuts.append(FIFTHS * low + (rest * (ordered[place + 1] - low) if rest else 0))
    return [sum(cut < FIFTHS * value for cut in cuts) for value in values]


def with_average(cells: pd.DataFrame) -> pd.DataFrame:
    """Add average_order_value = gross_revenue / orders, HALF_UP at 4 decimals, None without orders."""
    averaged = cells.copy()
    with localcontext() as exact:
        exact.prec = 60
        averaged["average_order_value"] = [
            (gross / int(orders)).quantize(CENTS_OF_CENTS, ROUND_HALF_UP) if orders else None
            for gross, orders in zip(cells["gross_revenue"], cells["orders"], strict=True)
        ]
    return averaged
