"""What the systems share in writing: clocks, codes of countries, items of the catalogue, JSON."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import FIRST_NUMBER
from customer_chunks.generator.company import COUNTRIES, Company
from customer_chunks.generator.words import words

_MINUTES_OF_DAY = 24 * 60


def clock(company: Company) -> Column:
    """Return when an order is placed, as the wall clock of the head office (held as if it were UTC)."""
    midnight = F.lit(f"{company.begins_on} 00:00:00").cast("timestamp")
    seconds = (
        F.unix_timestamp(midnight) + (F.col("day").cast("long") * _MINUTES_OF_DAY + F.col("minute")) * 60
    )
    return F.timestamp_seconds(seconds)


def code_of(country: str) -> Column:
    """Return the code of a country's place."""
    return F.element_at(F.array(*[F.lit(c.code) for c in COUNTRIES]), F.col(country) + 1)


def money_of(country: str) -> Column:
    """Return the currency of a country's place."""
    return F.element_at(F.array(*[F.lit(c.currency) for c in COUNTRIES]), F.col(country) + 1)


def city_name() -> Column:
    """Return the name of the city of the row's country and city."""
    listed = [F.array(*[F.lit(city.name) for city in words().countries[c.code].cities]) for c in COUNTRIES]
    return F.element_at(F.element_at(F.array(*listed), F.col("country") + 1), F.col("city") + 1)


def json_text(record: Column) -> Column:
    """Return a struct as JSON; what is null stands there as null, so that every file has every field."""
    return F.to_json(record, {"ignoreNullFields": "false"})


def named_items() -> Column:
    """Return the items with article number and kind: array of code, kind, quantity, price, discount."""
    return F.transform(
        "items",
        lambda item: F.struct(
            (item["product"] + FIRST_NUMBER).cast("string").alias("code"),
            F.lit("product").alias("kind"),
            item["quantity"].alias("quantity"),
            item["price"].alias("price"),
            item["discount"].alias("discount"),
        ),
    )
