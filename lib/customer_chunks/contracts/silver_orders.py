"""Contracts of the silver tables that tell what was sold: orders, lines, products, rates."""

from __future__ import annotations

from customer_chunks.contracts.table import HASH, Check, Col, Level, Pii, Table
from customer_chunks.contracts.table_rules import found, fresh, known, steady

ID = "string"
AMOUNT = "decimal(18,4)"
PRICE = "decimal(18,6)"
QUANTITY = "decimal(18,4)"

_NOT_IN_FUTURE = Check(
    "ordered_at.in_future",
    "ordered_at <= _ingested_at + interval 1 day",
    "no order is dated more than a day after it was received",
)
_NOT_LONG_AGO = Check(
    "ordered_at.long_ago",
    "ordered_at >= '1970-01-01'",
    "a day before 1970 is more often a placeholder than a day",
    Level.WARNING,
)

ORDER_LINES = Table(
    "silver",
    "order_lines",
    "one accepted line of an order",
    ("order_id", "line_number"),
    (
        Col("order_id", ID, "the order the line belongs to, namespaced", required=True),
        Col(
            "line_number",
            "int",
            "running number of the order's accepted lines: by line id where every feed of the source has "
            "them, else as they were received",
            required=True,
        ),
        Col("source", "string", "the mapping that brought the line", required=True),
        Col("source_line_id", ID, "the source's own line id, where it has one"),
        Col("product_id", ID, "namespaced; null where the source names none"),
        Col("product_name", "string", "as received on the line"),
        Col(
            "line_kind",
            "string",
            "product, charge (postage, fees) or adjustment (bad debt, samples)",
            required=True,
        ),
        Col("quantity", QUANTITY, "negative on returns", unit="pieces"),
        Col("unit_price", PRICE, "before line discount", unit="order currency"),
        Col(
            "discount_amount",
            AMOUNT,
            "for the whole line; 0 where none is given",
            "order currency",
            required=True,
        ),
        Col(
            "line_amount",
            AMOUNT,
            "quantity x unit_price - discount_amount, HALF_UP",
            "order currency",
            required=True,
        ),
        Col(
            "line_amount_base",
            AMOUNT,
            "line_amount at the order's rate",
            unit="reporting currency",
            required=True,
        ),
        Col("ordered_on", "date", "day of the order in the reporting time zone", required=True),
        HASH,
    ),
    checks=(
        Check("order_id.missing", "source_order_id is not null", "a line names its order"),
        Check("ordered_at.missing", "ordered_at is not null", "a line or its order says when"),
        _NOT_IN_FUTURE,
        Check(
            "line_amount.missing",
            "line_amount is not null",
            "quantity and price, or an amount, are there",
            explained_by=("quantity.unparsable", "unit_price.unparsable", "discount_amount.unparsable"),
        ),
        Check(
            "unit_price.negative",
            "unit_price >= 0 or line_kind <> 'product'",
            "a product's price is not negative; charges and adjustments may be",
        ),
        Check(
            "line_kind.unknown",
            "line_kind in ('product', 'charge', 'adjustment')",
            "the kind is one of three",
        ),
        Check("discount_amount.negative", "discount_amount >= 0", "a discount is given as a positive amount"),
        _NOT_LONG_AGO,
        Check("unit_price.zero", "unit_price <> 0", "a price of zero is unusual, and valid", Level.WARNING),
        Check("quantity.zero", "quantity <> 0", "a quantity of zero sells nothing", Level.WARNING),
        Check("customer_id.missing", "source_customer_id is not null", "a guest order", Level.WARNING),
    ),
    order_checks=(
        Check("currency.missing", "currency is not null", "an amount has a currency"),
        Check(
            "currency.conflict",
            "currency_count <= 1",
            "all lines of an order name the same currency, or none",
        ),
        Check(
            "customer_id.conflict",
            "customer_count <= 1",
            "all lines of an order name the same customer, or none",
        ),
        Check(
            "exchange_rate.missing",
            "exchange_rate is not null or currency is null",
            "a rate is known on the order's day",
        ),
        Check(
            "order_amount.too_large",
            "order_sum is null or abs(order_sum) * greatest(coalesce(exchange_rate, 1), 1) < 1e14",
            "an order comes to less than 10^14, which is what an amount holds",
        ),
    ),
    stats_on=("order_id", "ordered_on"),
    clustered_on=("ordered_on",),
    rules=(
        found("order_id", "silver.orders", "order_id"),
        found("product_id", "silver.products", "product_id"),
        known("product_id", Level.ERROR),
        *steady("unit_price", "if(line_kind = 'product' and unit_price > 0, unit_price, null)", "prices"),
        *steady("quantity", "if(line_kind = 'product' and quantity > 0, quantity, null)", "pieces a line"),
    ),
)

