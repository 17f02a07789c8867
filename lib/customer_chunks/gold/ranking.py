"""Places by score, for any number of rows: no task sorts them all."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

_CUTS = 200
_ACCURACY = 2_000


def with_rank(rows: DataFrame, *, by: str, key: str, name: str, within: Sequence[str] = ()) -> DataFrame:
    """Add each row's place, 1 for the highest; of equal ones the first by key.

    Scores are cut into some hundred ranges; a row's place is the number of rows in higher ranges, and its
    place within its own. Where the cuts lie, does not matter.

    Args:
        rows: One row per key.
        by: Column of the score, never null.
        key: Different in every row.
        name: Of the new column.
        within: Columns of groups that are ranked each by itself.
    """
    shares = F.array(*[F.lit(n / _CUTS) for n in range(1, _CUTS)])
    cuts = rows.agg(F.percentile_approx(by, shares, _ACCURACY).alias("_cuts"))  # one row
    ranged = rows.crossJoin(F.broadcast(cuts)).withColumn(
        "_range", F.size(F.filter(F.array_distinct("_cuts"), lambda cut: cut < F.col(by)))
    )
    groups = [*within, "_range"]
    sizes = ranged.groupBy(*groups).agg(F.count("*").alias("_size"))
    higher = (
        Window.partitionBy(*within)  # some hundred rows a group
        .orderBy(F.desc("_range"))
        .rowsBetween(Window.unboundedPreceding, -1)
    )
    offsets = sizes.select(
        *[F.col(c).alias(f"_of_{c}") for c in groups],
        F.coalesce(F.sum("_size").over(higher), F.lit(0)).alias("_higher"),
    )
    is_own = [F.col(c).eqNullSafe(F.col(f"_of_{c}")) for c in groups]
    joined = ranged.join(F.broadcast(offsets), on=is_own, how="inner")  # one offset a row
    own = Window.partitionBy(*groups).orderBy(F.desc(by), key)
    place = F.col("_higher") + F.row_number().over(own)
    return joined.withColumn(name, place.cast("long")).select(*rows.columns, name)
