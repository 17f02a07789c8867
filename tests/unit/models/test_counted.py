"""Customers counted by history and by what they spend: each in one group, whatever task they came in."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from customer_chunks.errors import ModelError
from customer_chunks.models import counted as module
from customer_chunks.models import groups
from customer_chunks.models.counted import counted

SCHEMA = "repeats double, last double, age double, spend double"


def customers(count: int, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    repeats = random.poisson(1.0, count).astype(float)
    age = random.integers(1, 60, count).astype(float)
    last = np.where(repeats > 0, np.floor(age * random.random(count)), 0.0)
    spend = np.where(repeats > 0, np.round(random.gamma(4, 5, count) + 1, 1), np.nan)
    return pd.DataFrame({"repeats": repeats, "last": last, "age": age, "spend": spend})


@pytest.mark.parametrize("tasks", [1, 7])
def test_every_customer_is_in_the_group_of_their_history_and_spending(
    spark: SparkSession, tasks: int
) -> None:
    rows = customers(3000)
    histories, spending = counted(spark.createDataFrame(rows, SCHEMA).repartition(tasks))
    keys = ["repeats", "last", "age"]
    told = pd.DataFrame(dict(zip(keys, histories[:3], strict=True)))
    expected = rows.groupby(keys).size().reset_index(name="customers")
    pd.testing.assert_frame_equal(told, expected[keys])
    assert histories.customers.tolist() == expected["customers"].tolist()

    buyers = rows[rows["repeats"] > 0].assign(log=lambda r: np.log(r["spend"]))
    buyers["cell"] = np.round(buyers["log"] / 1e-3)
    groups = buyers.groupby(["repeats", "cell"]).agg(
        mean=("spend", "mean"), log=("log", "mean"), count=("spend", "size")
    )
    assert spending.purchases.tolist() == groups.index.get_level_values("repeats").tolist()
    assert spending.customers.tolist() == groups["count"].tolist()
    assert spending.mean == pytest.approx(groups["mean"].to_numpy())
    assert spending.log_mean == pytest.approx(groups["log"].to_numpy())


def test_numbers_of_any_size_are_told_apart(spark: SparkSession) -> None:
    rows = [(1.0, 2.0, 1e15, 4.0), (1.0, 2.0, 1e15, 4.0), (2.5, 0.0, 3.0, None), (0.0, 0.0, 0.0, 9.0)]
    histories, spending = counted(spark.createDataFrame(rows, SCHEMA))
    assert [tuple(map(float, row)) for row in zip(*histories, strict=True)] == [
        (0.0, 0.0, 0.0, 1.0), (1.0, 2.0, 1e15, 2.0), (2.5, 0.0, 3.0, 1.0),
    ]  # fmt: skip
    assert (spending.purchases.tolist(), spending.customers.tolist()) == ([1.0], [2.0])


def test_numbers_too_large_for_one_number_are_numbered_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = np.array([[1.0, 1.0, 2.0, 1.0], [5.0, 5.0, 5.0, 6.0], [0.5, 0.5, 0.5, 0.5]])
    expected = groups.numbered(keys)
    monkeypatch.setattr(groups, "_MOST", 1.0)
    found = groups.numbered(keys)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]
    assert [part.tolist() for part in found] == [[0, 0, 1, 2], [0, 2, 3]]


def test_rows_and_groups_come_in_parts_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.Table.from_pandas(customers(2000), preserve_index=False)
    whole = list(module._merging(10_000)(module._counting(1, 10_000)(iter(table.to_batches()))))
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 70)
    monkeypatch.setattr(module, "_GROUPS_AT_ONCE", 30)
    batches = table.to_batches(max_chunksize=50)
    tasks = [module._counting(1, 10_000)(iter(part)) for part in (batches[:9], [], batches[9:])]
    parts = list(module._merging(10_000)(chain(*tasks)))
    assert len(whole) == 1 < len(parts)
    for name, keys in (("histories", 3), ("spending", 2)):
        once, again = (
            module._joined([row[name] for b in told for row in b.to_pylist()], keys)
            for told in (whole, parts)
        )
        assert all(np.allclose(a, b, rtol=1e-12) for a, b in zip(once, again, strict=True))


def test_too_many_groups_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pa.Table.from_pandas(customers(2000), preserve_index=False)
    (found,) = module._merging(50)(module._counting(1, 50)(iter(table.to_batches())))
    assert found.to_pylist() == [{"histories": b"", "spending": b"", "wrong": 0, "is_whole": False}]


def test_more_numbers_of_purchases_than_groups_are_an_error(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_GROUPS", 2)
    monkeypatch.setattr(module, "_WIDEST", 8)
    rows = [(float(n), 1.0, 2.0, 1.0) for n in range(4)]
    with pytest.raises(ModelError, match="More than 2 numbers of purchases differ"):
        counted(spark.createDataFrame(rows, SCHEMA))


def test_no_customers_are_no_groups(spark: SparkSession) -> None:
    histories, spending = counted(spark.createDataFrame([], SCHEMA))
    assert [len(column) for column in (*histories, *spending)] == [0] * 8


def test_histories_that_cannot_be_are_counted(spark: SparkSession) -> None:
    rows = [(1.0, 9.0, 8.0, 1.0), (None, 0.0, 1.0, 1.0), (1.0, 1.0, float("inf"), 1.0), (1.0, 1.0, 2.0, 1.0)]
    with pytest.raises(ModelError, match="3 customers have a history that cannot be"):
        counted(spark.createDataFrame(rows, SCHEMA).repartition(3))
