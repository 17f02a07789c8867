"""A file that comes again under another name is told: where copies are kept its rows count twice."""

from __future__ import annotations

from datetime import datetime, timezone

from customer_chunks.flow.ingest import copies_among
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
