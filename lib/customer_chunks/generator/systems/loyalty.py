"""The loyalty card: members in fixed width, points and offers tab-separated."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.company import ZONE, Company
from customer_chunks.generator.dirt import DELIVERY, FATE, dirty_events
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import FIXED_WIDTH, TSV, Export
from customer_chunks.generator.identities import CARD, source_id
from customer_chunks.generator.segments import CATEGORIES
from customer_chunks.generator.systems.records import instant, iso, record_rows
from customer_chunks.generator.systems.sales import clock, code_of

WIDTHS = {
    "source_customer_id": 10, "first_name": 20, "last_name": 24, "birth": 8, "street": 40, "postal_code": 8,
    "city_name": 24, "country_code": 2, "email": 60, "joined": 8, "changed": 14,
}  # fmt: skip
TIERS = (("Silver", 500), ("Gold", 2000))
"""Points from which a member has the tier."""
_BURNS, _BURNT, _ENOUGH = 0.08, 200, 300
_OFFER_EVERY_DAYS = 60
_TAKEN_LIKED, _TAKEN_OTHER = 0.30, 0.06


def members_export(people: DataFrame, company: Company) -> Export:
    """Return the export of members."""
    rows = record_rows(people, company, CARD).withColumns(
        {
            "birth": F.date_format("birth_date", "yyyyMMdd"),
            "country_code": code_of("country"),
            "joined": F.date_format("registered_on", "yyyyMMdd"),
            "changed": F.date_format("updated_at", "yyyyMMddHHmmss"),
        }
    )
    line = F.concat(
        *[F.rpad(F.coalesce(F.col(name), F.lit("")), width, " ") for name, width in WIDTHS.items()]
    )
    frame = rows.select(line.alias("value"), DELIVERY, FATE)
    return Export("loyalty", "members", FIXED_WIDTH, "customer_records", frame)


def points_export(orders: DataFrame, people: DataFrame, company: Company) -> Export:
    """Return the export of loyalty events: points earned and burnt, tiers reached, offers shown and taken."""
    events = _order_events(orders, company).unionByName(_offer_events(people, company))
    sent = dirty_events(events, company, "loyalty", "event")
    at = iso(F.col("at"), F.col("dirt"))
    columns = ("event", "card", "type", "points", "tier", "offer", "receipt")
    frame = sent.select(*columns, at.alias("at"), DELIVERY, FATE)
    return Export("loyalty", "points", TSV, "loyalty_events", frame, sorted_by=("at", "event"))


def _order_events(orders: DataFrame, company: Company) -> DataFrame:
    earning = orders.where("points > 0")
    burns = (Dice(company.seed).column("burns", "number") < F.lit(_BURNS)) & (
        F.col("points_before") >= _ENOUGH
    )
    number = F.lpad(F.col("number").cast("string"), 11, "0")
    before, after = F.col("points_before"), F.col("points_before") + F.col("points")
    reached = [
        F.when((before < limit) & (after >= limit), _event("tier_change", tier=F.lit(name)))
        for name, limit in TIERS
    ]
    events = F.array_compact(
        F.array(
            _event("earn", points=F.col("points")),
            F.when(burns, _event("burn", points=F.lit(-_BURNT))),
            *reached,
        )
    )
    told = earning.withColumn("_event", F.explode(events))
    return told.select(
        F.concat(number, F.lit("-"), F.col("_event.type"), F.coalesce("_event.tier", F.lit(""))).alias(
            "event"
        ),
        source_id(company, CARD, F.col("person"), F.col("version")).alias("card"),
        F.col("_event.type").alias("type"),
        F.col("_event.points").cast("string").alias("points"),
        F.col("_event.tier").alias("tier"),
        F.lit(None).cast("string").alias("offer"),
        F.concat(F.lit("B"), number).alias("receipt"),
        F.to_utc_timestamp(clock(company), ZONE).alias("at"),
        "day",
    )


def _offer_events(people: DataFrame, company: Company) -> DataFrame:
    """Return offers shown every two months and taken, more often by those who like the category."""
    dice, key = Dice(company.seed), ("person", "turn")
    shown = people.where("has_card").withColumn(
        "turn", F.explode(F.sequence(F.lit(1), F.lit(max(1, company.days // _OFFER_EVERY_DAYS))))
    )
    first = F.col("turn") * _OFFER_EVERY_DAYS - dice.below("offer.day", _OFFER_EVERY_DAYS, *key) - 1
    category = dice.below("offer.category", len(CATEGORIES), *key)
    told = shown.withColumns({"day": first.cast("int"), "category": category}).where("day >= joined_day")
    likes = F.floor(F.col("category") / 2) == F.col("taste")
    chance = F.when(likes, _TAKEN_LIKED).otherwise(_TAKEN_OTHER)
    taken = dice.column("offer.taken", *key) < chance
    types = F.when(taken, F.array(F.lit("offer_shown"), F.lit("offer_accepted"))).otherwise(
        F.array(F.lit("offer_shown"))
    )
    each = told.withColumns({"type": F.explode(types)}).withColumn("_mixed", F.xxhash64("person", "turn"))
    names = F.array(*[F.lit(name) for name in CATEGORIES])
    return each.select(
        F.concat_ws("-", F.lit("O"), F.hex("_mixed"), F.substring("type", 7, 1)).alias("event"),
        source_id(company, CARD, F.col("person"), F.lit(1)).alias("card"),
        "type",
        F.lit(None).cast("string").alias("points"),
        F.lit(None).cast("string").alias("tier"),
        F.concat(F.lit("OFFER-"), F.upper(F.element_at(names, F.col("category") + 1))).alias("offer"),
        F.lit(None).cast("string").alias("receipt"),
        instant(company, dice, "offer.at", F.col("person"), F.col("turn"), F.col("type")).alias("at"),
        "day",
    )


def _event(kind: str, points: Column | None = None, tier: Column | None = None) -> Column:
    none = F.lit(None)
    return F.struct(
        F.lit(kind).alias("type"),
        (none if points is None else points).cast("long").alias("points"),
        (none if tier is None else tier).cast("string").alias("tier"),
    )
