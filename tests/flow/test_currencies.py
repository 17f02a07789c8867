"""Amounts of several currencies are never added up without a reporting currency."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.config.mapping import read_mapping
from customer_chunks.config.settings import Settings
from customer_chunks.errors import ConfigError
from customer_chunks.flow.house import all_steps

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
    spark: SparkSession, tmp_path: Any, second: str, column: str
) -> None:
    sources = []
    for name, currency, more in (("north", "EUR", ""), ("south", second, column)):
        (tmp_path / f"{name}.yml").write_text(SHOP.format(name=name, currency=currency, column=more))
        sources.append(read_mapping(tmp_path / f"{name}.yml"))
    step = next(s for s in all_steps(sources) if s.name == "silver.orders[south]")
    frames = {"lines:sales": spark.createDataFrame([("USD",)], "currency string")}

    with pytest.raises(ConfigError, match=r"orders are in EUR, USD, but no reporting currency is chosen"):
        step.build(frames, SimpleNamespace(settings=Settings()))
