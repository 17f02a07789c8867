"""The CRM: customers with quotes and commas, consents, campaign contacts with their control groups."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.campaigns import CAMPAIGNS, CONTROL, NOBODY
from customer_chunks.generator.company import ZONE, Company
from customer_chunks.generator.dirt import DELIVERY, FATE, dirty_events
from customer_chunks.generator.draws import Dice
from customer_chunks.generator.files import PLAIN_CSV, Export
from customer_chunks.generator.identities import CRM, members, source_id
from customer_chunks.generator.systems.records import delivered_versions, instant, iso, record_rows
from customer_chunks.generator.systems.sales import clock

_OPENED, _CLICKED, _WITHDRAWN = 0.42, 0.30, 0.06
_GRANTED = {"phone": 0.35, "post": 0.60}
_INCOMES = ("under 25k", "25k-50k", "50k-75k", "75k-100k", "over 100k")


def customers_export(people: DataFrame, company: Company) -> Export:
    """Return the export of customers: the name as 'Family, Given', days as dd/MM/yyyy."""
    dice, rows = Dice(company.seed), record_rows(people, company, CRM)
    # Income rises with what somebody spends: half of the steps are the order value, half are chance.
    richness = F.least(F.col("order_value") / 120, F.lit(1.0)) * 0.5 + dice.column("income", "person") * 0.5
    income = F.element_at(
        F.array(*[F.lit(i) for i in _INCOMES]), F.least(F.floor(richness * 5), F.lit(4)).cast("int") + 1
    )
    frame = rows.select(
        F.col("source_customer_id").alias("customer_no"),
        F.concat_ws(", ", "last_name", "first_name").alias("name"),
        F.date_format("birth_date", "dd/MM/yyyy").alias("birth_date"),
        F.col("gender"),
        F.col("email").alias("e_mail"),
        F.col("phone"),
        F.concat_ws(", ", "street", "city_name").alias("address"),
        F.col("postal_code").alias("postcode"),
        F.col("region"),
        F.col("country_name").alias("country"),
        income.alias("income"),
        F.date_format("registered_on", "dd/MM/yyyy").alias("since"),
        F.date_format("updated_at", "dd/MM/yyyy HH:mm:ss").alias("changed"),
        DELIVERY,
        FATE,
    )
    return Export(
        "crm", "customers", PLAIN_CSV, "customer_records", frame, sorted_by=("changed", "customer_no")
    )


def consents_export(people: DataFrame, company: Company) -> Export:
    """Return the export of consents; who withdraws one has a second row later."""
    dice = Dice(company.seed)
    channels = F.array(F.lit("email"), *[F.lit(c) for c in _GRANTED])
    asked = members(people, company, CRM).withColumn("channel", F.explode(channels))
    key = ("person", "channel")
    granted = F.when(F.col("channel") == "email", F.col("consents"))
    for channel, share in _GRANTED.items():
        is_given = dice.column("grant", *key) < F.lit(share)
        granted = granted.when(F.col("channel") == channel, is_given)
    withdrawn_on = dice.below("withdrawn.day", company.days, *key)
    is_withdrawn = (
        granted & (dice.column("withdrawn", *key) < _WITHDRAWN) & (withdrawn_on > F.col("registered_day"))
    )
    given = F.struct(F.col("registered_day").alias("day"), granted.alias("is_granted"), ~is_withdrawn)
    taken_back = F.struct(withdrawn_on.alias("day"), F.lit(False).alias("is_granted"), F.lit(True))
    versions = F.when(is_withdrawn, F.array(given, taken_back)).otherwise(F.array(given))
    rows = asked.withColumn(
        "_v", F.explode(versions.cast("array<struct<day:int,is_granted:boolean,is_last:boolean>>"))
    )
    dated = rows.withColumns({name: F.col(f"_v.{name}") for name in ("day", "is_granted", "is_last")})
    at = instant(company, dice, "consent.at", F.col("person"), F.col("channel"))
    sent = delivered_versions(dated.withColumn("at", at), company, "consent", "person", "channel", "day")
    frame = sent.select(
        F.col("source_customer_id").alias("customer_no"),
        F.lit("marketing").alias("purpose"),
        "channel",
        F.when(F.col("is_granted"), "yes").otherwise("no").alias("granted"),
        F.date_format("at", "yyyy-MM-dd HH:mm:ss").alias("changed_at"),
        DELIVERY,
        FATE,
    )
    return Export("crm", "consents", PLAIN_CSV, "consents", frame, sorted_by=("changed_at", "customer_no"))


def contacts_export(people: DataFrame, orders: DataFrame, company: Company) -> Export:
    """Return the export of campaign contacts: sent, opened, clicked, redeemed; ``control``: held out."""
    events = _contacts(people, company).unionByName(_redemptions(orders, company))
    sent = dirty_events(events, company, "contact", "contact_id")
    columns = ("contact_id", "customer_no", "campaign", "type", "channel", "coupon")
    frame = sent.select(*columns, iso(F.col("at"), F.col("dirt")).alias("at"), DELIVERY, FATE)
    return Export("crm", "contacts", PLAIN_CSV, "engagements", frame, sorted_by=("at", "contact_id"))


def campaign_members(people: DataFrame) -> DataFrame:
    """Return one row per person and campaign treated or held out: ``campaign``, ``group``."""
    asked = people.select("*", F.posexplode("groups").alias("campaign", "group"))
    return asked.where(F.col("group") != NOBODY)


def _contacts(people: DataFrame, company: Company) -> DataFrame:
    dice, key = Dice(company.seed), ("person", "campaign")
    first = _of_campaign([F.lit(c.first_day(company)) for c in CAMPAIGNS])
    is_mail = _of_campaign([F.lit(c.channel == "email") for c in CAMPAIGNS])
    opened = (dice.column("opened", *key) < _OPENED) & is_mail
    clicked = opened & (dice.column("clicked", *key) < _CLICKED)
    later = dice.below("opened.after", 3, *key)
    treated = F.array_compact(
        F.array(
            _contact("send", F.lit(0)),
            F.when(opened, _contact("open", later)),
            F.when(clicked, _contact("click", later)),
        )
    )
    events = F.when(F.col("group") == CONTROL, F.array(_contact("control", F.lit(0)))).otherwise(treated)
    rows = campaign_members(people).withColumn("_event", F.explode(events))
    told = rows.withColumn("day", (first + F.col("_event.after")).cast("int"))
    # Who opens does so after noon, who clicks later still; everything is sent in the morning.
    hours = F.when(F.col("_event.type") == "click", 10).when(F.col("_event.type") == "open", 5).otherwise(-3)
    at = instant(company, dice, "contact.at", *map(F.col, key)) + F.make_dt_interval(F.lit(0), hours)
    return told.select(
        F.hex(F.xxhash64("person", "campaign", "_event.type")).alias("contact_id"),
        source_id(company, CRM, F.col("person"), F.lit(1)).alias("customer_no"),
        _of_campaign([F.lit(c.code) for c in CAMPAIGNS]).alias("campaign"),
        F.col("_event.type").alias("type"),
        _of_campaign([F.lit(c.channel) for c in CAMPAIGNS]).alias("channel"),
        F.lit(None).cast("string").alias("coupon"),
        at.alias("at"),
        "day",
    )


def _redemptions(orders: DataFrame, company: Company) -> DataFrame:
    bought = orders.where("campaign >= 0 and not is_return")
    code = _of_campaign([F.lit(c.code) for c in CAMPAIGNS])
    return bought.select(
        F.hex(F.xxhash64("person", "campaign", F.lit("coupon"))).alias("contact_id"),
        source_id(company, CRM, F.col("person"), F.lit(1)).alias("customer_no"),
        code.alias("campaign"),
        F.lit("coupon_redemption").alias("type"),
        _of_campaign([F.lit(c.channel) for c in CAMPAIGNS]).alias("channel"),
        F.concat(F.lit("CPN-"), code).alias("coupon"),
        F.to_utc_timestamp(clock(company), ZONE).alias("at"),
        "day",
    )


def _contact(kind: str, after: Column) -> Column:
    return F.struct(F.lit(kind).alias("type"), after.cast("int").alias("after"))


def _of_campaign(values: list[Column]) -> Column:
    return F.element_at(F.array(*values), F.col("campaign") + 1)
