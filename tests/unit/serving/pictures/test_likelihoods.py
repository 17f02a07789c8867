"""Bars of probability by segment: shares, numbers and names of bands, by hand."""

from __future__ import annotations

import pytest

from customer_chunks.errors import ModelError
from customer_chunks.serving.pictures import ChanceGroup, chance_bars
from customer_chunks.serving.pictures.likelihoods import band_names
from tests.unit.serving.pictures.looks import words


def test_likeliest_stand_at_zero_and_bars_are_shares_of_the_segment() -> None:
    groups = [ChanceGroup("Gone", 0.6, [10, 30, 60]), ChanceGroup("None", 0.5, [0, 0, 0])]
    figure = chance_bars(groups, [0.1, 0.5], title="How likely")
    (axes,) = figure.axes
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [
        (pytest.approx(0), pytest.approx(60)),
        (pytest.approx(60), pytest.approx(30)),
        (pytest.approx(90), pytest.approx(10)),
    ]
    assert axes.get_xlabel() == "Customers of the segment (%)"
    said = words(figure)
    assert {"60", "30", "10", "Gone 100 customers, mean 60.0%"} <= {*said}
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "Probability"
    assert [text.get_text() for text in legend.get_texts()] == ["50% or more", "10 to 50%", "below 10%"]
    assert not any("None" in word for word in said)


def test_number_without_room_is_left_out() -> None:
    said = words(chance_bars([ChanceGroup("Most", 0.1, [98, 2])], [0.5], title="How likely"))
    assert "98" in said
    assert "2" not in said


def test_bands_are_named_by_their_ends() -> None:
    assert band_names([0.1, 0.25, 0.5]) == ["below 10%", "10 to 25%", "25 to 50%", "50% or more"]


def test_every_band_needs_its_number() -> None:
    with pytest.raises(ModelError, match="2 edges part 3 bands"):
        chance_bars([ChanceGroup("A", 0.1, [1, 2])], [0.1, 0.5], title="How likely")
