"""The silver steps of one source, generated from its mapping.

Every step recomputes whole keys from bronze (an order with all its lines, a customer
with all its rows): so any sequence of deliveries ends in the rows of one full rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.mapped import mapped_rows
from customer_chunks.columns.naming import goes_along
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.contracts import contract
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.flow.bookmarks import mapping_fingerprint
from customer_chunks.flow.order_steps import order_step
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step, View
from customer_chunks.quality.rows import Judged, with_reasons
from customer_chunks.silver.consents import consents, prepared_consents
from customer_chunks.silver.customer_records import customer_records, prepared_records
from customer_chunks.silver.engagements import engagements
from customer_chunks.silver.events import prepared_events
from customer_chunks.silver.exchange_rates import exchange_rates, prepared_rates
from customer_chunks.silver.interactions import interactions
from customer_chunks.silver.keyed import judged_by_key
from customer_chunks.silver.loyalty_events import loyalty_events
from customer_chunks.silver.products import prepared_products, products
from customer_chunks.silver.wallet_preferences import prepared_preferences, wallet_preferences
from customer_chunks.storage.keys import rows_with

_EVENTS = {"engagements": "engagement_id", "loyalty_events": "event_id", "interactions": "interaction_id"}
_NEWEST_BY = {
    "customer_records": ("updated_at",),
    "consents": ("changed_at",),
    "wallet_preferences": ("saved_at",),
}
_NAMED_BY = {"customer_records": ("customer_id", "guest"), "products": ("product_id", "no_product")}
_LINKED: dict[str, Callable[[DataFrame, DataFrame, str, str], DataFrame]] = {
    "engagements": engagements,
    "loyalty_events": loyalty_events,
    "interactions": interactions,
    "consents": consents,
    "wallet_preferences": wallet_preferences,
}


def source_steps(source: SourceMapping, *, beside: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """Return the silver steps that the mapping asks for; ``beside``: currencies that other sources fix."""
    steps: list[Step] = []
    if source.feeds_with("exchange_rates"):
        steps.append(_rates_step(source))
    if _feeds_with_customers(source):
        steps.append(_records_step(source))
    if source.feeds_with("order_lines", "orders"):
        steps.append(order_step(source, beside))
    if source.feeds_with("products", "order_lines"):
        steps.append(_products_step(source))
    steps += [_linked_step(source, entity) for entity in _LINKED if source.feeds_with(entity)]
    return tuple(steps)


def _prepare(entity: str, source: SourceMapping) -> Callable[[DataFrame, Now], DataFrame]:
    """Return what turns mapped rows of a keyed entity into prepared ones."""
    if entity in _EVENTS:
        return lambda rows, now: prepared_events(
            rows, _EVENTS[entity], source.name, source.prefix, now.settings.reporting_time_zone
        )
    return {
        "customer_records": lambda rows, _: prepared_records(rows, source.name),
        "products": lambda rows, _: prepared_products(rows, source.name, source.prefix),
        "consents": lambda rows, _: prepared_consents(rows, source.name),
        "wallet_preferences": lambda rows, _: prepared_preferences(rows, source.name),
        "exchange_rates": lambda rows, _: prepared_rates(rows, source.name),
    }[entity]


def _view(source: SourceMapping, feed: Feed, entity: str) -> View:
    """Bronze rows (or changed ones) -> prepared rows with ``_key`` and reasons."""
    prepare = _prepare(entity, source)
    checks = contract(ENTITIES[entity].table).checks

    def view(bronze: DataFrame, now: Now) -> DataFrame:
        rows = mapped_rows(bronze, feed, source, entity, reporting_zone=now.settings.reporting_time_zone)
        if entity in _NAMED_BY and len(feed.entities) > 1:
            rows = _without_nameless(rows, *_NAMED_BY[entity])
        return with_reasons(prepare(rows, now), checks)

    return view


def _without_nameless(rows: DataFrame, field: str, rule: str) -> DataFrame:
    """Exclude rows that name no customer (or product) where the feed is about something else besides.

    A guest's order line says nothing of any customer: that breaks no rule.
    """
    is_nameless = F.col(field).isNull() & F.col("_excluded").isNull()
    return rows.withColumn("_excluded", F.when(is_nameless, F.lit(rule)).otherwise(F.col("_excluded")))


def _inputs(source: SourceMapping, entity: str) -> dict[str, Input]:
    return {
        f"{entity}:{feed.name}": Input(feed.table, _view(source, feed, entity), key="_key", entity=entity)
        for feed in source.feeds_with(entity)
    }


def _judged(frames: Mapping[str, DataFrame], entity: str) -> list[Judged]:
    """Judge the rows of every feed of an entity together: a key counts once, whichever feed brought it."""
    mine = {name.split(":", 1)[1]: frame for name, frame in frames.items() if name.startswith(f"{entity}:")}
    rows = reduce(DataFrame.unionByName, mine.values())
    judged = judged_by_key(rows, _NEWEST_BY.get(entity, ())).persist()
    return [Judged(feed, entity, judged.where(F.col("_feed") == feed)) for feed in mine] + [
        Judged("", entity, judged)
    ]


def _split(judged: list[Judged]) -> tuple[DataFrame, list[Judged]]:
    """Return the frame of all feeds, and the frames of each."""
    return judged[-1].rows, judged[:-1]


def _rates_step(source: SourceMapping) -> Step:
    def build(frames: Mapping[str, DataFrame], _: Now) -> Built:
        rows, by_feed = _split(_judged(frames, "exchange_rates"))
        return Built({"silver.exchange_rates": exchange_rates(rows)}, by_feed, [rows])

    return Step(
        name=f"silver.exchange_rates[{source.name}]",
        outputs=("silver.exchange_rates",),
        inputs={
            name: Input(i.table, i.view, on_change=OnChange.FULL, entity=i.entity)
            for name, i in _inputs(source, "exchange_rates").items()
        },
        build=build,
        refresh=Refresh.WHOLE,
        source=source.name,
        fingerprint=mapping_fingerprint(source, "exchange_rates"),
    )


def _products_step(source: SourceMapping) -> Step:
    def build(frames: Mapping[str, DataFrame], _: Now) -> Built:
        judged = _judged(frames, "products") if source.feeds_with("products") else None
        rows, by_feed = _split(judged) if judged else (None, [])
        table = products(rows, frames["order_lines"], source.name, source.prefix)
        return Built({"silver.products": table}, by_feed, [rows] if rows is not None else [])

    inputs = _inputs(source, "products")
    inputs["order_lines"] = Input("silver.order_lines", key="product_id", keys_of=_renamed(source))
    return Step(
        name=f"silver.products[{source.name}]",
        outputs=("silver.products",),
        inputs=inputs,
        build=build,
        refresh=Refresh.BY_KEY,
        scope_key="product_id",
        source=source.name,
        fingerprint=mapping_fingerprint(source, "products"),
    )


def _renamed(source: SourceMapping) -> View:
    """Changed lines -> the products of which they may tell another name, or for the first or the last time.

    One more line with the name that a product has changes nothing, and a day brings lines of most products;
    nor does a line without a name, one more or one less, of a product that the catalogue lists.
    """

    def keys(changes: DataFrame, now: Now) -> DataFrame:
        is_mine = F.col("source") == source.name
        told = changes.where(is_mine).groupBy("product_id", "product_name")
        known = now.table("silver.products").where(is_mine)
        both = told.agg(F.sum("_change").alias("_more")).join(
            known.select("product_id", F.col("product_name").alias("_known"), "is_inferred"),
            on="product_id",
            how="left",
        )
        is_as_known = F.expr("_more > 0 and (product_name is null or product_name <=> _known)")
        is_listed = F.expr("product_name is null and not is_inferred")
        says_nothing = F.col("is_inferred").isNotNull() & (is_as_known | is_listed)
        return both.where((F.col("_more") != 0) & ~says_nothing).select("product_id")

    return keys


def _feeds_with_customers(source: SourceMapping) -> list[tuple[Feed, str]]:
    """Return the feeds and entities that name customers."""
    return [(feed, e.entity.name) for feed in source.feeds for e in feed.entities if e.has("customer_id")]


def _ids_of(source: SourceMapping) -> list[tuple[object, ...]]:
    """Return what of the other feeds the ids of customers depend on."""
    return [
        (feed.name, entity, feed.null_values, feed.exclude, [f for n, f in e.fields if n == "customer_id"])
        for feed, entity in _feeds_with_customers(source)
        for e in feed.entities
        if e.entity.name == entity
    ]


def _seen_view(source: SourceMapping, feed: Feed, entity: str) -> View:
    """Bronze rows -> the ids of customers on rows that no rule excludes."""

    def view(bronze: DataFrame, now: Now) -> DataFrame:
        rows = mapped_rows(bronze, feed, source, entity, reporting_zone=now.settings.reporting_time_zone)
        known = rows.where("_excluded is null and customer_id is not null")
        carried = [F.col(name) for name in rows.columns if goes_along(name)]
        return known.select(F.col("customer_id").alias("_key"), *carried)

    return view


def _unknown(source: SourceMapping) -> View:
    """Ids on changed rows -> those that have no record yet, and those that a row no longer names.

    One more order of a known customer says nothing of the customer.
    """

    def keys(seen: DataFrame, now: Now) -> DataFrame:
        records = now.table("silver.customer_records").where(F.col("source") == source.name)
        known = records.select(F.col("source_customer_id").alias("_key"))
        new = seen.where("_change > 0").select("_key").join(known, on="_key", how="left_anti")
        return new.unionByName(seen.where("_change < 0").select("_key"))

    return keys


def _records_step(source: SourceMapping) -> Step:
    inputs = _inputs(source, "customer_records")
    for feed, entity in _feeds_with_customers(source):
        if entity != "customer_records":
            inputs[f"seen:{feed.name}:{entity}"] = Input(
                feed.table, _seen_view(source, feed, entity), key="_key", keys_of=_unknown(source)
            )

    def build(frames: Mapping[str, DataFrame], _: Now) -> Built:
        mine = {
            name.split(":", 1)[1]: f for name, f in frames.items() if name.startswith("customer_records:")
        }
        judged = {
            feed: judged_by_key(frame, _NEWEST_BY["customer_records"]).persist()
            for feed, frame in mine.items()
        }
        seen = [frame for name, frame in frames.items() if name.startswith("seen:")]
        namespace = source.prefix.removesuffix(":")
        table = customer_records(list(judged.values()), seen, source.name, namespace)
        by_feed = [Judged(feed, "customer_records", frame) for feed, frame in judged.items()]
        return Built({"silver.customer_records": table}, by_feed, list(judged.values()))

    return Step(
        name=f"silver.customer_records[{source.name}]",
        outputs=("silver.customer_records",),
        inputs=inputs,
        build=build,
        refresh=Refresh.BY_KEY,
        scope_key="source_customer_id",
        source=source.name,
        fingerprint=mapping_fingerprint(source, "customer_records") + repr(_ids_of(source)),
    )


def _linked_step(source: SourceMapping, entity: str) -> Step:
    """Rows that belong to a customer through silver.customer_links."""
    table = ENTITIES[entity].table
    is_event = entity in _EVENTS

    def of_customers(changes: DataFrame, now: Now) -> DataFrame:
        is_mine = F.col("source") == source.name
        rows = rows_with(now.table(table).where(is_mine), changes.where(is_mine), "source_customer_id")
        return rows.select(F.expr(_key_of(entity)).alias("_key"))

    def build(frames: Mapping[str, DataFrame], _: Now) -> Built:
        rows, by_feed = _split(_judged(frames, entity))
        return Built(
            {table: _LINKED[entity](rows, frames["links"], source.name, source.prefix)}, by_feed, [rows]
        )

    inputs = _inputs(source, entity)
    inputs["links"] = Input("silver.customer_links", keys_of=of_customers)
    return Step(
        name=f"{table}[{source.name}]",
        outputs=(table,),
        inputs=inputs,
        build=build,
        refresh=Refresh.BY_KEY,
        scope_key=_EVENTS[entity] if is_event else None,
        scope_expression=None if is_event else _key_of(entity),
        source=source.name,
        fingerprint=mapping_fingerprint(source, entity),
    )


def _key_of(entity: str) -> str:
    """Return the SQL over the silver table that gives a row's ``_key``."""
    return {
        **_EVENTS,
        "consents": "concat_ws('|', source_customer_id, purpose, channel)",
        "wallet_preferences": "concat_ws('|', source_customer_id, preference)",
    }[entity]
