"""PySpark and Delta as tutorials write it: inferSchema, dropDuplicates, groupBy, table after table."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.pop(0)  # this folder has files named like the packages they measure

from pyspark.sql import functions as F

from customer_chunks.flow.session import build_session

folder = Path(sys.argv[1])
spark = build_session("textbook")


def store(frame, name):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Write a Delta table and read it back."""
    place = str(folder / "textbook" / name)
    frame.write.format("delta").mode("overwrite").save(place)
    return spark.read.format("delta").load(place)


raw = store(spark.read.csv(str(folder / "lines.csv"), header=True, inferSchema=True), "raw")
lines = store(
    raw.dropDuplicates().withColumn("amount", (F.col("quantity") * F.col("price")).cast("decimal(18,4)")),
    "lines",
)
orders = store(
    lines.groupBy("order_no").agg(
        F.first("customer_no").alias("customer_no"),
        F.min("ordered_at").alias("ordered_at"),
        F.sum("amount").alias("amount"),
        F.first("country").alias("country"),
    ),
    "orders",
)
as_of = orders.agg(F.date_add(F.max(F.to_date("ordered_at")), 1)).collect()[0][0]
measured = (
    orders.where("amount > 0")
    .groupBy("customer_no")
    .agg(
        F.datediff(F.lit(as_of), F.max("ordered_at")).alias("recency"),
        F.count("*").alias("frequency"),
        F.sum("amount").alias("monetary"),
    )
    .persist()
)
for name in ("recency", "frequency", "monetary"):
    cuts = measured.approxQuantile(name, [0.2, 0.4, 0.6, 0.8], 0.0) if name != "monetary" else None
    cuts = cuts or measured.selectExpr("cast(monetary as double) m").approxQuantile(
        "m", [0.2, 0.4, 0.6, 0.8], 0.0
    )
    below = sum((F.lit(c) < F.col(name)).cast("int") for c in cuts)
    measured = measured.withColumn(f"{name}_score", 5 - below if name == "recency" else 1 + below)
print(store(measured, "rfm").count())
