"""The e-commerce site and its app: orders as nested JSON lines in UTC, accounts as CSV."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import SHIPPING
from customer_chunks.generator.company import ZONE, Company
from customer_chunks.generator.dirt import (
    ACCEPTED,
    CLEAN,
    CORRECTED,
    DELIVERY,
    DUPLICATE,
    FATE,
    QUARANTINED,
    SUPERSEDED,
    TEST_FATE,
    order_dirt,
    with_emissions,
    with_late_delivery,
)
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import JSON_LINES, OTHERS, OTHERS_FATE, PLAIN_CSV, Export
from customer_chunks.generator.identities import ACCOUNT, source_id
from customer_chunks.generator.orders import APP, STORE
from customer_chunks.generator.systems.records import record_rows
from customer_chunks.generator.systems.sales import clock, code_of, json_text, money_of, named_items

_SHIPPING_CENTS, _FREE_FROM_CENTS = 495, 5_000
_ITEM = "struct<code: string, kind: string, quantity: int, price: long, discount: long>"


def documents(orders: DataFrame, company: Company) -> DataFrame:
    """Return one row per web order or cancellation: order_id, customer_id, items, dirt, delivery.

    Args:
        orders: ``simulate.orders``.
        company: The company.
    """
    web = orders.where(F.col("channel") != STORE)
    prefix = F.when(F.col("is_return"), F.lit("C-W")).otherwise(F.lit("W"))
    account = source_id(company, ACCOUNT, F.col("person"), F.col("version"))
    uniform = Dice(company.seed).column("order.dirt", "number", "is_return")
    small = Dice(company.seed).column("small.case", "number", "is_return")
    told = with_late_delivery(web, company, "number", "is_return").withColumns(
        {
            "system": F.lit("eshop"),
            "order_id": F.concat(prefix, F.lpad(F.col("number").cast("string"), 11, "0")),
            "customer_id": F.when(F.col("is_known"), account),
            "at": F.to_utc_timestamp(clock(company), ZONE),
            "is_small_case": small < F.lit(company.dirt.other_case_id),
            "order_dirt": order_dirt(company, uniform, F.col(DELIVERY)),
            "items": F.concat(named_items(), _shipping()),
        }
    )
    return told.withColumn("items", F.transform("items", _item_dirt))


def orders_export(told: DataFrame, company: Company) -> Export:
    """Return the export of order documents; a reader explodes their items, so each item has its fate."""
    sent = with_emissions(told, company, "order_dirt", "number", "is_return")
    frame = sent.select(
        json_text(_document()).alias("value"),
        DELIVERY,
        FATE,
        _fate_of_others().alias(OTHERS_FATE),
        (F.size("items") - 1).alias(OTHERS),
    )
    return Export("eshop", "orders", JSON_LINES, "order_lines", frame)


def accounts(people: DataFrame, company: Company) -> Export:
    """Return the export of the site's customer accounts."""
    rows = record_rows(people, company, ACCOUNT)
    columns = {
        "account": "source_customer_id", "email": "email", "first_name": "first_name",
        "last_name": "last_name", "phone": "phone", "address": "street", "zip": "postal_code",
        "city": "city_name", "country": "country_name",
    }  # fmt: skip
    frame = rows.select(
        *[F.col(c).alias(name) for name, c in columns.items()],
        F.date_format("registered_on", "yyyy-MM-dd").alias("created"),
        F.date_format("updated_at", "yyyy-MM-dd'T'HH:mm:ss'Z'").alias("modified"),
        DELIVERY,
        FATE,
    )
    return Export(
        "eshop", "accounts", PLAIN_CSV, "customer_records", frame, sorted_by=("modified", "account")
    )


def _document() -> Column:
    dirt = F.col("order_dirt")
    is_wrong = (dirt == CORRECTED) & (F.col(FATE) == SUPERSEDED)
    number = F.when(F.col(FATE) == TEST_FATE, F.concat(F.lit("TEST-"), F.col("order_id")))
    spoilt_day = F.concat(F.date_format("at", "yyyy"), F.lit("-02-31"))
    day = F.when(dirt == "bad_date", spoilt_day).otherwise(F.date_format("at", "yyyy-MM-dd"))
    return F.struct(
        number.otherwise(F.col("order_id")).alias("order_number"),
        F.concat(day, F.date_format("at", "'T'HH:mm:ss'Z'")).alias("placed_at"),
        F.struct(_other_case("customer_id").alias("id")).alias("account"),
        F.when(F.col("channel") == APP, "app").otherwise("web").alias("channel"),
        code_of("country").alias("ship_to"),
        money_of("country").alias("currency"),
        F.transform("items", lambda item, place: _item(item, place, is_wrong)).alias("items"),
    )


def _item(item: Column, place: Column, is_wrong: Column) -> Column:
    pieces = item["quantity"] + (is_wrong & (place == 0)).cast("int")
    sku = F.when(item["kind"] == "product", F.concat(F.lit("SH-"), item["code"])).otherwise(item["code"])
    return F.struct(
        (place + 1).alias("line"),
        sku.alias("sku"),
        F.when(item["dirt"] == "text_quantity", F.lit("two"))
        .otherwise(pieces.cast("string"))
        .alias("quantity"),
        (item["price"] / 100).cast("decimal(18,2)").alias("unit_price"),
        (item["discount"] / 100).cast("decimal(18,2)").alias("discount"),
    )


def _item_dirt(item: Column, place: Column) -> Column:
    """Give an item what spoils it: a bad date spoils all items of an order, a bad quantity the first."""
    dirt = F.col("order_dirt")
    return item.withField("dirt", F.when((place == 0) | (dirt == "bad_date"), dirt).otherwise(CLEAN))


def _fate_of_others() -> Column:
    """Return the fate of the items beyond the first, which alone is corrected or has the bad quantity."""
    return (
        F.when(F.col(FATE) == SUPERSEDED, DUPLICATE)
        .when(F.col(FATE) == QUARANTINED["text_quantity"], ACCEPTED)
        .otherwise(F.col(FATE))
    )


def _other_case(column: str) -> Column:
    """Return an id in small letters now and then; it is the same for every row of an order."""
    return F.when(F.col("is_small_case"), F.lower(column)).otherwise(F.col(column))


def _shipping() -> Column:
    """Return a shipping charge for orders below the free limit; money of the order's country, as it is."""
    total = F.aggregate("items", F.lit(0).cast("long"), lambda sum_, i: sum_ + i["quantity"] * i["price"])
    charge = F.struct(
        F.lit(SHIPPING).alias("code"),
        F.lit("charge").alias("kind"),
        F.lit(1).alias("quantity"),
        F.lit(_SHIPPING_CENTS).cast("long").alias("price"),
        F.lit(0).cast("long").alias("discount"),
    )
    is_charged = (total < _FREE_FROM_CENTS) & ~F.col("is_return")
    return F.when(is_charged, F.array(charge)).otherwise(F.array().cast(f"array<{_ITEM}>"))
