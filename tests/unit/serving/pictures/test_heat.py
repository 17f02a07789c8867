"""Heat maps: a cell a value, the colour of an effect, the text of the segment's own value."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import SegmentProfile, rfm_heat_map, segment_heat_map
from tests.unit.serving.pictures.looks import ticks, words

FEATURES = ["Recency (days)", "Money (EUR)"]
SEGMENTS = [
    SegmentProfile("Loyal", 0.25, [-1.5, 3.0], [7.0, 12_345.0]),
    SegmentProfile("Sleeping", 0.75, [0.5, 0.0], [400.5, np.nan]),
]


def mesh(figure: Figure) -> QuadMesh:
    return next(c for c in figure.axes[0].collections if isinstance(c, QuadMesh))


def cells(figure: Figure) -> dict[tuple[float, float], str]:
    """Return texts by column and row, from 0 at the upper left."""
    return {
        (t.get_position()[0] - 0.5, t.get_position()[1] - 0.5): t.get_text() for t in figure.axes[0].texts
    }


def test_a_row_a_segment_with_its_share_and_its_own_values() -> None:
    figure = segment_heat_map(SEGMENTS, FEATURES)
    assert cells(figure) == {(0, 0): "7", (1, 0): "12.3 k", (0, 1): "400", (1, 1): "\N{EN DASH}"}
    rows = [" ".join(tick.get_text().split()) for tick in ticks(figure.axes[0].yaxis)]
    assert rows == ["Loyal 25.0% of customers", "Sleeping 75.0% of customers"]
    assert [tick.get_text() for tick in ticks(figure.axes[0].xaxis)] == FEATURES
    assert figure.axes[0].yaxis_inverted()
    assert "Difference from all customers (standard deviations)" in words(figure)


def test_strong_effects_share_the_darkest_colour_and_zero_is_pale() -> None:
    figure = segment_heat_map(SEGMENTS, FEATURES)
    assert mesh(figure).get_clim() == (-2, 2)
    assert np.array_equal(mesh(figure).get_array(), [[-1.5, 3.0], [0.5, 0.0]])
    zero, above, below = (mesh(figure).to_rgba(value) for value in (0.0, 2.0, -2.0))
    assert min(zero[:3]) > 0.9
    assert above[0] > above[2]
    assert below[2] > below[0]


@pytest.mark.parametrize("size", [0.0, 0.01])
def test_effects_near_zero_stay_pale(size: float) -> None:
    figure = segment_heat_map([SegmentProfile("Any", 1.0, [size, -size], [1.0, 2.0])], FEATURES)
    assert mesh(figure).get_clim() == (-1, 1)
    assert min(mesh(figure).to_rgba(size)[:3]) > 0.9


def test_of_many_features_those_that_differ_most_are_drawn() -> None:
    effects = [0.01 * n for n in range(14)]
    features = [f"Feature {n}" for n in range(14)]
    figure = segment_heat_map([SegmentProfile("Any", 1.0, effects, effects)], features)
    assert [tick.get_text() for tick in ticks(figure.axes[0].xaxis)] == features[2:]
    assert any("The 12 of 14 features that differ most" in word for word in words(figure))


def test_effects_and_features_go_together() -> None:
    with pytest.raises(ModelError, match="1 features"):
        segment_heat_map(SEGMENTS, FEATURES[:1])


def test_recent_customers_are_on_top_and_frequent_ones_at_the_right() -> None:
    figure = rfm_heat_map({(5, 1): 7.0, (1, 5): 1_234.0}, measure="Mean lifetime value (EUR)")
    found = cells(figure)
    assert len(found) == 25
    assert (found[0, 0], found[4, 4]) == ("7", "1,234")
    assert sorted(found.values()).count("\N{EN DASH}") == 23
    assert [tick.get_text() for tick in ticks(figure.axes[0].yaxis)] == ["R 5", "R 4", "R 3", "R 2", "R 1"]
    assert [tick.get_text() for tick in ticks(figure.axes[0].xaxis)] == ["F 1", "F 2", "F 3", "F 4", "F 5"]
    assert mesh(figure).get_clim() == (0, 1_234)
    assert "Mean lifetime value (EUR) by recency and frequency" in words(figure)


def test_values_below_zero_have_a_colour_of_their_own() -> None:
    figure = rfm_heat_map({(5, 5): 100.0, (1, 1): -300.0})
    assert mesh(figure).get_clim() == (-300, 300)
    assert cells(figure)[0, 4] == "\N{MINUS SIGN}300"


def test_words_are_read_on_their_cell() -> None:
    figure = rfm_heat_map({(5, 5): 100.0, (5, 4): 0.0})
    inks = {text.get_text(): to_rgb(text.get_color()) for text in figure.axes[0].texts}
    assert min(inks["100"]) == 1
    assert max(inks["0"]) < 0.2
