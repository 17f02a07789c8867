"""The numbers of a version that are carried on from the last one are those of all its rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.flow.judging import Bench
from customer_chunks.quality.table_checks import Judged, Standing
from customer_chunks.quality.table_rules import NO_PAST, Measured, Past
from customer_chunks.storage.converge import Scope, append, converge
from customer_chunks.storage.feed import FeedGoneError
from customer_chunks.storage.warehouse import Warehouse
from tests import builders
from tests.builders import Row, a_product, an_order, table_frame

LINES, ORDERS, PRODUCTS = "silver.order_lines", "silver.orders", "silver.products"
SETTINGS = TableRuleSettings(
    completeness=((f"{LINES}.product_id", 0.1),), freshness_days=3650, reference_share=0.5
)


def a_line(order_id: str, line_number: int, **fields: Any) -> Row:
    return builders.a_line(order_id, line_number, **{"discount_amount": 0, **fields})


FIRST = [a_line("o1", 1), a_line("o1", 2, product_id="p2"), a_line("o2", 1)]


class House:
    """Lines with the orders and products that they refer to, judged version by version."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.bench = Bench(warehouse, ["shop"], SETTINGS, date(2024, 6, 1))
        self.standing: Standing | None = None
        self.past = NO_PAST
        self.holds(ORDERS, *[an_order(o) for o in ("o1", "o2", "o3")])
        self.holds(PRODUCTS, *[a_product(p) for p in ("p1", "p2", "p3")])
        self.holds(LINES, *FIRST)
        self.judged()

    def holds(self, table: str, *rows: Row) -> None:
        frame = table_frame(self.warehouse.spark, table, rows)
        converge(self.warehouse, contract(table), frame, Scope())

    def judged(self) -> tuple[bool, dict[str, Any], dict[str, Any]]:
        """Judge the lines as a run does and from all their rows, and let the version pass.

        Returns:
            Whether numbers were carried on, and those of both ways by rule.
        """
        seen: list[bool] = []
        since = Bench._since

        def watched(*arguments: Any) -> Any:
            found = since(*arguments)
            seen.append(found is not None)
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Bench, "_since", watched)
            told = self._judged(self.standing, self.past)
        anew = self._judged(None, NO_PAST)
        of_all = {v.asked.name: Measured(v.observed, v.rows) for v in told.verdicts if not v.asked.source}
        self.past = Past({}, of_all)
        self.standing = told.standing.passed()
        return any(seen), of_all, {n: m for n, m in numbers(anew).items() if n in of_all}

    def _judged(self, before: Standing | None, past: Past) -> Judged:
        return self.bench.judged(LINES, before, past, [ORDERS, PRODUCTS])


def numbers(judged: Judged) -> dict[str, Measured]:
    return {v.asked.name: Measured(v.observed, v.rows) for v in judged.verdicts}


@pytest.fixture
def house(warehouse: Warehouse) -> House:
    return House(warehouse)


@pytest.mark.slow
def test_numbers_of_what_came_changed_and_went_are_carried_on(house: House) -> None:
    states = [
        [*FIRST, a_line("o3", 1, product_id=None, ordered_on="2024-04-01")],
        [a_line("o1", 1, unit_price="12"), a_line("o2", 1, product_id=None), a_line("o3", 1)],
        [a_line("o2", 1, product_id="p3")],
        [a_line("o2", 1, product_id="p3"), *[a_line("o1", n) for n in range(1, 40)]],
    ]
    for state in states:
        house.holds(LINES, *state)
        is_carried_on, found, anew = house.judged()
        assert is_carried_on
        assert found == anew
        assert found["rows.shrunk"].value == len(state)
        known = sum(line["product_id"] is not None for line in state) / len(state)
        assert found["product_id.complete"] == Measured(pytest.approx(known), len(state))


@pytest.mark.slow
def test_change_of_the_tables_referred_to_is_seen(house: House) -> None:
    house.holds(ORDERS, *[an_order(o, order_amount="7") for o in ("o1", "o2", "o4")])
    house.holds(LINES, *FIRST, a_line("o4", 1), a_line("o9", 1))
    is_carried_on, found, anew = house.judged()
    assert not is_carried_on, "an order that was there is gone"
    assert found == anew
    assert found["order_id.found"] == Measured(0.8, 5)

    house.holds(LINES, *FIRST)
    is_carried_on, found, anew = house.judged()
    assert not is_carried_on, "a line without its order was there"
    assert found == anew

    house.holds(ORDERS, *[an_order(o) for o in ("o1", "o2", "o4", "o5")])
    house.holds(LINES, *FIRST, a_line("o5", 1), a_line("o9", 1))
    is_carried_on, found, anew = house.judged()
    assert is_carried_on, "orders only came"
    assert found == anew
    assert found["order_id.found"] == Measured(0.8, 5)


