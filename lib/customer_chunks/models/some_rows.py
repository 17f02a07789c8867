"""Some of a frame's rows, drawn by all that is in them: the same ones however they are kept.

Where rows have an id, equal customers are drawn each by themselves, as chance has it. Rows that are equal in
every column are drawn together.
"""

from __future__ import annotations

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, VariantType

from customer_chunks.errors import ModelError
from customer_chunks.models.points import numbers_of
from customer_chunks.models.rows import Floats, is_small

_PARTS = 2**30


def some_of(rows: DataFrame, size: int, count: int, seed: int = 0) -> DataFrame:
    """Return about ``size`` of ``count`` rows; all where there are no more."""
    if count <= size:
        return rows
    told = [f.name for f in rows.schema.fields if not isinstance(f.dataType, (MapType, VariantType))]
    draw = F.pmod(F.xxhash64(*[F.col(f"`{name}`") for name in told], F.lit(seed)), F.lit(_PARTS))
    return rows.where(draw < F.lit(int(size / count * _PARTS)))


def sample_of(rows: DataFrame, features: str, size: int, count: int, seed: int = 0) -> Floats:
    """Return the features of about ``size`` rows, less their mean, sorted by their numbers; rows lack none.

    Raises:
        ModelError: a number is so large that no distance can be told.
    """
    drawn = some_of(rows, size, count, seed).select(numbers_of(rows, features).alias("features"))
    told = drawn.toPandas()["features"]  # about ``size`` rows
    numbers = np.array(told.tolist(), dtype=np.float64).reshape(len(told), -1)
    if not is_small(numbers).all():
        raise ModelError(f"Some rows of '{features}' have a number beyond 1e18.", "Scale what is so large.")
    order = np.lexsort(numbers.T[::-1])  # the mean is a sum, which depends on the order
    return np.asarray(numbers[order] - numbers[order].mean(axis=0), dtype=np.float32)
