"""A file that comes again under another name is told: where copies are kept its rows count twice.

So is one that comes again with more rows or fewer, and one that ends within a line, as no other does.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from customer_chunks.flow.ingest import copies_among, cut_short, replacements
from customer_chunks.sources.files import SourceFile
from customer_chunks.sources.inspected import Inspected
from customer_chunks.storage.ledger import Delivery

THEN = datetime(2024, 1, 1, tzinfo=timezone.utc)


def delivery(number: int, path: str, content: str, size: int = 10) -> Delivery:
    return Delivery(number, path, size, THEN, content)


def test_same_bytes_under_another_name_are_told_whether_held_or_new() -> None:
    held = [delivery(0, "/a.csv", "1"), delivery(1, "/b.csv", "2")]
    new = [delivery(2, "/c.csv", "1"), delivery(3, "/d.csv", "3"), delivery(4, "/e.csv", "3")]
    assert copies_among(held, new) == [
        "/c.csv: holds the very bytes of /a.csv, which was read too.",
        "/e.csv: holds the very bytes of /d.csv, which was read too.",
    ]


def test_file_that_is_back_as_it_was_and_empty_files_are_no_copies() -> None:
    held = [delivery(0, "/a.csv", "1"), delivery(1, "/a.csv", "2"), delivery(2, "/x.csv", "0", 0)]
    assert copies_among(held, [delivery(3, "/a.csv", "1"), delivery(4, "/y.csv", "0", 0)]) == []


def test_replaced_file_with_another_number_of_rows_is_told() -> None:
    held = [replace(delivery(n, f"/{n}.csv", str(n)), row_count=1_000 + n) for n in range(3)]
    new = [
        replace(delivery(3, "/0.csv", "x"), row_count=199, replaces=0),
        replace(delivery(4, "/1.csv", "y"), row_count=1_001, replaces=1),
        replace(delivery(5, "/5.csv", "z"), row_count=7),
    ]
    assert replacements([*held, *new], 3) == ["/0.csv: had 1,000 rows and has 199 now."]
    later = replace(delivery(6, "/0.csv", "u"), row_count=200, replaces=3)
    assert replacements([*held, *new, later], 6) == ["/0.csv: had 199 rows and has 200 now."]


def seen(path: str, *, is_open: bool) -> Inspected:
    return Inspected(SourceFile(path, 3, THEN), ("a",), is_open_ended=is_open)


@pytest.mark.parametrize(
    ("new", "before", "told"),
    [
        ([True], None, []),  # nothing can be seen of those before
        ([True], "", []),
        ([True], "a\n1", []),
        ([True], "a\n1\n", [0]),
        ([True], "a\r\n1\r\n", [0]),
        ([False], "a\n1\n", []),
        ([True, True], None, []),
        ([True, True], "a\n1\n", [0, 1]),
        ([False, True], None, [1]),
        ([False, True], "a\n1", [1]),
    ],
)
def test_text_that_ends_within_a_line_is_told_unless_all_do(
    tmp_path: Path, new: list[bool], before: str | None, told: list[int]
) -> None:
    held = [
        delivery(0, str(tmp_path / "older.csv"), "0"),
        delivery(1, str(tmp_path / "old.csv"), "1"),
        delivery(2, str(tmp_path / "empty.csv"), "2", 0),
    ]
    (tmp_path / "older.csv").write_text("a\n1\n", encoding="utf-8")
    if before is not None:
        (tmp_path / "old.csv").write_text(before, encoding="utf-8", newline="")
    files = [seen(f"/{n}.csv", is_open=is_open) for n, is_open in enumerate(new)]
    said = "its last line has no line break; is the file whole?"
    assert cut_short(files, held) == [f"/{n}.csv: {said}" for n in told]


def test_line_breaks_are_seen_in_two_bytes_a_letter_and_not_in_packed_files(tmp_path: Path) -> None:
    wide, packed = tmp_path / "wide.csv", tmp_path / "packed.csv.gz"
    wide.write_text("a\n1\n", encoding="utf-16-le")
    packed.write_bytes(b"never opened\n")
    now = [seen("/new.csv", is_open=True), seen("/newer.csv", is_open=True)]
    assert len(cut_short(now, [delivery(0, str(wide), "0")])) == 2
    assert cut_short(now, [delivery(0, str(packed), "0")]) == []
    assert len(cut_short(now[:1], [])) == 1, "the very first file"
    assert cut_short(now[:1], [delivery(0, "/new.csv", "0")]) == [], "it comes again under its name"
    assert cut_short([], []) == cut_short([Inspected(now[0].file, None, is_empty=True)], []) == []
