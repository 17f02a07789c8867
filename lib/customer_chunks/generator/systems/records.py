"""What systems with customer records share: a row when somebody registers, another when they move."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.company import Company
from customer_chunks.generator.dirt import (
    ACCEPTED,
    COPIED,
    DELIVERY,
    FATE,
    SUPERSEDED,
    delivery_of,
    with_emissions,
)
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.identities import ADDRESS, members, written_down

_MORNING = 9 * 3600
_SPREAD = 10 * 3600


def record_rows(people: DataFrame, company: Company, system: str) -> DataFrame:
    """Return the customer records of a system as delivered; one row per version of a record and copy.

    Args:
        people: ``people.with_identity``.
        company: The company.
        system: The system.

    Returns:
        Columns as written, ``source_customer_id``, ``registered_on``, ``updated_at``, ``_delivery`` and
        ``_fate``.
    """
    known = written_down(members(people, company, system), company, system)
    dice = Dice(company.seed)
    moves = moving_day(company)
    has_moved = (dice.column("moves", F.lit(system), "person") < F.lit(company.dirt.moved)) & (
        (moves > F.col("registered_day")) & (F.col("address_kind") == "current")
    )
    begun = F.struct(F.col("registered_day").alias("day"), F.lit(False).alias("has_moved"))
    moved = F.struct(moves.alias("day"), F.lit(True).alias("has_moved"))
    versions = F.when(has_moved, F.array(begun, moved)).otherwise(F.array(begun))
    rows = known.withColumn("_version", F.explode(versions)).withColumn("day", F.col("_version.day"))
    new = {
        n: F.when(F.col("_version.has_moved"), F.col(f"new_address.{n}")).otherwise(F.col(n)) for n in ADDRESS
    }
    dated = rows.withColumns(
        {
            **new,
            "is_last": F.col("_version.has_moved") | ~has_moved,
            "registered_on": day_of(company, F.col("registered_day")),
            "updated_at": instant(company, dice, "registered", F.lit(system), F.col("source_customer_id")),
        }
    )
    return delivered_versions(dated, company, f"record.{system}", "source_customer_id", "day")


def delivered_versions(rows: DataFrame, company: Company, stream: str, *key: str) -> DataFrame:
    """Deliver rows whose key comes again: what is not ``is_last`` is superseded, the last may come twice."""
    copied = Dice(company.seed).column(f"{stream}.copy", *key) < F.lit(company.dirt.duplicate_event)
    kind = F.when(F.col("is_last") & copied, COPIED).otherwise("clean")
    told = rows.withColumns({"dirt": kind, DELIVERY: delivery_of(company, F.col("day"))})
    sent = with_emissions(told, company, "dirt", *key)
    is_old = ~F.col("is_last") & (F.col(FATE) == ACCEPTED)
    return sent.withColumn(FATE, F.when(is_old, SUPERSEDED).otherwise(F.col(FATE)))


def moving_day(company: Company) -> Column:
    """Return the day on which a household would move, if it does."""
    return Dice(company.seed).below("moving.day", company.days, F.col("household"))


def day_of(company: Company, day: Column) -> Column:
    """Return the calendar day of a day number."""
    return F.date_add(F.lit(str(company.begins_on)).cast("date"), day)


def instant(company: Company, dice: Dice, stream: str, *key: Column) -> Column:
    """Return an instant between 9 and 19 o'clock UTC of the column ``day``."""
    midnight = F.unix_timestamp(F.lit(f"{company.begins_on} 00:00:00").cast("timestamp"))
    seconds = dice.below(stream, _SPREAD, *key) + _MORNING
    return F.timestamp_seconds(midnight + F.col("day").cast("long") * 86_400 + seconds)


def iso(at: Column, dirt: Column) -> Column:
    """Return an instant as ISO 8601 text in UTC; a bad event's is on the 30th of February."""
    day = F.when(dirt == "bad_event", F.concat(F.date_format(at, "yyyy"), F.lit("-02-30")))
    return F.concat(day.otherwise(F.date_format(at, "yyyy-MM-dd")), F.date_format(at, "'T'HH:mm:ss'Z'"))
