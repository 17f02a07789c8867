"""One step's events: versions and counts of what was written, verdicts on what was judged."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.errors import StorageError
from customer_chunks.flow.lineage import Node
from customer_chunks.flow.lineage_events import Emitter
from customer_chunks.flow.outcome import Outcome
from customer_chunks.quality.table_rules import Verdict, asked_of
from customer_chunks.storage.newest import Commit

NOW = datetime(2024, 1, 2, tzinfo=timezone.utc)
LINES, ORDERS = "silver.order_lines", "silver.orders"
STEP = Node(("bronze.shop_sales",), (LINES, ORDERS), files=("/in/sales*.csv",))


@pytest.fixture
def emitter(monkeypatch: pytest.MonkeyPatch) -> Emitter:
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    commits = {LINES: Commit(7, "t", {}, 3, "", 90), ORDERS: Commit(8, "t", {}, 2, "", 50)}
    warehouse: Any = SimpleNamespace(
        target=SimpleNamespace(warehouse="/w"),
        location=lambda table: f"/w/{table.replace('.', '/')}",
        last_commit=commits.get,
        spark=SimpleNamespace(version="4.2.0"),
    )
    return Emitter(warehouse, "run-1")


def outputs(event: Any) -> list[tuple[str, str | None, int | None]]:
    """Return each output's place, version and rows."""
    found = []
    for o in event.outputs:
        version = o.facets.get("version")
        counts = (o.outputFacets or {}).get("outputStatistics")
        found.append((o.name, version and version.datasetVersion, counts and counts.rowCount))
    return found


def test_step_that_is_done_tells_versions_and_the_rows_of_its_main_table(emitter: Emitter) -> None:
    event = emitter.end(Outcome("silver.orders[shop]", ORDERS, "done", ""), STEP, NOW)
    assert event.eventType is not None
    assert event.eventType.value == "COMPLETE"
    assert [i.name for i in event.inputs] == ["/in", "/w/bronze/shop_sales"]
    assert all("dataQualityAssertions" not in (i.inputFacets or {}) for i in event.inputs)
    assert outputs(event) == [("/w/silver/order_lines", "7", None), ("/w/silver/orders", "8", 2)]


def test_step_that_failed_tells_why_and_no_version(emitter: Emitter) -> None:
    error = StorageError("silver.orders: the disk is full.", "Free some space.")
    event = emitter.end(Outcome("silver.orders[shop]", ORDERS, "failed", "", error=error), STEP, NOW)
    assert event.eventType is not None
    assert event.eventType.value == "FAIL"
    assert "disk is full" in str(event.run.facets["errorMessage"].message)  # type: ignore[attr-defined]
    assert outputs(event) == [("/w/silver/order_lines", None, None), ("/w/silver/orders", None, None)]


def test_verdicts_are_told_of_the_table_that_was_judged(emitter: Emitter) -> None:
    asked = asked_of(contract(ORDERS), ["shop"], TableRuleSettings())
    verdicts = (Verdict(asked[0], 1.0, (1.0, None), 9, True), Verdict(asked[1], 0.5, (1.0, None), 9, False))
    outcome = Outcome(f"rules of {ORDERS}", ORDERS, "done", "", verdicts=verdicts)
    event = emitter.end(outcome, Node((ORDERS,), ("ops.table_checks",)), NOW)
    (judged,) = event.inputs
    assert judged.name == "/w/silver/orders"
    told = judged.inputFacets["dataQualityAssertions"].assertions  # type: ignore[index,attr-defined]
    assert [(a.name, a.success, a.actual) for a in told] == [
        (asked[0].name, True, "1"),
        (asked[1].name, False, "0.5"),
    ]


def test_parent_is_the_scheduler_s_run_where_it_names_one(
    emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: Any = emitter.start("gold.kpi_daily", STEP, NOW).run.facets["parent"]
    assert (own.job.namespace, own.job.name) == ("customer-chunks", "run")
    run = "3f5e83fa-3480-44ff-99c5-ff943904e5e8"
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/dag.task/{run}")
    told: Any = emitter.start("gold.kpi_daily", STEP, NOW).run.facets["parent"]
    assert (told.job.namespace, told.job.name, told.run.runId) == ("airflow", "dag.task", run)
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", "no-such-form")
    assert emitter.start("gold.kpi_daily", STEP, NOW).run.facets["parent"] == own
