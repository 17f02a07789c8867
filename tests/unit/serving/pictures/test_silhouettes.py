"""Knives of silhouettes: sorted, as thick as their segment, beside the mean of all."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import silhouette_plot
from customer_chunks.serving.pictures.style import colour_of
from tests.unit.serving.pictures.looks import colours, ticks, words


def test_knives_are_as_thick_as_their_segments_and_sorted() -> None:
    values = [0.6] * 150 + [0.2] * 150 + [-0.4] * 50 + [0.8] * 50
    figure = silhouette_plot(values, [0] * 300 + [1] * 100, {0: "Loyal", 1: "Rare"})
    axes = figure.axes[0]
    knives = [c for c in axes.collections if isinstance(c, FillBetweenPolyCollection)]
    assert colours(c.get_facecolor()[0] for c in knives) == [colour_of(0), colour_of(1)]
    boxes = [c.get_paths()[0].get_extents() for c in knives]
    assert boxes[0].height / boxes[1].height == pytest.approx(3)
    assert (boxes[0].x0, boxes[0].x1) == (0, 0.6)
    assert (boxes[1].x0, boxes[1].x1) == (-0.4, 0.8)
    # The best on top, where the axis begins.
    top = min(knives[1].get_paths()[0].vertices.tolist(), key=lambda at: at[1])
    assert axes.yaxis_inverted()
    assert top[0] in {0.0, 0.8}


def test_means_and_counts_are_told_by_hand() -> None:
    figure = silhouette_plot([0.5, 0.3, -0.2, np.nan, 0.9], [0, 0, 1, 1, -1], {0: "Loyal"})
    assert "mean 0.20" in words(figure)  # (0.5 + 0.3 - 0.2) / 3
    labels = [" ".join(tick.get_text().split()) for tick in ticks(figure.axes[0].yaxis)]
    assert labels == ["Loyal 2, mean 0.40", "Segment 1 1, mean \N{MINUS SIGN}0.20"]
    assert "3 customers. 2 more (40.0%) are noise or have no silhouette, and are left out." in words(figure)
    mean_line = figure.axes[0].lines[0]
    assert mean_line.get_xdata()[0] == pytest.approx(0.2)


def test_values_and_labels_go_together() -> None:
    with pytest.raises(ModelError, match="1 values, 2 labels"):
        silhouette_plot([0.5], [0, 1], {})


def test_of_many_clusters_the_largest_have_a_knife_and_the_others_share_one() -> None:
    labels = np.concatenate([np.repeat(np.arange(20), 3), np.repeat(np.arange(20, 500), 2), [-1]])
    figure = silhouette_plot(np.full(len(labels), 0.5), labels, {0: "Loyal"})
    texts = [" ".join(tick.get_text().split()) for tick in ticks(figure.axes[0].yaxis)]
    assert texts[0] == "Loyal 3, mean 0.50"
    assert texts[20:] == ["Other clusters 960, mean 0.50"]
    assert figure.bbox.height < 1_600
    assert any("Of 500 clusters here the 20 largest are told apart" in word for word in words(figure))


def test_customers_without_another_one_of_their_segment_are_told() -> None:
    figure = silhouette_plot([0.5, 0.5, 0.0], [0, 0, 1], {})
    assert any("1 are here without another one" in word for word in words(figure))
