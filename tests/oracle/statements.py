"""The definitions as DuckDB SQL; ``{places}`` are filled from a feed and its settings by the oracle."""

from __future__ import annotations

CLEAN_ID = "CREATE MACRO clean_id(t) AS regexp_replace(nullif(trim(t), ''), '^(-?[0-9]+)\\.0$', '\\1')"

ORDER_IDS: dict[str | None, str] = {
    None: "{prefix} || clean_id({f_order_id})",
    "each_row": "delivery || '#' || row_number",
    "customer_day": "coalesce(clean_id({f_customer_id}) || '@' || ordered_on, delivery || '#' || row_number)",
}

_NUMBER = """CASE WHEN regexp_full_match(trim({{text}}), {l_pattern})
    THEN try_cast(replace(replace(trim({{text}}), {l_thousands}, ''), {l_decimal}, '.') AS {{type}}) END"""


def _number(name: str, kind: str) -> str:
    return _NUMBER.replace("{{text}}", "{f_" + name + "}").replace("{{type}}", kind)


def _unparsable(name: str) -> str:
    return "CASE WHEN {p}_text IS NOT NULL AND {p} IS NULL THEN '{p}.unparsable' END".replace("{p}", name)


_TYPED = f"""
CREATE TABLE typed AS
SELECT
    delivery, row_number, is_malformed, raw_key, coalesce(is_gap, false) AS is_gap,
    {{excluded}} AS is_excluded,
    {{order_id}} AS order_id,
    {{prefix}} || clean_id({{f_customer_id}}) AS customer_id,
    {{prefix}} || clean_id({{f_product_id}}) AS product_id,
    coalesce(nullif(trim({{f_line_kind}}), ''), 'product') AS line_kind,
    nullif(trim({{f_ordered_at}}), '') AS ordered_at_text, ordered_at, ordered_on,
    nullif(trim({{f_quantity}}), '') AS quantity_text,
    {_number("quantity", "DECIMAL(18, 4)")} AS quantity,
    nullif(trim({{f_unit_price}}), '') AS unit_price_text,
    {_number("unit_price", "DECIMAL(18, 6)")} AS unit_price,
    nullif(trim({{f_discount_amount}}), '') AS discount_amount_text,
    {_number("discount_amount", "DECIMAL(18, 4)")} AS discount_amount,
    nullif(trim({{f_line_amount}}), '') AS line_amount_text,
    {_number("line_amount", "DECIMAL(18, 4)")} AS line_amount,
    nullif(trim({{f_currency}}), '') AS currency,
    nullif(trim({{f_country}}), '') AS country,
    nullif(trim({{f_channel}}), '') AS channel,
    nullif(trim({{f_store}}), '') AS store,
    {{f_is_return}}::BOOLEAN AS is_marked
FROM raw LEFT JOIN instants ON instants.text = {{f_ordered_at}}
"""

_CHECKED = f"""
CREATE TABLE checked AS
WITH priced AS (
    SELECT * REPLACE (coalesce(line_amount, CASE WHEN line_amount_text IS NULL THEN
        (quantity * unit_price - coalesce(discount_amount, 0))::DECIMAL(18, 4) END) AS line_amount)
    FROM typed
), found AS (
    SELECT *, CASE WHEN is_malformed THEN ['record.malformed'] ELSE list_filter([
        CASE WHEN order_id IS NULL THEN 'order_id.missing' END,
        CASE WHEN ordered_at_text IS NULL THEN 'ordered_at.missing' END,
        {_unparsable("ordered_at")},
        {_unparsable("quantity")},
        {_unparsable("unit_price")},
        {_unparsable("discount_amount")},
        {_unparsable("line_amount")},
        CASE WHEN unit_price < 0 AND line_kind = 'product' THEN 'unit_price.negative' END,
        CASE WHEN ordered_at > {{latest}}::TIMESTAMP + INTERVAL 1 DAY THEN 'ordered_at.in_future' END,
        CASE WHEN line_amount IS NULL AND line_amount_text IS NULL
            AND (quantity_text IS NULL OR quantity IS NOT NULL)
            AND (unit_price_text IS NULL OR unit_price IS NOT NULL)
            AND (discount_amount_text IS NULL OR discount_amount IS NOT NULL) THEN 'line_amount.missing' END
    ], lambda code: code IS NOT NULL) END AS row_reasons
    FROM priced
)
SELECT *, CASE
    WHEN is_excluded THEN 'excluded'
    WHEN len(row_reasons) > 0 THEN 'quarantined'
    WHEN {{drop}} AND row_number() OVER (
        PARTITION BY raw_key, is_excluded, len(row_reasons) > 0 ORDER BY delivery, row_number) > 1
        THEN 'duplicate'
    ELSE 'standing' END AS row_fate
FROM found
"""


