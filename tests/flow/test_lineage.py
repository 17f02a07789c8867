"""A tiny company's runs as an OpenLineage collector sees them."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.flow.house import all_steps
from customer_chunks.flow.lineage import is_asked_for, nodes
from customer_chunks.flow.lineage_events import address
from tests.flow.company import Company

LINES = ("1,2024-03-10,c1,mug,2,5.00,DE", "2,2024-03-11,c2,mug,none,5.00,DE")
Event = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without a collector, and forget the variables that the client sets for itself."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    for name in [n for n in os.environ if n.startswith("OPENLINEAGE")]:
        del os.environ[name]


@pytest.fixture
def events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ask for events in a file, one a line, with the variables that the docs name."""
    place = tmp_path / "events.jsonl"
    page = (Path(__file__).parents[2] / "docs" / "lineage.md").read_text(encoding="utf-8")
    for name, value in re.findall(r"^export (OPENLINEAGE__\w+)=(\S+)", page, flags=re.MULTILINE):
        monkeypatch.setenv(name, str(place) if value.endswith(".jsonl") else value)
    return place


def told(place: Path) -> list[Event]:
    return [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []


def names(company: Company, datasets: list[Event]) -> list[str]:
    """Return datasets by what follows the company's folder."""
    assert {d["namespace"] for d in datasets} == {"file"}
    return [d["name"].removeprefix(f"{company.folder}/").removeprefix("warehouse/") for d in datasets]


@pytest.mark.slow
def test_every_step_is_told_with_what_it_reads_and_writes(company: Company, events: Path) -> None:
    company.brings("sales1.csv", *LINES)
    company.leaves_out = frozenset({"gold.kpi_daily", "gold.customer_profiles", "silver.addressability"})
    company.run("gold.rfm_scores")
    by_job: dict[str, list[Event]] = {}
    for event in told(events):
        by_job.setdefault(event["job"]["name"], []).append(event)
    assert {
        "bronze.shop_sales", "silver.orders[shop]", "silver.customer_records[shop]", "silver.customer_links",
        "gold.rfm_scores", "rules of silver.orders",
    } <= set(by_job)  # fmt: skip
    for job, found in by_job.items():
        assert [e["eventType"] for e in found] == ["START", "COMPLETE"], job
        assert len({e["run"]["runId"] for e in found}) == 1, job
        assert len({e["run"]["facets"]["parent"]["run"]["runId"] for e in found}) == 1, job
    bronze, orders = by_job["bronze.shop_sales"][1], by_job["silver.orders[shop]"][1]
    assert names(company, bronze["inputs"]) == ["conf"], "the folder before the glob"
    assert names(company, bronze["outputs"]) == ["ops/deliveries", "bronze/shop_sales"]
    assert bronze["outputs"][1]["outputFacets"]["outputStatistics"]["rowCount"] == 2
    read = names(company, orders["inputs"])
    assert read == ["bronze/shop_sales", "silver/customer_links", "silver/exchange_rates"]
    written = names(company, orders["outputs"])
    assert written == ["silver/quarantine", "silver/order_lines", "silver/orders"]
    version = company.warehouse.last_commit("bronze.shop_sales")
    assert version is not None
    assert orders["inputs"][0]["facets"]["version"]["datasetVersion"] == str(version.version)
    rfm = by_job["gold.rfm_scores"][1]
    assert "silver/orders" in names(company, rfm["inputs"]), "D comes from the orders"
    assert rfm["outputs"][-1]["facets"]["symlinks"]["identifiers"][0]["name"] == "gold.rfm_scores"
    rules = by_job["rules of silver.orders"][1]["inputs"][0]["inputFacets"]["dataQualityAssertions"]
    assert {"key.unique"} <= {a["name"] for a in rules["assertions"] if a["success"]}
    before = len(told(events))
    assert company.run("gold.rfm_scores").is_idle
    assert len(told(events)) == before, "nothing was new: nothing is told"


def test_failure_is_told_in_its_sentence_and_without_a_value(company: Company, events: Path) -> None:
    report = company.tries("bronze")  # no file has come
    assert report.errors
    failed = [e for e in told(events) if e["eventType"] == "FAIL"]
    assert [e["job"]["name"] for e in failed] == ["bronze.shop_sales"]
    message = failed[0]["run"]["facets"]["errorMessage"]
    assert message["message"] == str(report.errors[0])
    assert "stackTrace" not in message


@contextmanager
def collector(status: int) -> Iterator[tuple[str, list[Event]]]:
    """Serve a collector that answers with a status; yield its address and what it was sent."""
    sent: list[Event] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", sent
    finally:
        server.shutdown()
        server.server_close()


def test_events_go_to_a_collector_by_http(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.brings("sales1.csv", *LINES)
    with collector(201) as (url, sent):
        monkeypatch.setenv("OPENLINEAGE_URL", url)
        monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "prod")
        monkeypatch.setenv(
            "OPENLINEAGE_PARENT_ID", "airflow/daily.chunks/0190b7a0-0000-7000-8000-000000000000"
        )
        company.run("bronze")
    assert [(e["eventType"], e["job"]["namespace"]) for e in sent] == [
        ("START", "prod"),
        ("COMPLETE", "prod"),
    ]
    assert sent[0]["run"]["facets"]["parent"]["job"]["name"] == "daily.chunks"


def test_collector_that_fails_is_told_once_and_fails_no_run(
    company: Company, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    company.brings("sales1.csv", *LINES)
    with collector(403) as (url, sent):
        monkeypatch.setenv("OPENLINEAGE_URL", url)
        company.run("silver.customer_links")
    ours = [r for r in caplog.records if r.name == "customer_chunks.lineage"]
    assert len(ours) == len(sent) == 1
    assert company.rows("silver.customer_links", "source_customer_id") == ["c1", "c2"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/w/gold/rfm_scores", ("file", "/data/w/gold/rfm_scores")),
        ("file:///data/w", ("file", "/data/w")),
        ("s3a://bucket/w/gold", ("s3://bucket", "w/gold")),
        ("hdfs://name:8020/w", ("hdfs://name:8020", "w")),
    ],
)
def test_places_are_named_as_openlineage_names_them(path: str, expected: tuple[str, str]) -> None:
    assert address(path) == expected


def test_every_job_of_the_house_has_a_node(company: Company) -> None:
    steps = all_steps(company.sources)
    found = nodes(company.sources, steps)
    assert set(found) == {"bronze.shop_sales", *[s.name for s in steps]}
    assert all(node.outputs[-1] == step.main for step in steps if (node := found[step.name]))


def test_nothing_is_told_unasked_or_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_asked_for()
    monkeypatch.setenv("OPENLINEAGE_URL", "http://127.0.0.1:1")
    assert is_asked_for()
    monkeypatch.setenv("OPENLINEAGE_DISABLED", "true")
    assert not is_asked_for()
