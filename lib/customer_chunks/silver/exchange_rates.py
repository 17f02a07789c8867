"""Mapped exchange rates -> silver.exchange_rates, and the rate of every day."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.silver.keyed import row_key

_FIRST_DAY = "1900-01-01"
"""Of the reporting currency's own rate, 1: earlier days are placeholders."""


def prepared_rates(mapped: DataFrame, source: str) -> DataFrame:
    """Return mapped rates with their key: currency and first day."""
    currency = F.upper("currency")
    key = F.concat_ws("|", currency, F.col("valid_on").cast("string"))
    named = F.when(currency.isNotNull() & F.col("valid_on").isNotNull(), key)
    return mapped.withColumns(
        {"source": F.lit(source), "currency": currency, "_key": F.coalesce(named, row_key())}
    )


def exchange_rates(judged: DataFrame) -> DataFrame:
    """Return silver.exchange_rates: the accepted rates, one per currency and first day."""
    return judged.where("_disposition = 'accepted'").select("currency", "valid_on", "rate", "source")


def daily_rates(rates: DataFrame, reporting_currency: str, until: str) -> DataFrame:
    """Return currency, day, rate: the latest rate on or before each day, and 1 for the reporting currency.

    Args:
        rates: silver.exchange_rates.
        reporting_currency: ISO 4217 code.
        until: The last day of interest, ISO; a rate holds until the next one or that day.
    """
    following = F.lead("valid_on").over(Window.partitionBy("currency").orderBy("valid_on"))
    last = F.coalesce(F.date_sub(following, 1), F.greatest(F.col("valid_on"), F.lit(until).cast("date")))
    days = F.explode(F.sequence(F.col("valid_on"), F.col("_last"))).alias("day")
    # Two sources may tell the same rate: one counts, the first by name.
    told = rates.groupBy("currency", "valid_on").agg(F.min_by("rate", "source").alias("rate"))
    known = told.where(F.col("currency") != reporting_currency).withColumn("_last", last)
    one = rates.sparkSession.sql(
        f"SELECT explode(sequence(date'{_FIRST_DAY}', date'{until}')) AS day"
    ).select(
        F.lit(reporting_currency).alias("currency"), "day", F.lit(1).cast("decimal(24,12)").alias("rate")
    )
    return known.select("currency", days, "rate").unionByName(one)