def _earliest(name: str) -> str:
    return f"first({name} ORDER BY delivery, row_number) FILTER (WHERE {name} IS NOT NULL) AS {name}"


_ASSEMBLED = f"""
CREATE TABLE assembled AS
SELECT
    order_id, count(DISTINCT customer_id) > 1 AS has_conflict,
    min(ordered_at) AS ordered_at, min(ordered_on) AS ordered_on,
    {", ".join(_earliest(n) for n in ("customer_id", "country", "channel", "store", "is_marked"))},
    {_earliest("currency").replace(" AS currency", "")} AS own_currency,
    coalesce(own_currency, {{currency}}) AS currency,
    coalesce(sum(line_amount) FILTER (WHERE line_kind = 'product'), 0)::DECIMAL(18, 4) AS amount,
    coalesce(sum(line_amount) FILTER (WHERE line_kind = 'charge'), 0)::DECIMAL(18, 4) AS charges,
    coalesce(sum(quantity) FILTER (WHERE line_kind = 'product'), 0)::DECIMAL(18, 4) AS pieces
FROM checked WHERE row_fate = 'standing' GROUP BY order_id
"""

_RATED = """
CREATE TABLE rated AS
WITH matched AS (
    SELECT assembled.*, CASE
        WHEN {reporting_currency} IS NULL OR assembled.currency = {reporting_currency} THEN 1::DECIMAL(20, 12)
        ELSE rates.rate END AS rate
    FROM assembled ASOF LEFT JOIN rates
        ON assembled.currency = rates.currency AND assembled.ordered_on >= rates.valid_on
)
SELECT *, list_filter([
    CASE WHEN has_conflict THEN 'customer_id.conflict' END,
    CASE WHEN rate IS NULL THEN 'exchange_rate.missing' END
], lambda code: code IS NOT NULL) AS order_reasons,
    CASE WHEN coalesce(is_marked, false) AND amount > 0 THEN -1 ELSE 1 END AS sign
FROM matched
"""

_JUDGED = """
CREATE TABLE judged AS
SELECT checked.*, CASE
    WHEN row_fate <> 'standing' THEN row_fate
    WHEN len(order_reasons) > 0 THEN 'quarantined'
    ELSE 'accepted' END AS fate,
    CASE WHEN row_fate = 'standing' THEN order_reasons ELSE row_reasons END AS reasons, sign, rate
FROM checked LEFT JOIN rated USING (order_id)
"""

_ORDERS = """
CREATE TABLE orders AS
WITH lost AS (SELECT order_id, count(*) AS lines FROM judged WHERE fate = 'quarantined' GROUP BY 1)
SELECT
    order_id, customer_id, ordered_at, ordered_on,
    (amount * sign)::DECIMAL(18, 4) AS order_amount, currency,
    (amount * sign * rate)::DECIMAL(18, 4) AS order_amount_base,
    (charges * sign)::DECIMAL(18, 4) AS charges_amount,
    country, channel, store, (pieces * sign)::DECIMAL(18, 4) AS item_count,
    coalesce(is_marked, false) OR amount * sign < 0 AS is_return,
    NOT is_return AND order_amount > 0 AS is_purchase,
    coalesce(lost.lines, 0)::BIGINT AS quarantined_line_count, rate
FROM rated LEFT JOIN lost USING (order_id)
WHERE len(order_reasons) = 0
"""

