"""A table follows its contract where its rows can; where they cannot, the remedy is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from customer_chunks.contracts import Col, Table
from customer_chunks.contracts.silver_orders import EXCHANGE_RATES
from customer_chunks.errors import ContractError
from customer_chunks.storage.warehouse import Warehouse
from tests.delta.rates import NAME, put


def later(warehouse: Warehouse) -> Warehouse:
    """Return the warehouse as the next version of the house opens it."""
    return Warehouse(warehouse.spark, warehouse.target)


def with_columns(*columns: Col) -> Table:
    """Return the contract of another day."""
    return replace(EXCHANGE_RATES, columns=(*EXCHANGE_RATES.columns, *columns))


def test_nullable_column_is_added_without_a_change_of_rows_or_notes(warehouse: Warehouse) -> None:
    put(warehouse, {"A": "1"}, note="first")
    before = warehouse.last_commit(NAME)
    assert before is not None
    new = later(warehouse)
    new.create(with_columns(Col("published_by", "string", "who publishes it")))
    assert [(r["currency"], r["published_by"]) for r in new.read(NAME).collect()] == [("A", None)]
    last = later(warehouse).last_commit(NAME)
    assert last is not None
    assert (last.version, last.rows_changed_in) == (before.version + 1, before.version)
    assert last.notes["said"] == "first"
    assert last.table_id == before.table_id


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            with_columns(Col("published_by", "string", "who", required=True)),
            "published_by is new and required",
        ),
        (
            replace(
                EXCHANGE_RATES,
                columns=tuple(
                    replace(c, type="double") if c.name == "rate" else c for c in EXCHANGE_RATES.columns
                ),
            ),
            r"rate is decimal\(24,12\), not double",
        ),
    ],
)
def test_other_changes_stop_with_the_remedy_and_can_be_made_anew(
    warehouse: Warehouse, changed: Table, said: str
) -> None:
    put(warehouse, {"A": "1"})
    before = warehouse.last_commit(NAME)
    assert before is not None
    new = later(warehouse)
    with pytest.raises(ContractError, match=said + r".*chunks run --full silver\.exchange_rates"):
        new.create(changed)
    new.remake(changed)
    assert new.read(NAME).count() == 0
    assert {f.name: f.dataType.simpleString() for f in new.read(NAME).schema.fields} == changed.types
    last = later(warehouse).last_commit(NAME)
    assert last is not None
    assert "steps" not in last.notes
    assert (len(last.table_id), last.table_id != before.table_id) == (32, True)
    assert new.last_commit(NAME) == last
