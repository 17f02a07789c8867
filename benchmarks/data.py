"""The benchmark's files: `python benchmarks/data.py LINES FOLDER`, the same for the same arguments.

The customers and their orders are those of the simulated company (`chunks generate`); here they come as plain
CSV, so that every contender reads the same text with its own best reader.

    history/*.csv    order lines: 2% of them twice, 0.3% broken
    day/*.csv        1% more: the newest orders, and corrections of old lines (same order and line number)
    days/001/*.csv   with --days N, in the place of day/: the company's last N days one by one, each with its
                     new orders and with corrections of lines from any day before it
    products.csv     article, category, brand
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

sys.path.pop(0)  # this folder has files named like the packages they measure

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from customer_chunks.flow.session import build_session
from customer_chunks.generator.catalogue import FIRST_NUMBER, listing
from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.orders import STORE
from customer_chunks.generator.simulate import orders
from customer_chunks.generator.systems.sales import clock, code_of

DAYS = 365

LINES_PER_CUSTOMER = 21.5
"""Of the simulated company in a year, measured."""
COPIED, BROKEN = 0.02, 0.003
DAY_SHARE = 0.01


def write(lines: int, folder: Path, *, seed: int, corrected: float, days: int = 0) -> None:
    """Write the files.

    Args:
        lines: About so many lines in the history.
        folder: Where to.
        seed: Of the company.
        corrected: The share of a day's lines that correct old ones.
        days: So many days come one by one; 0: one day.
    """
    spark = build_session("benchmark data")
    company = Company(customers=max(100, round(lines / LINES_PER_CUSTOMER)), days=DAYS, seed=seed)
    dice = Dice(seed)
    every = _lines(spark, company)
    # The newest orders by time fill the day as far as corrections do not.
    last_day = DAYS - (days or DAYS * DAY_SHARE * (1 - corrected))
    at = F.col("day") + F.col("minute") / (24 * 60)
    old = every.where(at < last_day)
    spoilt = dice.column("bench.broken", *KEY)
    copies = F.when(dice.column("bench.copied", *KEY) < COPIED, 2).otherwise(1)
    history = old.withColumns(
        {
            "quantity": F.when(spoilt < BROKEN / 2, F.lit("n/a")).otherwise(F.col("quantity")),
            "unit_price": F.when(spoilt > 1 - BROKEN / 2, F.concat(F.lit("-"), "unit_price")).otherwise(
                F.col("unit_price")
            ),
        }
    ).withColumn("_copy", F.explode(F.sequence(F.lit(1), copies)))
    _store(history, folder / "history")
    if not days:
        _store(
            every.where(at >= last_day).unionByName(
                _late(old, dice.column("bench.corrected", *KEY) < DAY_SHARE * corrected)
            ),
            folder / "day",
        )
    # A day of one of the company's is a smaller share of its year than the one day that the others get.
    share = corrected / (1 - corrected) / (DAYS * DAY_SHARE) if corrected < 1 else corrected
    for number, first in enumerate(range(DAYS - days, DAYS), start=1):
        new = every.where((at >= first) & (at < first + 1))
        is_late = dice.column(f"bench.corrected.{number}", *KEY) < DAY_SHARE * share
        late = _late(every.where(at < first), is_late, number)
        _store(new.unionByName(late).repartition(1), folder / "days" / f"{number:03d}")
    _products(folder / "products.csv")
    spark.stop()


KEY = ("number", "is_return", "line_no")
COLUMNS = (
    "order_id", "line_no", "ordered_at", "customer_id", "product_id", "quantity", "unit_price", "discount",
    "country", "channel",
)  # fmt: skip


def _late(old: DataFrame, is_late: Column, pieces: int = 1) -> DataFrame:
    """Return the old lines that a day corrects: so many pieces more."""
    return old.where(is_late).withColumn("quantity", (F.col("quantity") + pieces).cast("string"))


def _lines(spark: SparkSession, company: Company) -> DataFrame:
    told = orders(spark, company).select("*", F.posexplode("items").alias("line_no", "_item"))
    item = F.col("_item")
    prefix = F.when(F.col("is_return"), "R").otherwise("B")
    return told.select(
        *("day", "minute", "number", "is_return"),
        F.concat(prefix, F.lpad(F.col("number").cast("string"), 11, "0")).alias("order_id"),
        "line_no",
        F.date_format(clock(company), "yyyy-MM-dd HH:mm:ss").alias("ordered_at"),
        F.when(F.col("is_known"), F.concat(F.lit("C"), F.col("person"))).alias("customer_id"),
        (item["product"] + FIRST_NUMBER).alias("product_id"),
        item["quantity"].cast("string").alias("quantity"),
        _money(item["price"]).alias("unit_price"),
        _money(item["discount"]).alias("discount"),
        code_of("country").alias("country"),
        F.when(F.col("channel") == STORE, "store").otherwise("online").alias("channel"),
    )


def _money(cents: Column) -> Column:
    return (cents / 100).cast("decimal(18,2)").cast("string")


def _store(lines: DataFrame, place: Path) -> None:
    lines.select(*COLUMNS).write.mode("overwrite").csv(str(place), header=True)


def _products(place: Path) -> None:
    with place.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("product_id", "category", "brand"))
        rows.writerows((number, path.split(" > ")[0], brand) for number, _, path, brand, _ in listing())


def main() -> None:
    """Write the files as the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("lines", type=int, help="about so many lines in the history")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--corrected", type=float, default=0.3, help="share of the day that corrects old lines"
    )
    parser.add_argument("--days", type=int, default=0, help="so many days one by one, instead of one day")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    write(args.lines, args.folder, seed=args.seed, corrected=args.corrected, days=args.days)


if __name__ == "__main__":
    main()
