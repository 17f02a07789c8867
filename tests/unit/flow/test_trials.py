"""Models tried on any file: which rows are purchases and why others are none, and what notes say."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.flow.trial import opened
from customer_chunks.flow.tried_purchases import Purchases, by_day, faults_of, rows_of, strayed
from customer_chunks.flow.tried_segments import Wanted, segments_of
from customer_chunks.flow.tried_values import values_of

COLUMNS = Purchases("id", "day", "total")
PARAMS = {"horizon_days": 30, "discount": 0.0, "margin": 1.0}
FAULTY = """id,day,total
a,2024-01-01,5
a,2024-01-01,2.5
b,2024-01-02,0
,2024-01-02,1
NaN,2024-01-02,1
c,,1
c,31.Feb.2024,1
c,2999-01-01,1
c,1800-01-01,1
c,2024-01-03,NaN
c,2024-01-03,inf
c,2024-01-03,x7
c,2024-01-03,-1
c,2024-01-03,1e300
"""


def test_rows_that_are_no_purchases_are_told_by_reason_without_a_value(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text(FAULTY, encoding="utf-8")
    with opened(spark, tmp_path / "x.csv") as file:
        rows = rows_of(file, COLUMNS)
        bought = {(row["customer"], row["amount"]) for row in by_day(rows).collect()}
        found = faults_of(rows)
    assert bought == {("a", 7.5), ("b", 0.0)}
    assert found.rows == 14
    assert found.counts == {
        "no_customer": 2, "no_day": 1, "unreadable_day": 1, "day_to_come": 1, "day_long_ago": 1,
        "no_amount": 1, "unreadable_amount": 2, "negative_amount": 1, "huge_amount": 1,
    }  # fmt: skip
    told = " ".join(found.sentences)
    assert "2 rows have no customer" in told
    assert "1 row has a date that cannot be read, such as '99.AAA.9999': --date-format" in told
    assert "2 rows have an amount that is no number, such as 'A9'." in told
    assert "Feb" not in told


def test_why_nothing_can_be_fitted_is_told_with_what_is_missing(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(FAULTY, encoding="utf-8")
    with (
        pytest.raises(ModelError, match=r"bought again.*1 row has a date that cannot be read"),
        values_of(spark, tmp_path / "x.csv", COLUMNS, params=PARAMS),
    ):
        pass
    (tmp_path / "y.csv").write_text("id,day,total\n" + "a,2024-01-01,-1\n" * 3, encoding="utf-8")
    with (
        pytest.raises(ModelError, match=r"No row has .*3 rows have an amount below zero"),
        values_of(spark, tmp_path / "y.csv", COLUMNS, params=PARAMS),
    ):
        pass


@pytest.mark.parametrize(("behind", "is_told"), [(400, True), (60, False)])
def test_a_last_purchase_far_behind_all_others_is_told(
    spark: SparkSession, behind: int, is_told: bool
) -> None:
    first = date(2020, 1, 1)
    days = [first + timedelta(n) for n in range(200)]
    last = days[-1] + timedelta(behind)
    bought = spark.createDataFrame([(d,) for d in [*days, last]], "day date")
    told = strayed(bought, 201, first, last)
    assert [f"{last}, {behind} days behind" in said and f"end on {days[-1]}:" in said for said in told] == (
        [True] if is_told else []
    )


@pytest.mark.parametrize(("scale", "unit"), [("none", "units of the columns"), ("robust", "scaled units")])
def test_values_that_are_no_numbers_and_the_unit_of_distances_are_told(
    spark: SparkSession, tmp_path: Path, scale: str, unit: str
) -> None:
    points = np.random.default_rng(0).normal(size=(40, 2)).round(3)
    rows = [f"{x}%,{y}" for x, y in points] + ["ab-1,2", ",3", "1e30,4"]
    (tmp_path / "x.csv").write_text("\n".join(["x , y", *rows]) + "\n", encoding="utf-8")
    wanted = Wanted(method="dbscan", scale=scale)
    with segments_of(spark, tmp_path / "x.csv", ["x", "y"], wanted) as tried:
        assert tried.rows.columns[:2] == ["x ", " y"]
        assert tried.drawn["unit"] == unit
        is_told = any("'x': 1 value is beyond 1e+15, too large for distances" in note for note in tried.notes)
        assert is_told == (scale == "none")
        assert "Column 'x': 1 value is no number, such as 'AA-9'." in tried.notes
        lacking = 3 if scale == "none" else 2  # scaled, 1e30 is a number like others
        assert any(f"{lacking} rows lack one of the numbers" in note for note in tried.notes)


@pytest.mark.parametrize(
    ("wanted", "note"),
    [
        (Wanted(method="dbscan", eps=1e-9), "100.0% are noise; measures see the other 0 rows alone"),
        (Wanted(method="dbscan", eps=1e-9), "fewer than two clusters there is nothing to measure"),
        (Wanted(clusters=(2, 2)), "One cluster holds 97.6% of the clustered rows"),
        (Wanted(clusters=(2, 2)), "Column 'c' has one value only: it parts nobody."),
    ],
)
def test_clusters_that_part_hardly_anybody_are_told(
    spark: SparkSession, tmp_path: Path, wanted: Wanted, note: str
) -> None:
    points = np.random.default_rng(0).normal(size=(40, 2)).round(3)
    rows = [f"{x},{y},7" for x, y in points] + ["500,500,7"]
    (tmp_path / "x.csv").write_text("\n".join(["x,y,c", *rows]) + "\n", encoding="utf-8")
    with segments_of(spark, tmp_path / "x.csv", ["x", "y", "c"], wanted) as tried:
        assert any(note in said for said in tried.notes), tried.notes


def test_skewed_groups_are_found_by_their_magnitudes(spark: SparkSession, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    sizes = {5: 180, 60: 90, 900: 30}
    spent = np.concatenate([typical * random.lognormal(0, 0.25, n) for typical, n in sizes.items()])
    (tmp_path / "x.csv").write_text("\n".join(["x", *map(str, spent)]) + "\n", encoding="utf-8")
    with segments_of(spark, tmp_path / "x.csv", ["x"], Wanted(clusters=(3, 3), scale="log")) as tried:
        found = [row["cluster"] for row in tried.rows.collect()]
        assert not any("out of all proportion" in note for note in tried.notes)
    assert found == [0] * 180 + [1] * 90 + [2] * 30
    with segments_of(spark, tmp_path / "x.csv", ["x"], Wanted(clusters=(3, 3))) as tried:
        assert [row["cluster"] for row in tried.rows.collect()] != found
        assert any("usual, as in spending: --scale log" in note for note in tried.notes)


def test_columns_that_share_no_row_of_numbers_are_refused(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("x,y\n1,\n2,\n,3\n,4\n", encoding="utf-8")
    with (
        pytest.raises(ModelError, match="No row has a number in each of the columns"),
        segments_of(spark, tmp_path / "x.csv", ["x", "y"], Wanted(clusters=(2, 2))),
    ):
        pass
