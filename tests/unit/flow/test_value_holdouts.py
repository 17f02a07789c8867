"""The hold-out of lifetime values: models of probability and trees are measured against the same outcomes."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.config.model_settings import ValueSettings
from customer_chunks.errors import ModelError
from customer_chunks.flow.fits.customer_values import by_trees, held_out, measures
from customer_chunks.flow.tried_values import Purchases, values_of
from tests.builders import an_order, orders

D = date(2024, 7, 1)
START, DAYS = date(2024, 1, 1), 30
CUSTOMERS = 160


def bought() -> list[tuple[str, date, int]]:
    """Return customer, day and amount: every fifth order brings nothing."""
    random = np.random.default_rng(2)
    rows = []
    for n in range(CUSTOMERS):
        days = np.flatnonzero(random.random((D - START).days) < random.uniform(0.02, 0.2))
        rows += [
            (f"c{n}", START + timedelta(days=int(day)), int(k % 5 and random.gamma(4, 10 + n % 7) + 1))
            for k, day in enumerate(days)
        ]
    return rows


@pytest.fixture(scope="module")
def with_returns(spark: SparkSession) -> DataFrame:
    rows = []
    for n, (customer, day, amount) in enumerate(bought()):
        of = {"customer_id": customer, "ordered_at": str(day)}
        rows.append(an_order(f"o{n}", order_amount=amount, **of))
        if n % 3 == 0 and amount:
            rows.append(an_order(f"r{n}", order_amount=-amount, **of))
    return orders(spark, *rows).persist()


def test_trees_are_measured_against_what_lifetime_values_are(with_returns: DataFrame) -> None:
    asked = ValueSettings(holdout_days=DAYS)
    values, trees = measures(held_out(with_returns, D, asked), asked), by_trees(with_returns, D, asked)
    for of in ("purchases", "amounts"):
        came = values[f"holdout_{of}_mean_came"]
        assert came == pytest.approx(trees[f"holdout_trees_{of}_mean_came"])
        assert came == pytest.approx(values[f"holdout_naive_{of}_mean_came"])
    since = D - timedelta(days=DAYS)
    known = {customer for customer, day, amount in bought() if day < since and amount}
    paid = [amount for customer, day, amount in bought() if day >= since and customer in known]
    assert values["holdout_amounts_mean_came"] == pytest.approx(sum(paid) / len(known))
    assert values["holdout_days"] == DAYS


@pytest.mark.slow
def test_purchases_of_nothing_in_a_file_count_for_both_and_a_margin_for_neither(
    spark: SparkSession, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "\n".join(["id,day,paid", *[",".join(map(str, row)) for row in bought()]]), encoding="utf-8"
    )
    told = {}
    for margin in (1.0, 0.1):
        params = {"horizon_days": 365, "discount": 0.0, "margin": margin}
        since = D - timedelta(days=DAYS)
        with values_of(
            spark, path, Purchases("id", "day", "paid"), holdout_from=since, params=params
        ) as tried:
            told[margin] = tried.told["holdout"]
    found = told[1.0]
    for of in ("purchases", "amounts"):
        assert found[of]["came"] == pytest.approx(found[f"{of}_by_trees"]["came"])
        assert found[of]["expected"] == pytest.approx(found[of]["came"], rel=0.3)
    days = sum(1 for _, day, _ in bought() if day >= since)
    assert found["purchases"]["came"] == pytest.approx(days / CUSTOMERS)
    assert told[0.1]["amounts"] == pytest.approx(found["amounts"])


def test_holdout_without_a_day_is_refused(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("id,day,paid\na,2024-01-01,5\nb,2024-03-31,7\n", encoding="utf-8")
    params = {"horizon_days": 30, "discount": 0.0, "margin": 1.0}
    for since in (date(2024, 1, 1), date(2024, 4, 1)):
        with (
            pytest.raises(ModelError, match="Begin the hold-out between them"),
            values_of(spark, path, Purchases("id", "day", "paid"), holdout_from=since, params=params),
        ):
            pass
