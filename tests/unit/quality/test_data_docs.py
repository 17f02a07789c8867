"""Great Expectations and our own comparison come to the same verdicts, and its pages hold numbers only."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from customer_chunks.config.table_rules import TableRuleSettings
from customer_chunks.contracts import contract
from customer_chunks.contracts.table_rules import Measure
from customer_chunks.errors import MachineError, StorageError
from customer_chunks.quality.data_docs import (
    CheckedVersion,
    judged_by_great_expectations,
    suite_of,
    write_data_docs,
)
from customer_chunks.quality.table_rules import Judge, Measured, Past, Verdict, asked_of

SETTINGS = TableRuleSettings(freshness_days=3)
TODAY = date(2024, 3, 10)
DAY = float((TODAY - date(1970, 1, 1)).days)


def checked(table: str, version: int, *, is_good: bool) -> CheckedVersion:
    """Return a version whose every rule holds, or is broken where it has bounds."""
    asked = asked_of(contract(table), ["shop"], SETTINGS)
    past = Past({a.name: [Measured(*_before(a.rule.measure))] * 3 for a in asked})
    numbers = {a.name: [Measured(*_found(a.rule.measure, is_good=is_good))] for a in asked}
    verdicts = Judge(contract(table), SETTINGS, past, TODAY).verdicts(asked, numbers)
    assert {v.is_passed for v in verdicts} == {is_good}
    at = datetime(2024, 3, 10, 12, version, tzinfo=timezone.utc)
    return CheckedVersion(table, version, f"run-{version}", at, [_row(v) for v in verdicts])


def _before(measure: Measure) -> tuple[float, int]:
    return (0.9, 1000) if measure is Measure.NEW_KNOWN else (1000.0, 1000)


def _found(measure: Measure, *, is_good: bool) -> tuple[float, int]:
    good, bad = {
        Measure.KNOWN: (1.0, 0.5),
        Measure.NEW_KNOWN: (0.8, 0.01),
        Measure.DUPLICATES: (0.0, 2.0),
        Measure.FOUND: (1.0, 0.999),
        Measure.ROWS_LOW: (900.0, 10.0),
        Measure.ROWS_HIGH: (1100.0, 20000.0),
        Measure.NEW_ROWS: (1100.0, 20000.0),
        Measure.QUANTILE: (1000.0, 100000.0),
        Measure.NEWEST_DAY: (DAY, DAY - 10),
    }[measure]
    return (good if is_good else bad), 1000


def _row(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.asked.rule
    return {
        "rule": verdict.asked.name,
        "aspect": rule.aspect.value,
        "column_name": rule.column,
        "description": rule.description,
        "level": rule.level.value,
        "observed": verdict.observed,
        "low": verdict.bounds.low,
        "high": verdict.bounds.high,
        "is_passed": verdict.is_passed,
    }


TABLES = ("silver.orders", "silver.order_lines", "silver.customer_records")


def test_great_expectations_comes_to_the_same_verdicts(tmp_path: Path) -> None:
    versions = [checked(t, n, is_good=n == 1) for t in TABLES for n in (1, 2)]
    first = checked("silver.products", 1, is_good=True)
    unbounded = [{**row, "low": None, "high": None, "observed": None} for row in first.results]
    versions.append(CheckedVersion("silver.products", 1, "run-1", first.checked_at, unbounded))
    theirs = judged_by_great_expectations(versions, tmp_path)
    ours = [{row["rule"]: row["is_passed"] for row in v.results} for v in versions]
    assert theirs == ours


def test_suite_has_one_expectation_a_rule_and_says_how_grave_it_is() -> None:
    version = checked("silver.orders", 1, is_good=True)
    suite = suite_of(version)
    assert [e.column for e in suite.expectations] == [row["rule"] for row in version.results]
    grave = {e.column: e.severity.value for e in suite.expectations}
    assert (grave["key.unique"], grave["rows.grown"]) == ("critical", "warning")


def test_site_replaces_its_own_kind_only(tmp_path: Path) -> None:
    folder = tmp_path / "quality"
    for version in (1, 2):
        page = write_data_docs([checked("silver.orders", version, is_good=version == 1)], folder)
        assert page == folder / "index.html"
        assert "silver.orders" in page.read_text(encoding="utf-8")
    assert not list(folder.rglob("*run-1*")), "the older site is gone"
    assert not (tmp_path / ".quality.draft").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").touch()
    with pytest.raises(StorageError, match="something else in it"):
        write_data_docs([], mine)
    assert (mine / "letter.txt").exists()


@pytest.mark.parametrize("run_id", ["20261124T165125-9912", "20261124T165125-0100", "20261124T165125-ab12"])
def test_run_whose_id_reads_as_a_time_has_its_pages(tmp_path: Path, run_id: str) -> None:
    versions = [
        replace(checked("silver.orders", 1, is_good=True), run_id=run_id),
        replace(checked("silver.products", 1, is_good=True), run_id=run_id),
    ]
    write_data_docs(versions, tmp_path / "quality")
    pages = list((tmp_path / "quality" / "validations").rglob("*.html"))
    assert len(pages) == len(versions)
    assert all(run_id in page.read_text(encoding="utf-8") for page in pages)


def test_site_that_lacks_a_page_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Great Expectations logs what it cannot draw and goes on."""
    from great_expectations.render.renderer.page_renderer import (  # noqa: PLC0415 - five seconds to import
        ValidationResultsPageRenderer,
    )

    def broken(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(ValidationResultsPageRenderer, "render", broken)
    with pytest.raises(MachineError, match="drew 0 of 1 pages"):
        write_data_docs([checked("silver.orders", 1, is_good=True)], tmp_path / "quality")
    assert not (tmp_path / "quality").exists()


def test_without_great_expectations_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "great_expectations", None)
    with pytest.raises(MachineError, match=r"customer-chunks\[quality\]"):
        write_data_docs([checked("silver.orders", 1, is_good=True)], tmp_path / "quality")
