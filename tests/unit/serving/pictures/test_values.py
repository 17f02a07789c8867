"""What customers are worth: nobody is left out unsaid, and shares are right by hand."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.serving.pictures import value_calibration, value_distribution
from customer_chunks.serving.pictures.values import held_by_top
from tests.unit.serving.pictures.looks import ticks, words
from tests.unit.serving.pictures.samples import tenths


def test_bars_hold_every_positive_value_and_the_rest_is_told() -> None:
    values = [*range(1, 97), 0.0, -5.0, 0.0, 1_000.0, np.nan]
    figure = value_distribution(values, currency="EUR")
    left, right = figure.axes
    assert sum(bar.get_height() for bar in left.patches) == 97
    assert left.get_xscale() == "log"
    assert left.get_xlabel() == "Lifetime value (EUR, logarithmic)"
    assert right.get_xlabel() == "Customers, most valuable first (%)"
    told = "100 customers. 3 (3.0%) have zero or less: not in the bars. 1 more have no value."
    assert told in words(figure)


def test_median_mean_and_top_tenth_are_told_by_hand() -> None:
    # 9 x 10 and 1 x 110: median 10, mean 20; the top tenth holds 110 of 200.
    figure = value_distribution([10.0] * 9 + [110.0], currency="EUR", measure="Margin")
    seen = words(figure)
    assert {"median EUR 10", "mean EUR 20", "top 10% hold 55.0%"} <= set(seen)
    assert "Share of margin (%)" in seen
    lines = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert lines[:2] == [10, 20]


def test_what_the_most_valuable_hold() -> None:
    customers, held = held_by_top(np.array([1.0, 3.0, 6.0, -2.0]))
    assert np.allclose(customers, [0, 0.25, 0.5, 0.75, 1])
    assert np.allclose(held, [0, 0.75, 1.125, 1.25, 1])
    many, _ = held_by_top(np.arange(1.0, 100_000))
    assert len(many) == 201


def test_a_share_of_nothing_is_not_drawn() -> None:
    figure = value_distribution([5.0, -5.0, -1.0])
    assert "values add up to nothing" in words(figure)


@pytest.mark.parametrize(
    ("values", "shown"), [([20.0, 90.0], {"20", "50"}), ([1.0, 1e6], {"1", "10", "1 M"})]
)
def test_ticks_are_round(values: list[float], shown: set[str]) -> None:
    assert shown <= set(words(value_distribution(values)))


def test_few_of_next_to_nothing_do_not_squeeze_the_others_into_one_bar() -> None:
    figure = value_distribution([1e-10] * 3 + [float(v) for v in range(100, 1100)])
    bars = figure.axes[0].patches
    assert bars[0].get_x() == pytest.approx(10.7)  # a tenth of 107, the eleventh value of 1,003
    assert bars[0].get_height() == 3
    assert any("3 have next to nothing: in the first bar." in word for word in words(figure))


def test_two_bars_a_tenth_each_with_its_number() -> None:
    figure = value_calibration(tenths(), currency="EUR", days=180)
    amounts, purchases = figure.axes
    assert len(amounts.patches) == len(purchases.patches) == 20
    assert [bar.get_width() for bar in amounts.patches][:2] == [1_800, 900]
    assert [bar.get_width() for bar in amounts.patches][10:12] == [1_900, 950]
    assert amounts.get_xlabel() == "Amount a customer (EUR in 180 days)"
    assert purchases.get_xlabel() == "Purchases a customer in 180 days"
    assert [tick.get_text() for tick in ticks(amounts.yaxis)] == [str(n) for n in range(1, 11)]
    assert amounts.yaxis_inverted()
    assert {"1,800", "1,900", "5.50", "expected", "came"} <= set(words(figure))
    assert any(word.startswith("10,000 customers") for word in words(figure))
