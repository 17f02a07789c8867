"""``chunks quality``, ``chunks run --accept`` and the report's part about table rules, on a small shop."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import answer, chunks

PERSONAL = {"ann@example.org", "bob@example.org", "Ann", "Ames", "Bell", "Lyon", "Vigo", "C1", "C2", "A1"}


def test_list_tells_which_version_gold_reads(warehouse: Path) -> None:
    found = {f["table"]: f for f in answer("quality", "list", "--warehouse", warehouse)}
    assert {"silver.orders", "silver.order_lines", "silver.products", "silver.customers"} <= set(found)
    assert {(f["state"], f["version"] == f["gold_reads"]) for f in found.values()} == {("passed", True)}
    assert found["silver.orders"]["broken"] == []
    assert "silver.orders" in chunks("quality", "list", "--warehouse", warehouse).stdout


def test_show_tells_every_rule_with_its_number(warehouse: Path) -> None:
    rows = {r["rule"]: r for r in answer("quality", "show", "order_lines", "--warehouse", warehouse)}
    assert (rows["key.unique"]["observed"], rows["key.unique"]["high"]) == (0, 0)
    assert (rows["product_id.found"]["observed"], rows["product_id.found"]["measured_rows"]) == (1, 4)
    assert rows["unit_price.median[shop]"]["observed"] == 3.5
    assert rows["unit_price.median[shop]"]["low"] is None, "the first version has no past"
    shown = chunks("quality", "show", "silver.orders", "--warehouse", warehouse).stdout
    assert "order_id.complete" in shown
    assert "holds" in shown


def test_unknown_table_is_answered_by_the_nearest_one(warehouse: Path) -> None:
    result = chunks("quality", "show", "silver.order", "--warehouse", warehouse)
    assert result.exit_code == 3
    assert "Did you mean 'silver.orders'?" in result.stderr


def test_no_file_of_the_data_docs_holds_a_personal_value(warehouse: Path, tmp_path: Path) -> None:
    said = answer("quality", "docs", "--out", tmp_path / "quality", "--warehouse", warehouse)
    pages = [p for p in (tmp_path / "quality").rglob("*") if p.suffix in {".html", ".json"}]
    assert Path(said["data_docs"]) == tmp_path / "quality" / "index.html"
    assert len([p for p in pages if "silver" in str(p.relative_to(tmp_path))]) >= 8
    for page in pages:
        text = page.read_text(encoding="utf-8")
        shown = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
        assert not PERSONAL & set(re.findall(r"[\w@.]+", shown)), page
        assert not {value for value in PERSONAL if "@" in value and value in text}, page


@pytest.mark.slow
def test_report_links_to_the_data_docs(warehouse: Path, tmp_path: Path) -> None:
    place = tmp_path / "warehouse"
    shutil.copytree(warehouse, place)
    said = answer("report", "--warehouse", place)
    page = (place / "report.html").read_text(encoding="utf-8")
    assert 'href="quality/index.html"' in page
    assert (place / "quality" / "index.html").exists()
    assert said["data_docs"] == str(place / "quality" / "index.html")
    assert "rules hold in the newest versions of" in page


def test_reason_must_say_something(mapping: Path, tmp_path: Path) -> None:
    result = chunks("run", "--accept", " ", "--sources", mapping, "--warehouse", tmp_path / "w")
    assert result.exit_code == 3
    assert "without a reason" in result.stderr


@pytest.mark.slow
def test_broken_table_has_its_exit_code_and_its_reason(mapping: Path, tmp_path: Path) -> None:
    """A share that the settings ask for is not there: gold waits until somebody says why it is fine."""
    settings = tmp_path / "settings.yml"
    settings.write_text("table_rules: {completeness: {silver.orders.customer_id: 0.9}}\n", encoding="utf-8")
    place = ("--sources", mapping, "--warehouse", tmp_path / "w", "--settings", settings)
    result = chunks("run", *place, "--json")
    assert result.exit_code == 10
    assert "customer_id.complete is 0.666667, expected at least 0.9" in result.stderr
    steps = {s["step"]: s for s in json.loads(result.stdout)["steps"]}
    assert steps["rules of silver.orders"]["error"]["exit_code"] == 10
    assert steps["gold.rfm_scores"]["state"] == "held"
    assert "no version of silver.orders" in steps["gold.rfm_scores"]["detail"]
    broken = [r for r in steps["rules of silver.orders"]["rules"] if not r["is_passed"]]
    assert [(r["rule"], r["low"]) for r in broken] == [("customer_id.complete", 0.9)]
    accepted = chunks("run", *place, "--accept", "guests are a third of the shop")
    assert accepted.exit_code == 0, accepted.output
    rows = {r["rule"]: r for r in answer("quality", "show", "orders", "--warehouse", tmp_path / "w")}
    assert rows["customer_id.complete"]["accepted_reason"] == "guests are a third of the shop"
    assert chunks("run", *place).stdout.startswith("Nothing is new.")


@pytest.mark.parametrize(
    "text", ["table_rules: {shift_factor: 0}", "table_rules: {level: {silver.orders.x: off}}"]
)
def test_settings_that_cannot_be_meant_are_told(mapping: Path, tmp_path: Path, text: str) -> None:
    settings = tmp_path / "settings.yml"
    settings.write_text(f"{text}\n", encoding="utf-8")
    result = chunks("run", "--sources", mapping, "--warehouse", tmp_path / "w", "--settings", settings)
    assert result.exit_code == 3
