"""What is told of a step's end: what it read and wrote, as the graph or the verdicts on a table have it."""

from __future__ import annotations

from typing import Any

import pytest

from customer_chunks.flow.lineage import Lineage, Node
from customer_chunks.flow.outcome import Outcome

ORDERS = Node(("bronze.shop_sales",), ("silver.orders",))
VERDICT: Any = object()


class Collector:
    """Stands for what sends the events; notes them."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Node]] = []

    def start(self, name: str, node: Node, _: Any) -> tuple[str, str, Node]:
        return ("start", name, node)

    def end(self, outcome: Outcome, node: Node, _: Any) -> tuple[str, str, Node]:
        return ("end", outcome.step, node)

    def send(self, event: tuple[str, str, Node]) -> None:
        self.sent.append(event)


@pytest.fixture
def collector() -> Collector:
    return Collector()


def lineage(collector: Collector) -> Lineage:
    return Lineage(collector, {"silver.orders[shop]": ORDERS})  # type: ignore[arg-type]


def test_step_begins_once_and_ends(collector: Collector) -> None:
    told = lineage(collector)
    told.started("silver.orders[shop]")
    told.started("a step of no node")
    told.ended(Outcome("silver.orders[shop]", "silver.orders", "done", ""))
    told.ended(Outcome("a step of no node", "silver.orders", "done", ""))
    assert collector.sent == [(kind, "silver.orders[shop]", ORDERS) for kind in ("start", "end")]


def test_judging_reads_the_table_and_writes_the_checks(collector: Collector) -> None:
    lineage(collector).ended(
        Outcome("rules of silver.orders", "silver.orders", "done", "", verdicts=(VERDICT,))
    )
    node = Node(("silver.orders",), ("ops.table_checks",))
    assert collector.sent == [(kind, "rules of silver.orders", node) for kind in ("start", "end")]


@pytest.mark.parametrize("state", ["idle", "skipped", "held", "warned"])
def test_step_that_did_nothing_tells_nothing(collector: Collector, state: str) -> None:
    lineage(collector).ended(Outcome("silver.orders[shop]", "silver.orders", state, ""))
    Lineage().ended(Outcome("silver.orders[shop]", "silver.orders", "done", ""))
    assert collector.sent == []


def test_failure_before_any_work_is_told_with_its_beginning(collector: Collector) -> None:
    lineage(collector).ended(Outcome("silver.orders[shop]", "silver.orders", "failed", "no"))
    assert [kind for kind, *_ in collector.sent] == ["start", "end"]


def test_collector_that_does_not_answer_is_asked_no_more(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    told = lineage(collector)

    def fails(_: Any) -> None:
        raise OSError("no route")

    collector.send = fails  # type: ignore[method-assign]
    told.started("silver.orders[shop]")
    told.ended(Outcome("silver.orders[shop]", "silver.orders", "done", ""))
    assert told.emitter is None
    assert [record.getMessage().count("OSError") for record in caplog.records] == [1]
