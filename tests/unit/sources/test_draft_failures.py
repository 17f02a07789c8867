"""Input that no draft can be made of: one sentence, no traceback."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from customer_chunks.errors import ConfigError, SourceError
from customer_chunks.sources.draft import draft_mapping

BINARY = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \r\n\n", "holds no text"),
        ("header.csv", b"order,date,amount\n", "holds a header and no rows"),
        ("program.bin", BINARY, "is no text table"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + BINARY, "is no text table"),
        ("letter.txt", b"Dear all,\nthis is a letter\nof several lines.\nBye\n", "is no table"),
        ("one.csv", b"name\n" + b"word\n" * 50, "is no table"),
        ("number.csv", b"amount\n" + b"5\n" * 50, "is no table"),
        (
            "cut.csv.gz",
            gzip.compress(b"".join(b"%d,%d\n" % (n, n * n) for n in range(9000)))[:900],
            "is cut off",
        ),
        ("false.csv.gz", b"\x1f\x8b\x08garbage", "gzip"),
        ("false.zip", b"PK\x03\x04garbage", "no valid zip"),
        ("false.xlsx", b"no workbook", "no valid workbook"),
        ("false.parquet", b"PAR1 no parquet", "no valid Parquet"),
        ("broken.json", b'{"a": 1', "no JSON objects"),
        ("numbers.json", b"[1, 2, 3]", "no JSON objects"),
        ("nothing.json", b"[]", "no JSON objects"),
    ],
)
def test_bad_file_is_named_in_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(SourceError, match=said) as raised:
        draft_mapping(path)

    assert name in raised.value.what
    assert raised.value.remedy


def test_missing_path_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        draft_mapping(tmp_path / "nowhere.csv")


def test_folder_without_data_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("hello")

    with pytest.raises(SourceError, match="holds no data file"):
        draft_mapping(tmp_path)


def test_bad_file_in_a_folder_is_told_and_the_others_are_drafted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "customer_id,email,last_name\n" + "".join(f"{n},p{n}@x.com,B\n" for n in range(20))
    )
    (tmp_path / "b.csv").write_bytes(b"")

    draft = draft_mapping(tmp_path)

    assert "# left out: b.csv: is empty." in draft.yaml
    assert {g.feed for g in draft.columns} == {"a"}


def test_source_name_must_be_a_table_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a table name"):
        draft_mapping(tmp_path, source="My Shop")
