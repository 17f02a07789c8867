"""Amounts of several currencies are never added up unless a reporting currency is chosen.

The mappings tell the currencies that they fix; columns tell theirs batch by batch, and silver.orders
those of other sources and of earlier batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.mapping import SourceMapping
from customer_chunks.errors import ConfigError
from customer_chunks.flow.step import Now

ORDERS = "silver.orders"


def is_mixed(source: SourceMapping) -> bool:
    """Return whether a column tells the currency."""
    told = [e for f in source.feeds for e in f.entities if e.entity.name in {"order_lines", "orders"}]
    return any(e.has("currency") for e in told)


def fixed_currencies(source: SourceMapping) -> frozenset[str]:
    """Return the one currency that the mapping gives all its orders; nothing where a column tells it."""
    has_orders = bool(source.feeds_with("order_lines", "orders"))
    return frozenset({source.currency} if has_orders and source.currency and not is_mixed(source) else ())


def require_one_currency(
    source: SourceMapping, frames: Mapping[str, DataFrame], beside: frozenset[str], now: Now
) -> None:
    """Refuse orders in several currencies where no reporting currency is chosen.

    Args:
        source: The source whose orders are computed.
        frames: The rows of those orders, lines and headers, with ``_key`` (the order's id) and currency.
        beside: The currencies that the mappings of other sources fix.
        now: Settings, and the tables by name.

    Raises:
        ConfigError: there are several.
    """
    if now.settings.reporting_currency is not None:
        return
    rows = [f for name, f in frames.items() if name.startswith(("lines:", "headers:"))]
    found = set(beside | fixed_currencies(source))
    if is_mixed(source):
        found |= set().union(*[_currencies(frame) for frame in rows])
    found |= _held_besides(rows, found, now)
    if len(found) > 1:
        raise ConfigError(
            f"{source.where}: orders are in {', '.join(sorted(found))}, but no reporting currency is chosen.",
            "Set `reporting_currency:` in conf/settings.yml and map a feed of exchange_rates.",
        )


def _held_besides(rows: list[DataFrame], found: set[str], now: Now) -> set[str]:
    """Return the currencies of the orders that are there and are not computed anew now."""
    held = now.table(ORDERS).select("order_id", "currency")
    if _currencies(held) <= found:  # nearly always: a look at one column
        return set()
    anew = reduce(DataFrame.unionByName, [f.select(F.col("_key").alias("order_id")) for f in rows])
    return _currencies(held.join(anew.distinct(), on="order_id", how="left_anti"))


def _currencies(frame: DataFrame) -> set[str]:
    distinct = frame.where("currency is not null").select("currency").distinct().limit(3)
    return {row["currency"] for row in distinct.collect()}  # three at most
