"""A tree of merges (Ward and its like) -> a dendrogram of its top, cut into segments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_chunks.errors import ModelError
from customer_chunks.serving.formats import number, percent, tick
from customer_chunks.serving.pictures.arrays import (
    MOST_CLUSTERS,
    OTHER,
    Doubles,
    doubles,
    few_note,
    shown_order,
)
from customer_chunks.serving.pictures.names import segment_name, wrapped
from customer_chunks.serving.pictures.style import (
    INK,
    MUTED,
    SMALL,
    colour_of,
    drawn,
    legend_beside,
    plain_axes,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FEWEST = 2
_WITH_MARGIN = 1.14
"""Room at the right, where the cut is named."""
_WRITTEN_OUT = 100_000


@dataclass(frozen=True)
class Tree:
    """Merges of leaves, as SciPy's ``linkage`` returns them.

    Attributes:
        merges: Leaves less one x 4: both nodes, height, leaves.
        rows: Customers behind each leaf; one each where none are given.
        labels: Cluster of each leaf; where none are given, clusters are numbered from the largest.
    """

    merges: npt.ArrayLike
    rows: npt.ArrayLike | None = None
    labels: npt.ArrayLike | None = None


@drawn
def dendrogram(
    tree: Tree,
    k: int,
    names: Mapping[int, str],
    *,
    title: str = "",
    height: str = "Height of a merge (Ward distance, no unit)",
    shown: int = 30,
) -> Figure:
    """Draw the top of a tree, the cut into k clusters, and the customers behind each branch.

    Args:
        tree: Of two leaves at least.
        k: Clusters at the cut.
        names: Of the clusters.
        title: Of the picture; told by k where it is empty.
        height: Title of the axis.
        shown: Branches that are drawn at most; at least k are, up to 20 clusters.

    Raises:
        ModelError: k is below 2 or above the number of leaves.
    """
    cut = _Cut(tree, k)
    leaves = min(max(shown, min(k, MOST_CLUSTERS)), cut.leaves)
    found = _drawing_of(cut, leaves)
    figure = sheet(
        title or f"Which customers are alike: the top of the tree, cut into {k} segments",
        height=max(6.0, 0.9 + 0.36 * min(k, MOST_CLUSTERS + 1)),
        note=f"{_note(leaves, cut)} {cut.merged}".strip(),
    )
    axes = figure.subplots()
    _branches(axes, found, cut)
    _leaf_labels(axes, found["leaves"], cut)
    plain_axes(axes, "Branches, with their customers", height, grid="y", numbers="y")
    axes.tick_params(axis="x", colors=INK, labelsize=SMALL, pad=8)
    axes.spines["bottom"].set_visible(False)
    _cut_line(axes, cut)
    _legend(axes, cut, names, {cut.label_of.get(leaf, OTHER) for leaf in found["leaves"]})
    return figure


def _note(leaves: int, cut: _Cut) -> str:
    told = f"{number(leaves)} of {number(cut.leaves)} branches are drawn; below each, its customers."
    return told if cut.k <= leaves else f"{told} A grey branch holds several clusters."


class _Cut:
    """A tree with the nodes of its clusters."""

    def __init__(self, tree: Tree, k: int) -> None:
        self.merges = doubles(tree.merges, columns=4)
        self.leaves = len(self.merges) + 1
        if not _FEWEST <= k <= self.leaves:
            raise ModelError(
                f"A tree of {self.leaves:,} leaves cannot be cut into {k}.", f"Choose 2 to {self.leaves:,}."
            )
        self.k = k
        self.rows = self._rows(tree)
        self.size_of: dict[int, float] = {}
        self.label_of, self.merged = self._labels(tree)

    def _rows(self, tree: Tree) -> Doubles:
        """Return the customers behind every node."""
        own = np.ones(self.leaves) if tree.rows is None else doubles(tree.rows)
        rows = [float(count) for count in own]
        for left, right in self.merges[:, :2].astype(int):
            rows.append(rows[left] + rows[right])
        return doubles(rows)

    def _labels(self, tree: Tree) -> tuple[dict[int, int], str]:
        """Return the cluster of every node below the cut, and which clusters are not told apart."""
        first_above = 2 * self.leaves - self.k
        children = self.merges[first_above - self.leaves :, :2].astype(int).ravel()
        roots = sorted((int(n) for n in children if n < first_above), key=lambda n: (-self.rows[n], n))
        members = {root: self._under(root) for root in roots}
        if tree.labels is None:
            named = {root: place for place, root in enumerate(roots)}
        else:
            given = np.asarray(tree.labels, dtype=np.int64)
            named = {root: int(given[min(members[root])]) for root in roots}
        told_apart, merged = {named[root] for root in roots[:MOST_CLUSTERS]}, ""
        if len(roots) > MOST_CLUSTERS:
            named = {root: label if label in told_apart else OTHER for root, label in named.items()}
            merged = few_note(len(roots))
        for root in roots:
            self.size_of[named[root]] = self.size_of.get(named[root], 0.0) + float(self.rows[root])
        return {node: named[root] for root in roots for node in members[root]}, merged

    def _under(self, root: int) -> list[int]:
        """Return a node and all below it."""
        found, open_nodes = [], [root]
        while open_nodes:
            node = open_nodes.pop()
            found.append(node)
            if node >= self.leaves:
                open_nodes += [int(n) for n in self.merges[node - self.leaves, :2]]
        return found

    @property
    def height(self) -> float:
        """Return the middle between the last merge below the cut and the first above it."""
        heights = self.merges[:, 2]
        above = self.leaves - self.k
        return float((heights[above] + (heights[above - 1] if above else 0)) / 2)


def _drawing_of(cut: _Cut, leaves: int) -> dict[str, Any]:
    """Return the places of branches as SciPy lays them out."""
    from scipy.cluster import hierarchy  # noqa: PLC0415 - an extra, and slow to import

    found: dict[str, Any] = hierarchy.dendrogram(
        cut.merges,
        p=leaves,
        truncate_mode="lastp",
        no_plot=True,
        count_sort="descending",
        link_color_func=lambda node: colour_of(cut.label_of[node]) if node in cut.label_of else MUTED,
    )
    return found


def _branches(axes: Axes, found: dict[str, Any], cut: _Cut) -> None:
    from matplotlib.collections import LineCollection  # noqa: PLC0415 - an optional extra

    lines = [list(zip(x, y, strict=True)) for x, y in zip(found["icoord"], found["dcoord"], strict=True)]
    axes.add_collection(LineCollection(lines, colors=found["color_list"], linewidths=1.6))
    axes.set_xlim(0, 10 * len(found["leaves"]) * _WITH_MARGIN)
    axes.set_ylim(0, float(cut.merges[:, 2].max()) * 1.05 or 1)


def _leaf_labels(axes: Axes, leaves: list[int], cut: _Cut) -> None:
    """Mark each branch with its cluster's colour, so that a cluster of one branch has one too."""
    places = [5 + 10 * n for n in range(len(leaves))]
    colours = [colour_of(cut.label_of.get(leaf, OTHER)) for leaf in leaves]
    axes.scatter(places, [0] * len(places), marker="s", s=34, color=colours, clip_on=False, zorder=3)
    rows = [float(cut.rows[leaf]) for leaf in leaves]
    texts = [number(count) if count < _WRITTEN_OUT else tick(float(f"{count:.3g}")) for count in rows]
    axes.set_xticks(places, labels=texts, rotation=90)


def _cut_line(axes: Axes, cut: _Cut) -> None:
    axes.axhline(cut.height, color=INK, linewidth=1.3, linestyle=(0, (4, 3)))
    axes.annotate(
        f"cut: k = {cut.k}", (1, cut.height), (-4, 4), xycoords=("axes fraction", "data"), ha="right",
        textcoords="offset points", va="bottom", fontsize=SMALL, color=INK,
    )  # fmt: skip


def _legend(axes: Axes, cut: _Cut, names: Mapping[int, str], seen: set[int]) -> None:
    """Name the clusters that have a branch of their own, with their share of customers."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - an optional extra

    whole = sum(cut.size_of.values())
    told = {n: size for n, size in cut.size_of.items() if n in seen and n != OTHER}
    if len(told) < cut.k:
        told[OTHER] = whole - sum(told.values())
    order = shown_order(told)
    numbers = {n: f"{n}  " if n >= 0 else "" for n in order}
    texts = [f"{numbers[n]}{wrapped(segment_name(n, names), 24)} ({percent(told[n] / whole)})" for n in order]
    legend_beside(axes, [Patch(color=colour_of(n)) for n in order], texts)
