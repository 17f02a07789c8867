"""What a trial found -> pictures in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from customer_chunks.models.agglomerate import by_leaves
from customer_chunks.models.measures import silhouettes
from customer_chunks.models.methods import Labels
from customer_chunks.models.rows import Doubles
from customer_chunks.models.search import Found
from customer_chunks.models.ward import WardModel
from customer_chunks.serving.pictures import (
    Candidate,
    Tree,
    dendrogram,
    distance_curve,
    feature_loadings,
    pca_map,
    save,
    search_curves,
    silhouette_plot,
    value_calibration,
    value_distribution,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TWO = 2


def draw_segments(drawn: dict[str, Any], columns: Sequence[str], folder: Path) -> list[Path]:
    """Draw a segmentation, and return the files.

    Args:
        drawn: ``points`` and ``labels`` of a sample, ``search``, ``model``, ``curve`` and its ``unit``, if
            there are.
        columns: What the points are made of.
        folder: Where the files go; it is made.
    """
    return _saved(_of_segments(drawn, columns), folder)


def draw_values(told: dict[str, Any], values: Sequence[float], folder: Path) -> list[Path]:
    """Draw lifetime values, and return the files.

    Args:
        told: What a trial of values tells; a hold-out, where there was one.
        values: Of some thousand customers.
        folder: Where the files go; it is made.
    """
    return _saved(_of_values(told, values), folder)


def _saved(figures: Iterator[tuple[str, Figure]], folder: Path) -> list[Path]:
    paths = []
    for name, figure in figures:
        paths.append(folder / f"{name}.png")
        save(figure, paths[-1])
    return paths


def _of_segments(drawn: dict[str, Any], columns: Sequence[str]) -> Iterator[tuple[str, Figure]]:
    found, curve = drawn.get("search"), drawn.get("curve")
    if isinstance(found, Found):
        told = {id(c): curve_point(c) for c in found.candidates}
        yield (
            "search",
            search_curves(list(told.values()), told[id(found.chosen)], why=" ".join(found.why[1:3])),
        )
    if curve is not None:
        yield (
            "distances",
            distance_curve(curve.distances, curve.eps, neighbours=curve.min_points, unit=drawn["unit"]),
        )
    if isinstance(model := drawn.get("model"), WardModel):
        tree = Tree(by_leaves(model.tree), model.weights, model.leaf_clusters)
        yield "tree", dendrogram(tree, len(model.sizes), {})
    if "points" in drawn:
        yield from _of_points(drawn["points"], drawn["labels"], columns, drawn["rows"])


def _of_points(
    points: Doubles, labels: Labels, columns: Sequence[str], rows: int
) -> Iterator[tuple[str, Figure]]:
    told = "" if len(points) == rows else f" ({len(points):,} of {rows:,} rows)"
    if points.shape[1] < _TWO or len(points) <= _TWO:
        return
    centred = points - points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    shares = sizes**2 / max(float((sizes**2).sum()), 1e-300)
    yield "map", pca_map(centred @ axes[:2].T, labels, {}, shares[:2].tolist(), title=_MAP + told)
    yield "loadings", feature_loadings(axes, list(columns), shares.tolist())
    inside = labels >= 0
    if len(np.unique(labels[inside])) >= _TWO:
        yield (
            "silhouette",
            silhouette_plot(
                silhouettes(points[inside], labels[inside]), labels[inside], {}, title=_SILHOUETTES + told
            ),
        )


_SILHOUETTES = "How clearly rows belong to their cluster"
_MAP = "Rows by cluster, on the two principal components"


def curve_point(candidate: Any) -> Candidate:
    """Return what the curves show of a candidate of the search."""
    return Candidate(
        candidate.method, candidate.k, candidate.cost, candidate.silhouette, candidate.stability,
        candidate.stability_spread,
    )  # fmt: skip


def _of_values(told: dict[str, Any], values: Sequence[float]) -> Iterator[tuple[str, Figure]]:
    yield "values", value_distribution(values, measure=f"Value within {told['horizon_days']} days")
    if "holdout" in told:
        yield "calibration", value_calibration(told["holdout"]["tenths"], days=told["horizon_days"])
