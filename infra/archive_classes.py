"""A scratch folder -> one small round through what every run uses, so that its classes are loaded.

Read text, write Delta, merge, aggregate, rank, and hand rows to Python through Arrow.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark.sql import functions as F
from pyspark.sql.window import Window

from customer_chunks.flow.session import build_session


def main() -> None:
    """Touch what a run touches; the results are thrown away."""
    folder = Path(sys.argv[1])
    spark = build_session("archive-classes")
    lines = [f"{n},2024-01-02,{n}.5\n" for n in range(50)]
    (folder / "orders.csv").write_text("id,at,amount\n" + "".join(lines), encoding="utf-8")
    raw = spark.read.option("header", "true").csv(str(folder / "orders.csv"))
    orders = raw.select("id", F.to_date("at").alias("at"), F.col("amount").cast("decimal(18,4)"))
    table = f"delta.`{folder / 'orders'}`"
    orders.write.format("delta").option("delta.enableChangeDataFeed", "true").save(str(folder / "orders"))
    orders.withColumn("amount", F.col("amount") + 1).createOrReplaceTempView("news")
    spark.sql(
        f"MERGE INTO {table} t USING news s ON t.id = s.id "
        "WHEN MATCHED AND s.amount > t.amount THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    spark.sql(f"DESCRIBE HISTORY {table}").collect()
    in_order = Window.partitionBy("at").orderBy("amount")
    ranked = spark.table(table).withColumn("n", F.row_number().over(in_order))
    sums = (F.sum("amount"), F.percentile_approx("amount", 0.5), F.count_distinct("id"))
    ranked.groupBy("at").agg(*sums).toPandas()
    ranked.select("id").mapInArrow(lambda batches: batches, "id string").collect()
    spark.stop()


if __name__ == "__main__":
    main()
