"""What a version of a model keeps of its fit -> pictures, whether it is champion or not.

Enters: what was learnt, as the document of a version has it. The sample of customers in it has no key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from customer_chunks.config.features import Feature
from customer_chunks.models.agglomerate import by_leaves
from customer_chunks.models.measures import silhouettes
from customer_chunks.models.saved import from_document
from customer_chunks.models.tsne import arranged
from customer_chunks.models.ward import WardModel
from customer_chunks.serving.formats import clean_text, number
from customer_chunks.serving.pictures import (
    Tree,
    dendrogram,
    pca_map,
    silhouette_plot,
    tsne_map,
    value_calibration,
)
from customer_chunks.serving.pictures.arrays import Doubles, Labels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Figures = Iterator[tuple[str, str, "Figure"]]
"""Title, name and picture."""
_TWO, _FEWEST = 2, 5
_WARD = "WardModel"


def segment_pictures(learnt: Mapping[str, Any]) -> Figures:
    """Yield the maps, the silhouettes and, of Ward's method, the tree; nothing where no sample was kept."""
    sample = learnt.get("sample")
    names = _names(learnt)
    if sample and _can_be_drawn(sample):
        rows, labels = _rows(sample), _numbers(learnt)[np.array(sample["clusters"], dtype=np.int64)]
        yield from _maps(rows, labels, names, _whose(sample))
        if len(np.unique(labels)) >= _TWO:
            title = f"How clearly customers belong to their segment ({_whose(sample)})"
            yield (
                title,
                "segment-silhouettes",
                silhouette_plot(silhouettes(rows, labels), labels, names, title=title),
            )
    if learnt.get("clusters", {}).get("class") == _WARD:
        yield from _tree(learnt, names)


def value_pictures(learnt: Mapping[str, Any], currency: str) -> Figures:
    """Yield the calibration; nothing where no hold-out was kept."""
    held_out = learnt.get("holdout")
    if held_out and held_out["tenths"]:
        title = f"How true values came in the hold-out of {number(held_out['days'])} days"
        yield (
            title,
            "values-calibration",
            value_calibration(held_out["tenths"], currency=currency, days=held_out["days"], title=title),
        )


def segments_left_out(learnt: Mapping[str, Any]) -> list[str]:
    """Return why pictures of segments are missing, in sentences."""
    sample = learnt.get("sample")
    if not sample:
        return ["This version of the segments keeps no sample of customers, so there are no maps and no "
                "silhouettes of it; the next fit keeps one."]  # fmt: skip
    if not _can_be_drawn(sample):
        return ["Too few customers or numbers were compared for a map of the segments."]
    if find_spec("sklearn") is None:
        return ["There is no t-SNE map: it needs scikit-learn (`pip install 'customer-chunks[models]'`)."]
    return []


def values_left_out(learnt: Mapping[str, Any]) -> list[str]:
    """Return why the calibration of values is missing, in a sentence."""
    if learnt.get("holdout"):
        return []
    return ["This version of the values keeps no hold-out (it was not whole, or the version is of an earlier "
            "release), so what was expected is not drawn beside what came."]  # fmt: skip


def profiles_of(learnt: Mapping[str, Any]) -> pd.DataFrame:
    """Return the segments as the version found them: segment, description, customer_share and traits."""
    told = {f["name"]: Feature(**f) for f in learnt["features"]["learnt"]["declared"]}
    rows = []
    for segment in learnt["segments"]:
        labels = [
            {"label": told[t["feature"]].called, "unit": told[t["feature"]].unit} for t in segment["traits"]
        ]
        traits = [{**t, **label} for t, label in zip(segment["traits"], labels, strict=True)]
        rows.append((segment["name"], segment["description"], segment["customers"], segment["share"], traits))
    columns = ["segment", "description", "customers", "customer_share", "traits"]
    return pd.DataFrame(rows, columns=columns)


def _maps(rows: Doubles, labels: Labels, names: Mapping[int, str], whose: str) -> Figures:
    centred = rows - rows.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    shares = sizes**2 / float((sizes**2).sum())
    title = f"Customers by segment, on two principal components ({whose})"
    yield title, "segment-map", pca_map(centred @ axes[:2].T, labels, names, shares[:2].tolist(), title=title)
    if find_spec("sklearn") is not None:
        title = f"Customers by segment, neighbours side by side by t-SNE ({whose})"
        found = arranged(rows, labels)
        yield title, "segment-tsne", tsne_map(np.column_stack([found.x, found.y]), labels, names, title=title)


def _tree(learnt: Mapping[str, Any], names: Mapping[int, str]) -> Figures:
    model = from_document(learnt["clusters"], [WardModel])
    tree = Tree(by_leaves(model.tree), model.weights, _numbers(learnt)[model.leaf_clusters])
    title = f"Which customers are alike: the top of the tree, cut into {len(model.sizes)} segments"
    yield title, "segment-tree", dendrogram(tree, len(model.sizes), names, title=title)


def _rows(sample: Mapping[str, Any]) -> Doubles:
    return np.array(sample["rows"], dtype=np.float64).reshape(len(sample["rows"]), -1)


def _can_be_drawn(sample: Mapping[str, Any]) -> bool:
    """Return whether there are customers enough, of two numbers at least that tell them apart."""
    rows = _rows(sample)
    return len(rows) >= _FEWEST and rows.shape[1] >= _TWO and bool(np.ptp(rows, axis=0).any())


def _numbers(learnt: Mapping[str, Any]) -> Labels:
    """Return the number of the segment that each cluster is."""
    return np.array([segment["number"] for segment in learnt["segments"]], dtype=np.int64)


def _names(learnt: Mapping[str, Any]) -> dict[int, str]:
    return {segment["number"]: clean_text(segment["name"]) for segment in learnt.get("segments", [])}


def _whose(sample: Mapping[str, Any]) -> str:
    """Say how many customers are drawn."""
    drawn, customers = len(sample["rows"]), sample["customers"]
    return f"all {number(customers)}" if drawn >= customers else f"{number(drawn)} of {number(customers)}"
