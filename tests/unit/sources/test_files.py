"""Which files a feed has."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from customer_chunks.errors import SourceError
from customer_chunks.sources.files import list_files, natural_key
from tests.unit.sources.feeds import a_feed, a_file


def names(feed_path: Path | str, **layout: str) -> list[str]:
    return [Path(file.path).name for file in list_files(a_feed(feed_path, **layout))]


def test_single_file_has_absolute_path_size_and_utc_time(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "a,b\n1,2\n")
    os.utime(path, (1_600_000_000, 1_600_000_000))

    (found,) = list_files(a_feed(path))

    assert found.path == str(path)
    assert found.bytes == 8
    assert found.modified_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=timezone.utc)
    assert found.content_hash is None


def test_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_file(tmp_path / "a.csv", "a\n1\n")
    monkeypatch.chdir(tmp_path)

    assert list_files(a_feed("a.csv"))[0].path == str(tmp_path / "a.csv")


def test_numbers_in_names_sort_as_numbers(tmp_path: Path) -> None:
    for name in ("part10.csv", "part2.csv", "part1.csv"):
        a_file(tmp_path / name, "a\n1\n")

    assert names(tmp_path) == ["part1.csv", "part2.csv", "part10.csv"]


def test_natural_key_distinguishes_leading_zeros() -> None:
    assert natural_key("a01") != natural_key("a1")
    assert natural_key("a01") < natural_key("a2")


def test_folder_is_read_with_subfolders_and_without_litter(tmp_path: Path) -> None:
    for name in ("a.csv", "sub/b.csv", "sub/deep/c.csv.gz", "d.txt"):
        a_file(tmp_path / name, "a\n1\n")
    litter = [
        ".hidden.csv",
        "_SUCCESS",
        "_meta.csv",
        ".a.csv.crc",
        "~$book.csv",
        "x.csv.tmp",
        "y.csv.part",
        "z.csv~",
        "_delta_log/0.csv",
        ".git/e.csv",
        "__MACOSX/f.csv",
        "schema.json",
    ]
    for name in litter:
        a_file(tmp_path / name, "a\n1\n")

    assert names(tmp_path) == ["a.csv", "d.txt", "b.csv", "c.csv.gz"]


def test_glob_with_two_stars_goes_down(tmp_path: Path) -> None:
    for name in ("2024/a.csv", "2024/05/b.csv", "2024/05/c.json"):
        a_file(tmp_path / name, "a\n1\n")

    assert names(f"{tmp_path}/**/*.csv") == ["b.csv", "a.csv"]
    assert names(f"{tmp_path}/*/*.csv") == ["a.csv"]


def test_name_with_glob_characters_is_taken_literally_where_it_exists(tmp_path: Path) -> None:
    a_file(tmp_path / "a[1].csv", "a\n1\n")
    a_file(tmp_path / "a1.csv", "a\n1\n")

    assert names(tmp_path / "a[1].csv") == ["a[1].csv"]


def test_file_named_twice_is_listed_once(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv", "a\n1\n")

    assert len(list_files(a_feed(path, tmp_path, f"{tmp_path}/*.csv"))) == 1


def test_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    a_file(tmp_path / "orders.csv", "a\n1\n")

    with pytest.raises(SourceError) as caught:
        list_files(a_feed(tmp_path / "order.csv"))

    assert f"{tmp_path}/order.csv: there is no such file" in str(caught.value)
    assert "Did you mean 'orders.csv'?" in str(caught.value)


def test_mapping_is_not_offered_in_the_place_of_a_missing_file(tmp_path: Path) -> None:
    a_file(tmp_path / "missing.yml", "source: shop\n")

    with pytest.raises(SourceError) as caught:
        list_files(a_feed(tmp_path / "missing.csv"))

    assert "yml" not in str(caught.value)


def test_missing_folder_is_told_at_the_level_where_it_is_missing(tmp_path: Path) -> None:
    a_file(tmp_path / "exports" / "orders.csv", "a\n1\n")

    with pytest.raises(SourceError, match="Did you mean 'exports'"):
        list_files(a_feed(tmp_path / "export" / "orders.csv"))


def test_glob_without_match_and_empty_folder_are_errors(tmp_path: Path) -> None:
    a_file(tmp_path / "orders.csv", "a\n1\n")
    (tmp_path / "empty").mkdir()

    with pytest.raises(SourceError, match="matches no file"):
        list_files(a_feed(f"{tmp_path}/*.parquet"))
    with pytest.raises(SourceError, match="holds no file to read"):
        list_files(a_feed(tmp_path / "empty"))


def test_folder_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", locked)

    with pytest.raises(SourceError, match="the folder may not be read"):
        list_files(a_feed(tmp_path))


def test_other_schemes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'s3://' paths cannot be listed"):
        list_files(a_feed("s3://bucket/a.csv"))
    assert list_files(a_feed(f"file://{a_file(tmp_path / 'a.csv', 'a')}"))[0].path == str(tmp_path / "a.csv")


def test_each_member_of_a_zip_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("b10.csv", "b2.csv", "in/c.csv", "__MACOSX/._b2.csv", ".hidden"):
            archive.writestr(name, "a\n1\n")
        archive.mkdir("folder") if hasattr(archive, "mkdir") else None

    found = list_files(a_feed(path))

    assert [file.path for file in found] == [f"{path}!b2.csv", f"{path}!b10.csv", f"{path}!in/c.csv"]
    assert [file.bytes for file in found] == [4, 4, 4]


def test_truncated_zip_is_told(tmp_path: Path) -> None:
    path = a_file(tmp_path / "a.csv.zip", "a,b\n" + "1,2\n" * 100)
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(SourceError, match="the zip archive is not whole"):
        list_files(a_feed(path))
