"""Features: fills, bounds, scales and levels learnt once, and what tells that units have changed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.features import CATEGORY, Feature
from customer_chunks.errors import ModelError
from customer_chunks.models.features import Features, FeaturesModel

TIERS = ["a"] * 5 + ["b"] * 3 + [None] * 2
ROWS = [(n, float(n), None if n % 4 == 0 else 10.0**n, 5.0, TIERS[n - 1]) for n in range(1, 11)]
DECLARED = (
    Feature("spread", clip=0.0, scale="standard"),
    Feature("orders", log=True, missing="zero", clip=0.0, scale="none", weight=2.0),
    Feature("flat"),
    Feature("tier", kind=CATEGORY),
    Feature("half", value="spread / 2", weight=0.0),
)


@pytest.fixture(scope="module")
def frame(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(
        ROWS, "id int, spread double, orders double, flat double, tier string"
    ).persist()


@pytest.fixture(scope="module")
def model(frame: DataFrame) -> FeaturesModel:
    return Features(declared=DECLARED).fit(frame)


def numbers(model: FeaturesModel, frame: DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    rows = model.transform(frame).orderBy("id").select("features").collect()
    return np.array([row["features"] for row in rows])


def test_array_holds_what_has_a_weight_in_order(model: FeaturesModel, frame: DataFrame) -> None:
    assert model.names == ["spread", "orders", "tier=a", "tier=b", "tier=unknown"]
    found = numbers(model, frame)
    values = np.arange(1.0, 11)
    assert found[:, 0] == pytest.approx((values - values.mean()) / values.std())
    assert found[:, 1] == pytest.approx([2 * math.log1p(0 if n % 4 == 0 else 10.0**n) for n in range(1, 11)])
    assert found[:, 2:].tolist() == [[1, 0, 0]] * 5 + [[0, 1, 0]] * 3 + [[0, 0, 1]] * 2
    assert [c for c in model.transform(frame).columns if c.startswith("_")] == []


def test_feature_that_tells_nobody_apart_is_left_out_and_told(model: FeaturesModel) -> None:
    assert model.dropped == {"flat": "all customers have one value"}


def test_feature_without_any_value_is_left_out_and_told(frame: DataFrame) -> None:
    declared = [Feature("spread"), Feature("nothing", value="cast(null as double)")]
    assert Features(declared=declared).fit(frame).dropped == {"nothing": "nobody has a value"}


def test_category_of_rare_values_alone_is_left_out_and_told(spark: SparkSession) -> None:
    rows = spark.range(200).selectExpr("double(id) as spread", "concat('t', id) as town", "'x' as one")
    declared = [Feature("spread"), Feature("town", kind=CATEGORY), Feature("one", kind=CATEGORY)]
    assert Features(declared=declared).fit(rows).dropped == {
        "town": "no value has 1% of the customers",
        "one": "all customers have one value, or none",
    }


def test_one_level_is_told_apart_from_all_others(frame: DataFrame) -> None:
    model = Features(declared=[Feature("tier", kind=CATEGORY, levels=1)]).fit(frame)
    assert (model.names, model.dropped) == (["tier=a"], {})


def test_saved_and_loaded_model_makes_the_same_features(
    model: FeaturesModel, frame: DataFrame, tmp_path: Path
) -> None:
    model.write().save(str(tmp_path / "model"))
    loaded = FeaturesModel.load(str(tmp_path / "model"))
    assert numbers(loaded, frame).tolist() == numbers(model, frame).tolist()
    assert loaded.dropped == model.dropped


def test_a_customer_of_a_billion_is_held_at_the_bound(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(float(n),) for n in range(1000)] + [(1e9,)], "spend double")
    model = Features(declared=[Feature("spend", clip=0.01)]).fit(rows)
    assert model.numbers[0].high == pytest.approx(990, abs=2)
    assert numbers_of(model, rows).max() < 3


def numbers_of(model: FeaturesModel, rows: DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([row["features"] for row in model.transform(rows).select("features").collect()])


def test_number_that_most_do_not_have_still_counts(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(0.0,)] * 990 + [(1.0,)] * 10, "coupons double")
    model = Features(declared=[Feature("coupons")]).fit(rows)
    found = np.unique(numbers_of(model, rows))
    assert len(found) == 2
    assert model.numbers[0].unit > 0


def test_a_slip_of_the_pen_in_what_few_have_is_held_at_a_bound(spark: SparkSession) -> None:
    told = [(0.0,)] * 9_960 + [(n / 40,) for n in range(1, 40)] + [(1e9,)]
    model = Features(declared=[Feature("returned")]).fit(spark.createDataFrame(told, "returned double"))
    assert 0.9 < model.numbers[0].high <= 20
    assert model.numbers[0].low == 0


def test_infinite_and_missing_numbers_are_filled(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(1.0,), (2.0,), (3.0,), (math.inf,), (math.nan,), (None,)], "x double")
    model = Features(declared=[Feature("x", clip=0.0, scale="none", missing=7.0)]).fit(rows)
    assert sorted(numbers_of(model, rows)[:, 0]) == [1, 2, 3, 7, 7, 7]
    assert model.numbers[0].known == 0.5


def test_other_units_are_noticed(spark: SparkSession) -> None:
    rows = spark.range(200).selectExpr("cast(id + 100 as double) as spend", "cast(id as double) as days")
    model = Features(declared=[Feature("spend"), Feature("days")]).fit(rows)
    cents = rows.selectExpr("spend * 100 as spend", "days")
    assert model.in_other_units(rows) == {}
    was, now = model.in_other_units(cents)["spend"]
    assert (was, now) == (pytest.approx(200, abs=2), pytest.approx(20000, abs=200))
    assert model.in_other_units(cents.limit(10)) == {}


def test_many_customers_are_drawn_each_by_themselves(spark: SparkSession) -> None:
    rows = spark.range(500_000).selectExpr("id", "double(id % 5 + 1) as few")
    number = Features(declared=[Feature("few", clip=0.0)]).fit(rows).numbers[0]
    assert (number.low, number.high, number.centre) == (1, 5, 3)


def test_expression_that_cannot_be_computed_is_named(frame: DataFrame) -> None:
    with pytest.raises(ModelError, match="Feature 'wrong' cannot be computed: no_such_column"):
        Features(declared=[Feature("spread"), Feature("wrong", value="no_such_column + 1")]).fit(frame)


def test_customers_that_nothing_tells_apart_are_refused(frame: DataFrame) -> None:
    with pytest.raises(ModelError, match=r"No feature tells the customers apart\. flat: all customers"):
        Features(declared=[Feature("flat")]).fit(frame)
    with pytest.raises(ModelError, match="no customer to learn from"):
        Features(declared=[Feature("spread")]).fit(frame.limit(0))
