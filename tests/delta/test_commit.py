"""Of two writers who looked at the same version one wins; the other looks again."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from customer_chunks.contracts.gold import CUSTOMER_FACTS
from customer_chunks.storage.commit import OvertakenError, committing, retried
from customer_chunks.storage.converge import Counts, Scope, append, converge, note, replace_where
from customer_chunks.storage.keys import Keys
from customer_chunks.storage.maintain import maintain
from customer_chunks.storage.warehouse import Warehouse
from tests.builders import table_frame
from tests.delta.rates import NAME, held, put, rates

FACTS = CUSTOMER_FACTS.full_name
TOTALS = {
    "purchase_count": 1, "purchase_days": 1, "return_count": 0, "gross_amount": 1, "returns_amount": 0,
    "discount_amount": 0, "discounted_purchase_count": 0,
}  # fmt: skip


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


@pytest.mark.parametrize("first", ["looked before", "looked after"])
def test_of_writers_who_looked_before_and_after_maintenance_one_wins(
    warehouse: Warehouse, first: str
) -> None:
    put(warehouse, {"A": "1"}, note="first")
    before, after = another(warehouse), another(warehouse)
    assert before.last_commit(NAME) is not None
    put(warehouse, {"A": "1", "B": "1"}, note="second")
    assert before.last_commit(NAME) != after.last_commit(NAME)
    before.forget(NAME)
    assert before.last_commit(NAME) is not None
    maintain(warehouse, NAME)
    after.forget(NAME)
    assert after.last_commit(NAME) is not None
    early, late = (before, after) if first == "looked before" else (after, before)
    writes(early, "append")
    with pytest.raises(OvertakenError, match="another writer changed it"):
        writes(late, "append")
    assert sorted(held(another(warehouse))) == ["A", "B", "NEW"]


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


def test_own_commit_is_found_behind_one_that_another_made_at_once(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"})
    theirs = another(warehouse).spark
    with committing(warehouse, NAME, {"said": "mine"}):
        warehouse.save(rates(warehouse, {}).write.format("delta").mode("append"), NAME)
        theirs.sql(f"ALTER TABLE {warehouse.identifier(NAME)} SET TBLPROPERTIES ('a' = 'b')")
    last = warehouse.last_commit(NAME)
    assert last is not None
    assert (last.version, last.notes["said"]) == (3, "mine")


def test_writer_gives_up_when_others_are_always_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customer_chunks.storage.commit.time.sleep", lambda _: None)
    tries = []

    def work() -> None:
        tries.append(1)
        raise OvertakenError(NAME)

    with pytest.raises(OvertakenError, match="Run again"):
        retried(work)
    assert len(tries) == 40


@pytest.mark.slow
def test_writers_at_once_lose_and_double_nothing(warehouse: Warehouse) -> None:
    concurrent_writers(warehouse, writers=3, commits=3)


@pytest.mark.slow
def test_eight_writers_on_two_tables_beside_maintenance(warehouse: Warehouse) -> None:
    """``CHUNKS_WRITER_COMMITS=50`` lets each of them commit fifty times."""
    concurrent_writers(warehouse, writers=8, commits=int(os.environ.get("CHUNKS_WRITER_COMMITS", "4")))


def concurrent_writers(warehouse: Warehouse, writers: int, commits: int) -> None:
    """Let writers grow, change and shrink their own rows, and maintain the tables between.

    Even numbers write rates by source (a scope as the silver steps have it), odd ones facts by key (as
    ``by_key`` steps do), every third turn is followed by maintenance of the table.
    """
    put(warehouse, {"START": "1"}, source="start")
    put_facts(warehouse, {"start": "1"})

    def work(number: int) -> None:
        mine = another(warehouse)
        for turn in range(commits):
            if number % 2:
                put_facts(mine, facts(number, turn), keys=[f"{number}.{k}" for k in range(1, 6)])
            else:
                source = f"w{number}"
                put(mine, state(number, turn), Scope(source=source), note=turn, source=source)
            if turn % 3 == number % 3:
                maintain(mine, FACTS if number % 2 else NAME)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))
    rates_expected, facts_expected = {"START": ("start", "1")}, {"start": "1"}
    for number in range(writers):
        last = state(number, commits - 1)
        if number % 2:
            facts_expected |= facts(number, commits - 1)
        else:
            rates_expected |= {k: (f"w{number}", v) for k, v in last.items()}
    assert held(another(warehouse)) == rates_expected
    assert held_facts(another(warehouse)) == facts_expected


def state(number: int, turn: int) -> dict[str, str]:
    """Return a writer's rows after a turn: one changes, some come, some go."""
    return {f"{number}.{k}": str(turn + 1 if k == 1 else k + 1) for k in range(1, 2 + turn % 5)}


facts = state


def put_facts(warehouse: Warehouse, rows: dict[str, str], keys: list[str] | None = None) -> None:
    """Make totals by customer equal to these, of these keys only where they are given."""
    frame = table_frame(
        warehouse.spark,
        CUSTOMER_FACTS,
        [TOTALS | {"customer_id": k, "net_amount": v} for k, v in rows.items()],
    )
    scope = Scope()
    if keys is not None:
        named = warehouse.spark.createDataFrame([(k,) for k in keys], "_key string")
        scope = Scope(keys=Keys.of(named), key="customer_id")
    converge(warehouse, CUSTOMER_FACTS, frame, scope)


def held_facts(warehouse: Warehouse) -> dict[str, str]:
    """Return the totals by customer."""
    rows = warehouse.read(FACTS).collect()
    found = {r["customer_id"]: str(r["net_amount"].normalize()) for r in rows}
    assert len(found) == len(rows)
    return found
