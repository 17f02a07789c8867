"""Colours that everybody tells apart, words that fit, and bands in proportion."""

from __future__ import annotations

import builtins
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_chunks.errors import MachineError
from customer_chunks.serving.formats import display_width
from customer_chunks.serving.pictures.arrays import thinned
from customer_chunks.serving.pictures.bands import End, bands, flow_bands, scale_of
from customer_chunks.serving.pictures.names import segment_name, wrapped
from customer_chunks.serving.pictures.style import (
    COLOURS,
    NOISE_GREY,
    OKABE_ITO,
    colour_of,
    dashes_of,
    drawing,
    ink_on,
    marker_of,
    shape_of,
)

# Machado, Oliveira and Fernandes (2009), severity 1, on linear red, green and blue.
SIGHTS = {
    "full sight": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
# Ottosson (2020): linear red, green and blue to OKLab.
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def lab(colours: tuple[str, ...], sight: np.ndarray) -> np.ndarray:
    """Return colours as OKLab, as somebody with this sight has them."""
    srgb = np.array([[int(c[n : n + 2], 16) / 255 for n in (1, 3, 5)] for c in colours])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.cbrt(np.clip(linear @ sight.T, 0, 1) @ TO_CONES.T) @ TO_LAB.T


def nearest(colours: tuple[str, ...], sight: str) -> float:
    """Return how far apart the two colours are that are most alike."""
    places = lab(colours, SIGHTS[sight])
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places)) * 9
    return float(apart.min())


@pytest.mark.parametrize("sight", SIGHTS)
def test_sixteen_colours_are_as_far_apart_as_the_eight_of_okabe_and_ito(sight: str) -> None:
    least = min(nearest(OKABE_ITO, one) for one in SIGHTS)
    assert least == pytest.approx(0.076, abs=0.001)
    assert nearest((*COLOURS, NOISE_GREY), sight) >= least - 1e-9


def test_a_cluster_has_one_colour_and_noise_is_grey() -> None:
    assert colour_of(0) == "#0072b2"
    assert len({colour_of(n) for n in range(16)}) == 16
    assert colour_of(-1) == NOISE_GREY
    assert len({(colour_of(n), marker_of(n)) for n in range(64)}) == 64
    assert marker_of(7) == "o" != marker_of(8)


def test_lines_differ_in_more_than_colour() -> None:
    assert len({(shape_of(n), str(dashes_of(n))) for n in range(8)}) == 8


@pytest.mark.parametrize(
    ("colour", "ink"),
    [("#ffffff", "#16202b"), ("#f0e442", "#16202b"), ("#000000", "#ffffff"), ("#0072b2", "#ffffff")],
)
def test_ink_is_read_on_a_colour(colour: str, ink: str) -> None:
    assert ink_on(colour) == ink


def test_without_matplotlib_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name=name)
        return real(name, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MachineError, match=r"matplotlib.*customer-chunks\[report\]"), drawing():
        pass
    assert "matplotlib" in sys.modules


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("Loyal regulars", 2, "Loyal\nregulars"),
        ("Loyal regulars of the shop", 2, "Loyal\nregular…"),
        ("Kapitaene", 1, "Kapita…"),
        ("unbrokenword", 2, "unbroken\nword"),
        ("a\x00b", 1, "a b"),
        ("", 2, ""),
    ],
)
def test_names_are_wrapped_and_shortened(text: str, lines: int, expected: str) -> None:
    assert wrapped(text, 8, lines=lines) == expected


@given(st.text(max_size=60), st.integers(1, 3), st.integers(3, 30))
def test_no_line_is_longer_than_said(text: str, lines: int, letters: int) -> None:
    found = wrapped(text, letters, lines=lines).split("\n")
    assert len(found) <= lines
    assert all(display_width(line) <= letters or len(line) <= 2 for line in found)


def test_a_cluster_without_a_name_is_called_by_its_number() -> None:
    assert [segment_name(n, {0: " Best ", 1: " "}) for n in (0, 1, -1)] == ["Best", "Segment 1", "Noise"]
    assert segment_name(-1, {-1: "Odd ones"}) == "Odd ones"


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_bands_keep_their_room_and_stay_within_the_picture(sizes: list[int]) -> None:
    room, gap = 0.06, 0.014
    counts = [float(size) for size in sizes]
    placed = bands(counts, scale_of(counts, room, gap), room, gap)
    assert placed[0].start >= 0
    assert placed[-1].end <= 1 + 1e-9
    for above, below in pairwise(placed):
        assert below.middle - above.middle >= room - 1e-9
        assert above.end <= below.start


def test_large_bands_are_in_proportion() -> None:
    first, second = bands([300.0, 100.0], scale_of([300.0, 100.0], 0.05, 0.02), 0.05, 0.02)
    assert first.end - first.start == pytest.approx(0.98 * 0.75)
    assert second.end - second.start == pytest.approx(0.98 * 0.25)


def test_flows_fill_their_bands_without_a_gap() -> None:
    flows = {("A", "A"): 6, ("A", "B"): 2, ("B", "A"): 1, ("B", "B"): 1}
    left = [End(*parts) for parts in zip("AB", (8, 2), bands([8.0, 2.0], 0.08, 0.01, 0.0), strict=True)]
    right = [End(*parts) for parts in zip("AB", (7, 3), bands([7.0, 3.0], 0.08, 0.01, 0.0), strict=True)]
    spans = flow_bands(flows, (left, right))
    assert spans["A", "A"][0].start == pytest.approx(left[0].band.start)
    assert spans["A", "B"][0].start == pytest.approx(spans["A", "A"][0].end)
    assert spans["A", "B"][0].end == pytest.approx(left[0].band.end)
    assert spans["B", "A"][1].end == pytest.approx(right[0].band.end)
    assert spans["A", "A"][1].end - spans["A", "A"][1].start == pytest.approx(6 * 0.08)


def test_of_many_rows_rare_ones_are_drawn_first() -> None:
    labels = np.concatenate([np.zeros(5_000, dtype=np.int64), [1] * 3, [-1] * 40])
    kept = thinned(labels, 1_000, 20)
    assert len(kept) == len(set(kept)) == 1_000
    assert (labels[kept] == 1).sum() == 3
    assert (labels[kept] == -1).sum() >= 20
    assert list(kept) == sorted(kept) == list(thinned(labels, 1_000, 20))
    assert len(thinned(labels, 6_000, 20)) == len(labels)
