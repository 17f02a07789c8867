"""Why k: what was measured is drawn as it is, and what was chosen is marked."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from customer_chunks.serving.pictures import Candidate, search_curves
from customer_chunks.serving.pictures.search import _ASIDE as ASIDE
from customer_chunks.serving.pictures.style import colour_of
from tests.unit.serving.pictures.looks import ticks, words

TRIED = [
    Candidate("k-means", 3, 50.0, 0.6, 0.9, 0.05),
    Candidate("k-means", 2, 90.0, 0.4, 0.8, 0.1),
    Candidate("k-means", 4, 40.0, 0.5, 0.5, 0.2),
    Candidate("mixture", 2, None, 0.3),
    Candidate("mixture", 3, None, None),
]


def lines(figure: Figure, panel: int, colour: str) -> list[tuple[list[float], list[float]]]:
    """Return the x and y of the lines of a colour."""
    drawn = [line for line in figure.axes[panel].lines if line.get_color() == colour]
    found = [line for line in drawn if line.get_linestyle() != "None"]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in found]


def rings(figure: Figure) -> list[tuple[float, float]]:
    marked = [line for axes in figure.axes for line in axes.lines if line.get_markersize() == 14]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in marked]


def test_lines_go_by_k_and_what_was_not_measured_is_not_drawn() -> None:
    figure = search_curves(TRIED, TRIED[0], why="Most stable.")
    assert lines(figure, 0, colour_of(0)) == [([2, 3, 4], [90, 50, 40])]
    assert lines(figure, 0, colour_of(1)) == []
    assert lines(figure, 1, colour_of(1)) == [([2], [0.3])]
    assert [tick.get_text() for tick in ticks(figure.axes[2].xaxis)] == ["2", "3", "4"]
    assert figure.axes[2].get_xlabel() == "k (number of segments)"
    seen = words(figure)
    assert {"Why k = 3 (k-means)", "Most stable.", "k-means", "mixture"} <= set(seen)


def test_what_was_chosen_has_a_ring_in_each_panel() -> None:
    aside = 3 - ASIDE / 2  # the first of two methods
    assert rings(search_curves(TRIED, TRIED[0])) == [(3, 50.0), (3, 0.6), (aside, 0.9)]
    assert rings(search_curves(TRIED, None)) == []
    assert rings(search_curves(TRIED, TRIED[3])) == [(2, 0.3)]


def test_stability_has_its_spread() -> None:
    figure = search_curves(TRIED[:3], None)
    spreads = figure.axes[2].collections[0].get_segments()
    assert np.allclose([bar[:, 1] for bar in spreads], [[0.7, 0.9], [0.85, 0.95], [0.3, 0.7]])
    assert "mean ± standard deviation" in " ".join(figure.axes[2].get_ylabel().split())


def test_a_measure_that_nobody_has_is_no_panel() -> None:
    figure = search_curves(
        [Candidate("k-means", 2, silhouette=0.5), Candidate("k-means", 3, silhouette=np.nan)], None
    )
    assert len(figure.axes) == 1
    assert figure.axes[0].get_ylabel().startswith("Silhouette")
    assert "How many segments" in words(figure)