_LINES = """
CREATE TABLE lines AS
SELECT
    order_id, row_number() OVER (PARTITION BY order_id ORDER BY delivery, row_number) AS line_number,
    delivery, row_number, product_id, line_kind,
    (quantity * sign)::DECIMAL(18, 4) AS quantity, unit_price,
    (coalesce(discount_amount, 0) * sign)::DECIMAL(18, 4) AS discount_amount,
    (line_amount * sign)::DECIMAL(18, 4) AS line_amount, rate, coalesce(category, 'unknown') AS category
FROM judged LEFT JOIN categories USING (product_id)
WHERE fate = 'accepted'
"""

FROM_TYPED_TO_ORDERS = (_TYPED, _CHECKED, _ASSEMBLED, _RATED, _JUDGED, _ORDERS, _LINES)

QUARANTINE = "SELECT delivery, row_number, reasons FROM judged WHERE fate = 'quarantined' ORDER BY 1, 2"

REASON_COUNTS = """
SELECT unnest(reasons) AS code, count(*) FROM judged WHERE fate = 'quarantined' GROUP BY 1 ORDER BY 1
"""

LOAD_CATEGORIES = """
CREATE TABLE categories AS SELECT {prefix} || product_id AS product_id, category FROM category_rows
"""

LOAD_RATES = """
INSERT INTO rates
SELECT trim(currency), valid_on::DATE, rate::DECIMAL(20, 12) FROM read_csv(?, all_varchar = true)
"""

RFM_TOTALS = """
SELECT
    customer_id, $as_of::DATE AS as_of,
    date_diff('day', max(ordered_on) FILTER (WHERE is_purchase), $as_of::DATE) AS recency_days,
    count(*) FILTER (WHERE is_purchase) AS frequency,
    sum(order_amount_base) FILTER (WHERE is_purchase OR (is_return AND $net)) AS monetary_amount
FROM orders
WHERE customer_id IS NOT NULL AND ordered_on < $as_of::DATE
    AND date_diff('day', ordered_on, $as_of::DATE) <= $window_days
GROUP BY customer_id HAVING frequency > 0 ORDER BY customer_id
"""

KPI_DAILY = """
WITH numbered AS (
    SELECT *, is_purchase AND customer_id IS NOT NULL AND row_number() OVER (
        PARTITION BY customer_id, is_purchase ORDER BY ordered_at, order_id) = 1 AS is_first
    FROM orders
), counted AS (SELECT * FROM numbered WHERE is_purchase OR is_return),
touched AS (
    SELECT order_id, category, sum((line_amount * rate)::DECIMAL(18, 4)) AS amount
    FROM lines WHERE line_kind = 'product' GROUP BY ALL
), cells AS (
    SELECT 'all' AS dimension, 'all' AS value, order_amount_base AS amount, *
    FROM counted
    UNION ALL BY NAME
    SELECT 'country' AS dimension, coalesce(country, 'unknown') AS value, order_amount_base AS amount, *
    FROM counted
    UNION ALL BY NAME
    SELECT 'channel' AS dimension, coalesce(channel, 'unknown') AS value, order_amount_base AS amount, *
    FROM counted
    UNION ALL BY NAME
    SELECT 'category' AS dimension, category AS value, amount, counted.*
    FROM counted JOIN touched USING (order_id)
)
SELECT
    ordered_on AS day, dimension, value,
    coalesce(sum(amount) FILTER (WHERE is_purchase), 0)::DECIMAL(18, 4) AS gross_revenue,
    coalesce(-sum(amount) FILTER (WHERE is_return), 0)::DECIMAL(18, 4) AS returns_amount,
    (gross_revenue - returns_amount)::DECIMAL(18, 4) AS net_revenue,
    count(*) FILTER (WHERE is_purchase) AS orders,
    count(DISTINCT customer_id) FILTER (WHERE is_purchase) AS active_customers,
    count(*) FILTER (WHERE is_first) AS new_customers
FROM cells GROUP BY ordered_on, dimension, value ORDER BY ALL
"""
