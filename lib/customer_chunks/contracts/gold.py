"""Contracts of the gold tables: what BI people, scientists and marketers read."""

from __future__ import annotations

from customer_chunks.contracts.table import HASH, Col, Pii, Table

MONEY = "decimal(18,4)"
BASE = "reporting currency"
NEW, GONE = "new", "gone"
"""Where who was in no segment before comes from, and where who is in none any more goes."""
CUSTOMER = Col("customer_id", "string", "the customer", required=True, pii=Pii.INDIRECT)

CUSTOMER_FACTS = Table(
    "gold",
    "customer_facts",
    "one customer with at least one order, fixed by the customer's own orders",
    ("customer_id",),
    (
        CUSTOMER,
        Col("first_purchase_on", "date", "null where every order is a return"),
        Col("last_purchase_on", "date", "null where every order is a return"),
        Col(
            "purchase_count",
            "bigint",
            "orders that are no return and have an amount above zero",
            required=True,
        ),
        Col("purchase_days", "bigint", "distinct days with a purchase", required=True),
        Col("return_count", "bigint", "orders that are returns", required=True),
        Col("gross_amount", MONEY, "sum of purchases", unit=BASE, required=True),
        Col("returns_amount", MONEY, "sum of returns, as a positive number", unit=BASE, required=True),
        Col("net_amount", MONEY, "gross_amount - returns_amount", unit=BASE, required=True),
        Col("item_count", MONEY, "products bought less products returned", unit="pieces"),
        Col("discount_amount", MONEY, "line discounts on purchases", unit="order currency", required=True),
        Col("discounted_purchase_count", "bigint", "purchases with a discount", required=True),
        Col("channel_counts", "map<string,bigint>", "purchases by channel; unknown where none is given"),
        Col("category_amounts", "map<string,decimal(18,4)>", "net product amount by category, base currency"),
        HASH,
    ),
    stats_on=("customer_id", "last_purchase_on"),
    clustered_on=("customer_id",),
)

CUSTOMER_PROFILES = Table(
    "gold",
    "customer_profiles",
    "one known customer, as of D",
    ("customer_id",),
    (
        CUSTOMER,
        Col("as_of", "date", "D: the first day not counted", required=True),
        Col("age_band", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("income_band", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("household_size", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("household_kind", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("gender", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("country", "string", "from the golden record"),
        Col("city", "string", "from the golden record", pii=Pii.INDIRECT),
        Col("loyalty_tier", "string", "from the golden record"),
        Col("first_purchase_on", "date", "null without a purchase"),
        Col("last_purchase_on", "date", "null without a purchase"),
        Col("recency_days", "int", "last purchase to D", unit="days"),
        Col("tenure_days", "int", "first purchase to D", unit="days"),
        Col("purchase_count", "bigint", "purchases before D", required=True),
        Col("return_count", "bigint", "returns before D", required=True),
        Col("purchase_frequency", "double", "purchases per 30 days of tenure", unit="1/30 days"),
        Col("average_order_value", MONEY, "gross amount per purchase", unit=BASE),
        Col("gross_amount", MONEY, "sum of purchases", unit=BASE, required=True),
        Col("net_amount", MONEY, "purchases less returns", unit=BASE, required=True),
        Col("return_rate", "double", "returns per purchase", unit="share"),
        Col("average_days_between_purchases", "double", "null below two purchase days", unit="days"),
        Col("discount_affinity", "double", "purchases with a discount / purchases", unit="share"),
        Col("favourite_category", "string", "largest share of positive category amounts"),
        Col("category_shares", "map<string,double>", "positive category amounts, sum 1", unit="share"),
        Col("favourite_channel", "string", "most purchases"),
        Col("channel_mix", "map<string,double>", "purchases by channel, sum 1", unit="share"),
        Col("engagement_count", "bigint", "contacts and responses before D", required=True),
        Col("response_count", "bigint", "opens, clicks and redemptions before D", required=True),
        Col(
            "engagement_score",
            "double",
            "responses per contact sent, 0 to 1; null if never contacted",
            unit="share",
        ),
        Col("last_engaged_on", "date", "last response"),
        Col("loyalty_event_count", "bigint", "loyalty events before D", required=True),
        Col("points_balance", MONEY, "points earned less burnt", unit="points"),
        Col("coupon_redemption_count", "bigint", "coupons redeemed before D", required=True),
        Col("interaction_count", "bigint", "web and app events before D", required=True),
        HASH,
    ),
    stats_on=("customer_id",),
    clustered_on=("customer_id",),
)

RFM_SCORES = Table(
    "gold",
    "rfm_scores",
    "one known customer with a purchase before D",
    ("customer_id",),
    (
        CUSTOMER,
        Col("as_of", "date", "D: the first day not counted", required=True),
        Col("recency_days", "int", "last purchase to D", unit="days", required=True),
        Col("frequency", "bigint", "purchases", unit="orders", required=True),
        Col("monetary_amount", MONEY, "purchases and returns, or purchases only", unit=BASE, required=True),
        Col("r_score", "int", "5 = most recent fifth", required=True),
        Col("f_score", "int", "5 = most frequent fifth", required=True),
        Col("m_score", "int", "5 = highest fifth", required=True),
        Col("rfm_segment", "string", "name of the first segment whose rule holds", required=True),
        HASH,
    ),
    stats_on=("customer_id",),
    clustered_on=("customer_id",),
)

RFM_FLOWS = Table(
    "gold",
    "rfm_flows",
    "one pair of RFM segments between which customers moved or stayed, in one month",
    ("month", "from_segment", "to_segment"),
    (
        Col("month", "date", "the first day of the month, which is the D of to_segment", required=True),
        Col(
            "from_segment", "string", f"on the first day of the month before; {NEW}: none then", required=True
        ),
        Col("to_segment", "string", f"on the first day of the month; {GONE}: none any more", required=True),
        Col("customers", "bigint", "that were in the one and are in the other", required=True),
        Col("monetary_amount", MONEY, "of these customers, as in gold.rfm_scores", unit=BASE, required=True),
        HASH,
    ),
    stats_on=("month",),
    is_optional=True,
)

KPI_DAILY = Table(
    "gold",
    "kpi_daily",
    "one day, dimension and value with a purchase or a return",
    ("day", "dimension", "value"),
    (
        Col("day", "date", "ordered_on, in the reporting time zone", required=True),
        Col("dimension", "string", "all, country, channel or category", required=True),
        Col("value", "string", "the dimension's value; unknown where null; all for all", required=True),
        Col("gross_revenue", MONEY, "purchases", unit=BASE, required=True),
        Col("returns_amount", MONEY, "returns, as a positive number", unit=BASE, required=True),
        Col("net_revenue", MONEY, "gross_revenue - returns_amount", unit=BASE, required=True),
        Col("orders", "bigint", "purchases", required=True),
        Col("returns", "bigint", "returns"),
        Col("active_customers", "bigint", "known customers with a purchase", required=True),
        Col("new_customers", "bigint", "known customers with their first purchase ever", required=True),
        Col("average_order_value", MONEY, "gross_revenue / orders; null if none", unit=BASE),
        HASH,
    ),
    stats_on=("day", "dimension"),
)
