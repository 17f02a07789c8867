"""A column of arrays -> a column of results, computed by numpy on many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from customer_chunks.models.points import numbers_of
from customer_chunks.models.rows import Doubles, matrix

Scores = Callable[[Doubles], Mapping[str, Any]]
"""Rows x features -> arrays of one value a row, by field; of a list a row where the field is an array."""


def with_scores(
    frame: DataFrame,
    features: str,
    scores: Scores,
    kind: str,
    names: Mapping[str, str],
    *,
    unknown: bool = False,
) -> DataFrame:
    """Add what ``scores`` makes of each row's features; null where a row lacks a number.

    Args:
        frame: Has the column of features.
        features: Its name.
        scores: Called with rows whose numbers are all finite.
        kind: DDL of a struct of what it returns.
        names: Field of that struct -> the column that it becomes.
        unknown: Whether rows that lack a number are scored too: it is told as NaN then.

    Raises:
        ModelError: the column does not exist or holds no numbers.
    """
    wide = frame.withColumn("_scored", _scored(numbers_of(frame, features), scores, kind, unknown))
    return wide.withColumns({name: F.col(f"_scored.{field}") for field, name in names.items()}).drop(
        "_scored"
    )


def _scored(rows: Column, scores: Scores, kind: str, unknown: bool) -> Column:
    as_struct = pa.struct([(name, _ARROW[word]) for name, word in _fields(kind)])
    if hasattr(F, "arrow_udf"):

        def by_arrow(column: pa.Array) -> pa.Array:
            has_list = np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
            return _filled(matrix(column.drop_null()), has_list, scores, as_struct, unknown)

        return cast("Column", F.arrow_udf(by_arrow, kind)(rows))

    def by_pandas(column: pd.Series) -> pd.DataFrame:
        has_list = column.notna().to_numpy()
        stacked = np.vstack(list(column[has_list])) if has_list.any() else None
        told = _filled(stacked, has_list, scores, as_struct, unknown)
        return pd.DataFrame({field.name: told.field(field.name).to_pandas() for field in as_struct})

    return pandas_udf(by_pandas, kind)(rows)  # type: ignore[call-overload,no-any-return]


_ARROW = {
    "int": pa.int32(), "double": pa.float64(), "string": pa.string(), "boolean": pa.bool_(),
    "array<int>": pa.list_(pa.int32()), "array<double>": pa.list_(pa.float64()),
}  # fmt: skip


def _fields(kind: str) -> list[tuple[str, str]]:
    inner = kind.removeprefix("struct<")[:-1]
    return [(name, word) for name, word in (part.split(":") for part in inner.split(","))]


def _filled(
    rows: Doubles | None, has_list: npt.NDArray[np.bool_], scores: Scores, kind: pa.StructType, unknown: bool
) -> pa.StructArray:
    count = len(has_list)
    if rows is None:
        return pa.nulls(count, kind)
    is_scored = np.isfinite(rows).all(axis=1) | unknown
    fine = has_list.copy()
    fine[has_list] = is_scored
    told = scores(rows[is_scored])
    columns = []
    for field in kind:
        found = np.asarray(told[field.name])
        whole = np.zeros((count, *found.shape[1:]), dtype=found.dtype)
        whole[fine] = found
        columns.append(_column(whole, field.type, ~fine))
    return pa.StructArray.from_arrays(columns, fields=list(kind))


def _column(values: npt.NDArray[Any], kind: pa.DataType, is_null: npt.NDArray[np.bool_]) -> pa.Array:
    if not pa.types.is_list(kind):
        return pa.array(values, kind, mask=is_null)
    offsets = np.arange(len(values) + 1, dtype=np.int32) * np.int32(values.shape[1])
    flat = pa.array(values.ravel(), kind.value_type)
    return pa.ListArray.from_arrays(pa.array(offsets), flat, mask=pa.array(is_null))
