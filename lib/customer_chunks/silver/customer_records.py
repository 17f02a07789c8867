"""Customer rows of one source, and ids seen on its orders and events -> silver.customer_records."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_customers import CUSTOMER_RECORDS
from customer_chunks.silver.keyed import row_key

_KEPT = ("source", "source_customer_id", "namespace", "is_inferred", "originals", "_row_hash")
ATTRIBUTES = tuple(c for c in CUSTOMER_RECORDS.column_names if c not in _KEPT)


def prepared_records(mapped: DataFrame, source: str) -> DataFrame:
    """Return mapped customer rows standardised, the changed originals beside; ``_key`` is the source's id."""
    tidy = {
        "email": F.lower("email"),
        "phone": _phone(F.col("phone")),
        "first_name": _spaced("first_name"),
        "last_name": _spaced("last_name"),
        "full_name": F.coalesce(_spaced("full_name"), _joined_name()),
        "postal_code": F.upper("postal_code"),
        "city": _spaced("city"),
        "street": _spaced("street"),
    }
    changed = [
        F.when(~F.col(c).eqNullSafe(t) & F.col(c).isNotNull(), F.col(c)).alias(c) for c, t in tidy.items()
    ]
    originals = F.nullif(F.to_json(F.struct(*changed)), F.lit("{}"))
    return mapped.withColumn("originals", originals).withColumns(
        {
            **tidy,
            "source": F.lit(source),
            "source_customer_id": F.col("customer_id"),
            "_key": F.coalesce(F.col("customer_id"), row_key()),
        }
    )


def customer_records(
    judged: list[DataFrame], seen: list[DataFrame], source: str, namespace: str
) -> DataFrame:
    """Return silver.customer_records of one source.

    Args:
        judged: Judged customer rows, a frame per feed. Where several feeds know a person, the newest
            value that is not null counts, column by column; ties go to the feed named first.
        seen: Frames with ``_key`` of ids seen on orders and events: an id that no customer row names
            becomes an inferred record.
        source: The source.
        namespace: Its namespace, empty where its ids are shared.
    """
    parts = [
        frame.where("_disposition = 'accepted'").select(
            "source_customer_id", *ATTRIBUTES, "originals", "updated_at", F.lit(-number).alias("_feed_rank")
        )
        for number, frame in enumerate(judged)
    ]
    ids = [frame.select(F.col("_key").alias("source_customer_id")) for frame in seen]
    known = _merged(parts) if parts else None
    inferred = _inferred(ids, known) if ids else None
    frames = [f for f in (known, inferred) if f is not None]
    rows = frames[0] if len(frames) == 1 else frames[0].unionByName(frames[1], allowMissingColumns=True)
    there = set(rows.columns)
    *attributes, originals = [
        F.col(c) if c in there else F.lit(None).cast(CUSTOMER_RECORDS.types[c]).alias(c)
        for c in (*ATTRIBUTES, "originals")
    ]
    return rows.select(
        F.lit(source).alias("source"),
        "source_customer_id",
        F.lit(namespace).alias("namespace"),
        *attributes,
        "is_inferred",
        originals,
    )


def _merged(parts: list[DataFrame]) -> DataFrame:
    if len(parts) == 1:
        return parts[0].drop("updated_at", "_feed_rank").withColumn("is_inferred", F.lit(False))
    rows = parts[0]
    for part in parts[1:]:
        rows = rows.unionByName(part)
    age = F.struct("updated_at", "_feed_rank")  # a row without a date is older than any that has one

    def newest(column: str) -> Column:
        return F.max_by(column, F.when(F.col(column).isNotNull(), age)).alias(column)

    merged = rows.groupBy("source_customer_id").agg(*[newest(c) for c in (*ATTRIBUTES, "originals")])
    return merged.withColumn("is_inferred", F.lit(False))


def _inferred(ids: list[DataFrame], known: DataFrame | None) -> DataFrame:
    seen = ids[0]
    for frame in ids[1:]:
        seen = seen.unionByName(frame)
    seen = seen.distinct()
    if known is not None:
        seen = seen.join(known.select("source_customer_id"), on="source_customer_id", how="left_anti")
    return seen.withColumn("is_inferred", F.lit(True))


def _spaced(column: str) -> Column:
    return F.nullif(F.trim(F.regexp_replace(column, r"\s+", " ")), F.lit(""))


def _joined_name() -> Column:
    return F.nullif(F.concat_ws(" ", _spaced("first_name"), _spaced("last_name")), F.lit(""))


def _phone(value: Column) -> Column:
    digits = F.regexp_replace(value, r"[^0-9]", "")
    plus = F.when(F.trim(value).rlike(r"^(\+|00)"), F.lit("+")).otherwise(F.lit(""))
    bare = F.when(F.trim(value).startswith("00"), F.substring(digits, 3, 30)).otherwise(digits)
    return F.when(F.length(digits) > 0, F.concat(plus, bare))
