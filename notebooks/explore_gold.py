# Databricks notebook source
# MAGIC %md
# MAGIC # What the gold tables tell
# MAGIC The tables of a warehouse, read as a data scientist would. On Databricks `spark` is there and `warehouse` is
# MAGIC a volume; elsewhere `python notebooks/explore_gold.py warehouse/demo` runs the same cells.

# COMMAND ----------

import sys
from pathlib import Path

from pyspark.sql import functions as F

from customer_chunks.config.targets import folder_target
from customer_chunks.flow.session import build_session
from customer_chunks.storage.warehouse import Warehouse

spark = build_session("notebook")
warehouse = Warehouse(spark, folder_target(Path(sys.argv[1] if len(sys.argv) > 1 else "warehouse/demo")))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Segments: who brings the money?

# COMMAND ----------

rfm = warehouse.read("gold.rfm_scores")
segments = rfm.groupBy("rfm_segment").agg(
    F.count("*").alias("customers"),
    F.sum("monetary_amount").alias("monetary_amount"),
    F.median("recency_days").alias("median_recency_days"),
)
segments.orderBy(F.desc("monetary_amount")).show(truncate=False)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Profiles: do customers who answer campaigns buy more often?

# COMMAND ----------

profiles = warehouse.read("gold.customer_profiles")
answered = F.when(F.col("engagement_score").isNull(), "never contacted").otherwise(
    F.when(F.col("engagement_score") > 0, "answered").otherwise("did not answer")
)
profiles.groupBy(answered.alias("campaigns")).agg(
    F.count("*").alias("customers"),
    F.round(F.avg("purchase_frequency"), 2).alias("purchases_per_30_days"),
    F.round(F.avg("average_order_value"), 2).alias("average_order_value"),
).orderBy("campaigns").show()

# COMMAND ----------

# MAGIC %md
# MAGIC ## KPIs by month

# COMMAND ----------

daily = warehouse.read("gold.kpi_daily").where("dimension = 'all'")
daily.groupBy(F.date_trunc("month", "day").cast("date").alias("month")).agg(
    F.sum("net_revenue").alias("net_revenue"),
    F.sum("orders").alias("orders"),
    F.sum("new_customers").alias("new_customers"),
).orderBy("month").show(24)
