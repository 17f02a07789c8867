"""Cut-offs that know nothing of what comes, and a hold-out of the newest one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.errors import ModelError
from customer_chunks.models.propensity import Propensity
from customer_chunks.models.temporal import CUT_OFF, CutOffs, temporal_holdout, training_rows

D = date(2024, 7, 1)


def days_before(*days: int) -> tuple[date, ...]:
    return tuple(D - timedelta(days=n) for n in days)


def test_newest_cut_off_is_so_early_that_all_it_foretells_has_come() -> None:
    found = CutOffs.before(D, days=90, first=D - timedelta(days=250), every=30, history=100)
    assert found.at == days_before(150, 120, 90)
    assert found.newest == D - timedelta(days=90)


def test_no_more_cut_offs_than_asked_for() -> None:
    found = CutOffs.before(D, days=30, first=date(2000, 1, 1), every=30, most=2)
    assert found.at == days_before(60, 30)


def test_outcome_behind_the_day_is_refused() -> None:
    with pytest.raises(
        ModelError, match=r"within 30 days from 2024-06-02 is not known by 2024-07-01. Cut off by"
    ):
        CutOffs(D, 30, days_before(60, 29))
    assert CutOffs(D, 30, days_before(30, 60, 30)).at == days_before(60, 30)


def test_too_short_a_history_is_said() -> None:
    with pytest.raises(ModelError, match="there are no 90 days to learn from and 30 to foretell"):
        CutOffs.before(D, days=30, first=D - timedelta(days=119))
    with pytest.raises(ModelError, match="There is no day to learn from"):
        CutOffs(D, 30, ())


def test_hold_out_learns_from_outcomes_that_had_come_by_then() -> None:
    found = CutOffs(D, 30, days_before(90, 61, 60, 59, 30))
    assert found.known_by_newest == days_before(90, 61, 60)


@pytest.fixture(scope="module")
def known(spark: SparkSession) -> DataFrame:
    """Return a row per customer and day: a feature, and what comes, which follows it with a chance."""
    random = np.random.default_rng(0)
    rows = [
        (f"c{n}", day, [float(x), float(random.normal())], bool(random.random() < 1 / (1 + np.exp(-2 * x))))
        for day in days_before(90, 60, 45, 30)
        for n, x in enumerate(random.normal(size=300))
    ]
    return spark.createDataFrame(
        rows, "customer string, day date, features array<double>, came boolean"
    ).persist()


@pytest.fixture(scope="module")
def rows(known: DataFrame) -> DataFrame:
    def features(day: date) -> DataFrame:
        return known.where(F.col("day") == F.lit(day)).select("customer", "features")

    def labelled(customers: DataFrame, day: date) -> DataFrame:
        came = known.where(F.col("day") == F.lit(day)).select("customer", F.col("came").alias("label"))
        return customers.join(came, on="customer", how="left")

    return training_rows(CutOffs(D, 30, days_before(90, 60, 45, 30)), features, labelled).persist()


def test_rows_of_all_cut_offs_stand_below_each_other(rows: DataFrame) -> None:
    assert rows.columns == ["customer", "features", "label", CUT_OFF]
    counts = {row[CUT_OFF]: row["count"] for row in rows.groupBy(CUT_OFF).count().collect()}
    assert counts == dict.fromkeys(days_before(90, 60, 45, 30), 300)


def test_hold_out_tells_the_newest_cut_off_by_the_earlier_ones(rows: DataFrame) -> None:
    fitting = Propensity(
        keyCol="customer", seed=1, method="logistic", featureNames=["x", "noise"], baselineFeature="noise"
    )
    told = temporal_holdout(fitting, rows, CutOffs(D, 30, days_before(90, 60, 45, 30)))
    assert (told["learnt_from"], told["foretold_from"]) == (["2024-04-02", "2024-05-02"], "2024-06-01")
    assert (told["rows"], told["days"]) == (300, 30)
    assert told["model"]["auc"] > 0.8
    assert told["baseline"]["auc"] < 0.6
    assert told["foretold"] == pytest.approx(told["observed"], abs=0.1)
    model = fitting.fit(rows.where(F.col(CUT_OFF) <= F.lit(D - timedelta(days=60))))
    newest = model.transform(rows.where(F.col(CUT_OFF) == F.lit(D - timedelta(days=30))))
    brier = newest.agg(F.avg((F.col("probability") - F.col("label").cast("int")) ** 2)).collect()[0][0]
    assert told["model"]["brier"] == pytest.approx(brier)


def test_changed_newest_outcomes_do_not_change_what_is_foretold(rows: DataFrame) -> None:
    fitting = Propensity(keyCol="customer", seed=1, method="logistic")
    cut_offs = CutOffs(D, 30, days_before(90, 60, 45, 30))
    is_later = F.col(CUT_OFF) > F.lit(D - timedelta(days=60))
    other = rows.withColumn("label", F.col("label") != is_later)
    one, two = (temporal_holdout(fitting, r, cut_offs) for r in (rows, other))
    assert one["foretold"] == two["foretold"]
    assert two["model"]["auc"] == pytest.approx(1 - one["model"]["auc"])


def test_hold_out_needs_a_cut_off_that_is_early_enough(rows: DataFrame) -> None:
    with pytest.raises(ModelError, match=r"No cut-off is 30 days before 2024-06-01, the one to be foretold"):
        temporal_holdout(Propensity(keyCol="customer", seed=1), rows, CutOffs(D, 30, days_before(45, 30)))
