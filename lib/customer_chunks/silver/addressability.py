"""Golden records and consents -> silver.addressability: how each customer may be reached."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

CHANNELS = {
    "email": "email is not null",
    "phone": "phone is not null",
    "post": "street is not null and (postal_code is not null or city is not null)",
}


def addressability(customers: DataFrame, consents: DataFrame) -> DataFrame:
    """Return one row per customer and contact channel.

    Args:
        customers: silver.customers.
        consents: silver.consents; of purpose ``marketing`` the newest for the channel counts, one given
            for the channel itself before one for ``any``.
    """
    points = F.explode(
        F.array(
            *[
                F.struct(F.lit(c).alias("channel"), F.expr(rule).alias("has_contact_point"))
                for c, rule in CHANNELS.items()
            ]
        )
    )
    reachable = customers.select("customer_id", points.alias("p")).select("customer_id", "p.*")
    # Of two records of one person in one source, at one moment, a withdrawal counts.
    newest = Window.partitionBy("customer_id", "channel").orderBy(
        F.desc("changed_at"), F.asc("source"), F.asc("is_granted")
    )
    states = (
        consents.where("purpose = 'marketing'")
        .withColumn("_rank", F.row_number().over(newest))
        .where("_rank = 1")
        .select("customer_id", "channel", "is_granted")
    )
    own = states.withColumnRenamed("is_granted", "_own")
    every = states.where("channel = 'any'").select("customer_id", F.col("is_granted").alias("_any"))
    joined = reachable.join(own, on=["customer_id", "channel"], how="left").join(
        every, on="customer_id", how="left"
    )
    consent = F.coalesce("_own", "_any")
    return joined.select(
        "customer_id",
        "channel",
        "has_contact_point",
        consent.alias("has_consent"),
        (F.col("has_contact_point") & F.coalesce(consent, F.lit(True))).alias("is_addressable"),
    )
