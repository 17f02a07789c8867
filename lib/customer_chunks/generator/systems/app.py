"""The app: users and their wallets as JSON lines, what they do as Parquet."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import FIRST_NUMBER, PRICE_POINTS, brands
from customer_chunks.generator.company import ZONE, Company
from customer_chunks.generator.dirt import DELIVERY, FATE, dirty_events
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import JSON_LINES, OTHERS, OTHERS_FATE, PARQUET, Export
from customer_chunks.generator.identities import APP, members, source_id
from customer_chunks.generator.orders import APP as IN_APP
from customer_chunks.generator.segments import CATEGORIES
from customer_chunks.generator.systems.records import delivered_versions, instant, iso, record_rows
from customer_chunks.generator.systems.sales import city_name, clock, code_of, json_text
from customer_chunks.generator.words import words

_VISITS_EVERY_DAYS = 90
_LOOKS_AT_LIKED = 0.7
_PAYMENTS = ("paypal", "card", "invoice", "apple_pay", "direct_debit")
_SLOTS = ("morning", "afternoon", "evening", "pick_up")


def users_export(people: DataFrame, company: Company) -> Export:
    """Return the export of users: one nested object a registration."""
    rows = record_rows(people, company, APP)
    user = F.struct(
        F.col("source_customer_id").alias("user_id"),
        F.struct(
            F.concat_ws(" ", "first_name", "last_name").alias("display_name"),
            F.col("email").alias("mail"),
            F.col("phone").alias("mobile"),
            F.year("birth_date").cast("string").alias("birth_year"),
        ).alias("profile"),
        F.struct(F.col("city_name").alias("city"), F.col("country_name").alias("country")).alias("place"),
        F.date_format("registered_on", "yyyy-MM-dd").alias("registered"),
        F.date_format("updated_at", "yyyy-MM-dd'T'HH:mm:ss'Z'").alias("updated"),
    )
    frame = rows.select(json_text(user).alias("value"), DELIVERY, FATE)
    return Export("app", "users", JSON_LINES, "customer_records", frame)


def wallets_export(people: DataFrame, company: Company) -> Export:
    """Return the export of saved preferences: the payment method and the delivery slot of each user."""
    dice = Dice(company.seed)
    rows = members(people, company, APP).withColumns({"day": F.col("registered_day"), "is_last": F.lit(True)})
    sent = delivered_versions(rows, company, "wallet", "person")
    saved = F.array(
        _saved("payment_method", dice.pick(F.array(*[F.lit(p) for p in _PAYMENTS]), "payment", "person")),
        _saved("delivery_slot", dice.pick(F.array(*[F.lit(s) for s in _SLOTS]), "slot", "person")),
    )
    wallet = F.struct(
        F.col("source_customer_id").alias("user_id"),
        iso(instant(company, dice, "wallet.at", F.col("person")), F.lit("")).alias("saved_at"),
        saved.alias("wallet"),
    )
    frame = sent.select(
        json_text(wallet).alias("value"),
        DELIVERY,
        FATE,
        F.col(FATE).alias(OTHERS_FATE),
        F.lit(1).alias(OTHERS),
    )
    return Export("app", "wallets", JSON_LINES, "wallet_preferences", frame)


def events_export(people: DataFrame, orders: DataFrame, company: Company) -> Export:
    """Return the export of events: what leads to an order in the app, and visits that lead to none."""
    events = _shopping(orders, company).unionByName(_visits(people, company))
    sent = dirty_events(events, company, "app", "event_id")
    columns = ("event_id", "user_id", "session_id", "event", "sku", "device", "country", "city")
    frame = sent.select(*columns, iso(F.col("at"), F.col("dirt")).alias("at"), DELIVERY, FATE)
    return Export("app", "events", PARQUET, "interactions", frame, sorted_by=("at", "event_id"))


def _shopping(orders: DataFrame, company: Company) -> DataFrame:
    """Return views and add-to-carts of all that is bought in the app, minutes before, and the purchase."""
    bought = orders.where((F.col("channel") == IN_APP) & ~F.col("is_return"))
    articles = F.transform("items", lambda item: item["product"])
    steps = F.concat(
        F.transform(articles, lambda product, place: _step("product_view", product, place * 2 - 40)),
        F.transform(articles, lambda product, place: _step("add_to_cart", product, place * 2 - 39)),
        F.array(_step("purchase", F.lit(None).cast("int"), F.lit(0))),
    )
    rows = bought.select("*", F.posexplode(steps).alias("place", "_step"))
    minutes = F.make_dt_interval(F.lit(0), F.lit(0), F.col("_step.minutes"))
    told = rows.withColumns(
        {"at": F.to_utc_timestamp(clock(company), ZONE) + minutes, "session": F.xxhash64("person", "number")}
    )
    return _told(told, company)


def _visits(people: DataFrame, company: Company) -> DataFrame:
    """Return visits without an order, each looking at one article, mostly of a category that is liked."""
    dice, key = Dice(company.seed), ("person", "visit")
    turns = F.sequence(F.lit(1), F.lit(max(1, company.days // _VISITS_EVERY_DAYS)))
    visits = people.where("has_app").withColumn("visit", F.explode(turns))
    liked = F.col("taste") * 2 + dice.below("visit.second", 2, *key)
    other = dice.below("visit.category", len(CATEGORIES), *key)
    category = F.when(dice.column("visit.liked", *key) < _LOOKS_AT_LIKED, liked).otherwise(other)
    size = PRICE_POINTS * brands()
    product = (category * size + dice.below("visit.product", size, *key)).cast("int")
    dated = visits.withColumns(
        {
            "day": dice.below("visit.day", company.days, *key),
            "place": F.lit(0),
            "_step": _step("product_view", product, F.lit(0)),
            "session": F.xxhash64(*key, F.lit("visit")),
        }
    ).where("day >= joined_day")
    return _told(dated.withColumn("at", instant(company, dice, "visit.at", *map(F.col, key))), company)


def _told(rows: DataFrame, company: Company) -> DataFrame:
    device = Dice(company.seed).pick(F.array(*[F.lit(d) for d in words().devices]), "device", "person")
    return rows.select(
        F.concat_ws("-", F.hex("session"), F.col("place").cast("string")).alias("event_id"),
        source_id(company, APP, F.col("person"), F.lit(1)).alias("user_id"),
        F.hex("session").alias("session_id"),
        F.col("_step.event").alias("event"),
        (F.col("_step.product") + FIRST_NUMBER).cast("string").alias("sku"),
        device.alias("device"),
        code_of("country").alias("country"),
        city_name().alias("city"),
        "at",
        "day",
    )


def _step(event: str, product: Column, minutes: Column) -> Column:
    return F.struct(
        F.lit(event).alias("event"),
        product.cast("int").alias("product"),
        minutes.cast("int").alias("minutes"),
    )


def _saved(name: str, value: Column) -> Column:
    return F.struct(F.lit(name).alias("name"), value.alias("value"))
