"""A file that comes again under another name is told: where copies are kept its rows count twice.

So is one that comes again with more rows or fewer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from customer_chunks.flow.ingest import copies_among, replacements
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
