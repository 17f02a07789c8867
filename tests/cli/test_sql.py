"""``chunks sql``: reads what it is asked, changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import answer, chunks


def test_sql_finds_tables_by_layer_and_name(warehouse: Path) -> None:
    text = "select r.customer_id, recency_days, monetary_amount from gold.rfm_scores r order by 1"
    assert answer("sql", text, "--warehouse", warehouse) == [
        {"customer_id": "C1", "recency_days": 3, "monetary_amount": 11},
        {"customer_id": "C2", "recency_days": 2, "monetary_amount": 3.5},
    ]


def test_sql_joins_layers_and_prints_csv(warehouse: Path) -> None:
    text = """with l as (select * from silver.order_lines)
        select product_name, sum(line_amount) n from l join silver.orders using (order_id)
        group by 1 order by n;"""
    said = chunks("sql", text, "--format", "csv", "--warehouse", warehouse)
    assert said.stdout == "product_name,n\n'=1+1,4.0000\nMug,14.0000\n"


def test_sql_is_bounded(warehouse: Path) -> None:
    result = chunks("sql", "select * from gold.kpi_daily", "--limit", "2", "--json", "--warehouse", warehouse)
    assert len(json.loads(result.stdout)) == 2
    assert "There are more" in result.stderr


def test_sql_shows_and_describes(warehouse: Path) -> None:
    names = {r["tableName"] for r in answer("sql", "show tables in gold", "--warehouse", warehouse)}
    assert names == {"customer_facts", "customer_profiles", "kpi_daily", "rfm_scores"}
    described = answer("sql", "describe gold.rfm_scores", "--warehouse", warehouse)
    assert "rfm_segment" in {r["col_name"] for r in described}


@pytest.mark.parametrize(
    "text",
    [
        "drop table gold.rfm_scores",
        "delete from gold.rfm_scores",
        "insert into gold.rfm_scores select * from gold.rfm_scores",
        "with x as (select 1) insert into gold.rfm_scores select * from gold.rfm_scores",
        "update gold.rfm_scores set r_score = 5",
        "create table gold.mine as select 1",
        "/* show */ drop table gold.rfm_scores",
        "select 1; drop table gold.rfm_scores",
        "select 1) x, (select 2",
        "reset",
        "set spark.sql.ansi.enabled = true",
        "",
    ],
)
def test_sql_changes_nothing(warehouse: Path, text: str) -> None:
    result = chunks("sql", text, "--warehouse", warehouse)
    assert result.exit_code == 3
    assert "Traceback" not in result.output
    assert answer("sql", "select count(*) n from gold.rfm_scores", "--warehouse", warehouse) == [{"n": 2}]


def test_sql_names_the_nearest_table_and_column(warehouse: Path) -> None:
    table = chunks("sql", "select * from gold.rfm_score", "--warehouse", warehouse)
    assert table.exit_code == 3
    assert "There is no table 'gold.rfm_score'." in table.stderr
    assert "Did you mean 'gold.rfm_scores'?" in table.stderr
    column = chunks("sql", "select rfm_segmnt from gold.rfm_scores", "--warehouse", warehouse)
    assert column.exit_code == 3
    assert "There is no column 'rfm_segmnt'." in column.stderr
    assert "Did you mean 'rfm_segment'?" in column.stderr
    syntax = chunks("sql", "selct 1", "--warehouse", warehouse)
    assert syntax.exit_code == 3
    assert "cannot be parsed" in syntax.stderr
