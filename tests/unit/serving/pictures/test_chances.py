"""Probabilities against what came, and gains: by hand and by a published interval."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import gain_curve, probability_calibration
from customer_chunks.serving.pictures.chances import wilson
from tests.unit.serving.pictures.looks import words


def test_points_intervals_and_counts_are_those_of_the_groups() -> None:
    figure = probability_calibration([0.2, 0.6, 0.9], [0.1, 0.7, np.nan], [30, 10, 0])
    above, below = figure.axes
    assert list(above.lines[1].get_xdata()) == [20, 60]
    assert list(above.lines[1].get_ydata()) == [10, 70]
    assert len(above.collections[0].get_segments()) == 2
    assert [bar.get_height() for bar in below.patches] == [30, 10]
    assert below.get_xlabel() == "Probability foretold (%)"
    assert above.get_ylabel() == "Customers who bought again (%)"
    # (30 x 0.1 + 10 x 0.1) / 40
    assert any("40 customers. Off by 10.0 percentage points" in word for word in words(figure))


def test_intervals_are_wilsons() -> None:
    # 10 of 20 and 0 of 10, as statsmodels.stats.proportion.proportion_confint(method="wilson") has them.
    low, high = wilson(np.array([0.5, 0.0]), np.array([20.0, 10.0]))
    assert low == pytest.approx([0.2993, 0.0], abs=1e-4)
    assert high == pytest.approx([0.7007, 0.2775], abs=1e-4)


def test_gains_begin_at_nothing_and_tell_what_the_first_fifth_holds() -> None:
    figure = gain_curve(
        {"Model": ([0.1, 0.3, 1.0], [0.4, 0.8, 1.0]), "Naive": ([0, 1], [0, 1])}, outcome="buyers"
    )
    drawn = {line.get_label(): line for line in figure.axes[0].lines}
    model = drawn["Model: 60.0% among the first 20%"]
    assert list(model.get_xdata()) == [0, 10, 30, 100]
    assert list(model.get_ydata()) == [0, 40, 80, 100]
    assert "Naive: 20.0% among the first 20%" in drawn
    assert model.get_color() != drawn["Naive: 20.0% among the first 20%"].get_color()
    assert figure.axes[0].get_ylabel() == "Share of buyers (%)"


def test_lengths_go_together() -> None:
    with pytest.raises(ModelError, match="2 predicted, 1 observed, 2 counts"):
        probability_calibration([0.1, 0.2], [0.1], [1, 1])
    with pytest.raises(ModelError, match="2 customers, 1 found"):
        gain_curve({"Model": ([0.5, 1.0], [1.0])})
