"""Figures become files: sharp ones, with words, the same each time, or an error with a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from customer_chunks.errors import ConfigError, StorageError
from customer_chunks.serving.pictures import rfm_heat_map, save


def a_figure() -> Figure:
    return rfm_heat_map({(5, 5): 12.0, (1, 1): 3.0})


def test_a_png_has_twice_900_pixels_and_an_svg_has_words(tmp_path: Path) -> None:
    figure = a_figure()
    save(figure, tmp_path / "new" / "rfm.png", tmp_path / "rfm.SVG")
    with Image.open(tmp_path / "new" / "rfm.png") as image:
        assert image.size == (1800, 1080)
    text = (tmp_path / "rfm.SVG").read_text(encoding="utf-8")
    assert "Customers by recency and frequency" in text
    assert "<dc:date>" not in text
    assert figure.axes == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["new", "rfm.SVG", "rfm.png"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_figure_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    for folder in ("one", "two"):
        save(a_figure(), tmp_path / folder / f"rfm.{kind}")
    assert (tmp_path / "one" / f"rfm.{kind}").read_bytes() == (tmp_path / "two" / f"rfm.{kind}").read_bytes()


def test_another_ending_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"rfm\.pgn.*Did you mean 'png'"):
        save(a_figure(), tmp_path / "rfm.svg", tmp_path / "rfm.pgn")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        save(a_figure(), tmp_path / "file" / "rfm.png")
    (tmp_path / "rfm.png").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        save(a_figure(), tmp_path / "rfm.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "rfm.png"]
