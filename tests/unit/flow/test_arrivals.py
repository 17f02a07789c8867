"""Which files are read: those of another size, time or content, and what takes the place of what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from customer_chunks.errors import SourceError
from customer_chunks.flow import ingest as ingesting
from customer_chunks.flow.ingest import Arrival, arrivals, numbered_deliveries
from customer_chunks.sources.files import SourceFile
from customer_chunks.sources.inspected import Inspected
from customer_chunks.storage.ledger import Delivery

THEN = datetime(2024, 1, 1, tzinfo=timezone.utc)
HELD = Delivery(7, "/a.csv", 10, THEN, "old")
FOUND = SourceFile("/a.csv", 10, THEN, "new")


class Place:
    """Stands for a feed whose folder holds one file; notes what is opened and settled."""

    table = "bronze.shop_sales"

    def __init__(
        self, patch: pytest.MonkeyPatch, file: SourceFile, *, changed_files: str = "replace"
    ) -> None:
        self.changed_files = changed_files
        self.opened: list[str] = []
        self.settled: list[str] = []
        patch.setattr(ingesting, "list_files", lambda _: [file])
        patch.setattr(ingesting, "deliveries", lambda *_: [HELD])
        patch.setattr(ingesting, "settle_deliveries", lambda _, table: self.settled.append(table))
        patch.setattr(ingesting, "inspect", self.inspect)

    def inspect(self, file: SourceFile, _: Any) -> Inspected:
        self.opened.append(file.path)
        return Inspected(file, ("order",))

    def arrivals(self, **choices: bool) -> list[int | None]:
        """Return what each arrival replaces."""
        warehouse, feed = None, self
        return [a.replaces for a in arrivals(warehouse, feed, **choices)]  # type: ignore[arg-type]


def test_file_of_known_size_and_time_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(monkeypatch, FOUND)
    assert (place.arrivals(), place.opened) == ([], [])


@pytest.mark.parametrize("file", [replace(FOUND, bytes=11), replace(FOUND, modified_at=THEN + timedelta(1))])
def test_file_of_another_size_or_time_is_opened_and_its_content_decides(
    monkeypatch: pytest.MonkeyPatch, file: SourceFile
) -> None:
    assert Place(monkeypatch, file).arrivals() == [7]
    assert Place(monkeypatch, file, changed_files="append").arrivals() == [None]
    same = Place(monkeypatch, replace(file, content_hash="old"))
    assert (same.arrivals(), same.opened) == ([], ["/a.csv"])
    with pytest.raises(SourceError, match=r"/a\.csv: its content changed since it was read"):
        Place(monkeypatch, file, changed_files="stop").arrivals()


def test_file_of_another_name_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Place(monkeypatch, replace(FOUND, path="/b.csv")).arrivals() == [None]


def test_all_files_are_read_again_where_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Place(monkeypatch, replace(FOUND, content_hash="old"), changed_files="stop").arrivals(
        full=True
    ) == [7]


def test_ledger_is_settled_first_unless_nothing_may_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(monkeypatch, FOUND)
    place.arrivals(writes=False)
    assert place.settled == []
    place.arrivals()
    assert place.settled == ["bronze.shop_sales"]


def test_arrivals_are_numbered_in_their_order() -> None:
    new = [Arrival(Inspected(FOUND, None)), Arrival(Inspected(replace(FOUND, path="/b.csv"), None), 3)]
    numbered = numbered_deliveries(5, new)
    assert [(d.number, d.path, d.replaces) for d in numbered] == [(5, "/a.csv", None), (6, "/b.csv", 3)]
    assert numbered[0] == Delivery(5, "/a.csv", 10, THEN, "new")


def test_all_files_that_cannot_be_read_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(monkeypatch, FOUND)
    files = [
        SourceFile(f"/{name}.csv", 1, THEN, name)
        for name in ("bad1", "good", *(f"worse{n}" for n in range(6)))
    ]
    monkeypatch.setattr(ingesting, "list_files", lambda _: files)

    def inspect(file: SourceFile, _: Any) -> Inspected:
        if file.path == "/good.csv":
            return Inspected(file, ("order",))
        remedy = "Ask for it again." if "worse" in file.path else "Rename it."
        raise SourceError(f"{file.path}: is cut off.", remedy)

    monkeypatch.setattr(ingesting, "inspect", inspect)
    with pytest.raises(SourceError) as caught:
        place.arrivals()
    told = [f"/{name}.csv: is cut off." for name in ("bad1", "worse0", "worse1", "worse2", "worse3")]
    assert caught.value.what == f"{' '.join(told)} And 2 more files."
    assert caught.value.remedy == "Rename it. Ask for it again."
    files[2:] = []
    with pytest.raises(SourceError, match=r"^/bad1\.csv: is cut off\. Rename it\.$"):
        place.arrivals()
