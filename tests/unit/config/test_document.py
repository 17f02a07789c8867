"""YAML as text: nothing is guessed, nothing is given twice, everything is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.config.document import Node, read_document
from customer_chunks.errors import ConfigError


def document(folder: Path, text: str | bytes) -> Node:
    path = folder / "x.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_document(path)


def test_scalars_stay_text(tmp_path: Path) -> None:
    node = document(tmp_path, "a: NO\nb: 007\nc: 1.0\nd: 2024-01-01\ne: null\n")
    assert [node.text(key) for key in "abcde"] == ["NO", "007", "1.0", "2024-01-01", "null"]


def test_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert document(tmp_path, b"\xef\xbb\xbfa: 1\n").names() == ["a"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\na: 2\n", r"line 2, column 1: 'a' is given twice\. Mend the YAML there"),
        ("a: [1\nb: 2\n", r"line 2, column 2: .*Mend the YAML there"),
        ("a:\n\tb: 1\n", r"line 2, column 1: there is a tab\. Indent with blanks"),
        ("- a\n", r"holds a list, not a mapping of names\. Start from `chunks source init`"),
        ("", r"holds a single value, not a mapping|holds nothing, not a mapping"),
        (b"a: \xff\xfe\n", r"is not UTF-8 text\. Save it as UTF-8"),
        ("? [a]\n: 1\n", r"a key must be text"),
    ],
)
def test_broken_document_is_one_sentence(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        document(tmp_path, text)


def test_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, not a YAML file"):
        read_document(tmp_path)


def test_unasked_key_is_reported_with_the_nearest_asked_one(tmp_path: Path) -> None:
    node = document(tmp_path, "colour: red\n")
    node.text("color")
    with pytest.raises(ConfigError, match=r"unknown key 'colour'\. Did you mean 'color'\?"):
        node.done()


def test_lists_flags_and_numbers_are_read_where_they_are_expected(tmp_path: Path) -> None:
    node = document(tmp_path, "one: a\nmany: [a, b]\nyes: Yes\nnumber: 5\nnothing: null\n")
    assert node.texts("one") == ("a",)
    assert node.texts("many") == ("a", "b")
    assert node.texts("none", ("x",)) == ("x",)
    assert node.flag("yes", default=False)
    assert node.flag("none", default=True)
    assert node.integer("number") == 5
    assert node.integer("nothing", 7) == 7


def test_number_below_its_minimum_is_an_error_and_the_minimum_is_not(tmp_path: Path) -> None:
    node = document(tmp_path, "n: 1\n")
    assert node.integer("n", minimum=1) == 1
    with pytest.raises(ConfigError, match="'n' must be at least 2, got 1"):
        node.integer("n", minimum=2)


def test_place_of_an_error_names_the_path_within_the_file(tmp_path: Path) -> None:
    node = document(tmp_path, "a:\n  b:\n    - c: {d: x}\n")
    (inner,) = node.node("a").nodes("b")
    with pytest.raises(ConfigError, match=r"x\.yml: a\.b\[1\]\.c: 'e' is missing"):
        inner.node("c").needed("e")
