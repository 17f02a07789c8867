"""The truth beside the files: who is who, what drives them, what was planted, what a correct reader finds.

One folder of Parquet a frame, and small CSV and JSON files. No system of the company knows any of it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.anomalies import (
    ORDER_ODDITIES,
    outage_day,
    price_error_category,
    price_error_day,
)
from customer_chunks.generator.campaigns import CAMPAIGNS, GROUPS, TREATED_SHARE
from customer_chunks.generator.company import COUNTRIES, Company
from customer_chunks.generator.dirt import ACCEPTED, is_standing
from customer_chunks.generator.files import Written
from customer_chunks.generator.identities import SYSTEMS, members, written_down
from customer_chunks.generator.orders import CHANNELS
from customer_chunks.generator.segments import CATEGORIES, SEGMENTS, TASTES, taste_weights
from customer_chunks.generator.systems.crm import campaign_members
from customer_chunks.generator.systems.records import day_of
from customer_chunks.generator.traits import CUSTOMER_ODDITIES
from customer_chunks.generator.words import words


def persons(people: DataFrame, company: Company) -> DataFrame:
    """Return one row per person: name, place, planted segment and taste, and what drives their behaviour.

    Args:
        people: ``people.with_identity``.
        company: The company.

    Returns:
        rate_per_day (lambda), dropout (p), mean_order_value (euros), joined_on, alive_until (null: alive at
        the end), oddity (null: none), and which systems know them.
    """
    flags = [c for c in people.columns if c.startswith(("has_", "is_"))]
    return people.select(
        "person",
        "household",
        "first_name",
        "last_name",
        "birth_date",
        "gender",
        "street",
        "postal_code",
        F.col("city_name").alias("city"),
        F.col("country_name").alias("country"),
        "email",
        "phone",
        named("segment", [s.name for s in SEGMENTS]),
        named("taste", TASTES),
        named("brand", words().brands).alias("favourite_brand"),
        F.col("rate").alias("rate_per_day"),
        "dropout",
        F.col("order_value").alias("mean_order_value"),
        day_of(company, F.col("joined_day")).alias("joined_on"),
        day_of(company, F.col("alive_until_day")).alias("alive_until"),
        F.nullif(named("oddity", CUSTOMER_ODDITIES), F.lit("")).alias("oddity"),
        *flags,
    )


def person_ids(people: DataFrame, company: Company) -> DataFrame:
    """Return one row per id of a system: whose it is, and how what was written differs from the truth."""
    parts = []
    for name in SYSTEMS:
        known = written_down(members(people, company, name), company, name)
        parts.append(
            known.select(
                "person",
                F.lit(name).alias("system"),
                "source_customer_id",
                "version",
                "name_kind",
                "is_transliterated",
                "address_kind",
                "email_kind",
                day_of(company, F.col("registered_day")).alias("registered_on"),
            )
        )
    return reduce(DataFrame.unionByName, parts)


def order_truth(sold: DataFrame) -> DataFrame:
    """Return one row per order as a correct reader would have it, and what was planted in it.

    Args:
        sold: ``shop.receipts`` or ``eshop.documents``.

    Returns:
        ordered_at in UTC for the web shop and on the head office's clock for the tills; order_amount of the
        lines that stand, in the order's currency; is_standing is false where none does.
    """
    standing = F.filter("items", lambda item: is_standing(item["dirt"]))
    lost = F.size("items") - F.size(standing)
    nameless = F.size(F.filter("items", lambda item: item["dirt"] == "missing_order_id"))
    code = F.element_at(F.array(*[F.lit(c.currency) for c in COUNTRIES]), F.col("country") + 1)
    return sold.select(
        "order_id",
        "person",
        "system",
        "customer_id",
        F.date_format("at", "yyyy-MM-dd HH:mm:ss").alias("ordered_at"),
        named("channel", CHANNELS),
        code.alias("currency"),
        _amount(standing, "product").alias("order_amount"),
        _amount(standing, "charge").alias("charges_amount"),
        F.size(standing).alias("line_count"),
        (lost - nameless).alias("quarantined_line_count"),
        (F.size(standing) > 0).alias("is_standing"),
        "is_return",
        "is_late",
        F.col("value").alias("target_value"),
        F.nullif(named("oddity", ORDER_ODDITIES), F.lit("")).alias("oddity"),
        F.when(F.col("campaign") >= 0, named("campaign", [c.code for c in CAMPAIGNS])).alias("campaign"),
    )


def spoilt_rows(sold: DataFrame) -> DataFrame:
    """Return the lines with dirt, one row each: order_id, line (from 0) and what happened to it."""
    lines = sold.select("system", "order_id", F.posexplode("items").alias("line", "_item"))
    told = lines.select("system", "order_id", "line", F.col("_item.dirt").alias("dirt"))
    return told.where("dirt <> 'clean'")


def treated_and_control(people: DataFrame) -> DataFrame:
    """Return one row per person and campaign: treated or control."""
    return campaign_members(people).select(
        "person", named("campaign", [c.code for c in CAMPAIGNS]), named("group", GROUPS)
    )


def named(column: str, names: Sequence[str]) -> Column:
    """Return the name for each place of a numeric column."""
    return F.element_at(F.array(*[F.lit(n) for n in names]), F.col(column) + 1).alias(column)


def write_small_truths(company: Company, written: Iterable[Written], folder: Path) -> None:
    """Write what does not grow with the company: parameters, segments, campaigns, odd days, accounts."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = json.dumps(asdict(company), indent=2, default=str) + "\n"
    (folder / "parameters.json").write_text(parameters, encoding="utf-8")
    _write_rows(folder / "segments.csv", [asdict(s) for s in SEGMENTS])
    tastes = [
        dict(zip(("taste", *CATEGORIES), (t, *w), strict=True))
        for t, w in zip(TASTES, taste_weights().tolist(), strict=True)
    ]
    _write_rows(folder / "tastes.csv", tastes)
    _write_rows(folder / "campaigns.csv", [_campaign_row(company, n) for n in range(len(CAMPAIGNS))])
    _write_rows(folder / "odd_days.csv", _odd_days(company))
    _write_rows(folder / "accounts.csv", account_rows(written))


