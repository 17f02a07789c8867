"""The step that turns a source's lines and order headers into silver.order_lines and silver.orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_chunks.columns.mapped import mapped_rows
from customer_chunks.config.mapping import Feed, SourceMapping
from customer_chunks.contracts.silver_orders import ORDER_LINES, ORDERS
from customer_chunks.contracts.table import ROW_HASH
from customer_chunks.flow.bookmarks import mapping_fingerprint
from customer_chunks.flow.currencies import require_one_currency
from customer_chunks.flow.rated_orders import is_rated, orders_of_rates
from customer_chunks.flow.step import Built, Input, Now, Refresh, Step, View
from customer_chunks.quality.rows import Judged, broken, with_reasons
from customer_chunks.silver.exchange_rates import daily_rates
from customer_chunks.silver.keyed import judged_by_key
from customer_chunks.silver.order_lines import (
    LineRules,
    judged_lines,
    order_lines,
    prepared_lines,
    with_headers,
    with_rate,
)
from customer_chunks.silver.orders import orders, prepared_headers
from customer_chunks.storage.keys import rows_with

Prepared = Callable[[DataFrame, LineRules], DataFrame]
"""What fills in the ids of mapped rows."""


def order_step(source: SourceMapping, beside: frozenset[str] = frozenset()) -> Step:
    """Return the step of a source that brings order lines, order headers or both."""
    lines = {
        f"lines:{f.name}": Input(
            f.table, _view(source, f, "order_lines", prepared_lines), key="_key", entity="order_lines"
        )
        for f in source.feeds_with("order_lines")
    }
    headers = {
        f"headers:{f.name}": Input(
            f.table, _view(source, f, "orders", prepared_headers), key="_key", entity="orders"
        )
        for f in source.feeds_with("orders")
    }
    return Step(
        name=f"silver.orders[{source.name}]",
        outputs=("silver.order_lines", "silver.orders"),
        inputs={
            **lines,
            **headers,
            "links": Input("silver.customer_links", keys_of=_orders_of(source)),
            "rates": Input("silver.exchange_rates", keys_of=orders_of_rates(source, {**lines, **headers})),
        },
        build=lambda frames, now: _build(source, beside, frames, now),
        refresh=Refresh.BY_KEY,
        scope_key="order_id",
        source=source.name,
        fingerprint=mapping_fingerprint(source, "order_lines", "orders"),
        settings=("reporting_currency",),
    )


def _build(source: SourceMapping, beside: frozenset[str], frames: Mapping[str, DataFrame], now: Now) -> Built:
    require_one_currency(source, frames, beside, now)
    rates = _rates(source, frames, now)
    rules = _rules(source, now.settings.reporting_time_zone)
    line_frames = {n.split(":", 1)[1]: f for n, f in frames.items() if n.startswith("lines:")}
    header_frames = {n.split(":", 1)[1]: f for n, f in frames.items() if n.startswith("headers:")}
    judged_headers = (
        _judged_headers(header_frames, rates, has_lines=bool(line_frames)) if header_frames else None
    )
    headers = None if judged_headers is None else judged_headers.where("_disposition = 'accepted'")
    judged = None
    if line_frames:
        judged = _judged_lines(source, line_frames, headers, rates, rules).persist()
    if headers is not None:
        headers = _with_quarantined(headers, judged)
    outputs = {
        "silver.order_lines": _no_lines(frames["links"]) if judged is None else order_lines(judged, rules),
        "silver.orders": orders(judged, headers, frames["links"], rules),
    }
    by_feed = []
    if judged is not None:
        by_feed = [Judged(f, "order_lines", judged.where(F.col("_feed") == f)) for f in line_frames]
    if judged_headers is not None:
        by_feed += [Judged(f, "orders", judged_headers.where(F.col("_feed") == f)) for f in header_frames]
    return Built(outputs, by_feed, [f for f in (judged, judged_headers, rates) if f is not None])


def _judged_headers(
    frames: Mapping[str, DataFrame], rates: DataFrame | None, *, has_lines: bool
) -> DataFrame:
    """Judge order headers; where no lines tell an order's amount, the header has to."""
    rows = with_rate(reduce(DataFrame.unionByName, frames.values()), rates)
    rows = rows.withColumn("_has_amount", F.lit(has_lines) | F.col("order_amount").isNotNull())
    judged = judged_by_key(with_reasons(rows, ORDERS.checks))
    return (judged.drop("exchange_rate") if rates is None else judged).persist()


