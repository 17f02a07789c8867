"""What happens to rows on their way into files: late, twice, corrected, spoilt.

Everything here knows beforehand what a correct reader makes of each row, and says so in ``_fate``:
``accepted``, ``duplicate``, ``superseded``, ``excluded:RULE`` or ``quarantined:REASON``. The truth
counts the fates; the files do not hold them.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.identities import chosen

ACCEPTED, DUPLICATE, SUPERSEDED = "accepted", "duplicate", "superseded"
CLEAN, COPIED, CORRECTED = "clean", "copied", "corrected"
DELIVERY, FATE = "_delivery", "_fate"

QUARANTINED = {
    "bad_date": "quarantined:ordered_at.unparsable",
    "text_quantity": "quarantined:quantity.unparsable",
    "negative_price": "quarantined:unit_price.negative",
    "missing_order_id": "quarantined:order_id.missing",
    "bad_event": "quarantined:occurred_at.unparsable",
}
"""Kind of dirt -> fate of the row."""
TEST_FATE = "excluded:test_orders"
FATES = (ACCEPTED, DUPLICATE, SUPERSEDED, TEST_FATE, *QUARANTINED.values())

_LATER = 3


def delivery_of(company: Company, day: Column) -> Column:
    """Return the number of the delivery that tells a day: 0 for the backfill, 1 for the first daily one."""
    number = day - F.lit(company.backfill_days) + 1
    first = 0 if company.backfill_days else 1
    return F.least(F.greatest(number, F.lit(first)), F.lit(company.last_delivery)).cast("int")


def with_late_delivery(orders: DataFrame, company: Company, *key: str) -> DataFrame:
    """Add the delivery of each order, some of them days late, and ``is_late``."""
    dice, dirt = Dice(company.seed), company.dirt
    is_late = dice.column("late", *key) < F.lit(dirt.late_order)
    lag = F.when(is_late, dice.below("late.days", dirt.latest_days, *key) + 1).otherwise(0)
    on_time = delivery_of(company, F.col("day"))
    told = orders.withColumn(DELIVERY, delivery_of(company, F.col("day") + lag))
    return told.withColumn("is_late", F.col(DELIVERY) > on_time)


def line_dirt(company: Company, uniform: Column, is_product: Column, delivery: Column) -> Column:
    """Return what happens to a till line; only product lines are spoilt or corrected.

    Args:
        company: The company and its dirt.
        uniform: The line's draw.
        is_product: False for charges and adjustments.
        delivery: A line of the last delivery is not corrected: nothing follows.
    """
    dirt = company.dirt
    kind = chosen(
        uniform,
        {
            COPIED: dirt.duplicate_line,
            CORRECTED: dirt.corrected_line,
            "bad_date": dirt.bad_date,
            "text_quantity": dirt.text_quantity,
            "negative_price": dirt.negative_price,
            "missing_order_id": dirt.missing_order_id,
        },
        otherwise=CLEAN,
    )
    return _possible(company, F.when(is_product | (kind == COPIED), kind).otherwise(CLEAN), delivery)


def order_dirt(company: Company, uniform: Column, delivery: Column) -> Column:
    """Return what happens to an order document of the web shop."""
    dirt = company.dirt
    kind = chosen(
        uniform,
        {
            COPIED: dirt.duplicate_order,
            CORRECTED: dirt.corrected_order,
            "bad_date": dirt.bad_order_date,
            "text_quantity": dirt.bad_order_item,
            "test": dirt.test_order,
        },
        otherwise=CLEAN,
    )
    return _possible(company, kind, delivery)


def is_standing(dirt: Column) -> Column:
    """Return whether a row with this dirt is accepted in the end."""
    return ~dirt.isin(*QUARANTINED)


def emissions(company: Company, dirt: Column, uniform: Column) -> Column:
    """Return the rows that a line or document becomes: an array of (delivery, fate), to be exploded.

    A copy comes with the same delivery or the next; a correction up to three deliveries later.
    """
    here, last = F.col(DELIVERY), F.lit(company.last_delivery)

    def row(delivery: Column, fate: Column | str) -> Column:
        told = F.lit(fate) if isinstance(fate, str) else fate
        return F.struct(delivery.cast("int").alias("delivery"), told.alias("fate"))

    copied_at = F.least(here + F.floor(uniform * 2), last)
    corrected_at = F.least(here + 1 + F.floor(uniform * _LATER), last)
    spoilt = F.create_map(*[F.lit(part) for pair in QUARANTINED.items() for part in pair])
    fate = F.coalesce(F.try_element_at(spoilt, dirt), F.lit(ACCEPTED))
    return (
        F.when(dirt == COPIED, F.array(row(here, ACCEPTED), row(copied_at, DUPLICATE)))
        .when(dirt == CORRECTED, F.array(row(here, SUPERSEDED), row(corrected_at, ACCEPTED)))
        .when(dirt == "test", F.array(row(here, ACCEPTED), row(here, TEST_FATE)))
        .otherwise(F.array(row(here, fate)))
    )


def with_emissions(rows: DataFrame, company: Company, dirt: str, *key: str) -> DataFrame:
    """Explode rows into what is delivered of them: ``_delivery`` and ``_fate`` of each."""
    uniform = Dice(company.seed).column("emission", *key)
    told = rows.withColumn("_sent", F.explode(emissions(company, F.col(dirt), uniform)))
    return told.withColumns({DELIVERY: F.col("_sent.delivery"), FATE: F.col("_sent.fate")}).drop("_sent")


def dirty_events(events: DataFrame, company: Company, stream: str, *key: str) -> DataFrame:
    """Deliver events by their day; a few come twice, a few have a time that cannot be.

    Args:
        events: Rows with ``day``.
        company: The company and its dirt.
        stream: Which events: each has draws of its own.
        key: The columns that tell events apart.

    Returns:
        The rows with ``dirt``, ``_delivery`` and ``_fate``.
    """
    dirt, dice = company.dirt, Dice(company.seed)
    kind = chosen(
        dice.column(f"{stream}.dirt", *key),
        {COPIED: dirt.duplicate_event, "bad_event": dirt.bad_event},
        otherwise=CLEAN,
    )
    told = events.withColumns({"dirt": kind, DELIVERY: delivery_of(company, F.col("day"))})
    return with_emissions(told, company, "dirt", *key)


def _possible(company: Company, kind: Column, delivery: Column) -> Column:
    is_too_late = (kind == CORRECTED) & (delivery >= F.lit(company.last_delivery))
    return F.when(is_too_late, CLEAN).otherwise(kind)
