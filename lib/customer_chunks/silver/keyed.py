"""Which of several received rows of one key counts: the newest; pieces that every entity shares."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

_SPENT = ("_unreadable", "_noted", "_copy", "_copy_more", "_ingested_at", "_subject_key")
"""What the verdict was made of. Judged rows are kept while they are read several times, so it goes."""


def judged_by_key(prepared: DataFrame, newest_by: Sequence[str] = ()) -> DataFrame:
    """Add ``_disposition``: of the rows of a ``_key`` that break no rule, the newest is accepted.

    An older row is ``superseded``, or ``duplicate`` where it is an exact copy of the accepted one. The hashes
    and codes of which the verdict was made are left out.

    Args:
        prepared: Rows with ``_key``, ``_excluded``, ``_reasons``, ``_copy``, ``_delivery``, ``_position``;
            all rows of a key.
        newest_by: Columns that tell the newest before delivery and position do; null is oldest.
    """
    rows = prepared.withColumns({"_disposition": row_verdict(), "_hash": key_hash()})
    newest = [F.col(c).desc_nulls_last() for c in newest_by] + [F.desc("_delivery"), F.desc("_position")]
    same = Window.partitionBy("_hash", "_key", "_disposition").orderBy(*newest)
    is_accepted = F.col("_disposition") == "accepted"
    return (
        rows.withColumns({"_rank": F.row_number().over(same), "_kept_copy": F.first("_copy").over(same)})
        .withColumn(
            "_disposition",
            F.when(is_accepted & (F.col("_rank") > 1) & (F.col("_copy") == F.col("_kept_copy")), "duplicate")
            .when(is_accepted & (F.col("_rank") > 1), "superseded")
            .otherwise(F.col("_disposition")),
        )
        .drop("_rank", "_kept_copy", "_hash", *_SPENT)
    )


def row_verdict() -> Column:
    """Return what becomes of a row as far as it alone tells: excluded, quarantined or accepted."""
    return (
        F.when(F.col("_excluded").isNotNull(), "excluded")
        .when(F.size("_reasons") > 0, "quarantined")
        .otherwise("accepted")
    )


def key_hash() -> Column:
    """Return a number to sort by before ``_key``: it tells apart at once what begins alike."""
    return F.xxhash64("_key")


def row_key() -> Column:
    """Return a key for a row that names none: its place. It never meets a real key."""
    return F.concat_ws("@", "_feed", "_delivery", "_position")


def content_id(given: str) -> Column:
    """Return the id that the source gave, else one made of the row's content: equal rows are one event."""
    return F.coalesce(F.col(given), F.concat_ws("-", F.hex("_copy"), F.hex("_copy_more")))


def namespaced(prefix: str, identifier: Column) -> Column:
    """Return the id with the source's prefix; null stays null."""
    return F.concat(F.lit(prefix), identifier) if prefix else identifier


def local_day(at: Column, zone: str) -> Column:
    """Return the calendar day of an instant in a time zone."""
    return (at if zone.upper() == "UTC" else F.from_utc_timestamp(at, zone)).cast("date")


def with_customer(rows: DataFrame, links: DataFrame, source: str, prefix: str) -> DataFrame:
    """Add customer_id: the linked customer, else the namespaced source id; null for guests.

    Args:
        rows: Rows of one source with ``source_customer_id``.
        links: silver.customer_links, one row per source and source_customer_id.
        source: The source of the rows.
        prefix: Its id prefix.
    """
    own = links.where(F.col("source") == source).select(
        "source_customer_id", F.col("customer_id").alias("_linked")
    )
    joined = rows.join(own, on="source_customer_id", how="left")
    identity = namespaced(prefix, F.col("source_customer_id"))
    return joined.withColumn("customer_id", F.coalesce("_linked", identity)).drop("_linked")
