"""Are the tables of all contenders the same? A faster wrong answer does not count."""

from __future__ import annotations

from pathlib import Path

import duckdb

RFM = """
select customer_id, recency_days, frequency, round(monetary_amount::double, 2) as money,
       r_score, f_score, m_score
from {rfm_scores}
"""
KPIS = """
select day::date as day, dimension, value, round(gross_revenue::double, 2) as gross,
       round(returns_amount::double, 2) as returned, orders, active_customers, new_customers
from {kpi_daily}
"""
PROFILES = """
select customer_id, recency_days, tenure_days, purchase_count, return_count,
       round(net_amount::double, 2) as net, round(average_order_value::double, 2) as average,
       round(purchase_frequency::double, 6) as frequency,
       round(discount_affinity::double, 6) as affinity, round(return_rate::double, 6) as returned,
       round(average_days_between_purchases::double, 6) as between_purchases
from {customer_profiles} where purchase_count > 0
"""
ORDERS = """
select count(*) as orders, count(customer_id) as known, round(sum(order_amount::double), 0) as amount,
       (select count(*) from {order_lines}) as lines
from {orders}
"""
ASKED = {"rfm_scores": RFM, "kpi_daily": KPIS, "customer_profiles": PROFILES, "orders and lines": ORDERS}
TABLES = ("order_lines", "orders", "customer_profiles", "rfm_scores", "kpi_daily")


def differences(outputs: dict[str, Path]) -> dict[str, dict[str, int]]:
    """Return, for every contender but the first, how many rows of each answer only one of both has.

    Args:
        outputs: Contender -> its folder. DuckDB's holds ``tables.duckdb``, the others Parquet files.
    """
    db = duckdb.connect()
    answers = {name: _answers(db, name, folder) for name, folder in outputs.items()}
    first, *others = answers
    return {
        other: {
            asked: _rows(db, f"({one} except all {two}) union all ({two} except all {one})")
            for asked, one, two in ((a, answers[first][a], answers[other][a]) for a in ASKED)
        }
        for other in others
    }


def _answers(db: duckdb.DuckDBPyConnection, name: str, folder: Path) -> dict[str, str]:
    file = folder / "tables.duckdb"
    if file.exists():
        db.execute(f"attach '{file}' as {name} (read_only)")
        places = {table: f"{name}.{table}" for table in TABLES}
    elif (folder / "export").is_dir():
        places = {table: f"read_parquet('{folder}/export/{table}/*.parquet')" for table in TABLES}
    else:
        places = {table: f"read_parquet('{folder}/{table}.parquet')" for table in TABLES}
    return {asked: f"({query.format(**places)})" for asked, query in ASKED.items()}


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> int:
    found = db.execute(f"select count(*) from ({query})").fetchone()
    return int(found[0]) if found else 0
