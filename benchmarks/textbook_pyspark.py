"""PySpark and Delta as tutorials write it: `python benchmarks/textbook_pyspark.py DATA OUT full|day`.

inferSchema, dropDuplicates, groupBy, each table overwritten. A day later it computes everything again.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path.pop(0)

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from customer_chunks.flow.session import build_session

MONEY, PRICE, QUANTITY = "decimal(18,4)", "decimal(18,6)", "decimal(18,4)"
SHARES = [0.2, 0.4, 0.6, 0.8]


def main(data: Path, out: Path, stage: str) -> None:
    """Compute every table; with stage ``day`` from the day's files too."""
    spark = build_session("textbook")

    def store(name: str, rows: DataFrame) -> DataFrame:
        place = str(out / name)
        rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(place)
        return spark.read.format("delta").load(place)

    received = _read(spark, data / "history", 0)
    if stage == "day":
        received = received.unionByName(_read(spark, data / "day", 1))
    raw = store("raw", received)
    products = store("products", spark.read.csv(str(data / "products.csv"), header=True, inferSchema=True))
    parsed = _parsed(raw)
    store("rejected", parsed.where("reason is not null"))
    lines = store("order_lines", _lines(parsed.where("reason is null").drop("reason")))
    orders = store("orders", _orders(lines))
    facts = store("customer_facts", _facts(orders, lines, products))
    as_of = orders.agg(F.date_add(F.max("ordered_on"), 1)).collect()[0][0]
    profiles = store("customer_profiles", _profiles(facts, F.lit(as_of)))
    store("rfm_scores", _rfm(profiles))
    store("kpi_daily", _kpis(orders, lines, products))
    spark.stop()


def _read(spark: SparkSession, folder: Path, number: int) -> DataFrame:
    rows = spark.read.csv(str(folder), header=True, inferSchema=True)
    # A column with a broken value is inferred as text; in the other folder it may not be.
    texts = {c: F.col(c).cast("string") for c in ("ordered_at", "quantity", "unit_price")}
    return rows.withColumns(texts).withColumn("delivery", F.lit(number))


def _parsed(raw: DataFrame) -> DataFrame:
    typed = raw.withColumns(
        {
            "ordered_at": F.expr("try_cast(ordered_at as timestamp)"),
            "quantity": F.expr(f"try_cast(quantity as {QUANTITY})"),
            "unit_price": F.expr(f"try_cast(unit_price as {PRICE})"),
            "discount": F.coalesce(F.col("discount").cast(MONEY), F.lit(0).cast(MONEY)),
        }
    )
    return typed.withColumn(
        "reason",
        F.when(F.col("ordered_at").isNull(), "ordered_at")
        .when(F.col("quantity").isNull(), "quantity")
        .when(F.col("unit_price").isNull() | (F.col("unit_price") < 0), "unit_price"),
    )


def _lines(parsed: DataFrame) -> DataFrame:
    newest = Window.partitionBy("order_id", "line_no").orderBy(F.desc("delivery"))
    kept = (
        parsed.dropDuplicates()
        .withColumn("_place", F.row_number().over(newest))
        .where("_place = 1")
        .drop("_place", "delivery")
    )
    amount = F.round(F.col("quantity") * F.col("unit_price") - F.col("discount"), 4)
    return kept.withColumn("line_amount", amount.cast(MONEY))


def _orders(lines: DataFrame) -> DataFrame:
    is_marked = F.col("order_id").startswith("R")
    sums = lines.groupBy("order_id").agg(
        F.first("customer_id", ignorenulls=True).alias("customer_id"),
        F.min("ordered_at").alias("ordered_at"),
        F.first("country").alias("country"),
        F.first("channel").alias("channel"),
        F.sum("line_amount").alias("order_amount"),
        F.sum("discount").alias("discount_amount"),
        F.count("*").alias("line_count"),
    )
    sign = F.when(is_marked & (F.col("order_amount") > 0), -1).otherwise(1)
    told = sums.withColumns(
        {
            "ordered_on": F.to_date("ordered_at"),
            "is_return": is_marked | (F.col("order_amount") < 0),
            "sign": sign,
            "order_amount": (sign * F.col("order_amount")).cast(MONEY),
        }
    )
    return told.withColumn("is_purchase", ~F.col("is_return") & (F.col("order_amount") > 0))


def _facts(orders: DataFrame, lines: DataFrame, products: DataFrame) -> DataFrame:
    known = orders.where("customer_id is not null")
    bought = F.col("is_purchase")
    worth = bought | F.col("is_return")
    totals = known.groupBy("customer_id").agg(
        F.min(F.when(bought, F.col("ordered_on"))).alias("first_purchase_on"),
        F.max(F.when(bought, F.col("ordered_on"))).alias("last_purchase_on"),
        F.count_if(bought).alias("purchase_count"),
        F.count_distinct(F.when(bought, F.col("ordered_on"))).alias("purchase_days"),
        F.count_if(F.col("is_return")).alias("return_count"),
        F.sum(F.when(bought, F.col("order_amount")).otherwise(0)).alias("gross_amount"),
        F.sum(F.when(worth, F.col("order_amount")).otherwise(0)).alias("net_amount"),
        F.count_if(bought & (F.col("discount_amount") > 0)).alias("discounted_purchase_count"),
    )
    channels = known.where(bought).groupBy("customer_id", "channel").agg(F.count("*").alias("amount"))
    categories = (
        lines.select("order_id", "product_id", "line_amount")
        .join(known.where(worth).select("order_id", "customer_id", "sign"), "order_id")
        .join(products, "product_id", "left")
        .groupBy("customer_id", F.coalesce("category", F.lit("unknown")).alias("category"))
        .agg(F.sum(F.col("sign") * F.col("line_amount")).alias("amount"))
    )
    return totals.join(_map(channels, "channel", "channel_counts"), "customer_id", "left").join(
        _map(categories, "category", "category_amounts"), "customer_id", "left"
    )


