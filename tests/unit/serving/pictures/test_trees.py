"""Dendrograms: cut at the right height, branches in the colour of their cluster, customers beneath."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from scipy.cluster.hierarchy import linkage

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import Tree, dendrogram
from customer_chunks.serving.pictures.style import COLOURS, MUTED, OTHER_GREY, colour_of
from tests.unit.serving.pictures.looks import colours, ticks, words

# Five leaves: 0+1 at 1, 2+3 at 2, then 4 joins 2+3 at 4, and all at 10.
MERGES = [[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 6, 4.0, 3], [5, 7, 10.0, 5]]
ROWS = [10, 20, 300, 40, 5]


def branches(figure: Figure) -> list[str]:
    lines = next(c for c in figure.axes[0].collections if isinstance(c, LineCollection))
    return sorted(colours(lines.get_colors()))


def leaves(figure: Figure) -> dict[str, str]:
    """Return the colour of each leaf by its text."""
    marks = next(c for c in figure.axes[0].collections if isinstance(c, PathCollection))
    texts = [tick.get_text() for tick in ticks(figure.axes[0].xaxis)]
    return dict(zip(texts, colours(marks.get_facecolors()), strict=True))


def test_the_cut_lies_between_two_merges_and_the_largest_cluster_is_first() -> None:
    figure = dendrogram(Tree(MERGES, ROWS), 2, {0: "Many", 1: "Few"})
    assert figure.axes[0].lines[0].get_ydata()[0] == 7  # between 4 and 10
    assert "cut: k = 2" in words(figure)
    first, second = colour_of(0), colour_of(1)
    assert leaves(figure) == {"300": first, "40": first, "5": first, "10": second, "20": second}
    assert branches(figure) == sorted([first, first, second, MUTED])
    assert [word for word in words(figure) if word.endswith("%)")] == ["0 Many (92.0%)", "1 Few (8.0%)"]
    assert figure.axes[0].get_ylabel() == "Height of a merge (Ward distance, no unit)"


def test_a_branch_stands_for_all_its_customers() -> None:
    figure = dendrogram(Tree(MERGES, ROWS), 2, {}, shown=3)
    assert sorted(leaves(figure)) == ["30", "340", "5"]
    assert any(word.startswith("3 of 5 branches are drawn") for word in words(figure))


def test_clusters_keep_the_numbers_that_they_have_elsewhere() -> None:
    figure = dendrogram(Tree(MERGES, ROWS, labels=[7, 7, 2, 2, 2]), 2, {})
    assert leaves(figure)["300"] == colour_of(2)
    assert leaves(figure)["20"] == colour_of(7)


def test_without_rows_a_leaf_is_one_customer_and_every_leaf_may_be_a_cluster() -> None:
    figure = dendrogram(Tree(MERGES), 5, {}, shown=2)
    assert len(ticks(figure.axes[0].xaxis)) == 5
    assert figure.axes[0].lines[0].get_ydata()[0] == 0.5  # between 0 and 1
    assert branches(figure) == [MUTED] * 4


@pytest.mark.parametrize("k", [1, 6])
def test_a_cut_that_cannot_be_is_told(k: int) -> None:
    with pytest.raises(ModelError, match=f"5 leaves cannot be cut into {k}.*2 to 5"):
        dendrogram(Tree(MERGES), k, {})


def test_of_many_clusters_a_grey_branch_holds_several() -> None:
    merges = linkage(np.random.default_rng(0).normal(size=(300, 2)), "ward")
    figure = dendrogram(Tree(merges), 200, {})
    assert figure.bbox.height < 900
    assert len(ticks(figure.axes[0].xaxis)) == 30
    assert set(leaves(figure).values()) <= {OTHER_GREY, *COLOURS}
    assert any(word.startswith("Other clusters (") for word in words(figure))
    assert any("A grey branch holds several clusters. Of 200 clusters here" in word for word in words(figure))
