"""What a mapping must say so that its rows can become orders and customers: rules over the whole of it."""

from __future__ import annotations

from collections.abc import Iterator

from customer_chunks.config.source_mapping import SHARED, EntityMapping, Feed, SourceMapping
from customer_chunks.contracts.entities import ENTITIES
from customer_chunks.errors import ConfigError

_SALES = ("order_lines", "orders")


def check_source(mapping: SourceMapping) -> None:
    """Check one source.

    Raises:
        ConfigError: amounts without a currency, rows without an order, or lines without a price or a time.
    """
    for feed in mapping.feeds:
        for name in _SALES:
            entity = feed.entity(name)
            if entity is not None:
                _check_currency(mapping, feed, entity)
                _check_order(feed, entity)
        lines = feed.entity("order_lines")
        if lines is not None:
            _check_lines(mapping, lines)


def check_together(mappings: tuple[SourceMapping, ...]) -> None:
    """Check that sources which bring the same kind of rows say whether they share their ids.

    Raises:
        ConfigError: a namespace is missing or used twice.
    """
    for mapping, rivals, entity in _rivals(mappings):
        if mapping.namespace is None:
            raise ConfigError(
                f"{mapping.where}: sources {', '.join(m.name for m in rivals)} all bring {entity}.",
                f"Give each its own `namespace:`, or `namespace: {SHARED}` where they share one set of ids.",
            )
        others = [m.namespace for m in rivals if m is not mapping]
        if mapping.namespace != SHARED and mapping.namespace in others:
            raise ConfigError(
                f"{mapping.where}: namespace '{mapping.namespace}' is used by two sources.",
                f"Choose another, or `{SHARED}` for all of them.",
            )


def _rivals(mappings: tuple[SourceMapping, ...]) -> Iterator[tuple[SourceMapping, list[SourceMapping], str]]:
    for entity in ENTITIES:
        rivals = [m for m in mappings if m.feeds_with(entity)]
        if len(rivals) > 1 and entity != "exchange_rates":
            yield from ((mapping, rivals, entity) for mapping in rivals)


def _check_currency(mapping: SourceMapping, feed: Feed, entity: EntityMapping) -> None:
    if mapping.currency is None and not any(e.has("currency") for e in (entity, *feed.entities)):
        raise ConfigError(
            f"{mapping.where}: in which currency are the amounts of feed '{feed.name}'?",
            "Add `currency: EUR` (or yours) beside `source:`, or map a currency column.",
        )


def _check_order(feed: Feed, entity: EntityMapping) -> None:
    if entity.has("order_id"):
        if feed.orders is not None:
            raise ConfigError(
                f"{entity.where}: has an order_id and `orders: {feed.orders}`.", "Keep one of them."
            )
        return
    if feed.orders is None:
        raise ConfigError(
            f"{entity.where}: no 'order_id' is mapped.",
            "Map it, or say in the feed what an order is: `orders: each_row` or `orders: customer_day`.",
        )
    if feed.orders == "customer_day" and entity.entity.name == "orders":
        raise ConfigError(
            f"{entity.where}: `orders: customer_day` puts lines together, and a header is one order.",
            "Map the rows as order_lines.",
        )
    if feed.orders == "customer_day" and not (entity.has("customer_id") and entity.has("ordered_at")):
        raise ConfigError(
            f"{entity.where}: `orders: customer_day` needs customer_id and ordered_at.", "Map both."
        )


def _check_lines(mapping: SourceMapping, lines: EntityMapping) -> None:
    if not lines.has("line_amount") and not (lines.has("quantity") and lines.has("unit_price")):
        raise ConfigError(
            f"{lines.where}: what a line costs is not mapped.", "Map line_amount, or quantity and unit_price."
        )
    if not lines.has("ordered_at") and not mapping.feeds_with("orders"):
        raise ConfigError(f"{lines.where}: no 'ordered_at' is mapped.", "Map it, or add an `orders` feed.")
