"""The tills: receipts as semicolon CSV in latin-1, decimal commas, German dates, head office's clock."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import BAG, ROUNDING
from customer_chunks.generator.company import Company
from customer_chunks.generator.dirt import (
    CLEAN,
    CORRECTED,
    DELIVERY,
    FATE,
    SUPERSEDED,
    line_dirt,
    with_emissions,
    with_late_delivery,
)
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import TILL_CSV, Export
from customer_chunks.generator.identities import CARD, source_id
from customer_chunks.generator.orders import STORE
from customer_chunks.generator.systems.sales import city_name, clock, code_of, money_of, named_items

_BAGS, _ROUNDINGS = 0.15, 0.004
_BAG_CENTS = 20


def receipts(orders: DataFrame, company: Company) -> DataFrame:
    """Return one row per receipt: order_id, customer_id, items with their dirt, delivery; returns too.

    Args:
        orders: ``simulate.orders``.
        company: The company.
    """
    dice = Dice(company.seed)
    till = orders.where(F.col("channel") == STORE)
    prefix = F.when(F.col("is_return"), F.lit("R")).otherwise(F.lit("B"))
    card = source_id(company, CARD, F.col("person"), F.col("version"))
    told = with_late_delivery(till, company, "number", "is_return").withColumns(
        {
            "system": F.lit("shop"),
            "order_id": F.concat(prefix, F.lpad(F.col("number").cast("string"), 11, "0")),
            "customer_id": F.when(F.col("is_known"), card),
            "at": clock(company),
            "order_dirt": F.lit(CLEAN),
            "items": F.concat(named_items(), _bag(dice), _rounding(dice)),
        }
    )
    return told.withColumn("items", F.transform("items", lambda item, place: _spoilt(company, item, place)))


def sales(receipts_told: DataFrame, company: Company) -> Export:
    """Return the export of till lines."""
    lines = receipts_told.select("*", F.posexplode("items").alias("_place", "_item"))
    lines = lines.withColumn("dirt", F.col("_item.dirt"))
    sent = with_emissions(lines, company, "dirt", "number", "is_return", "_place")
    return Export(
        "shop",
        "sales",
        TILL_CSV,
        "order_lines",
        sent.select(*_columns(company)),
        sorted_by=("Datum", "Bon", "Pos"),
    )


def _columns(company: Company) -> list[Column]:
    dirt, item = F.col("dirt"), F.col("_item")
    dice, key = Dice(company.seed), ("number", "is_return", "_place")
    is_sheet = dice.column("spreadsheet", *key) < F.lit(company.dirt.spreadsheet_id)
    dot = F.when(is_sheet, F.lit(".0")).otherwise(F.lit(""))
    is_wrong = (dirt == CORRECTED) & (F.col(FATE) == SUPERSEDED)
    pieces = (item["quantity"] + is_wrong.cast("int")).cast("string")
    price = F.when(dirt == "negative_price", -item["price"]).otherwise(item["price"])
    day = F.when(dirt == "bad_date", F.lit("31.02.")).otherwise(F.date_format("at", "dd.MM."))
    sheet_dot = F.when(item["kind"] == "product", dot).otherwise(F.lit(""))
    return [
        F.concat(code_of("country"), F.lit("-"), city_name()).alias("Filiale"),
        F.when(dirt != "missing_order_id", F.col("order_id")).alias("Bon"),
        F.col("_place").cast("string").alias("Pos"),
        F.concat(day, F.date_format("at", "yyyy HH:mm")).alias("Datum"),
        F.concat("customer_id", dot).alias("Karte"),
        F.concat(item["code"], sheet_dot).alias("Artikel"),
        F.when(dirt == "text_quantity", F.lit("Stk")).otherwise(pieces).alias("Menge"),
        _comma(price).alias("Preis"),
        _comma(item["discount"]).alias("Rabatt"),
        money_of("country").alias("Waehrung"),
        code_of("country").alias("Land"),
        F.col(DELIVERY),
        F.col(FATE),
    ]


def _comma(cents: Column) -> Column:
    return F.translate((cents / 100).cast("decimal(18,2)").cast("string"), ".", ",")


def _spoilt(company: Company, item: Column, place: Column) -> Column:
    uniform = Dice(company.seed).column("line.dirt", "number", "is_return", place)
    return item.withField("dirt", line_dirt(company, uniform, item["kind"] == "product", F.col(DELIVERY)))


def _bag(dice: Dice) -> Column:
    """Return a bag for some purchases: a charge."""
    wants = (dice.column("bag", "number") < F.lit(_BAGS)) & ~F.col("is_return")
    return F.when(wants, F.array(_other(BAG, "charge", F.lit(_BAG_CENTS)))).otherwise(_nothing())


def _rounding(dice: Dice) -> Column:
    """Return a rounding in the customer's favour for a few purchases: an adjustment below zero."""
    gets = (dice.column("rounding", "number") < F.lit(_ROUNDINGS)) & ~F.col("is_return")
    return F.when(gets, F.array(_other(ROUNDING, "adjustment", F.lit(-5)))).otherwise(_nothing())


def _other(code: str, kind: str, cents: Column) -> Column:
    return F.struct(
        F.lit(code).alias("code"),
        F.lit(kind).alias("kind"),
        F.lit(1).alias("quantity"),
        cents.cast("long").alias("price"),
        F.lit(0).cast("long").alias("discount"),
    )


def _nothing() -> Column:
    return F.array().cast(
        "array<struct<code: string, kind: string, quantity: int, price: long, discount: long>>"
    )
