"""Of two writers who looked at the same version one wins; the other looks again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from customer_chunks.storage.commit import OvertakenError, committing, retried
from customer_chunks.storage.converge import Counts, Scope, append, note, replace_where
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, held, put, rates


def another(warehouse: Warehouse) -> Warehouse:
    """Return the same tables as another process sees them: with a session of its own."""
    session = warehouse.spark.newSession()
    for key, value in warehouse.spark.conf.getAll.items():
        if key.startswith("spark.sql.") and session.conf.isModifiable(key):
            session.conf.set(key, value)
    return Warehouse(session, warehouse.target)


def writes(warehouse: Warehouse, how: str) -> None:
    """Write one row, or only notes, without looking again at what the table holds."""
    match how:
        case "append":
            append(warehouse, NAME, rates(warehouse, {"NEW": "1"}), {"said": "late"})
        case "replace":
            replace_where(warehouse, NAME, rates(warehouse, {"NEW": "1"}), "true", {"said": "late"})
        case "note":
            note(warehouse, NAME, {"said": "late"})


@pytest.mark.parametrize("how", ["append", "replace", "note"])
def test_writer_who_looked_too_early_writes_nothing(warehouse: Warehouse, how: str) -> None:
    put(warehouse, {"A": "1"}, note="first")
    late = another(warehouse)
    assert late.last_commit(NAME) is not None
    put(warehouse, {"A": "2"}, note="second")
    with pytest.raises(OvertakenError, match="another writer changed it"):
        writes(late, how)
    assert held(another(warehouse)) == {"A": ("a", "2")}
    last = another(warehouse).last_commit(NAME)
    assert last is not None
    assert last.notes["said"] == "second"


def test_late_writer_who_compares_looks_again(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"})
    late = another(warehouse)
    assert late.last_commit(NAME) is not None
    put(warehouse, {"A": "2", "B": "1"})
    assert put(late, {"A": "2", "B": "3"}) == Counts(updated=1, unchanged=1)
    assert held(another(warehouse)) == {"A": ("a", "2"), "B": ("a", "3")}


def test_failure_that_is_no_conflict_stays_what_it_is(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"})
    with pytest.raises(ZeroDivisionError), committing(warehouse, NAME, None):
        _ = 1 / 0


def test_writer_gives_up_when_others_are_always_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customer_chunks.storage.commit.time.sleep", lambda _: None)
    tries = []

    def work() -> None:
        tries.append(1)
        raise OvertakenError(NAME)

    with pytest.raises(OvertakenError, match="Run again"):
        retried(work)
    assert len(tries) == 40


def test_writers_at_once_lose_and_double_nothing(warehouse: Warehouse) -> None:
    concurrent_writers(warehouse, writers=3, commits=3)


@pytest.mark.slow
def test_eight_writers_with_fifty_commits_each(warehouse: Warehouse) -> None:
    concurrent_writers(warehouse, writers=8, commits=50)


def concurrent_writers(warehouse: Warehouse, writers: int, commits: int) -> None:
    """Let writers, each with its own source, grow, change and shrink their rows of one table."""
    put(warehouse, {"START": "1"}, source="start")

    def work(number: int) -> None:
        mine = another(warehouse)
        for turn in range(commits):
            put(mine, state(number, turn), Scope(source=f"w{number}"), note=turn, source=f"w{number}")

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))
    expected = {"START": ("start", "1")}
    for number in range(writers):
        expected |= {k: (f"w{number}", v) for k, v in state(number, commits - 1).items()}
    assert held(another(warehouse)) == expected


def state(number: int, turn: int) -> dict[str, str]:
    """Return a writer's rows after a turn: one changes, some come, some go."""
    return {f"{number}.{k}": str(turn + 1 if k == 0 else k + 1) for k in range(1 + turn % 5)}
