"""The physical plan of a frame, for tests of what makes a query cheap."""

from __future__ import annotations

from pyspark.sql import DataFrame


def plan(frame: DataFrame) -> str:
    """Return the plan as SQL's EXPLAIN tells it: one line an operator."""
    frame.createOrReplaceTempView("explained")
    (row,) = frame.sparkSession.sql("EXPLAIN SELECT * FROM explained").collect()
    return str(row[0])