def _map(amounts: DataFrame, name: str, into: str) -> DataFrame:
    return amounts.groupBy("customer_id").agg(
        F.map_from_entries(F.collect_list(F.struct(name, "amount"))).alias(into)
    )


def _profiles(facts: DataFrame, as_of: Column) -> DataFrame:
    bought = F.when(F.col("purchase_count") > 0, F.col("purchase_count"))
    tenure = F.datediff(as_of, "first_purchase_on")
    span = F.datediff("last_purchase_on", "first_purchase_on")
    return facts.select(
        "customer_id",
        as_of.alias("as_of"),
        *("first_purchase_on", "last_purchase_on"),
        F.datediff(as_of, "last_purchase_on").alias("recency_days"),
        tenure.alias("tenure_days"),
        *("purchase_count", "return_count", "gross_amount", "net_amount"),
        (bought * 30.0 / tenure).alias("purchase_frequency"),
        F.round(F.col("gross_amount") / bought, 4).cast(MONEY).alias("average_order_value"),
        (F.col("return_count") / bought).alias("return_rate"),
        F.when(F.col("purchase_days") > 1, span / (F.col("purchase_days") - 1)).alias(
            "average_days_between_purchases"
        ),
        (F.col("discounted_purchase_count") / bought).alias("discount_affinity"),
        _shares("category_amounts").alias("category_shares"),
        _shares("channel_counts").alias("channel_mix"),
    )


def _shares(amounts: str) -> Column:
    positive = F.map_filter(amounts, lambda _, value: value > 0)
    total = F.aggregate(F.map_values(positive), F.lit(0.0), lambda acc, value: acc + value.cast("double"))
    return F.transform_values(positive, lambda _, value: value.cast("double") / total)


def _rfm(profiles: DataFrame) -> DataFrame:
    measured = profiles.where("purchase_count > 0").select(
        "customer_id",
        "recency_days",
        F.col("purchase_count").alias("frequency"),
        F.col("net_amount").alias("monetary_amount"),
    )
    names = ("recency_days", "frequency", "monetary_amount")
    cuts = measured.agg(
        *[F.percentile(F.col(n).cast("double"), F.array(*map(F.lit, SHARES))).alias(n) for n in names]
    )
    cuts_of = cuts.collect()[0]
    below = {n: sum((F.lit(c) < F.col(n).cast("double")).cast("int") for c in cuts_of[n]) for n in names}
    return measured.withColumns(
        {
            "r_score": 5 - below["recency_days"],
            "f_score": 1 + below["frequency"],
            "m_score": 1 + below["monetary_amount"],
        }
    )


def _kpis(orders: DataFrame, lines: DataFrame, products: DataFrame) -> DataFrame:
    counted = orders.where("is_purchase or is_return")
    earliest = Window.partitionBy("customer_id", "is_purchase").orderBy("ordered_at", "order_id")
    is_first = F.col("is_purchase") & F.col("customer_id").isNotNull() & (F.row_number().over(earliest) == 1)
    marked = counted.withColumn("is_first", is_first)
    dimensions = {"all": F.lit("all"), "country": F.col("country"), "channel": F.col("channel")}
    rows = [
        marked.select(
            *SLIM, F.lit(d).alias("dimension"), v.alias("value"), F.col("order_amount").alias("amount")
        )
        for d, v in dimensions.items()
    ]
    sums = (
        lines.join(products, "product_id", "left")
        .groupBy("order_id", F.coalesce("category", F.lit("unknown")).alias("value"))
        .agg(F.sum("line_amount").alias("amount"))
    )
    rows.append(
        marked.join(sums, "order_id").select(
            *SLIM,
            F.lit("category").alias("dimension"),
            "value",
            (F.col("sign") * F.col("amount")).alias("amount"),
        )
    )
    every = rows[0]
    for one in rows[1:]:
        every = every.unionByName(one)
    bought = F.col("is_purchase")
    return (
        every.fillna("unknown", ["value"])
        .groupBy(F.col("ordered_on").alias("day"), "dimension", "value")
        .agg(
            F.sum(F.when(bought, F.col("amount")).otherwise(0)).cast(MONEY).alias("gross_revenue"),
            F.sum(F.when(bought, F.lit(0)).otherwise(-F.col("amount"))).cast(MONEY).alias("returns_amount"),
            F.count_if(bought).alias("orders"),
            F.count_distinct(F.when(bought, F.col("customer_id"))).alias("active_customers"),
            F.count_if("is_first").alias("new_customers"),
        )
        .withColumn("net_revenue", F.col("gross_revenue") - F.col("returns_amount"))
    )


SLIM = ("ordered_on", "customer_id", "is_purchase", "is_first")

if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
