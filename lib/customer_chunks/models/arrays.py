"""A column of arrays -> a column of results, computed by numpy on many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from customer_chunks.models.points import Doubles, matrix, numbers_of

Scores = Callable[[Doubles], Mapping[str, Any]]
"""Rows x features -> arrays of one value a row, by field."""


def with_scores(
    frame: DataFrame, features: str, scores: Scores, kind: str, names: Mapping[str, str]
) -> DataFrame:
    """Add what ``scores`` makes of each row's features; null where a row lacks a number.

    Args:
        frame: Has the column of features.
        features: Its name.
        scores: Called with rows whose numbers are all finite.
        kind: DDL of a struct of what it returns.
        names: Field of that struct -> the column that it becomes.

    Raises:
        ModelError: the column does not exist or holds no numbers.
    """
    wide = frame.withColumn("_scored", _scored(numbers_of(frame, features), scores, kind))
    return wide.withColumns({name: F.col(f"_scored.{field}") for field, name in names.items()}).drop(
        "_scored"
    )


def _scored(rows: Column, scores: Scores, kind: str) -> Column:
    as_struct = pa.struct([(name, _ARROW[word]) for name, word in _fields(kind)])
    if hasattr(F, "arrow_udf"):

        def by_arrow(column: pa.Array) -> pa.Array:
            return _filled(matrix(column), len(column), scores, as_struct)

        return cast("Column", F.arrow_udf(by_arrow, kind)(rows))

    def by_pandas(column: pd.Series) -> pd.DataFrame:
        stacked = np.vstack(list(column)) if len(column) and not column.isna().any() else None
        told = _filled(stacked, len(column), scores, as_struct)
        return pd.DataFrame({field.name: told.field(field.name).to_pandas() for field in as_struct})

    return pandas_udf(by_pandas, kind)(rows)  # type: ignore[call-overload,no-any-return]


_ARROW = {"int": pa.int32(), "double": pa.float64(), "string": pa.string(), "boolean": pa.bool_()}


def _fields(kind: str) -> list[tuple[str, str]]:
    inner = kind.removeprefix("struct<").removesuffix(">")
    return [(name, word) for name, word in (part.split(":") for part in inner.split(","))]


def _filled(rows: Doubles | None, count: int, scores: Scores, kind: pa.StructType) -> pa.StructArray:
    if rows is None:
        return pa.nulls(count, kind)
    fine = np.isfinite(rows).all(axis=1)
    told = scores(rows[fine])
    columns = []
    for field in kind:
        whole = np.zeros(count, dtype=np.asarray(told[field.name]).dtype)
        whole[fine] = told[field.name]
        columns.append(pa.array(whole, field.type, mask=~fine))
    return pa.StructArray.from_arrays(columns, fields=list(kind))
