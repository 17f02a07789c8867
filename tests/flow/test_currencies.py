"""Amounts of several currencies are never added up without a reporting currency."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.errors import ConfigError
from customer_chunks.flow.currencies import require_one_currency
from customer_chunks.flow.house import all_steps
from customer_chunks.flow.step import Now

SHOP = """
source: {name}
namespace: {name}
currency: {currency}
feeds:
  sales:
    path: sales.csv
    entities:
      order_lines: {{order_id: a, ordered_at: b, quantity: c, unit_price: d{column}}}
"""


@pytest.mark.parametrize(("second", "column"), [("USD", ""), ("EUR", ", currency: e")])
def test_sources_in_two_currencies_need_a_reporting_currency(
    spark: SparkSession, tmp_path: Path, second: str, column: str
) -> None:
    sources = []
    for name, currency, more in (("north", "EUR", ""), ("south", second, column)):
        (tmp_path / f"{name}.yml").write_text(SHOP.format(name=name, currency=currency, column=more))
        sources.append(read_mapping(tmp_path / f"{name}.yml"))
    step = next(s for s in all_steps(sources) if s.name == "silver.orders[south]")
    frames = {"lines:sales": spark.createDataFrame([("1", "USD")], "_key string, currency string")}
    with pytest.raises(ConfigError, match=r"orders are in EUR, USD, but no reporting currency is chosen"):
        step.build(frames, now(spark))


def now(spark: SparkSession, *held: tuple[str, str], reporting: str | None = None) -> Now:
    """Return what a build may know, with orders (id, currency) that are there."""
    orders = spark.createDataFrame(list(held), "order_id string, currency string")
    return Now(Settings(reporting_currency=reporting), None, lambda _: orders)


@pytest.mark.parametrize(
    ("held", "is_refused"),
    [
        ((), False),
        ((("9", "USD"),), False),
        # Of another source, or of an earlier delivery of this one.
        ((("9", "EUR"),), True),
        # Computed anew by this very batch: a mapping was mended.
        ((("1", "EUR"),), False),
        ((("1", "EUR"), ("9", "GBP")), True),
    ],
)
def test_orders_that_are_there_count_unless_they_are_computed_anew(
    spark: SparkSession, tmp_path: Path, held: tuple[tuple[str, str], ...], is_refused: bool
) -> None:
    text = SHOP.format(name="north", currency="EUR", column=", currency: e")
    (tmp_path / "north.yml").write_text(text)
    source = read_mapping(tmp_path / "north.yml")
    frames = {"lines:sales": spark.createDataFrame([("1", "USD")], "_key string, currency string")}
    require_one_currency(source, frames, frozenset(), now(spark, *held, reporting="EUR"))
    if is_refused:
        with pytest.raises(ConfigError, match="no reporting currency is chosen"):
            require_one_currency(source, frames, frozenset(), now(spark, *held))
    else:
        require_one_currency(source, frames, frozenset(), now(spark, *held))


LINES = "      order_lines: {{order_id: a, ordered_at: b, quantity: c, unit_price: d{column}}}\n"
HEADS = "      orders: {{order_id: a, ordered_at: b, order_amount: d{column}}}\n"


@pytest.mark.parametrize(
    ("entity", "frame", "currencies", "is_refused"),
    [
        (LINES, "lines:sales", ("USD", None), False),
        (LINES, "lines:sales", ("USD", "GBP"), True),
        (HEADS, "headers:sales", ("USD", "GBP"), True),
        (HEADS, "links", ("USD", "GBP"), False),
    ],
    ids=["none told", "lines", "headers", "another input"],
)
def test_currencies_within_a_batch_are_those_of_its_lines_and_headers(
    spark: SparkSession,
    tmp_path: Path,
    entity: str,
    frame: str,
    currencies: tuple[str | None, ...],
    is_refused: bool,
) -> None:
    text = SHOP.replace(LINES, entity).format(name="north", currency="EUR", column=", currency: e")
    (tmp_path / "north.yml").write_text(text)
    source = read_mapping(tmp_path / "north.yml")
    rows = [(str(n), currency) for n, currency in enumerate(currencies)]
    empty = spark.createDataFrame([], "_key string, currency string")
    frames = {"lines:none": empty, frame: spark.createDataFrame(rows, "_key string, currency string")}
    if is_refused:
        with pytest.raises(ConfigError, match="orders are in GBP, USD"):
            require_one_currency(source, frames, frozenset(), now(spark))
    else:
        require_one_currency(source, frames, frozenset(), now(spark))
