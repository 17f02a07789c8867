"""Which orders a changed exchange rate touches: those of its currency and days, and those in wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.mapping import SourceMapping
from customer_chunks.contracts.ops import QUARANTINE
from customer_chunks.contracts.silver_orders import EXCHANGE_RATES, ORDER_LINES, ORDERS
from customer_chunks.flow.currencies import is_mixed
from customer_chunks.flow.step import Input, Now, View
from customer_chunks.quality.quarantine import PLACE

_CODES = [c.code for c in (*ORDER_LINES.order_checks, *ORDERS.checks) if "exchange_rate" in c.valid]


def is_rated(source: SourceMapping, now: Now) -> bool:
    """Return whether the source's orders need rates: not where one currency is all there is."""
    reporting = now.settings.reporting_currency
    return reporting is not None and (is_mixed(source) or source.currency != reporting)


def orders_of_rates(source: SourceMapping, received: Mapping[str, Input]) -> View:
    """Changed rows of silver.exchange_rates -> ``_key`` of the source's orders that may come out otherwise.

    Args:
        source: The source.
        received: The step's inputs of lines and headers, by parameter: those of entity and feed.
    """

    def keys(changes: DataFrame, now: Now) -> DataFrame:
        known = now.table(ORDERS.full_name).where(F.col("source") == source.name)
        if not is_rated(source, now):
            return known.select(F.col("order_id").alias("_key")).where("false")
        spans = F.broadcast(_spans(changes, now.table(EXCHANGE_RATES.full_name)))
        is_in = (
            (F.col("currency") == F.col("_currency"))
            & (F.col("ordered_on") >= F.col("_from"))
            & (F.col("_until").isNull() | (F.col("ordered_on") < F.col("_until")))
        )
        rated = known.join(spans, is_in, "left_semi").select(F.col("order_id").alias("_key"))
        waiting = [_waiting(source, name, wanted, now) for name, wanted in received.items()]
        return reduce(DataFrame.unionByName, [rated, *waiting])

    return keys


def _spans(changes: DataFrame, rates: DataFrame) -> DataFrame:
    """Return the days for which each changed rate counts or counted: up to the next one that is there."""
    changed = changes.select(
        F.col("currency").alias("_currency"), F.col("valid_on").alias("_from")
    ).distinct()
    later = (rates["currency"] == F.col("_currency")) & (rates["valid_on"] > F.col("_from"))
    joined = changed.join(rates.select("currency", "valid_on"), later, "left")
    return joined.groupBy("_currency", "_from").agg(F.min("valid_on").alias("_until"))


def _waiting(source: SourceMapping, name: str, wanted: Input, now: Now) -> DataFrame:
    """Return the keys of rows of a feed that are, or were, in quarantine for want of a fitting rate.

    Settled ones are among them: a run that was killed may have settled an entry of which the order is not
    written yet.
    """
    feed = name.split(":", 1)[1]
    entries = now.table(QUARANTINE.full_name).where(
        (F.col("source") == source.name)
        & (F.col("feed") == feed)
        & (F.col("entity") == wanted.entity)
        & F.arrays_overlap("reason_codes", F.array(*map(F.lit, _CODES)))
    )
    places = entries.select(F.col("delivery").alias("_delivery"), F.col("position").alias("_position"))
    bronze = now.table(wanted.table)
    mine = bronze.join(places, on=PLACE, how="left_semi")
    return wanted.view(mine, now).select(F.col("_key").cast("string").alias("_key"))
