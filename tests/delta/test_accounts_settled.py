"""Accounts noted in commits reach ops.run_accounts once, whoever was stopped in between."""

from __future__ import annotations

from typing import Any

import pytest

from customer_chunks.contracts import contract
from customer_chunks.contracts.ops import RUN_ACCOUNTS
from customer_chunks.flow.accounts import SETTLED, Account, as_notes, settle_accounts
from customer_chunks.storage.converge import append, note
from customer_chunks.storage.warehouse import Warehouse

NAME = RUN_ACCOUNTS.full_name
ORDERS = "silver.orders"


def ran(warehouse: Warehouse, run: str, *steps: str) -> None:
    """Let a run note what became of one row of each of two feeds a step."""
    accounts = as_notes([Account(feed, "orders", 1, inserted=1, accepted=1) for feed in ("a", "b")])
    mark = {"run": run, "at": "2024-01-02T03:04:05+00:00", "source": "shop", "is_full": True}
    last = warehouse.last_commit(ORDERS)
    assert last is not None
    told = {**last.notes.get("steps", {}), **{step: {**mark, "accounts": accounts} for step in steps}}
    note(warehouse, ORDERS, {"table": last.table_id, "steps": told})


def held(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    rows = warehouse.read(NAME).select("run_id", "step", "feed", "rows_read", "inserted").collect()
    return sorted(tuple(row) for row in rows)


@pytest.fixture
def orders(warehouse: Warehouse) -> Warehouse:
    """Return a warehouse in which two steps of one run wait for their accounts to be settled."""
    warehouse.create(contract(ORDERS))
    ran(warehouse, "run-1", "orders[shop]", "orders[web]")
    return warehouse


FIRST = [("run-1", f"orders[{source}]", feed, 1, 1) for source in ("shop", "web") for feed in ("a", "b")]


def test_accounts_are_settled_once_and_then_nothing_is_asked(
    orders: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle_accounts(orders, [ORDERS])
    assert held(orders) == FIRST
    last = orders.last_commit(NAME)
    assert last is not None
    assert last.notes[SETTLED] == {"orders[shop]": "run-1", "orders[web]": "run-1"}
    with monkeypatch.context() as patch:
        patch.setattr(Warehouse, "read", lambda *_: pytest.fail("the notes tell it all"))
        settle_accounts(orders, [ORDERS])
    assert orders.last_commit(NAME) == last

    ran(orders, "run-2", "orders[web]")
    settle_accounts(orders, [ORDERS])
    assert held(orders) == [*FIRST, *[("run-2", "orders[web]", feed, 1, 1) for feed in ("a", "b")]]
    last = orders.last_commit(NAME)
    assert last is not None
    assert last.notes[SETTLED] == {"orders[shop]": "run-1", "orders[web]": "run-2"}


@pytest.mark.slow
def test_account_that_is_there_and_not_noted_is_not_doubled(orders: Warehouse) -> None:
    settle_accounts(orders, [ORDERS])
    last = orders.last_commit(NAME)
    assert last is not None
    unsaid = {k: v for k, v in last.notes.items() if k != SETTLED}
    append(orders, NAME, orders.read(NAME).where("false"), unsaid)
    settle_accounts(orders, [ORDERS])
    assert held(orders) == FIRST
    ran(orders, "run-2", "orders[web]")
    settle_accounts(orders, [ORDERS])
    assert len(held(orders)) == len(FIRST) + 2


def test_nothing_noted_makes_no_table(warehouse: Warehouse) -> None:
    warehouse.create(contract(ORDERS))
    settle_accounts(warehouse, [ORDERS, "silver.products"])
    assert not warehouse.exists(NAME)
