"""Every command on a shop of eight order lines, whose numbers are worked by hand."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.cli.conftest import answer, chunks


def test_run_accounts_for_every_row(first_run: tuple[Path, Any]) -> None:
    said = first_run[1]
    lines = next(a for s in said["steps"] for a in s["accounts"] if a["entity"] == "order_lines")
    counted = {
        k: lines[k] for k in ("rows_read", "inserted", "duplicate", "excluded", "quarantined", "adds_up")
    }
    assert counted == {
        "rows_read": 8, "inserted": 4, "duplicate": 1, "excluded": 1, "quarantined": 2, "adds_up": True,
    }  # fmt: skip
    assert lines["quarantined_by"] == {"ordered_at.unparsable": 1, "quantity.unparsable": 1}
    assert lines["excluded_by"] == {"trials": 1}


def test_run_tells_the_day_and_the_segments(first_run: tuple[Path, Any]) -> None:
    said = first_run[1]
    assert said["as_of"] == "2024-01-08"
    assert not said["is_idle"]
    assert sum(s["customers"] for s in said["segments"]) == 2
    assert sum(s["monetary_amount"] for s in said["segments"]) == 14.5


def test_second_run_says_that_nothing_is_new(warehouse: Path, mapping: Path) -> None:
    result = chunks("run", "--sources", mapping, "--warehouse", warehouse)
    assert result.exit_code == 0
    assert result.stdout == f"Nothing is new. The tables lie in {warehouse}.\n"


def test_plan_tells_why_and_writes_nothing(warehouse: Path, mapping: Path, tmp_path: Path) -> None:
    before = sorted(str(p) for p in warehouse.rglob("*"))
    said = answer("plan", "--sources", mapping, "--warehouse", warehouse, "--full", "gold.kpi_daily")
    forced = {s["step"]: (s["action"], s["why"]) for s in said["steps"] if s["action"] == "all"}
    assert forced == {"gold.kpi_daily": ("all", "asked for")}
    assert sorted(str(p) for p in warehouse.rglob("*")) == before
    result = chunks("plan", "--sources", mapping, "--warehouse", tmp_path / "new")
    assert "never computed" in result.stdout
    assert not (tmp_path / "new").exists()


def test_full_of_one_table_computes_that_one(warehouse: Path, mapping: Path) -> None:
    said = answer("run", "--full", "gold.kpi_daily", "--sources", mapping, "--warehouse", warehouse)
    assert [s["step"] for s in said["steps"] if s["state"] == "done"] == ["gold.kpi_daily"]


def test_tables_list_counts_rows(warehouse: Path) -> None:
    rows = {t["table"]: t["rows"] for t in answer("tables", "list", "--warehouse", warehouse)}
    wanted = {
        "bronze.shop_sales": 8, "bronze.shop_customers": 2, "silver.order_lines": 4, "silver.orders": 3,
        "silver.quarantine": 2, "gold.rfm_scores": 2, "ops.deliveries": 2,
    }  # fmt: skip
    assert {t: rows[t] for t in wanted} == wanted
    listed = chunks("tables", "list", "--warehouse", warehouse).stdout
    assert "gold.rfm_scores" in listed


def test_tables_show_masks_personal_values(warehouse: Path) -> None:
    said = answer("tables", "show", "silver.customer_records", "--warehouse", warehouse)
    assert {r["email"] for r in said["rows"]} == {"•••"}
    assert {r["source_customer_id"] for r in said["rows"]} == {"C1", "C2"}
    assert {c["name"]: c["pii"] for c in said["columns"]}["email"] == "direct"
    seen = answer("tables", "show", "silver.customer_records", "--with-pii", "--warehouse", warehouse)
    assert {r["email"] for r in seen["rows"]} == {"ann@example.org", "bob@example.org"}


def test_tables_show_masks_whatever_bronze_received(warehouse: Path) -> None:
    shown = chunks("tables", "show", "bronze.shop_customers", "--warehouse", warehouse).stdout
    assert "ann@example.org" not in shown
    assert "Lyon" not in shown
    assert "'Mail' as received" in shown


def test_tables_show_of_an_unknown_table_names_the_nearest(warehouse: Path) -> None:
    result = chunks("tables", "show", "gold.rfm_score", "--warehouse", warehouse)
    assert result.exit_code == 3
    assert "Did you mean 'gold.rfm_scores'?" in result.stderr
    assert "rfm_segment" in chunks("tables", "show", "rfm_scores", "--warehouse", warehouse).stdout


def test_history_names_the_run(first_run: tuple[Path, Any]) -> None:
    place, said = first_run
    commits = answer("tables", "history", "silver.orders", "--warehouse", place)
    assert [c["version"] for c in commits] == sorted((c["version"] for c in commits), reverse=True)
    wrote = [c for c in commits if c["rows_written"] == 3]
    assert [c["run_id"] for c in wrote] == [said["run_id"]]


def test_accounts_add_up_and_tell_why(first_run: tuple[Path, Any]) -> None:
    place, said = first_run
    rows = answer("accounts", "--run", said["run_id"], "--warehouse", place)
    assert {(r["feed"], r["entity"], r["rows_read"], r["adds_up"]) for r in rows} == {
        ("sales", "order_lines", 8, True),
        ("customers", "customer_records", 2, True),
    }
    shown = chunks("accounts", "--warehouse", place).stdout
    assert "ordered_at.unparsable" in shown
    unknown = chunks("accounts", "--run", "nobody", "--warehouse", place)
    assert unknown.exit_code == 3
    assert "There is no account of a run 'nobody'." in unknown.stderr


def test_report_is_written_into_the_warehouse(warehouse: Path) -> None:
    said = answer("report", "--warehouse", warehouse)
    page = Path(said["report"])
    assert page == warehouse / "report.html"
    text = page.read_text(encoding="utf-8")
    assert "ordered_at.unparsable" in text
    assert "10 rows read, 10 accounted for: 100%" in text
    assert "example.org" not in text


def test_quarantine_list_counts_by_reason(warehouse: Path) -> None:
    rows = answer("quarantine", "list", "--warehouse", warehouse)
    assert [(r["source"], r["feed"], r["entity"], r["reason"], r["open"]) for r in rows] == [
        ("shop", "sales", "order_lines", "ordered_at.unparsable", 1),
        ("shop", "sales", "order_lines", "quantity.unparsable", 1),
    ]
    unknown = chunks("quarantine", "list", "--reason", "quantity.unparsible", "--warehouse", warehouse)
    assert unknown.exit_code == 3
    assert "Did you mean 'quantity.unparsable'?" in unknown.stderr


def test_quarantine_show_masks_values_unless_asked(warehouse: Path, mapping: Path) -> None:
    words = ("quarantine", "show", "--reason", "ordered_at.unparsable", "--warehouse", warehouse)
    (row,) = answer(*words)
    assert row["path"] == str(mapping.parent / "sales.csv")
    assert set(row["raw_row"].values()) == {"•••"}
    assert "Date" in row["raw_row"]
    (seen,) = answer(*words, "--with-pii")
    assert (seen["raw_row"]["Invoice"], seen["raw_row"]["Date"]) == ("A4", "31/02/2024")
    assert "call Ann" not in chunks(*words).output


def test_a_changed_file_is_one_sentence_and_the_tables_stay(
    warehouse: Path, mapping: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(warehouse, copy)
    sales = mapping.parent / "sales.csv"
    kept = sales.read_bytes()
    try:
        sales.write_bytes(kept + b"A9,2024-01-09,C1,S1,Mug,1,3.50,France,\n")
        result = chunks("run", "--sources", mapping, "--warehouse", copy, "--until", "bronze.shop_sales")
    finally:
        sales.write_bytes(kept)
    assert result.exit_code == 4
    assert "its content changed since it was read" in result.stderr
    assert answer("sql", "select count(*) n from bronze.shop_sales", "--warehouse", copy) == [{"n": 8}]


def test_runs_are_listed_and_the_newest_is_shown_without_a_name(
    first_run: tuple[Path, Any], warehouse: Path
) -> None:
    first = first_run[1]["run_id"]
    listed = answer("runs", "list", "--warehouse", warehouse)
    mine = next(run for run in listed if run["run_id"] == first)
    assert (mine["state"], mine["rows_quarantined"]) == ("done", 2)
    newest = answer("runs", "show", "--warehouse", warehouse)
    assert newest == answer("runs", "show", listed[0]["run_id"], "--warehouse", warehouse)
    steps = {step["step"]: step for step in answer("runs", "show", first, "--warehouse", warehouse)}
    assert steps["silver.orders[shop]"]["rows_quarantined"] == 2
    assert "sales.csv" in steps["bronze.shop_sales"]["detail"]
    orders = steps["silver.orders[shop]"]
    assert orders["files_written"] > 0
    assert orders["bytes_written"] > 0
    assert 0 < orders["cpu_seconds"] < orders["duration"] * 64
    assert orders["shuffle_bytes"] > 0
    assert orders["spilled_bytes"] == 0
    assert steps["rules of silver.orders"]["cpu_seconds"] > 0
    shown = chunks("runs", "show", first, "--warehouse", warehouse).stdout
    assert "shuffle_bytes" in shown
    assert chunks("runs", "show", "no-such-run", "--warehouse", warehouse).exit_code == 3
