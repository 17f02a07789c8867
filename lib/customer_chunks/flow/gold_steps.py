"""The gold steps: which tables each reads and how it follows them.

A new gold table is a contract, a pure function in ``gold/`` and one entry here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.config.settings import RfmSettings
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.flow.step import Built, Input, Now, OnChange, Refresh, Step, Sums
from customer_chunks.gold.customer_facts import customer_facts
from customer_chunks.gold.customer_profiles import customer_profiles
from customer_chunks.gold.kpi_daily import kpi_daily, kpi_parts, kpi_rows
from customer_chunks.gold.rfm_flows import rfm_flows
from customer_chunks.gold.rfm_scores import rfm_scores
from customer_chunks.silver.addressability import addressability
from customer_chunks.silver.customer_links import customer_links
from customer_chunks.silver.customers import customers
from customer_chunks.storage.keys import rows_with

_BEHIND_FACTS = ("orders", "order_lines", "products")


def whole(table: str, build: Callable[..., DataFrame], *inputs: str, setting: str | None = None) -> Step:
    """Declare a table that is computed in full from tables named like the build's parameters.

    A keyword ``as_of`` receives D; ``setting`` names the part of the settings that a keyword of that
    name receives.
    """
    parameters = inspect.signature(build).parameters
    named = {name.split(".", 1)[1]: Input(name, on_change=OnChange.FULL) for name in inputs}
    if set(named) - set(parameters):
        raise TypeError(f"{table}: {build.__name__} has no parameter {sorted(set(named) - set(parameters))}")
    takes_as_of = "as_of" in parameters

    def run(frames: Mapping[str, DataFrame], now: Now) -> Built:
        extra: dict[str, Any] = {"as_of": now.day} if takes_as_of else {}
        if setting:
            extra[setting] = getattr(now.settings, setting)
        return Built({table: build(**frames, **extra)})

    return Step(
        name=table,
        outputs=(table,),
        inputs=named,
        build=run,
        refresh=Refresh.WHOLE,
        settings=(setting,) if setting else (),
        needs_as_of=takes_as_of,
    )


def _customers_of(changes: DataFrame, now: Now) -> DataFrame:
    """Changed lines -> the customers of their orders."""
    orders = now.table("silver.orders").select("order_id", "customer_id")
    return rows_with(orders, changes, "order_id").select("customer_id")


def _buyers_of(changes: DataFrame, now: Now) -> DataFrame:
    """Products of another category -> the customers who ordered them."""
    return _customers_of(_lines_of(changes, now), now)


def _lines_of(changes: DataFrame, now: Now) -> DataFrame:
    """Products of another category -> their lines; another name or price is no matter."""
    counted = changes.groupBy("product_id", "source", "category").agg(F.sum("_change").alias("more"))
    moved = counted.where("more <> 0")
    lines = now.table("silver.order_lines").select("order_id", "product_id")
    return rows_with(lines, moved, "product_id")


def _counted_orders(orders: DataFrame, _: Now) -> DataFrame:
    """silver.orders -> what KPIs need of it, and in ``_whose`` to whom it counts: a customer, or a guest."""
    whose = F.coalesce(F.concat(F.lit("c"), "customer_id"), F.concat(F.lit("o"), "order_id"))
    return orders.select(
        "order_id", "customer_id", "ordered_at", "ordered_on", "order_amount", "order_amount_base", "country",
        "channel", "is_return", whose.alias("_whose"), ROW_HASH,
    )  # fmt: skip


def _counted_lines(lines: DataFrame, _: Now) -> DataFrame:
    return lines.select("order_id", "line_number", "product_id", "line_kind", "line_amount_base", ROW_HASH)


def _whose(lines: DataFrame, now: Now) -> DataFrame:
    """Changed lines -> to whom their orders count."""
    orders = _counted_orders(now.table("silver.orders"), now).select("order_id", "_whose")
    return rows_with(orders, lines, "order_id").select(F.col("_whose").alias("_key"))


def _buyers(changes: DataFrame, now: Now) -> DataFrame:
    return _whose(_lines_of(changes, now), now)


def _facts(frames: Mapping[str, DataFrame], _: Now) -> Built:
    return Built({"gold.customer_facts": customer_facts(**frames)})


def _profiles(frames: Mapping[str, DataFrame], now: Now) -> Built:
    """Facts count all history; for a D in the past they are computed anew from the orders before it."""
    own = {name: frame for name, frame in frames.items() if name not in _BEHIND_FACTS}
    if now.is_day_given:  # else it is the day after the last order, and no order is left out
        orders = frames["orders"]
        if not orders.where(F.col("ordered_on") >= F.lit(now.day)).isEmpty():
            before = orders.where(F.col("ordered_on") < F.lit(now.day))
            own["customer_facts"] = customer_facts(before, frames["order_lines"], frames["products"])
    return Built({"gold.customer_profiles": customer_profiles(**own, as_of=now.day)})


CUSTOMER_FACTS = Step(
    name="gold.customer_facts",
    outputs=("gold.customer_facts",),
    inputs={
        "orders": Input("silver.orders", key="customer_id"),
        "order_lines": Input("silver.order_lines", keys_of=_customers_of, of="orders", on="order_id"),
        "products": Input("silver.products", keys_of=_buyers_of),
    },
    build=_facts,
    refresh=Refresh.BY_KEY,
    scope_key="customer_id",
)

CUSTOMER_PROFILES = Step(
    name="gold.customer_profiles",
    outputs=("gold.customer_profiles",),
    inputs={
        name.split(".")[1]: Input(name, on_change=OnChange.FULL)
        for name in (
            "silver.customers", "gold.customer_facts", "silver.engagements", "silver.loyalty_events",
            "silver.interactions", "silver.orders", "silver.order_lines", "silver.products",
        )
    },
    build=_profiles,
    refresh=Refresh.WHOLE,
    needs_as_of=True,
)  # fmt: skip


KPI_DAILY = Step(
    name="gold.kpi_daily",
    outputs=("gold.kpi_daily",),
    inputs={
        "orders": Input("silver.orders", _counted_orders, key="_whose"),
        "order_lines": Input(
            "silver.order_lines", _counted_lines, keys_of=_whose, of="orders", on="order_id"
        ),
        "products": Input("silver.products", keys_of=_buyers),
    },
    build=lambda frames, _: Built({"gold.kpi_daily": kpi_daily(**frames)}),
    refresh=Refresh.SUMS,
    fingerprint="with returns",  # tables from before they were counted are computed once in full
    sums=Sums(kpi_parts, kpi_rows),
)


def movement(rfm: RfmSettings) -> tuple[Step, ...]:
    """Return the step that tells movement between RFM segments, where the settings ask for it."""
    if not rfm.migration_months:
        return ()
    return (whole("gold.rfm_flows", rfm_flows, "silver.orders", setting="rfm"),)


SHARED_SILVER = (
    whole("silver.customer_links", customer_links, "silver.customer_records"),
    whole("silver.customers", customers, "silver.customer_records", "silver.customer_links"),
    whole("silver.addressability", addressability, "silver.customers", "silver.consents"),
)

GOLD = (
    CUSTOMER_FACTS,
    whole("gold.rfm_scores", rfm_scores, "silver.orders", setting="rfm"),
    KPI_DAILY,
    CUSTOMER_PROFILES,
)