def _judged_lines(
    source: SourceMapping,
    frames: Mapping[str, DataFrame],
    headers: DataFrame | None,
    rates: DataFrame | None,
    rules: LineRules,
) -> DataFrame:
    lines = reduce(DataFrame.unionByName, frames.values())
    if headers is not None:
        lines = with_headers(lines, headers)
    feeds = source.feeds_with("order_lines")
    has_copies = any(f.duplicates == "drop" or _has_line_ids(f) for f in feeds)
    return judged_lines(
        with_reasons(lines, ORDER_LINES.checks),
        rates,
        broken(ORDER_LINES.order_checks),
        rules=rules,
        has_copies=has_copies,
    )


def _no_lines(any_frame: DataFrame) -> DataFrame:
    """Return silver.order_lines without rows, for a source that brings headers only."""
    types = {name: t for name, t in ORDER_LINES.types.items() if name != ROW_HASH}
    empty = any_frame.sparkSession.sql(
        "SELECT " + ", ".join(f"CAST(NULL AS {t}) AS `{n}`" for n, t in types.items())
    )
    return empty.where("false")


def _with_quarantined(headers: DataFrame, judged: DataFrame | None) -> DataFrame:
    if judged is None:
        return headers.withColumn("_quarantined_lines", F.lit(0))
    counted = (
        judged.where("_disposition = 'quarantined'")
        .groupBy("_key")
        .agg(F.count("*").alias("_quarantined_lines"))
    )
    return headers.join(counted, on="_key", how="left")


def _view(source: SourceMapping, feed: Feed, entity: str, prepared: Prepared) -> View:
    """Bronze rows of a feed -> its lines or headers, with the ids that orders are put together by."""

    def view(bronze: DataFrame, now: Now) -> DataFrame:
        zone = now.settings.reporting_time_zone
        mapped = mapped_rows(bronze, feed, source, entity, reporting_zone=zone)
        return prepared(mapped, _rules(source, zone, feed))

    return view


def _rules(source: SourceMapping, zone: str, feed: Feed | None = None) -> LineRules:
    """Return what the mapping says of the source's orders, and of the rows of one of its feeds."""
    of_source = LineRules(source.name, source.prefix, source.currency, zone)
    if feed is None:
        return replace(of_source, has_line_ids=all(map(_has_line_ids, source.feeds_with("order_lines"))))
    return replace(
        of_source,
        keep_duplicates=feed.duplicates == "keep",
        has_line_ids=_has_line_ids(feed),
        orders=feed.orders,
    )


def _orders_of(source: SourceMapping) -> View:
    """Changed links -> the orders of their records."""

    def keys(changes: DataFrame, now: Now) -> DataFrame:
        is_mine = F.col("source") == source.name
        known = now.table("silver.orders").where(is_mine)
        mine = rows_with(known, changes.where(is_mine), "source_customer_id")
        return mine.select(F.col("order_id").alias("_key"))

    return keys


def _has_line_ids(feed: Feed) -> bool:
    lines = feed.entity("order_lines")
    return lines is not None and lines.has("line_id")


def _rates(source: SourceMapping, frames: Mapping[str, DataFrame], now: Now) -> DataFrame | None:
    """Return the rate of every currency and day; None where one currency is all there is."""
    if not is_rated(source, now):
        return None
    # No order is dated more than a day after it was received, on whatever side of the date line.
    last = datetime.now(timezone.utc).date() + timedelta(days=3)
    return daily_rates(frames["rates"], str(now.settings.reporting_currency), last.isoformat()).persist()
