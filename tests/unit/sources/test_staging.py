"""Where copies of files lie, and when they go."""

from __future__ import annotations

from pathlib import Path

import pytest

from customer_chunks.errors import SourceError, StorageError
from customer_chunks.sources.staging import path_for_spark, remove_left_copies, staging_folder
from tests.unit.sources.feeds import a_feed, a_file, inspected

LINES = "order,pieces\n1,2\n"


def staged(staging: Path, tmp_path: Path) -> Path:
    """Return the path that Spark is given for a member of an archive."""
    feed = a_feed(a_file(tmp_path / "exports" / "sales.csv.zip", LINES))
    return Path(path_for_spark(inspected(feed)[0], feed, staging))


def fail_after(copy: Path) -> None:
    """Fail as a step does whose copy cannot be read."""
    assert copy.is_file()
    raise SourceError("no sales")


def test_copy_lies_beside_the_tables_until_its_step_is_done(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "warehouse", "run-1") as staging:
        copy = staged(staging, tmp_path)
        assert copy.parent.parent == tmp_path / "warehouse" / "_staging"
        assert copy.parent.name.startswith("run-1-")
        assert copy.read_text(encoding="utf-8") == LINES
    assert list((tmp_path / "warehouse" / "_staging").iterdir()) == []


def test_copies_of_another_feed_of_the_run_stay(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "warehouse", "run-1") as staging:
        copy = staged(staging, tmp_path)
        with staging_folder(tmp_path / "warehouse", "run-1") as beside:
            staged(beside, tmp_path)
        assert copy.is_file()
        assert not beside.exists()


def test_copy_goes_when_its_step_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(SourceError, match=r"^no sales$"),
        staging_folder(tmp_path / "warehouse", "run-1") as staging,
    ):
        fail_after(staged(staging, tmp_path))
    assert list((tmp_path / "warehouse" / "_staging").iterdir()) == []


def test_step_without_copies_makes_no_folder(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "warehouse", "run-1"):
        pass
    assert not (tmp_path / "warehouse").exists()


def test_copies_of_another_run_stay(tmp_path: Path) -> None:
    other = a_file(tmp_path / "warehouse" / "_staging" / "run-2" / "copy.csv", LINES)
    with staging_folder(tmp_path / "warehouse", "run-1") as staging:
        staged(staging, tmp_path)
    assert other.is_file()
    assert [p.name for p in other.parent.parent.iterdir()] == ["run-2"]


@pytest.mark.parametrize("warehouse", [None, "shop[1]"])
def test_copy_lies_in_a_temporary_folder_where_the_warehouse_is_no_place_for_it(
    tmp_path: Path, warehouse: str | None
) -> None:
    with staging_folder(tmp_path / warehouse if warehouse else None, "run-1") as staging:
        copy = staged(staging, tmp_path)
        assert tmp_path not in copy.parents
        assert copy.read_text(encoding="utf-8") == LINES
    assert not staging.exists()


def test_left_copies_are_removed_with_their_folder(tmp_path: Path) -> None:
    a_file(tmp_path / "warehouse" / "_staging" / "run-1" / "copy.csv", LINES)
    remove_left_copies(tmp_path / "warehouse")
    remove_left_copies(tmp_path / "warehouse")
    remove_left_copies(None)
    assert list((tmp_path / "warehouse").iterdir()) == []


def test_left_copies_that_cannot_be_removed_are_told(tmp_path: Path) -> None:
    a_file(tmp_path / "warehouse" / "_staging", "no folder")
    with pytest.raises(StorageError, match=r"_staging: copies .* cannot be removed .*\. Remove the folder\."):
        remove_left_copies(tmp_path / "warehouse")
