"""Loadings: components side by side, features beneath each other, and what is explained above."""

from __future__ import annotations

import numpy as np
import pytest

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import feature_loadings
from tests.unit.serving.pictures.looks import ticks, words


def test_cells_are_features_by_components_beneath_bars_of_what_is_explained() -> None:
    loadings = [[0.9, -0.1, 0.4], [0.2, 0.8, -0.6]]
    figure = feature_loadings(loadings, ["Recency", "Orders", "Money"], [0.5, 0.3])
    above, below = figure.axes[:2]
    assert [bar.get_height() for bar in above.patches] == [50, 30]
    assert np.array_equal(below.collections[0].get_array(), np.array(loadings).T)
    assert [text.get_text() for text in below.texts][:2] == ["0.90", "0.20"]
    assert [tick.get_text() for tick in ticks(below.yaxis)] == ["Recency", "Orders", "Money"]
    assert [tick.get_text() for tick in ticks(below.xaxis)] == ["PC 1", "PC 2"]
    assert "(%)" in above.get_ylabel()
    assert any("explain 80.0% of the variance" in word for word in words(figure))
    assert {"50.0%", "30.0%"} <= set(words(figure))


def test_what_is_too_much_is_left_out_and_told() -> None:
    loadings = np.tile(np.linspace(0, 1, 25), (12, 1))
    figure = feature_loadings(loadings, [f"f{n}" for n in range(25)], [0.05] * 12)
    assert [tick.get_text() for tick in ticks(figure.axes[1].yaxis)] == [f"f{n}" for n in range(5, 25)]
    assert len(figure.axes[0].patches) == 10
    assert any("The 20 of 25 features that weigh most" in word for word in words(figure))
    assert any("The first 10 of 12 components" in word for word in words(figure))


def test_loadings_are_components_by_features() -> None:
    with pytest.raises(ModelError, match=r"\(1, 2\), but there are 2 components and 1 features"):
        feature_loadings([[0.5, 0.5]], ["Recency"], [0.5, 0.5])
