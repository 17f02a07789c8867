"""The ERP: the product catalogue, and exchange rates of every working day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import listing
from customer_chunks.generator.company import BASE_CURRENCY, COUNTRIES, Company
from customer_chunks.generator.dirt import ACCEPTED, DELIVERY, FATE, delivery_of
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import PLAIN_CSV, Export

_WEEK_BEFORE = 7
_DAILY_CHANGE, _PULL = 0.004, 0.02
_SATURDAY = 5


def products_export(spark: SparkSession, company: Company) -> Export:
    """Return the export of the catalogue, delivered once, with the first delivery."""
    frame = spark.createDataFrame(
        listing(), "article long, name string, category string, brand string, price double"
    )
    told = frame.select(
        F.col("article").cast("string").alias("article"),
        "name",
        "category",
        "brand",
        F.col("price").cast("decimal(18,2)").cast("string").alias("list_price"),
        delivery_of(company, F.lit(0)).alias(DELIVERY),
        F.lit(ACCEPTED).alias(FATE),
    )
    return Export("erp", "products", PLAIN_CSV, "products", told.coalesce(1), sorted_by=("article",))


def rates_export(spark: SparkSession, company: Company) -> Export:
    """Return the export of exchange rates: euros for one unit, from a week before the first day on."""
    rows = exchange_rates(company)
    frame: DataFrame = spark.createDataFrame(rows, "day int, currency string, valid_on string, euros string")
    told = frame.select(
        "currency",
        "valid_on",
        "euros",
        delivery_of(company, F.col("day")).alias(DELIVERY),
        F.lit(ACCEPTED).alias(FATE),
    )
    return Export(
        "erp", "rates", PLAIN_CSV, "exchange_rates", told.coalesce(1), sorted_by=("valid_on", "currency")
    )


def exchange_rates(company: Company) -> list[tuple[int, str, str, str]]:
    """Return day number, currency, day and rate of working days: a walk that is pulled back to its start."""
    dice, rows = Dice(company.seed), []
    days = np.arange(-_WEEK_BEFORE, company.days)
    for currency, money in sorted({c.currency: c.money for c in COUNTRIES}.items()):
        if currency == BASE_CURRENCY:
            continue
        away = 0.0
        for day, step in zip(days.tolist(), dice.normal(f"rate.{currency}", days).tolist(), strict=True):
            away = away * (1 - _PULL) + _DAILY_CHANGE * step
            on = company.begins_on + timedelta(days=day)
            if on.weekday() < _SATURDAY:
                rows.append((day, currency, str(on), f"{np.exp(away) / money:.6f}"))
    return rows