@pytest.mark.slow
def test_all_rows_are_measured_where_it_turns_out_late_that_a_change_feed_lacks_files(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """VACUUM may have removed a part: the feed opens, and fails where it is read."""
    asked = []

    def lacking(table: str, *_: int) -> DataFrame:
        place = tmp_path / f"{len(asked)}"
        come = house.warehouse.read(table).withColumn("_change", F.lit(1))
        come.write.parquet(str(place))
        frame = house.warehouse.spark.read.parquet(str(place))
        for file in place.glob("*.parquet"):
            file.unlink()
        asked.append(table)
        return frame

    house.holds(ORDERS, *[an_order(o) for o in ("o1", "o2", "o4")])
    house.holds(LINES, *FIRST, a_line("o4", 1), a_line("o9", 1))
    monkeypatch.setattr(house.warehouse, "changes", lacking)
    is_carried_on, found, anew = house.judged()
    assert asked == [ORDERS, LINES]  # what they refer to, and the rows that came
    assert not is_carried_on
    assert found == anew
    assert found["order_id.found"] == Measured(0.8, 5)


@pytest.mark.slow
def test_key_that_is_there_twice_is_found(house: House) -> None:
    twin = house.warehouse.read(LINES).where("order_id = 'o2'")
    append(house.warehouse, LINES, twin, None)
    is_carried_on, found, anew = house.judged()
    assert is_carried_on
    assert found == anew
    assert found["key.unique"] == Measured(1.0, 4)
    house.holds(LINES, *FIRST, a_line("o3", 1))
    assert not house.judged()[0], "what was there twice may be so still"


@pytest.mark.slow
def test_nothing_is_carried_on_from_what_was_held_back_or_not_asked(house: House) -> None:
    assert house.standing is not None
    house.holds(LINES, *FIRST, a_line("o3", 1))
    commit = house.warehouse.last_commit(LINES)
    assert commit is not None
    arguments = (LINES, commit.rows_changed_in, house.standing, house.past)
    asked = [v.asked for v in house._judged(None, NO_PAST).verdicts]
    carried_on = house.bench._since(*arguments, asked)
    assert carried_on is not None
    carried_on.changes.unpersist()
    held = house.standing.held_back()
    assert (
        house.bench._since(
            *arguments[:2], Standing(held.table_id, 99, released=held.version), house.past, asked
        )
        is None
    )
    fewer = Past({}, {n: m for n, m in house.past.released.items() if n != "order_id.complete"})
    assert house.bench._since(*arguments[:3], fewer, asked) is None


def test_values_of_a_table_not_seen_or_made_anew_since_are_not_known_to_be_kept(house: House) -> None:
    standing = house.standing
    assert standing is not None
    table_id, seen = standing.references[ORDERS]

    def is_kept(**references: tuple[str, int]) -> bool:
        named = {name.replace("_", ".", 1): found for name, found in references.items()}
        return house.bench._is_kept(ORDERS, "order_id", replace(standing, references=named))

    assert is_kept(silver_orders=(table_id, seen))
    assert not is_kept()
    assert not is_kept(silver_orders=("another", seen))
    assert not is_kept(silver_orders=(table_id, seen + 1))
    assert not house.bench._is_kept("silver.missing", "id", standing)


@pytest.mark.slow
def test_rows_whose_changes_are_gone_are_all_new_in_one_batch(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(warehouse)
    house.holds(LINES, *FIRST, a_line("o3", 1))
    held = house._judged(house.standing, NO_PAST).standing.held_back()
    house.holds(LINES, *FIRST, a_line("o3", 1), a_line("o3", 2))
    newest = warehouse.last_commit(LINES)
    assert newest is not None

    def batches() -> int:
        return house.bench._version(LINES, newest.rows_changed_in, held, [ORDERS, PRODUCTS], None).batches

    assert batches() == 2, "what was held back is judged by itself"

    def gone(_: Warehouse, table: str, *__: int) -> DataFrame:
        raise FeedGoneError.of(table)

    monkeypatch.setattr(Warehouse, "changes", gone)
    assert batches() == 1
    told = house._judged(held, NO_PAST)
    names = [verdict.asked.name for verdict in told.verdicts]
    assert len(names) == len(set(names)), "no rule is judged once more on a batch that is none"
    assert numbers(told) == numbers(house._judged(None, NO_PAST))
