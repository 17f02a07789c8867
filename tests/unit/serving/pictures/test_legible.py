"""Every picture can be read: no word on another, none cut off, axes named, small letters not too small."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from tests.unit.serving.pictures.looks import clashes, cut_off, texts
from tests.unit.serving.pictures.samples import FIGURES

NAMED_OTHERWISE = ("flows", "segments", "nothing", "none", "no hold-out")


@cache
def drawn(name: str) -> tuple[Figure, list[Text]]:
    figure = FIGURES[name]()
    return figure, texts(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_no_word_hides_another_or_is_cut_off_at_900_pixels(name: str) -> None:
    figure, found = drawn(name)
    assert figure.bbox.width == 900
    assert (clashes(found), cut_off(found, figure)) == ([], [])
    # 8.5 points are 12 of 900 pixels.
    assert min(text.get_fontsize() for text in found) >= 8.5


@pytest.mark.parametrize("name", [name for name in FIGURES if not any(n in name for n in NAMED_OTHERWISE)])
def test_every_axis_has_a_title_and_no_frame(name: str) -> None:
    figure, _ = drawn(name)
    assert any(axes.get_xlabel() for axes in figure.axes)
    for axes in figure.axes:
        assert axes.get_xlabel() or axes.get_ylabel()
        assert not axes.spines["top"].get_visible()
        assert not axes.spines["right"].get_visible()


@pytest.mark.parametrize("name", [name for name in FIGURES if "nothing" in name or "none" in name])
def test_without_data_a_sentence_says_so(name: str) -> None:
    title, why = (text.get_text() for text in drawn(name)[1])
    assert title
    assert why.startswith(("There", "No "))


def test_settings_of_the_caller_neither_matter_nor_change() -> None:
    with mpl.rc_context({"font.size": 30, "axes.spines.top": True, "text.parse_math": True}):
        before = dict(mpl.rcParams)
        figure = FIGURES["tree of 12"]()
        assert dict(mpl.rcParams) == before
        found = texts(figure)
    assert clashes(found) == []
    assert any("$100+ club_of_$" in text.get_text() for text in found)


def test_words_on_each_other_are_noticed() -> None:
    figure = FIGURES["gains of nothing"]()
    figure.text(0.5, 0.5, "one")
    figure.text(0.51, 0.5, "two")
    figure.text(0.99, 0.5, "beyond the edge")
    found = texts(figure)
    assert ("one", "two") in clashes(found)
    assert cut_off(found, figure) == ["beyond the edge"]
