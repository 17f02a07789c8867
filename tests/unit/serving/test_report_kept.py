"""What a version keeps of its fit becomes pictures; what an earlier one did not keep is told."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from customer_chunks.config.features import DEFAULT_FEATURES
from customer_chunks.models.agglomerate import merged
from customer_chunks.models.describing import Trait
from customer_chunks.models.saved import document
from customer_chunks.models.ward import WardModel
from customer_chunks.serving.report import kept
from customer_chunks.serving.report.collect_learnt import learnt_of
from customer_chunks.serving.report.kept import segment_pictures, segments_left_out, value_pictures
from customer_chunks.serving.report.learnt import figures, left_out
from customer_chunks.serving.theme import drawing, to_svg
from tests.unit.serving.pictures.looks import clashes, cut_off, texts, words
from tests.unit.serving.pictures.samples import tenths
from tests.unit.serving.test_report import page_of

WIDTH = 5
DAYS = Trait("recency_days", "", 12.0, 40.0, -1.2)


def version(method: str = "KMeansModel", rows: int = 1_000, **changes: Any) -> dict[str, Any]:
    """Return a version of segments 4 and 2, of as many customers each."""
    random = np.random.default_rng(1)
    clusters = np.repeat([0, 1], rows // 2)
    points = random.normal(size=(len(clusters), WIDTH)) + 6 * clusters[:, None]
    tree: dict[str, Any] = {"class": method}
    if method == "WardModel":
        leaves = points[:: max(rows // 40, 1)]
        tree = document(
            WardModel(
                k=2, leaves=leaves.tolist(), means=leaves.tolist(), weights=[25] * len(leaves),
                inner_cost=0.0, tree=merged(leaves, np.full(len(leaves), 25.0)).tolist(),
                offset=[0.0] * WIDTH,
            )
        )  # fmt: skip
    segments = [
        {"number": n, "name": name, "description": "", "customers": 9, "share": 0.5, "traits": [asdict(DAYS)]}
        for n, name in ((4, "Loyal"), (2, "Lapsed"))
    ]
    learnt = {
        "features": {"learnt": {"declared": [asdict(f) for f in DEFAULT_FEATURES]}}, "clusters": tree,
        "segments": segments, "search": [], "taken": None, "why": ["Because."],
        "sample": {"rows": points.round(3).tolist(), "clusters": clusters.tolist(), "customers": 52_000},
    }  # fmt: skip
    return {"model": "segments", "version": 1, "metrics": {}, "document": {"learnt": learnt | changes}}


def test_sample_becomes_maps_and_silhouettes_under_the_names_of_segments() -> None:
    learnt = version()["document"]["learnt"]
    drawn = {name: figure for _, name, figure in segment_pictures(learnt)}
    assert list(drawn) == ["segment-map", "segment-tsne", "segment-silhouettes"]
    for figure in drawn.values():
        seen = words(figure)
        assert any("1,000 of 52,000)" in word for word in seen)
        assert any("Loyal" in word for word in seen)
        found = texts(figure)
        assert (clashes(found), cut_off(found, figure)) == ([], [])
    assert {"2", "4"} <= set(words(drawn["segment-map"]))  # badges are the segments' own numbers


def test_pictures_stay_small_and_hold_no_image() -> None:
    for _, name, figure in segment_pictures(version("WardModel")["document"]["learnt"]):
        with drawing():
            svg = to_svg(figure, name)
        assert len(svg.encode()) < 150_000, name
        assert not re.search("<image", svg)


def test_tree_of_ward_is_drawn() -> None:
    drawn = {
        name: figure for _, name, figure in segment_pictures(version("WardModel", 200)["document"]["learnt"])
    }
    assert any(word.startswith("2 Lapsed (50.0%)") for word in words(drawn["segment-tree"]))


def test_version_of_an_earlier_release_is_told_to_keep_no_sample() -> None:
    old = version()
    del old["document"]["learnt"]["sample"]
    assert list(segment_pictures(old["document"]["learnt"])) == []
    (said,) = left_out(learnt_of(old), "segments")
    assert said.startswith("This version of the segments keeps no sample of customers")


@pytest.mark.parametrize(
    "rows", [[[1.0, 2.0]] * 9, [[1.0], [2.0], [3.0], [4.0], [5.0]], [[1.0, 2.0], [3.0, 4.0]]]
)
def test_sample_that_tells_nobody_apart_is_not_drawn(rows: list[list[float]]) -> None:
    sample = {"rows": rows, "clusters": [0] * len(rows), "customers": len(rows)}
    learnt = version(sample=sample)["document"]["learnt"]
    assert list(segment_pictures(learnt)) == []
    assert segments_left_out(learnt) == [
        "Too few customers or numbers were compared for a map of the segments."
    ]


def test_without_scikit_learn_there_is_no_map_of_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "find_spec", lambda _: None)
    learnt = version(rows=100)["document"]["learnt"]
    assert [name for _, name, _ in segment_pictures(learnt)] == ["segment-map", "segment-silhouettes"]
    assert "it needs scikit-learn" in segments_left_out(learnt)[0]


def test_challenger_has_pictures_of_its_own_document() -> None:
    challenger = learnt_of(version(rows=100))
    drawn = dict(figures(challenger, "segments", "EUR"))
    assert list(drawn) == ["segment-heat", "segment-map", "segment-tsne", "segment-silhouettes"]
    assert any("days since the last purchase (days)" in word for word in words(drawn["segment-heat"]))


def test_hold_out_of_values_is_drawn_and_its_absence_told() -> None:
    told = {"model": "customer_values", "version": 1, "metrics": {}, "document": {"learnt": {}}}
    assert list(figures(learnt_of(told), "customer_values", "EUR")) == []
    assert list(value_pictures({"holdout": None}, "EUR")) == []
    learnt = {"purchases": {}, "holdout": {"days": 90, "tenths": tenths()}}
    told = {**told, "document": {"learnt": learnt}}
    ((name, figure),) = figures(learnt_of(told), "customer_values", "EUR")
    assert name == "values-calibration"
    assert "Amount a customer (EUR in 90 days)" in words(figure)
    assert left_out(learnt_of(told), "customer_values") == []
    old = {**told, "document": {"learnt": {"purchases": {}}}}
    assert left_out(learnt_of(old), "customer_values")[0].startswith("This version of the values keeps no")


def test_page_holds_the_pictures_and_says_what_is_missing(tmp_path: Path) -> None:
    learnt = learnt_of(version(rows=100))
    segments = learnt.segments.assign(net_amount=1.0, net_amount_share=0.5)
    missing = {"purchases": {}, "holdout": None}
    page = page_of(tmp_path, learnt=replace(learnt, segments=segments, values_learnt=missing))
    said = " ".join(page.words)
    assert "Customers by segment, on two principal components (100 of 52,000)" in said
    assert "This version of the values keeps no hold-out" in said
    assert "keeps no sample" not in said
