"""Mapped lines of one source -> what becomes of each of them -> silver.order_lines.

Every line gets a ``_disposition``: excluded, quarantined, duplicate, superseded or
accepted. An order's lines are judged together, so whoever restricts the input keeps
whole orders (all rows of a ``_key``).
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from customer_chunks.contracts.silver_orders import AMOUNT
from customer_chunks.silver.keyed import key_hash, local_day, namespaced, row_key, row_verdict

EACH_ROW = "each_row"
CUSTOMER_DAY = "customer_day"
ORDER_ATTRIBUTES = ("country", "channel", "store")

# What goes through the shuffle, the dear part: what nobody reads behind it, or what ``_key`` tells, does not.
_CARRIED = (
    "_key", "_feed", "_delivery", "_position", "_excluded", "_same", "_newest_wins", "_copy",
    "source_line_id", "source_customer_id", "product_id", "product_name", "line_kind", "quantity",
    "unit_price", "discount_amount", "line_amount", "currency", "ordered_at", *ORDER_ATTRIBUTES, "is_return",
)  # fmt: skip
_TOTALS = {"order_sum": "order_amount", "_charges": "charges_amount", "_discounts": "discount_amount"}
_JUDGED = (
    "_key", "_feed", "_delivery", "_position", "_excluded", "_reasons", "_warnings", "_disposition",
    "line_number", "source_line_id", "product_id", "product_name", "line_kind", "quantity", "unit_price",
    "discount_amount", "line_amount", "ordered_on", "currency", "_is_negated", "_order",
)  # fmt: skip


@dataclass(frozen=True)
class LineRules:
    """What the mapping says beyond its columns: of the source, and of one of its feeds."""

    source: str
    prefix: str
    currency: str | None
    reporting_zone: str
    keep_duplicates: bool = False
    has_line_ids: bool = False
    orders: str | None = None


def prepared_lines(mapped: DataFrame, rules: LineRules) -> DataFrame:
    """Return mapped order_lines with ids, kind, amount and day filled in; one row per received line.

    ``_key`` is what an order is: its id, or the row itself where it names none. Of rows with equal
    ``_same`` in an order one counts: the newest where the source numbers its lines, else the first.
    """
    ordered_on = local_day(F.col("ordered_at"), rules.reporting_zone)
    amount = F.col("quantity") * F.col("unit_price") - F.coalesce("discount_amount", F.lit(0).cast(AMOUNT))
    return mapped.withColumns(
        {
            "source": F.lit(rules.source),
            "source_order_id": source_order_id(rules, ordered_on),
            "source_line_id": F.col("line_id"),
            "source_customer_id": F.col("customer_id"),
            "source_product_id": F.col("product_id"),
            "line_kind": F.coalesce(F.lower("line_kind"), F.lit("product")),
            "line_amount": F.coalesce("line_amount", F.round(amount, 4)).cast(AMOUNT),
            "currency": F.upper("currency"),
        }
    ).withColumns(
        {
            "order_id": namespaced(rules.prefix, F.col("source_order_id")),
            "product_id": namespaced(rules.prefix, F.col("source_product_id")),
            "_same": _sameness(rules),
            "_newest_wins": F.lit(rules.has_line_ids),
            "_key": F.coalesce(namespaced(rules.prefix, F.col("source_order_id")), row_key()),
        }
    )


def with_headers(lines: DataFrame, headers: DataFrame) -> DataFrame:
    """Fill what an order's header knows into its lines; it comes first, except for is_return (either).

    Args:
        lines: Prepared lines.
        headers: One row per source_order_id with the order's attributes.
    """
    known = ("ordered_at", "source_customer_id", "currency", "country", "channel", "store")
    renamed = headers.withColumn("currency", F.col("_own_currency")).select(
        "source_order_id", *[F.col(c).alias(f"_h_{c}") for c in (*known, "is_return")]
    )
    joined = lines.join(renamed, on="source_order_id", how="left")
    filled = {c: F.coalesce(F.col(f"_h_{c}"), F.col(c)) for c in known}
    filled["is_return"] = F.coalesce(F.col("_h_is_return"), F.lit(False)) | F.coalesce(
        F.col("is_return"), F.lit(False)
    )
    return joined.withColumns(filled).drop(*[f"_h_{c}" for c in (*known, "is_return")])


def judged_lines(
    lines: DataFrame, rates: DataFrame | None, order_broken: Column, *, rules: LineRules, has_copies: bool
) -> DataFrame:
    """Return each line with its ``_disposition`` and what the whole order says to it.

    The first accepted line of an order carries ``_order``, a struct of what the order's row is made of.

    Args:
        lines: Prepared lines with ``_reasons`` and ``_excluded``; whole orders.
        rates: currency, day, rate; None where all money is in the reporting currency.
        order_broken: Codes of the order checks, over customer_count, currency_count,
            order_sum and exchange_rate.
        rules: The source's default currency, the time zone of days, and whether all its lines have ids.
        has_copies: False where the mapping keeps every copy, so that none need be looked for.
    """
    codes = [F.when(F.size(c) > 0, F.col(c)).alias(c) for c in ("_reasons", "_warnings")]  # most have none
    rows = lines.select(*_CARRIED, *codes, row_verdict().alias("_disposition"))
    rows = rows.repartition("_key").withColumn("_hash", key_hash())
    rows = _with_copies(rows, rules) if has_copies else rows
    rows = _with_order_facts(rows, rules)
    rows = with_rate(rows, rates)
    rows = rows.withColumn("_order_broken", order_broken)
    fails = (F.col("_disposition") == "accepted") & (F.size("_order_broken") > 0)
    return rows.withColumns(
        {
            "_reasons": F.when(fails, F.col("_order_broken")).otherwise(F.col("_reasons")),
            "_disposition": F.when(fails, "quarantined").otherwise(F.col("_disposition")),
        }
    ).select(*_JUDGED, *(["exchange_rate"] if rates is not None else []))


def order_lines(judged: DataFrame, rules: LineRules) -> DataFrame:
    """Return silver.order_lines: the accepted lines, negated where a marked return has a positive amount."""
    amount = _signed("line_amount")
    return judged.where("_disposition = 'accepted'").select(
        F.col("_key").alias("order_id"),
        F.col("line_number").cast("int").alias("line_number"),
        F.lit(rules.source).alias("source"),
        "source_line_id",
        "product_id",
        "product_name",
        "line_kind",
        _signed("quantity").alias("quantity"),
        "unit_price",
        F.coalesce(_signed("discount_amount"), F.lit(0).cast(AMOUNT)).alias("discount_amount"),
        amount.alias("line_amount"),
        in_base(amount, judged).alias("line_amount_base"),
        "ordered_on",
    )


def rate_of(rows: DataFrame) -> list[str]:
    """Return the column of the exchange rate: none where all money is in the reporting currency."""
    return [c for c in rows.columns if c == "exchange_rate"]


def in_base(amount: Column, rows: DataFrame) -> Column:
    """Return an amount of the rows in the reporting currency, rounded HALF_UP."""
    return F.round(amount * F.col("exchange_rate"), 4).cast(AMOUNT) if rate_of(rows) else amount


def _signed(amount: str) -> Column:
    return F.when(F.col("_is_negated"), -F.col(amount)).otherwise(F.col(amount))


def source_order_id(rules: LineRules, ordered_on: Column) -> Column:
    """Return the id of a row's order: the mapped one, or what the mapping says an order is."""
    if rules.orders == CUSTOMER_DAY:
        by_day = F.concat_ws("|", F.col("customer_id"), ordered_on.cast("string"))
        return F.when(F.col("customer_id").isNotNull() & ordered_on.isNotNull(), by_day).otherwise(
            _row_id(rules)
        )
    return _row_id(rules) if rules.orders == EACH_ROW else F.col("order_id")


