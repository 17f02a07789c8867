"""Customers in a plane: every one is drawn, segments have their colour, and the axes say what they are."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import pca_map, segment_map, tsne_map
from customer_chunks.serving.pictures.maps import apart
from customer_chunks.serving.pictures.style import NOISE_GREY, OTHER_GREY, colour_of
from tests.unit.serving.pictures.looks import words

POINTS = [[0.0, 0.0], [0.2, 0.1], [5.0, 5.0], [9.0, -9.0]]


def dots(figure: Figure) -> dict[str, int]:
    """Return how many dots of each colour there are, badges left out."""
    drawn = [c for c in figure.axes[0].collections if isinstance(c, PathCollection) and c.get_zorder() < 4]
    return {to_hex(c.get_facecolor()[0]): len(c.get_offsets()) for c in drawn}


def test_a_dot_a_customer_in_the_colour_of_its_segment() -> None:
    figure = pca_map(POINTS, [0, 0, 3, -1], {0: "Loyal", 3: "Rare"}, [0.412, 0.183])
    assert dots(figure) == {colour_of(0): 2, colour_of(3): 1, NOISE_GREY: 1}
    assert figure.axes[0].get_xlabel() == "Component 1 (41.2% of the variance)"
    assert figure.axes[0].get_ylabel() == "Component 2 (18.3% of the variance)"
    seen = words(figure)
    assert [word for word in seen if word.endswith("%)")] == [
        "0 Loyal (50.0%)",
        "3 Rare (25.0%)",
        "Noise (25.0%)",
    ]
    assert any("Both axes together show 59.5% of the variance" in word for word in seen)
    assert {"0", "3"} <= set(seen)  # the badges


def test_rare_segments_are_drawn_last_and_noise_first() -> None:
    figure = tsne_map(np.zeros((6, 2)), [1, 0, 0, 0, -1, -1], {})
    assert list(dots(figure)) == [NOISE_GREY, colour_of(0), colour_of(1)]
    assert any("distances between far groups" in word and "mean nothing" in word for word in words(figure))


def test_of_many_customers_a_lot_is_drawn_and_told() -> None:
    labels = np.concatenate([np.zeros(24_997, dtype=int), [1, 1, 1]])
    figure = tsne_map(np.random.default_rng(0).normal(size=(25_000, 2)), labels, {})
    assert dots(figure) == {colour_of(0): 19_997, colour_of(1): 3}
    assert any("20,000 of 25,000 customers are drawn" in word for word in words(figure))
    assert "1 Segment 1 (< 0.1%)" in words(figure)
    assert all(c.get_rasterized() for c in figure.axes[0].collections if c.get_zorder() < 4)


def test_customers_without_a_place_are_told() -> None:
    figure = segment_map(
        [[0, 0], [1, 1], [np.nan, 1]], [0, 1, 1], {}, title="Map", axes=("km", "kg"), note="Hm."
    )
    assert sum(dots(figure).values()) == 2
    assert "Hm. 1 customer has no place on the axes." in words(figure)


def test_labels_and_points_go_together() -> None:
    with pytest.raises(ModelError, match="2 points, 1 labels"):
        tsne_map([[0, 0], [1, 1]], [0], {})


def test_badges_are_moved_apart_and_far_ones_stay() -> None:
    places = np.array([[0.5, 0.5], [0.5, 0.5], [0.52, 0.5], [0.9, 0.9]])
    moved = apart(places, 0.05)
    between = np.linalg.norm(moved[:, None] - moved[None], axis=2) + np.eye(4)
    assert between.min() >= 0.049
    assert np.allclose(moved[3], places[3], atol=1e-5)


def test_of_many_clusters_the_largest_are_told_apart() -> None:
    labels = np.concatenate([np.repeat(np.arange(1_000, 1_020), 3), np.arange(0, 400), [-1]])
    figure = tsne_map(np.random.default_rng(0).normal(size=(len(labels), 2)), labels, {})
    assert dots(figure)[OTHER_GREY] == 400
    assert dots(figure)[NOISE_GREY] == 1
    assert [word for word in words(figure) if word.startswith("Other")] == ["Other clusters (86.8%)"]
    assert figure.bbox.height < 1_000
    assert any("Of 420 clusters here the 20 largest are told apart" in word for word in words(figure))