def account_rows(written: Iterable[Written]) -> list[dict[str, Any]]:
    """Return how many rows of each feed a correct reader accepts, drops, excludes or quarantines."""
    return [
        {
            "source": w.export.system,
            "feed": w.export.stem,
            "entity": w.export.entity,
            "fate": fate.partition(":")[0],
            "code": fate.partition(":")[2],
            "rows": rows,
        }
        for w in written
        for fate, rows in {ACCEPTED: 0, **w.fates}.items()
    ]


def _amount(items: Column, kind: str) -> Column:
    chosen = F.filter(items, lambda item: item["kind"] == kind)
    cents = F.aggregate(
        chosen,
        F.lit(0).cast("long"),
        lambda total, item: total + item["quantity"] * item["price"] - item["discount"],
    )
    return (cents / 100).cast("decimal(18,4)")


def _campaign_row(company: Company, number: int) -> dict[str, Any]:
    one = CAMPAIGNS[number]
    first, length = one.first_day(company), one.length(company)
    return {
        "campaign": one.code,
        "first_day": company.day(first),
        "last_day": company.day(first + length - 1),
        "channel": one.channel,
        "segments": " ".join(one.segments),
        "discount": one.discount,
        "treated_share": TREATED_SHARE,
        "extra_orders_per_living_treated": one.effect,
    }


def _odd_days(company: Company) -> list[dict[str, Any]]:
    category = CATEGORIES[price_error_category(company)]
    odd = company.oddities
    return [
        {"day": company.day(outage_day(company)), "kind": "outage", "what": "web and app",
         "left": odd.outage_keeps},
        {"day": company.day(price_error_day(company)), "kind": "price_error", "what": category,
         "left": odd.price_error_factor},
    ]  # fmt: skip


def _write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