def _row_id(rules: LineRules) -> Column:
    """Return the id of an order that is a row: its content, or its place where equal rows are to be kept."""
    if rules.keep_duplicates:
        return F.concat_ws("-", "_feed", "_delivery", "_position")
    return F.concat_ws("-", F.hex("_copy"), F.hex("_copy_more"))


def _sameness(rules: LineRules) -> Column:
    """Return a hash that the feed's copies of a line share, and nobody else."""
    content = ("_delivery", "_position") if rules.keep_duplicates else ("_copy",)
    by_content = F.xxhash64("_feed", *content)
    if not rules.has_line_ids:
        return by_content
    by_id = F.xxhash64("_feed", F.lit("line"), "line_id")
    return F.when(F.col("line_id").isNotNull(), by_id).otherwise(by_content)


def _line_place() -> dict[str, Column]:
    """Return what puts lines in the order of their ids, as people count: 2 before 10, those without last."""
    line = F.col("source_line_id")
    return {
        "_line_length": F.coalesce(F.length(line), F.lit(2**31 - 1)),
        "_line": F.coalesce(line, F.lit("")),
    }


_BY_LINE = ("_line_length", "_line", "_same", "_verdict", "_age", "_age_within")
_AS_RECEIVED = ("_feed", "_delivery", "_position")