ORDERS = Table(
    "silver",
    "orders",
    "one order, purchase or return",
    ("order_id",),
    (
        Col("order_id", ID, "namespaced source_order_id", required=True),
        Col("customer_id", ID, "through silver.customer_links; null for guests", pii=Pii.INDIRECT),
        Col("source", "string", "the mapping that brought the order", required=True),
        Col("source_order_id", ID, "as the source writes it, trimmed", required=True),
        Col("source_customer_id", ID, "as the source writes it, trimmed; null for guests", pii=Pii.INDIRECT),
        Col(
            "ordered_at",
            "timestamp",
            "the earliest line's instant, or the header's",
            unit="UTC",
            required=True,
        ),
        Col("ordered_on", "date", "day in the reporting time zone", required=True),
        Col(
            "order_amount",
            AMOUNT,
            "sum of product lines; negative on returns",
            "order currency",
            required=True,
        ),
        Col("currency", "string", "ISO 4217 code", required=True),
        Col(
            "order_amount_base", AMOUNT, "order_amount at the day's rate", "reporting currency", required=True
        ),
        Col("charges_amount", AMOUNT, "sum of charge lines", unit="order currency", required=True),
        Col("discount_amount", AMOUNT, "sum of product line discounts", unit="order currency", required=True),
        Col("country", "string", "as mapped"),
        Col("channel", "string", "store, web, app, phone... as mapped"),
        Col("store", "string", "as mapped"),
        Col("item_count", QUANTITY, "sum of product quantities", unit="pieces"),
        Col("line_count", "int", "accepted lines", required=True),
        Col("is_return", "boolean", "marked by the mapping, or order_amount is negative", required=True),
        Col("quarantined_line_count", "int", "lines of this order that stand in quarantine", required=True),
        HASH,
    ),
    checks=(
        Check("order_id.missing", "source_order_id is not null", "an order has an id"),
        Check("ordered_at.missing", "ordered_at is not null", "an order says when"),
        _NOT_IN_FUTURE,
        Check("currency.missing", "currency is not null", "an amount has a currency"),
        Check("order_amount.missing", "_has_amount", "lines or the header tell the amount"),
        Check(
            "exchange_rate.missing",
            "exchange_rate is not null or currency is null or ordered_on is null",
            "a rate is known on the order's day",
        ),
        _NOT_LONG_AGO,
        Check("customer_id.missing", "source_customer_id is not null", "a guest order", Level.WARNING),
    ),
    stats_on=("order_id", "ordered_on", "customer_id"),
    clustered_on=("ordered_on",),
    rules=(
        found("customer_id", "silver.customers", "customer_id"),
        known("customer_id", Level.ERROR),
        known("country"),
        known("channel"),
        known("store"),
        *steady("order_amount_base", "if(order_amount_base > 0, order_amount_base, null)", "purchases"),
        *steady("line_count", "if(line_count > 0, line_count, null)", "lines an order"),
        fresh("ordered_on"),
    ),
)

PRODUCTS = Table(
    "silver",
    "products",
    "one product; one row per source that lists it, where sources share ids",
    ("product_id", "source"),
    (
        Col("product_id", ID, "namespaced", required=True),
        Col("source", "string", "the mapping that brought the product", required=True),
        Col("source_product_id", ID, "as the source writes it, trimmed", required=True),
        Col("product_name", "string", "the catalogue's, else the most frequent on order lines"),
        Col("category", "string", "first level of category_path"),
        Col("category_path", "string", "levels joined by ' > '"),
        Col("brand", "string", "as mapped"),
        Col("list_price", PRICE, "as the catalogue says", unit="source currency"),
        Col("is_inferred", "boolean", "seen on order lines only, in no catalogue", required=True),
        HASH,
    ),
    checks=(Check("product_id.missing", "product_id is not null", "a product has an id"),),
    stats_on=("product_id",),
    rules=(
        known("category"),
        *steady("list_price", "if(list_price > 0, list_price, null)", "prices of the catalogue"),
    ),
)

EXCHANGE_RATES = Table(
    "silver",
    "exchange_rates",
    "one currency on one day",
    ("currency", "valid_on"),
    (
        Col("currency", "string", "ISO 4217 code", required=True),
        Col("valid_on", "date", "first day of the rate", required=True),
        Col("rate", "decimal(24,12)", "reporting currency for one unit of currency", required=True),
        Col("source", "string", "the mapping that brought the rate", required=True),
        HASH,
    ),
    checks=(
        Check("rate.not_positive", "rate > 0", "a rate is above zero"),
        Check("currency.missing", "currency is not null", "a rate names its currency"),
        Check("valid_on.missing", "valid_on is not null", "a rate names its first day"),
        Check("rate.missing", "rate is not null", "a rate is there"),
    ),
    stats_on=("currency", "valid_on"),
)
