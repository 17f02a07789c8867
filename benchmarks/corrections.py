"""Late corrections: what a day's file says anew of order lines from before it, by seeded draws.

A correction is the whole line again, under the same order and line number. Most change one line: its
pieces, its product, or they break it; some mend a line that history brought broken. Others move a whole
order to another customer (or to none, or from none), another day or another country, and bring all of its
lines: an order whose lines name two customers would be refused. An order moves once at most, and later
corrections of its lines know of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from customer_chunks.generator.catalogue import FIRST_NUMBER, listing
from customer_chunks.generator.company import COUNTRIES
from customer_chunks.generator.draws import Dice

ORDER = ("number", "is_return")
KEY = (*ORDER, "line_no")
BROKEN = 0.003
HOT = "M1"
"""The account of the marketplace; people's begin with C."""

_MOVES = 0.25
"""Of the corrected lines those that come as their whole order moves."""
_CUSTOMER, _DATE = 0.4, 0.75
"""Of the moves: below the first another customer, below the second another day, else another country."""
_GUEST = 0.1
_MOST_DAYS = 30
_PIECES, _NOTHING, _PRODUCT, _UNKNOWN = 0.62, 0.67, 0.85, 0.87
"""Of single lines: more pieces, no piece, another product, one that nobody lists; else a broken line."""
_MENDED = 0.05
"""Of the lines that history brought broken, each day."""


@dataclass(frozen=True)
class Plan:
    """What corrections depend on.

    Attributes:
        dice: The draws.
        share: Of the old lines, corrected each day.
        begins: When the first day's file begins, in days since the company did; the others follow daily.
        customers: So many people the company has.
        hot_share: Share of all orders that the marketplace's account has.
    """

    dice: Dice
    share: float
    begins: float
    customers: int
    hot_share: float = 0.0


def at() -> Column:
    """Return when an order is placed, in days since the company began."""
    return F.col("day") + F.col("minute") / (24 * 60)


def broken(draw: Column) -> dict[str, Column]:
    """Return quantity and price, broken for one draw of 0.3%: no number, or a negative price."""
    is_negative = draw > 1 - BROKEN / 2
    return {
        "quantity": F.when(draw < BROKEN / 2, F.lit("n/a")).otherwise(F.col("quantity")),
        "unit_price": F.when(is_negative, _negative()).otherwise(F.col("unit_price")),
    }


def history_draw(dice: Dice) -> Column:
    """Return the draw that breaks lines of the history."""
    return dice.column("bench.broken", *KEY)


def account(plan: Plan, stream: str, own: Column) -> Column:
    """Return whose order it is: the marketplace's by chance, else its own customer's, who may be none.

    A return belongs to whoever bought.
    """
    is_hot = plan.dice.column(stream, "number") < plan.hot_share
    return F.when(is_hot, F.lit(HOT)).otherwise(own) if plan.hot_share else own


def late(every: DataFrame, plan: Plan, number: int = 1) -> DataFrame:
    """Return the lines that a day's file corrects.

    Args:
        every: All lines as they were sold: those of the order's ``day`` and ``minute`` before the file count.
        plan: What is drawn.
        number: Which day, from 1; it also is how many pieces a line gets more.

    Returns:
        One row per corrected line, with the columns of ``every``.
    """
    dice = plan.dice
    day = (plan.begins + F.col("_moved_on") - 1).cast("double")
    rows = every.where(at() < plan.begins + number - 1).withColumn("_moved_on", _moved_on(plan))
    rows = rows.withColumn("_moved_on", F.when(at() < day, F.col("_moved_on")))  # not before it is there
    moves = F.coalesce(F.col("_moved_on") == number, F.lit(False))
    draw = history_draw(dice)
    is_broken = (draw < BROKEN / 2) | (draw > 1 - BROKEN / 2)
    is_mended = is_broken & (dice.column(f"bench.mended.{number}", *KEY) < _MENDED)
    is_corrected = dice.column(f"bench.corrected.{number}", *KEY) < plan.share * (1 - _MOVES)
    kind = F.when(~moves & is_corrected, dice.column(f"bench.kind.{number}", *KEY))
    rows = rows.where(moves | is_corrected | is_mended).withColumn("_kind", kind)
    rows = _moved(rows, plan, F.coalesce(F.col("_moved_on") <= number, F.lit(False)))
    return _changed(rows, plan, number).select(*every.columns)


def _moved_on(plan: Plan) -> Column:
    """Return the number of the day on which an order moves, each with the same chance; large: on none."""
    share = plan.share * _MOVES
    return F.floor(plan.dice.column("bench.moved", *ORDER) / share).cast("int") + 1


def _moved(rows: DataFrame, plan: Plan, has_moved: Column) -> DataFrame:
    """Change customer, day or country of the orders that have moved: of each line in the same way."""
    dice = plan.dice
    draw = dice.column("bench.move", *ORDER)
    person = F.concat(F.lit("C"), dice.below("bench.move.person", plan.customers, *ORDER).cast("string"))
    anyone = F.when(dice.column("bench.move.guest", *ORDER) >= _GUEST, person)
    days = dice.below("bench.move.days", _MOST_DAYS, *ORDER) + 1
    is_later = F.col("day") + days < int(plan.begins)  # else D would move as well
    seconds = F.when(is_later, days).otherwise(-days) * (24 * 60 * 60)
    moment = F.timestamp_seconds(F.unix_timestamp(F.col("ordered_at")) + seconds)
    elsewhere = F.array_except(F.array(*[F.lit(c.code) for c in COUNTRIES]), F.array("country"))
    changed = {
        "customer_id": (draw < _CUSTOMER, account(plan, "bench.move.hot", anyone)),
        "ordered_at": ((draw >= _CUSTOMER) & (draw < _DATE), F.date_format(moment, "yyyy-MM-dd HH:mm:ss")),
        "country": (draw >= _DATE, dice.pick(elsewhere, "bench.move.country", *ORDER)),
    }
    return rows.withColumns(
        {name: F.when(has_moved & when, new).otherwise(F.col(name)) for name, (when, new) in changed.items()}
    )


def _changed(rows: DataFrame, plan: Plan, number: int) -> DataFrame:
    """Change the single lines, as their kind says; those without one come as they were sold."""
    kind, dice = F.col("_kind"), plan.dice
    listed = len(listing())
    other = dice.below(f"bench.product.{number}", listed, *KEY) + FIRST_NUMBER
    unlisted = F.lit(FIRST_NUMBER + listed + 1)
    third = (1 - _UNKNOWN) / 3
    is_no_number = (kind >= _UNKNOWN) & (kind < _UNKNOWN + third)
    is_negative = (kind >= _UNKNOWN + third) & (kind < _UNKNOWN + 2 * third)
    return rows.withColumns(
        {
            "quantity": F.when(kind < _PIECES, (F.col("quantity") + number).cast("int").cast("string"))
            .when(kind < _NOTHING, F.lit("0"))
            .when(is_no_number, F.lit("n/a"))
            .otherwise(F.col("quantity")),
            "product_id": F.when((kind >= _NOTHING) & (kind < _PRODUCT), other)
            .when((kind >= _PRODUCT) & (kind < _UNKNOWN), unlisted)
            .otherwise(F.col("product_id")),
            "unit_price": F.when(is_negative, _negative()).otherwise(F.col("unit_price")),
            "ordered_at": F.when(kind >= _UNKNOWN + 2 * third, F.lit("n/a")).otherwise(F.col("ordered_at")),
        }
    )


def _negative() -> Column:
    return F.concat(F.lit("-"), F.col("unit_price"))
