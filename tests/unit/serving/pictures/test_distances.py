"""The curve of distances: ascending, cut by eps where it says."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.serving.pictures import distance_curve
from tests.unit.serving.pictures.looks import words


def test_the_curve_ascends_and_the_share_of_core_customers_is_right() -> None:
    figure = distance_curve([0.4, 0.1, 0.3, 0.2, 5.0], 0.3, neighbours=4)
    axes = figure.axes[0]
    assert list(axes.lines[0].get_ydata()) == [0.1, 0.2, 0.3, 0.4, 5.0]
    assert (axes.lines[0].get_xdata()[0], axes.lines[0].get_xdata()[-1]) == (0, 100)
    assert axes.lines[1].get_ydata()[0] == 0.3
    assert (axes.lines[2].get_xdata()[0], axes.lines[2].get_ydata()[0]) == (60, 0.3)
    assert "eps = 0.3: 60.0% of customers are core" in words(figure)
    assert " ".join(axes.get_ylabel().split()) == "Distance to neighbour 4 (standard deviations)"


def test_a_few_far_customers_do_not_flatten_the_curve_but_are_told() -> None:
    figure = distance_curve([*np.linspace(0.1, 1, 1_000), 500.0], 0.8, neighbours=4)
    assert figure.axes[0].get_ylim()[1] == pytest.approx(0.8 * 3 * 1.05)
    assert any("the largest is 500" in word for word in words(figure))
    assert len(figure.axes[0].lines[0].get_xdata()) == 1_000
