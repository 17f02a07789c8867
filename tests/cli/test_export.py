"""``chunks export``: exact files, nobody's name in them unasked, no formula for a spreadsheet to run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from tests.cli.conftest import answer, chunks


def test_export_to_csv_neutralises_formulas_and_keeps_numbers(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.csv"
    said = answer("export", "silver.order_lines", "--out", out, "--warehouse", warehouse)
    assert said["rows"] == 4
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["order_id"], r["line_number"]) for r in rows] == [
        ("A1", "1"),
        ("A1", "2"),
        ("A2", "1"),
        ("A3", "1"),
    ]
    assert {r["product_name"] for r in rows} == {"Mug", "'=1+1"}
    assert {r["line_amount"] for r in rows} == {"7.0000", "4.0000", "3.5000"}
    assert "_row_hash" not in rows[0]
    assert [p.name for p in tmp_path.iterdir()] == ["lines.csv"]


def test_export_leaves_personal_columns_out_and_says_so(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "people.csv"
    result = chunks("export", "silver.customers", "--out", out, "--warehouse", warehouse)
    assert result.exit_code == 0, result.output
    assert "Left out as personal: email" in result.stdout
    assert "example.org" not in out.read_text(encoding="utf-8")
    kept = tmp_path / "with.csv"
    answer("export", "silver.customers", "--out", kept, "--with-pii", "--warehouse", warehouse)
    assert "ann@example.org" in kept.read_text(encoding="utf-8")


def test_export_to_parquet_keeps_types(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "orders.parquet"
    answer("export", "silver.orders", "--out", out, "--warehouse", warehouse)
    table = pq.read_table(out)
    assert str(table.schema.field("order_amount").type) == "decimal128(18, 4)"
    assert str(table.schema.field("ordered_at").type) == "timestamp[us, tz=UTC]"
    assert [str(v) for v in table["order_amount"].to_pylist()] == ["11.0000", "3.5000", "3.5000"]


def test_export_to_excel(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "lines.xlsx"
    chunks("export", "silver.order_lines", "--out", out, "--warehouse", warehouse)
    header, *rows = CalamineWorkbook.from_path(out).get_sheet_by_index(0).to_python()
    named = [dict(zip(header, row, strict=True)) for row in rows]
    assert sorted(r["line_amount"] for r in named) == [3.5, 3.5, 4.0, 7.0]
    assert "'=1+1" in {r["product_name"] for r in named}
    assert {str(r["ordered_on"]) for r in named} == {"2024-01-05", "2024-01-06", "2024-01-07"}


def test_export_writes_maps_as_json(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "facts.csv"
    answer("export", "gold.customer_facts", "--out", out, "--warehouse", warehouse)
    with out.open(encoding="utf-8", newline="") as file:
        found = {r["customer_id"]: json.loads(r["channel_counts"]) for r in csv.DictReader(file)}
    assert found == {"C1": {"unknown": 1}, "C2": {"unknown": 1}}


def test_export_never_overwrites_unasked(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "rfm.csv"
    out.write_text("mine", encoding="utf-8")
    words = ("export", "gold.rfm_scores", "--out", out, "--warehouse", warehouse)
    assert chunks(*words).exit_code == 7
    assert out.read_text(encoding="utf-8") == "mine"
    assert chunks(*words, "--overwrite").exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("customer_id,")


def test_export_of_bronze_needs_with_pii(warehouse: Path, tmp_path: Path) -> None:
    words = ("export", "bronze.shop_sales", "--out", tmp_path / "raw.csv", "--warehouse", warehouse)
    assert chunks(*words).exit_code == 3
    assert list(tmp_path.iterdir()) == []
    assert chunks(*words, "--with-pii").exit_code == 0
