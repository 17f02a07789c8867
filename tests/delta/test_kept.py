"""What a table says in short is kept for one commit of it, and is asked again wherever that is in doubt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from customer_chunks.storage.kept import Kept, Short
from customer_chunks.storage.pinned import pinned
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, put


class Asked:
    """Asks a warehouse for its rates, and counts how often."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.times = 0

    def __call__(self) -> dict[str, str]:
        self.times += 1
        return {r["currency"]: f"{r['rate'].normalize()}" for r in self.warehouse.read(NAME).collect()}


def told(warehouse: Warehouse, name: str = "rates 1") -> tuple[dict[str, str], int]:
    """Return what somebody is told who just came, and how often the table was asked for it."""
    new = Warehouse(warehouse.session, warehouse.target)
    asked = Asked(new)
    said = [new.remembered(NAME, Short(name, asked, dict)) for _ in range(2)]
    assert said[0] == said[1]
    return said[0], asked.times


def file_of(warehouse: Warehouse) -> Path:
    assert warehouse.target.folder is not None
    return warehouse.target.folder / "_chunks_kept" / f"{NAME}.json"


def test_version_is_asked_once_and_never_by_who_comes_later(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    assert told(warehouse) == ({"A": "1"}, 1)
    assert told(warehouse) == ({"A": "1"}, 0)
    put(warehouse, {"A": "2"}, note="second")
    assert told(warehouse) == ({"A": "2"}, 1)
    assert told(warehouse) == ({"A": "2"}, 0)
    assert told(warehouse, "rates 2") == ({"A": "2"}, 1), "of another form"
    assert [p.name for p in file_of(warehouse).parent.iterdir()] == [f"{NAME}.json"], "no drafts"


def test_pinned_version_is_not_taken_for_the_newest(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    put(warehouse, {"A": "2"}, note="second")
    older = pinned(warehouse, {NAME: 1})
    assert older.remembered(NAME, Short("rates 1", Asked(older), dict)) == {"A": "1"}
    assert told(warehouse) == ({"A": "2"}, 1)
    older = pinned(Warehouse(warehouse.session, warehouse.target), {NAME: 1})
    assert older.remembered(NAME, Short("rates 1", Asked(older), dict)) == {"A": "1"}


def test_other_table_with_the_same_number_of_versions_is_asked(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    assert warehouse.target.folder is not None
    place = warehouse.target.folder.joinpath(*NAME.split("."))
    copy = shutil.copytree(place, warehouse.target.folder / "copy")
    put(warehouse, {"A": "2"}, note="second")
    assert told(warehouse) == ({"A": "2"}, 1)
    shutil.rmtree(place)
    shutil.move(copy, place)  # as it was, with the same id; then it goes another way
    warehouse.spark.catalog.clearCache()
    again = Warehouse(warehouse.session, warehouse.target)
    put(again, {"A": "3"}, note="another second")
    assert told(again) == ({"A": "3"}, 1)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"of": 1}', "null", '{"of": ["rates 1"], "said": {}}'])
def test_file_that_cannot_be_read_is_written_anew(warehouse: Warehouse, text: str) -> None:
    put(warehouse, {"A": "1"}, note="first")
    told(warehouse)
    file_of(warehouse).write_text(text, encoding="utf-8")
    assert told(warehouse) == ({"A": "1"}, 1)
    assert told(warehouse) == ({"A": "1"}, 0)


def test_answer_of_another_form_is_asked_again(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    assert warehouse.target.folder is not None
    last = warehouse.last_commit(NAME)
    assert last is not None
    kept = Kept.of(warehouse.target.folder, NAME, last.version)
    assert kept is not None
    kept.keep(Short("rates 1", dict, dict), 7)
    assert told(warehouse) == ({"A": "1"}, 1)


def test_nothing_is_kept_where_nobody_may_write(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    file_of(warehouse).parent.write_text("a file is in the folder's place", encoding="utf-8")
    assert told(warehouse) == ({"A": "1"}, 1)
    assert told(warehouse) == ({"A": "1"}, 1)


def test_answer_that_may_tell_of_a_later_version_is_not_kept(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    new = Warehouse(warehouse.session, warehouse.target)
    asked = Asked(new)

    def while_another_writes() -> dict[str, str]:
        said = asked()
        put(warehouse, {"A": "2"}, note="meanwhile")
        return said

    assert new.remembered(NAME, Short("rates 1", while_another_writes, dict)) == {"A": "1"}
    assert not file_of(warehouse).exists()


def test_draft_of_a_killed_process_is_cleared(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    left = file_of(warehouse).with_suffix(".0123.tmp")
    left.parent.mkdir()
    left.write_text("half", encoding="utf-8")
    told(warehouse)
    assert not left.exists()
    assert file_of(warehouse).exists()


def test_answers_of_two_forms_are_told_apart(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    new = Warehouse(warehouse.session, warehouse.target)
    assert new.remembered(NAME, Short("rates 1", Asked(new), dict)) == {"A": "1"}
    assert new.remembered(NAME, Short("count 1", lambda: 1, int)) == 1


def test_version_whose_commit_is_gone_is_not_kept(tmp_path: Path) -> None:
    assert Kept.of(tmp_path, NAME, 3) is None
