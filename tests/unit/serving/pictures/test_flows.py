"""Flows between segments: as thick as they have customers, in the colour of where they come from."""

from __future__ import annotations

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle

from customer_chunks.serving.pictures import Flow, flow_chart
from customer_chunks.serving.pictures.style import NOISE_GREY, colour_of
from tests.unit.serving.pictures.looks import words

FLOWS = [
    Flow("A", "A", 600),
    Flow("A", "B", 200),
    Flow("B", "B", 100),
    Flow(None, "B", 60),
    Flow("A", None, 40),
]


def ribbons(figure: Figure) -> list[PathPatch]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, PathPatch)]


def thick(ribbon: PathPatch) -> float:
    """Return the height at the left side."""
    at = ribbon.get_path().vertices
    return float(abs(at[7][1] - at[0][1]))


def bars(figure: Figure) -> list[Rectangle]:
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def test_a_ribbon_a_flow_in_proportion_and_in_its_colour() -> None:
    found = ribbons(flow_chart(FLOWS))
    assert len(found) == len(FLOWS)
    # Largest first, so that thin ones lie on top.
    scale = thick(found[0]) / 600
    assert [thick(ribbon) / scale for ribbon in found] == pytest.approx([600, 200, 100, 60, 40])
    told = [to_hex(ribbon.get_facecolor()) for ribbon in found]
    assert told == [colour_of(0), colour_of(0), colour_of(1), NOISE_GREY, colour_of(0)]


def test_both_sides_tell_customers_and_their_share() -> None:
    figure = flow_chart(FLOWS, runs=("1 Mar", "1 Apr"))
    seen = words(figure)
    # Left: 840 of A and 100 of B; right: 600 of A and 360 of B.
    for text in ("A 840 (89.4%)", "B 100 (10.6%)", "(new) 60", "A 600 (62.5%)", "B 360 (37.5%)", "(gone) 40"):
        assert text in seen
    assert {"1 Mar", "1 Apr", "600", "200", "100"} <= set(seen)
    told = "Of 900 customers in both runs, 77.8% stayed in their segment; 60 are new, 40 are gone."
    assert any(word.startswith(told) for word in seen)
    assert len(bars(figure)) == 6


def test_colours_are_those_of_the_clusters_where_their_order_is_told() -> None:
    figure = flow_chart(FLOWS, order=["Z", "B", "A"])
    assert to_hex(ribbons(figure)[0].get_facecolor()) == colour_of(2)
    assert to_hex(ribbons(figure)[2].get_facecolor()) == colour_of(1)


def test_the_smallest_of_too_many_segments_are_one_and_did_not_stay_for_that() -> None:
    names = [chr(ord("A") + n) for n in range(14)]
    flows = [Flow(name, name, 1_000 - n) for n, name in enumerate(names)]
    flows += [Flow("M", "N", 500), Flow("N", "M", 500)]
    figure = flow_chart(flows)
    assert len(bars(figure)) == 24
    seen = words(figure)
    # J, K and L: 991 + 990 + 989 of 14,909; M and N are the largest.
    assert seen.count("(other segments) 2,970 (19.9%)") == 2
    assert not any(word.startswith(("J ", "K ", "L ")) for word in seen)
    assert any("93.3% stayed" in word for word in seen)  # 13,909


def test_the_smallest_segment_is_seen() -> None:
    figure = flow_chart([Flow("A", "A", 10**7), Flow("B", "B", 1)])
    assert min(bar.get_height() for bar in bars(figure)) >= 0.002
    assert "B 1 (< 0.1%)" in words(figure)


def test_only_new_customers_are_no_share_of_nobody() -> None:
    figure = flow_chart([Flow(None, "A", 5)])
    assert any(
        word.startswith("No customer is in both runs; 5 are new, 0 are gone") for word in words(figure)
    )
    assert words(flow_chart([Flow("A", "A", 0)]))[1] == "No customer is in either run."
