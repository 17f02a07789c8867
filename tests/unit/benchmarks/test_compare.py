"""The comparison finds what differs, in every table; the peers' scripts agree on what the definitions say."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from benchmarks import duckdb as in_duckdb
from benchmarks import polars as in_polars
from benchmarks.compare import ASKED, NAMED, TABLES, differences

HEAD = "order_id,line_no,ordered_at,customer_id,product_id,quantity,unit_price,discount,country,channel"
HISTORY = """
B1,1,2024-03-01 10:00:00,C1,1,2,10.00,0.00,DE,store
B1,2,2024-03-01 10:00:00,C1,2,1,5.55,0.55,DE,store
B2,1,2024-03-02 10:00:00,C1,1,1,10.00,0.00,DE,online
B2,1,2024-03-02 10:00:00,C1,1,1,10.00,0.00,DE,online
R1,1,2024-03-05 10:00:00,C2,2,1,5.55,0.00,AT,store
B3,1,2024-03-07 10:00:00,,1,3,10.00,0.00,FR,store
B4,1,2024-03-08 10:00:00,C3,1,n/a,10.00,0.00,FR,store
B5,1,2024-03-09 10:00:00,C4,2,8,3.01,0.00,FR,store
B5,2,2024-03-09 10:00:00,C4,1,1,-3.01,0.00,FR,store
B6,1,2024-03-09 11:00:00,C4,1,2,3.33,0.10,FR,online
"""
# B2 moves to a guest, B3 to a customer, B4 is mended, B5's first line is broken and stands as it was,
# B6 has no pieces left but a discount: it comes to less than zero, which is a return.
DAY = """
B2,1,2024-02-02 10:00:00,,1,1,10.00,0.00,DE,online
B3,1,2024-03-07 10:00:00,C1,99,3,10.00,0.00,FR,store
B4,1,2024-03-08 10:00:00,C3,1,1,10.00,0.00,FR,store
B5,1,n/a,C4,2,8,3.01,0.00,FR,store
B6,1,2024-03-09 11:00:00,C4,1,0,3.33,0.10,FR,online
B7,1,2024-03-10 10:00:00,C5,1,1,7.00,0.00,GB,online
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for part, lines in (("history", HISTORY), ("day", DAY)):
        (folder / part).mkdir()
        (folder / part / "1.csv").write_text(HEAD + lines, encoding="utf-8")
    (folder / "products.csv").write_text("product_id,category,brand\n1,Shoes,a\n2,Hats,b\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def computed(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("computed")
    in_duckdb.main(data, folder, "day")
    return folder


@pytest.mark.parametrize("stage", ["full", "day"])
def test_duckdb_and_polars_agree_on_every_row(data: Path, tmp_path: Path, stage: str) -> None:
    in_duckdb.main(data, tmp_path / "duckdb", stage)
    in_polars.main(data, tmp_path / "polars", stage)
    found = differences({"duckdb": tmp_path / "duckdb", "polars": tmp_path / "polars"})
    assert found == {"polars": dict.fromkeys([*ASKED, *NAMED], 0)}


def test_late_corrections_end_as_the_definitions_say(computed: Path) -> None:
    with duckdb.connect(str(computed / "tables.duckdb"), read_only=True) as db:
        orders = db.execute(
            "select order_id, customer_id, order_amount::double, is_return, is_purchase "
            "from orders order by order_id"
        ).fetchall()
        customers = db.execute("select customer_id from customer_facts order by 1").fetchall()
    assert orders == [
        ("B1", "C1", 25.0, False, True),
        ("B2", None, 10.0, False, True),
        ("B3", "C1", 30.0, False, True),
        ("B4", "C3", 10.0, False, True),
        ("B5", "C4", 24.08, False, True),
        ("B6", "C4", -0.1, True, False),
        ("B7", "C5", 7.0, False, True),
        ("R1", "C2", -5.55, True, False),
    ]
    assert [c for (c,) in customers] == ["C1", "C2", "C3", "C4", "C5"]


def _spoilt(computed: Path, into: Path, statement: str) -> dict[str, int]:
    """Return what differs once a copy was changed: answers with differing rows only."""
    shutil.copytree(computed, into)
    with duckdb.connect(str(into / "tables.duckdb")) as db:
        db.execute(statement)
    found = differences({"one": computed, "other": into})["other"]
    return {asked: count for asked, count in found.items() if count}


# A changed row is two: one that only the one has, and one that only the other has.
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update order_lines set line_amount = line_amount + 0.01 where order_id = 'B7'", {"order_lines": 2}),
        ("update order_lines set product_id = 2 where order_id = 'B7'", {"order_lines": 2}),
        ("delete from order_lines where order_id = 'B7'", {"order_lines": 1}),
        ("insert into order_lines from order_lines where order_id = 'B7'", {"order_lines": 1}),
        ("update orders set customer_id = null where order_id = 'B7'", {"orders": 2}),
        (
            "update orders set ordered_at = ordered_at + interval 1 day where order_id = 'B7'",
            {"orders": 2},
        ),
        ("delete from rejected where order_id = 'B5' and line_no = 2", {"orders": 2}),
        ("update customer_facts set return_count = 2 where customer_id = 'C2'", {"customer_facts": 2}),
        (
            "update customer_facts set channel_counts = map {'store': 2} where customer_id = 'C5'",
            {"channel_counts": 2},
        ),
        (
            "update customer_facts set category_amounts = map {'Shoes': 7.01} where customer_id = 'C5'",
            {"category_amounts": 2},
        ),
        ("delete from customer_profiles where customer_id = 'C2'", {"customer_profiles": 1}),
        (
            "update customer_profiles set average_order_value = average_order_value + 0.01 "
            "where customer_id = 'C5'",
            {"customer_profiles": 2},
        ),
        (
            "update customer_profiles set category_shares = [{'name': 'Hats', 'share': 1.0}] "
            "where customer_id = 'C5'",
            {"category_shares": 2},
        ),
        (
            "update customer_profiles set channel_mix = [{'name': 'online', 'share': 0.99999}] "
            "where customer_id = 'C5'",
            {"channel_mix": 2},
        ),
        ("update rfm_scores set m_score = 6 - m_score where customer_id = 'C5'", {"rfm_scores": 2}),
        (
            "update kpi_daily set net_revenue = net_revenue + 0.01 "
            "where dimension = 'all' and day = '2024-03-10'",
            {"kpi_daily": 2},
        ),
    ],
)
def test_whatever_differs_is_found(
    computed: Path, tmp_path: Path, statement: str, expected: dict[str, int]
) -> None:
    assert _spoilt(computed, tmp_path / "spoilt", statement) == expected


def test_tables_of_one_kind_are_compared_in_every_column(computed: Path, tmp_path: Path) -> None:
    one, other = _in_parquet(computed, tmp_path / "one"), _in_parquet(computed, tmp_path / "other")
    with duckdb.connect() as db:
        db.execute(f"create table t as select *, 'A' as rfm_segment from '{one}/rfm_scores.parquet'")
        db.execute(f"copy t to '{one}/rfm_scores.parquet'")
        db.execute("update t set rfm_segment = 'B' where customer_id = 'C5'")
        db.execute(f"copy t to '{other}/rfm_scores.parquet'")
    outputs = {"one": one, "other": other}
    assert not any(differences(outputs)["other"].values())
    found = differences(outputs, are_alike=True)["other"]
    assert {asked: n for asked, n in found.items() if n} == {"all of rfm_scores": 2}


def _in_parquet(computed: Path, into: Path) -> Path:
    into.mkdir()
    with duckdb.connect(str(computed / "tables.duckdb"), read_only=True) as db:
        for table in TABLES:
            db.execute(f"copy {table} to '{into}/{table}.parquet'")
    return into