def _with_copies(rows: DataFrame, rules: LineRules) -> DataFrame:
    """Of accepted rows that are the same line, accept one: the others are superseded or duplicates."""

    def age(column: str) -> Column:
        return F.when(F.col("_newest_wins"), -F.col(column)).otherwise(F.col(column))

    rows = rows.withColumns(
        {
            "_verdict": F.col("_disposition"),
            "_age": age("_delivery"),
            "_age_within": age("_position"),
            **_line_place(),
        }
    )
    # What tells lines apart soonest comes first: rows are sorted by it. Lines that all have ids are sorted
    # as their order has them, so that the next window need not sort them again.
    apart = ("_key", *_BY_LINE[:-2]) if rules.has_line_ids else ("_same", "_key", "_verdict")
    same = Window.partitionBy("_hash", *apart).orderBy("_age", "_age_within")
    is_other = (F.col("_disposition") == "accepted") & (F.row_number().over(same) > 1)
    is_equal = F.first("_copy").over(same) == F.col("_copy")
    other = F.when(is_equal, "duplicate").otherwise("superseded")
    return rows.withColumn("_disposition", F.when(is_other, other).otherwise(F.col("_disposition")))


def _with_order_facts(rows: DataFrame, rules: LineRules) -> DataFrame:
    """Add what the accepted lines of an order say together, in one sort.

    Accepted line number 1 speaks for the order: no aggregate need be taken over the lines once more.
    """
    in_order = Window.partitionBy("_hash", "_key").orderBy(
        *(_BY_LINE if rules.has_line_ids else _AS_RECEIVED)
    )
    whole = in_order.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    so_far = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    accepted = F.col("_disposition") == "accepted"
    is_product = accepted & (F.col("line_kind") == "product")
    is_charge = accepted & (F.col("line_kind") == "charge")

    def total(column: str, where: Column) -> Column:
        return F.sum(F.when(where, F.col(column))).over(whole)

    def earliest(column: str) -> Column:
        return F.first(F.when(accepted, F.col(column)), ignorenulls=True).over(whole)

    def ends(name: str, column: str) -> dict[str, Column]:
        value = F.when(accepted, F.col(column))
        return {f"_least_{name}": F.min(value).over(whole), f"_most_{name}": F.max(value).over(whole)}

    told = rows.withColumns(
        {
            "line_number": F.count_if(accepted).over(so_far),
            "_ordered_at": F.min(F.when(accepted, F.col("ordered_at"))).over(whole),
            "_currency": earliest("currency"),
            **ends("customer", "source_customer_id"),
            **ends("currency", "currency"),
            "order_sum": total("line_amount", is_product),
            "_charges": total("line_amount", is_charge),
            "_discounts": total("discount_amount", is_product),
            "_pieces": F.when(F.count_if(is_product).over(whole) == 0, 0).otherwise(
                total("quantity", is_product)
            ),
            "_is_marked": F.max(F.when(accepted, F.coalesce("is_return", F.lit(False)))).over(whole),
            "_lines": F.count_if(accepted).over(whole),
            "_quarantined": F.count_if(F.col("_disposition") == "quarantined").over(whole),
            **{f"_{c}": earliest(c) for c in ORDER_ATTRIBUTES},
        }
    )
    told = told.withColumn("_is_negated", F.col("_is_marked") & (F.col("order_sum") > 0))
    speaks = accepted & (F.col("line_number") == 1)
    return told.withColumns(
        {
            "ordered_on": local_day(F.col("_ordered_at"), rules.reporting_zone),
            "currency": F.coalesce("_currency", F.lit(rules.currency)),
            "customer_count": _named_by("customer"),
            "currency_count": _named_by("currency"),
            "_order": F.when(speaks, _order()),
        }
    )


def _named_by(name: str) -> Column:
    """Return how many customers or currencies an order's lines name: 0, 1, or 2 for more than one."""
    least, most = F.col(f"_least_{name}"), F.col(f"_most_{name}")
    return F.when(most.isNull(), 0).when(most == least, 1).otherwise(2)


def _order() -> Column:
    """Return what an order's lines come to, as a struct; amounts as they stand in the order."""

    def signed(total: str) -> Column:
        return _signed(total).cast(AMOUNT)

    return F.struct(
        F.col("_lines").cast("int").alias("line_count"),
        F.col("_quarantined").cast("int").alias("quarantined_line_count"),
        F.col("_most_customer").alias("source_customer_id"),
        F.col("_ordered_at").alias("ordered_at"),
        *[F.coalesce(signed(t), F.lit(0).cast(AMOUNT)).alias(name) for t, name in _TOTALS.items()],
        signed("_pieces").alias("item_count"),
        F.coalesce("_is_marked", F.lit(False)).alias("_is_marked"),
        *[F.col(f"_{c}").alias(c) for c in ORDER_ATTRIBUTES],
    )


def with_rate(rows: DataFrame, rates: DataFrame | None) -> DataFrame:
    """Add exchange_rate by currency and ordered_on: 1 for one currency, null where none is known."""
    if rates is None:
        return rows.withColumn("exchange_rate", F.lit(1).cast("decimal(24,12)"))
    named = rates.select("currency", F.col("day").alias("ordered_on"), F.col("rate").alias("exchange_rate"))
    return rows.join(F.broadcast(named), on=["currency", "ordered_on"], how="left")
