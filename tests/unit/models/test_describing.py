"""What sets segments apart, where most customers of either side have none of it."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.features import Feature
from customer_chunks.models.describing import Trait, described
from customer_chunks.models.features import Features
from customer_chunks.models.naming import named

DECLARED = (
    Feature("returns", unit="share", high="return-prone", missing="zero", clip=0.0),
    Feature("orders"),
)
COUNT = 100


def test_what_few_have_is_told_by_who_has_any(spark: SparkSession) -> None:
    # Of 100 here 45 send something back, of 100 there 2, and one more is unknown on either side.
    rows = [
        (segment, 0.5 if n < some else (None if n == COUNT - 1 else 0.0), 3.0 + n % 3)
        for segment, some in ((1, 45), (2, 2))
        for n in range(COUNT)
    ]
    frame = spark.createDataFrame(rows, "segment int, returns double, orders double")
    model = Features(declared=DECLARED).fit(frame)
    told = described(frame, model, "segment")
    trait = next(t for t in told[0].traits if t.feature == "returns")
    assert (trait.inside, trait.outside) == (0.0, 0.0)
    assert (trait.any_inside, trait.any_outside) == (0.45, 0.02)
    assert (trait.mean_inside, trait.mean_outside) == pytest.approx((22.5 / 99, 1 / 99))
    words = named(told, {f.name: f for f in DECLARED})[0]
    assert words.name == "Return-prone customers"
    assert "Returns: 45% have some, of the others 2%." in words.description
    saved = {name: value for name, value in vars(trait).items() if not name.startswith(("any", "mean"))}
    before = Trait(**saved)
    assert (before.effect, before.any_inside) == (trait.effect, None)
