"""The benchmark's files: `python benchmarks/data.py LINES FOLDER`, the same for the same arguments.

The customers and their orders are those of the simulated company (`chunks generate`); here they come as plain
CSV, so that every contender reads the same text with its own best reader.

    history/*.csv    order lines: 2% of them twice, 0.3% broken
    day/*.csv        1% more: the newest orders, and corrections of old lines (same order and line number);
                     what they change is told in corrections.py
    days/001/*.csv   with --days N, in the place of day/: the company's last N days one by one, each with its
                     new orders and with corrections of lines from any day before it
    products.csv     article, category, brand

With --hot-share S one customer, the account of a marketplace, has that share of all orders.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path[0] = str(Path(__file__).parent.parent)

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.corrections import KEY, Plan, account, at, broken, history_draw, late
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
COPIED = 0.02
DAY_SHARE = 0.01
HOT_STREAM = "bench.hot"


@dataclass(frozen=True)
class Wanted:
    """Which files: about so many lines in the history, of which company.

    Attributes:
        lines: About so many in the history.
        seed: Of the company.
        corrected: The share of a day's lines that correct old ones.
        days: So many days come one by one; 0: one day.
        hot_share: The share of all orders that one customer has.
    """

    lines: int
    seed: int
    corrected: float
    days: int = 0
    hot_share: float = 0.0


def write(wanted: Wanted, folder: Path) -> None:
    """Write the files into a folder."""
    spark = build_session("benchmark data")
    customers = max(100, round(wanted.lines / LINES_PER_CUSTOMER))
    company = Company(customers=customers, days=DAYS, seed=wanted.seed)
    days, corrected = wanted.days, wanted.corrected
    # A day of one of the company's is a smaller share of its year than the one day that the others get.
    share = corrected if not days or corrected >= 1 else corrected / (1 - corrected) / (DAYS * DAY_SHARE)
    # The newest orders by time fill the day as far as corrections do not.
    begins = DAYS - (days or DAYS * DAY_SHARE * (1 - corrected))
    plan = Plan(Dice(wanted.seed), DAY_SHARE * share, begins, customers, wanted.hot_share)
    every = _lines(spark, company, plan)
    copies = F.when(plan.dice.column("bench.copied", *KEY) < COPIED, 2).otherwise(1)
    history = every.where(at() < begins).withColumns(broken(history_draw(plan.dice)))
    _store(history.withColumn("_copy", F.explode(F.sequence(F.lit(1), copies))), folder / "history")
    if not days:
        _store(every.where(at() >= begins).unionByName(late(every, plan)), folder / "day")
    for number, first in enumerate(range(DAYS - days, DAYS), start=1):
        new = every.where((at() >= first) & (at() < first + 1))
        rows = new.unionByName(late(every, plan, number)).repartition(1)
        _store(rows, folder / "days" / f"{number:03d}")
    _products(folder / "products.csv")
    spark.stop()


COLUMNS = (
    "order_id", "line_no", "ordered_at", "customer_id", "product_id", "quantity", "unit_price", "discount",
    "country", "channel",
)  # fmt: skip


def _lines(spark: SparkSession, company: Company, plan: Plan) -> DataFrame:
    told = orders(spark, company).select("*", F.posexplode("items").alias("line_no", "_item"))
    item = F.col("_item")
    person = F.when(F.col("is_known"), F.concat(F.lit("C"), F.col("person")))
    prefix = F.when(F.col("is_return"), "R").otherwise("B")
    return told.select(
        *("day", "minute", "number", "is_return"),
        F.concat(prefix, F.lpad(F.col("number").cast("string"), 11, "0")).alias("order_id"),
        "line_no",
        F.date_format(clock(company), "yyyy-MM-dd HH:mm:ss").alias("ordered_at"),
        account(plan, HOT_STREAM, person).alias("customer_id"),
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
    parser.add_argument("--hot-share", type=float, default=0, help="share of orders that one customer has")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    write(Wanted(args.lines, args.seed, args.corrected, args.days, args.hot_share), args.folder)


if __name__ == "__main__":
    main()
