"""Polars: `python benchmarks/polars.py DATA OUT full|day`. Lazy frames, a Parquet file a table.

It keeps no changes apart: a day later it computes everything again from history and day.
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # this folder has files named like the packages they measure
    sys.path.pop(0)

import polars as pl

PRICE, MONEY = pl.Decimal(18, 6), pl.Decimal(18, 4)
SHARES = (0.2, 0.4, 0.6, 0.8)
LINE = ("ordered_at", "customer_id", "product_id", "quantity", "unit_price", "discount", "country", "channel")


def main(data: Path, out: Path, stage: str) -> None:
    """Compute every table; with stage ``day`` from the day's files too."""
    out.mkdir(parents=True, exist_ok=True)

    def store(name: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        place = out / f"{name}.parquet"
        rows.sink_parquet(place)
        return pl.scan_parquet(place)

    files = [("history", 0), *([("day", 1)] if stage == "day" else [])]
    raw = store("raw", pl.concat([_read(data / f, number) for f, number in files]))
    products = store("products", pl.scan_csv(data / "products.csv", infer_schema=False))
    parsed = _parsed(raw)
    store("rejected", parsed.filter(pl.col("reason").is_not_null()))
    lines = store("order_lines", _lines(parsed.filter(pl.col("reason").is_null())))
    orders = store("orders", _orders(lines))
    named = lines.join(products, on="product_id", how="left").with_columns(
        pl.col("category").fill_null("unknown")
    )
    by_category = named.group_by("order_id", "category").agg(pl.col("line_amount").sum())
    facts = store("customer_facts", _facts(orders, by_category))
    profiles = store("customer_profiles", _profiles(facts, orders))
    store("rfm_scores", _rfm(profiles))
    store("kpi_daily", _kpis(orders, by_category))


def _read(folder: Path, number: int) -> pl.LazyFrame:
    rows = pl.scan_csv(folder / "*.csv", infer_schema=False)
    return rows.with_columns(pl.lit(number, pl.Int32).alias("delivery"))


def _parsed(raw: pl.LazyFrame) -> pl.LazyFrame:
    typed = raw.with_columns(
        pl.col("line_no").cast(pl.Int32, strict=False),
        pl.col("ordered_at").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
        pl.col("quantity").cast(MONEY, strict=False),
        pl.col("unit_price").cast(PRICE, strict=False),
        pl.col("discount").cast(MONEY, strict=False).fill_null(0),
    )
    reason = (
        pl.when(pl.col("ordered_at").is_null())
        .then(pl.lit("ordered_at"))
        .when(pl.col("quantity").is_null())
        .then(pl.lit("quantity"))
        .when(pl.col("unit_price").is_null() | (pl.col("unit_price") < 0))
        .then(pl.lit("unit_price"))
    )
    return typed.with_columns(reason.alias("reason"))


def _lines(parsed: pl.LazyFrame) -> pl.LazyFrame:
    key = ("order_id", "line_no")
    newest = (
        parsed.group_by(key).agg(pl.struct(LINE).get(pl.col("delivery").arg_max()).alias("l")).unnest("l")
    )
    # Money is exact in hundredths and thousandths here: floats of this size round to the same cent.
    return newest.with_columns(
        (
            pl.col("quantity").cast(pl.Float64) * pl.col("unit_price").cast(pl.Float64)
            - pl.col("discount").cast(pl.Float64)
        )
        .round(4)
        .alias("line_amount")
    )


def _orders(lines: pl.LazyFrame) -> pl.LazyFrame:
    is_marked = pl.col("order_id").str.starts_with("R")
    orders = lines.group_by("order_id").agg(
        pl.col("customer_id").min(),
        pl.col("ordered_at").min(),
        pl.col("country").min(),
        pl.col("channel").min(),
        pl.col("line_amount").sum().alias("_amount"),
        pl.col("discount").cast(pl.Float64).sum().alias("discount_amount"),
        pl.len().alias("line_count"),
    )
    sign = pl.when(is_marked & (pl.col("_amount").round(4) > 0)).then(-1).otherwise(1)
    told = orders.with_columns(
        sign.alias("sign"),
        pl.col("ordered_at").dt.date().alias("ordered_on"),
        (is_marked | (pl.col("_amount").round(4) < 0)).alias("is_return"),
        (sign * pl.col("_amount")).round(4).alias("order_amount"),
    ).drop("_amount")
    return told.with_columns((~pl.col("is_return") & (pl.col("order_amount") > 0)).alias("is_purchase"))


def _facts(orders: pl.LazyFrame, by_category: pl.LazyFrame) -> pl.LazyFrame:
    known = orders.filter(pl.col("customer_id").is_not_null())
    bought, returned = pl.col("is_purchase"), pl.col("is_return")
    day, amount = pl.col("ordered_on"), pl.col("order_amount")
    totals = known.group_by("customer_id").agg(
        day.filter(bought).min().alias("first_purchase_on"),
        day.filter(bought).max().alias("last_purchase_on"),
        bought.sum().alias("purchase_count"),
        day.filter(bought).n_unique().alias("purchase_days"),
        returned.sum().alias("return_count"),
        amount.filter(bought).sum().round(4).alias("gross_amount"),
        amount.filter(bought | returned).sum().round(4).alias("net_amount"),
        (bought & (pl.col("discount_amount") > 0)).sum().alias("discounted_purchase_count"),
    )
    channels = known.filter(bought).group_by("customer_id", "channel").agg(pl.len().alias("amount"))
    sold = known.filter(bought | returned).select("order_id", "customer_id", "sign")
    categories = (
        by_category.join(sold, on="order_id")
        .group_by("customer_id", "category")
        .agg((pl.col("sign") * pl.col("line_amount")).sum().round(4).alias("amount"))
    )
    return totals.join(_listed(channels, "channel", "channel_counts"), on="customer_id", how="left").join(
        _listed(categories, "category", "category_amounts"), on="customer_id", how="left"
    )


def _listed(amounts: pl.LazyFrame, name: str, into: str) -> pl.LazyFrame:
    return amounts.group_by("customer_id").agg(pl.struct(pl.col(name).alias("name"), "amount").alias(into))


def _shares(amounts: str) -> pl.Expr:
    positive = pl.element().filter(pl.element().struct.field("amount") > 0)
    amount = positive.struct.field("amount")
    return pl.col(amounts).list.eval(
        pl.struct(positive.struct.field("name"), (amount / amount.sum()).alias("share"))
    )


def _profiles(facts: pl.LazyFrame, orders: pl.LazyFrame) -> pl.LazyFrame:
    as_of = orders.select((pl.col("ordered_on").max() + pl.duration(days=1)).alias("as_of"))
    bought = pl.when(pl.col("purchase_count") > 0).then(pl.col("purchase_count"))
    first, last = pl.col("first_purchase_on"), pl.col("last_purchase_on")
    return facts.join(as_of, how="cross").select(
        "customer_id",
        "as_of",
        first,
        last,
        (pl.col("as_of") - last).dt.total_days().alias("recency_days"),
        (pl.col("as_of") - first).dt.total_days().alias("tenure_days"),
        *("purchase_count", "return_count", "gross_amount", "net_amount"),
        (bought * 30.0 / (pl.col("as_of") - first).dt.total_days()).alias("purchase_frequency"),
        (pl.col("gross_amount") / bought).round(4).alias("average_order_value"),
        (pl.col("return_count") / bought).alias("return_rate"),
        pl.when(pl.col("purchase_days") > 1)
        .then((last - first).dt.total_days() / (pl.col("purchase_days") - 1))
        .alias("average_days_between_purchases"),
        (pl.col("discounted_purchase_count") / bought).alias("discount_affinity"),
        _shares("category_amounts").alias("category_shares"),
        _shares("channel_counts").alias("channel_mix"),
    )


def _rfm(profiles: pl.LazyFrame) -> pl.LazyFrame:
    m = profiles.filter(pl.col("purchase_count") > 0).select(
        "customer_id",
        "recency_days",
        pl.col("purchase_count").alias("frequency"),
        pl.col("net_amount").alias("monetary_amount"),
    )

    def below(name: str) -> pl.Expr:
        cuts = [pl.col(name).quantile(s, "linear").round(9) for s in SHARES]  # 205.07, not 205.0699...
        return pl.sum_horizontal(*[(cut < pl.col(name)).cast(pl.Int32) for cut in cuts])

    return m.with_columns(
        (5 - below("recency_days")).alias("r_score"),
        (1 + below("frequency")).alias("f_score"),
        (1 + below("monetary_amount")).alias("m_score"),
    )


def _kpis(orders: pl.LazyFrame, by_category: pl.LazyFrame) -> pl.LazyFrame:
    counted = orders.filter(pl.col("is_purchase") | pl.col("is_return"))
    first = (
        counted.filter(pl.col("is_purchase") & pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(pl.col("order_id").sort_by("ordered_at", "order_id").first())
        .select("order_id", pl.lit(value=True).alias("is_first"))
    )
    slim = counted.join(first, on="order_id", how="left").with_columns(
        pl.col("is_first").fill_null(value=False)
    )
    by_order = [
        slim.with_columns(
            pl.lit(name).alias("dimension"), value.alias("value"), pl.col("order_amount").alias("amount")
        )
        for name, value in (
            ("all", pl.lit("all")),
            ("country", pl.col("country").fill_null("unknown")),
            ("channel", pl.col("channel").fill_null("unknown")),
        )
    ]
    lines = by_category.join(slim, on="order_id").with_columns(
        pl.lit("category").alias("dimension"),
        pl.col("category").alias("value"),
        (pl.col("sign") * pl.col("line_amount")).alias("amount"),
    )
    columns = ("ordered_on", "dimension", "value", "customer_id", "is_purchase", "is_first", "amount")
    bought = pl.col("is_purchase")
    return (
        pl.concat([rows.select(columns) for rows in (*by_order, lines)])
        .group_by(pl.col("ordered_on").alias("day"), "dimension", "value")
        .agg(
            pl.col("amount").filter(bought).sum().round(4).alias("gross_revenue"),
            (-pl.col("amount").filter(~bought)).sum().round(4).alias("returns_amount"),
            bought.sum().alias("orders"),
            pl.col("customer_id").filter(bought).drop_nulls().n_unique().alias("active_customers"),
            pl.col("is_first").sum().alias("new_customers"),
        )
        .with_columns((pl.col("gross_revenue") - pl.col("returns_amount")).round(4).alias("net_revenue"))
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
