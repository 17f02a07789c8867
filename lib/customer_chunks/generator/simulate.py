"""The life of the company as two frames: one row per person, one row per order with its items.

Numbers only: names, files and dirt come later. Each batch of people is played out by itself
(``mapInArrow``), and nothing depends on which people share a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from customer_chunks.generator.anomalies import with_price_errors
from customer_chunks.generator.baskets import baskets
from customer_chunks.generator.behaviour import purchases
from customer_chunks.generator.catalogue import category_of, local_levels
from customer_chunks.generator.company import Company
from customer_chunks.generator.draws import Ints
from customer_chunks.generator.orders import STORE, Orders, orders_of
from customer_chunks.generator.seasons import to_calendar
from customer_chunks.generator.traits import Traits, traits_of

PEOPLE_PER_PARTITION = 25_000
_MINUTES = 24 * 60

PEOPLE = """
    person long, household long, country int, city int, segment int, taste int, brand int,
    rate double, dropout double, order_value double, joined_day int, alive_until_day int, oddity int,
    is_prospect boolean, has_card boolean, has_second_card boolean, has_account boolean,
    has_second_account boolean, has_crm boolean, has_app boolean, consents boolean, second_day int,
    groups array<int>
"""
ORDERS = """
    person long, number long, day int, minute int, channel int, country int, city int,
    campaign int, oddity int,
    is_known boolean, version int, is_return boolean, value double, points long, points_before long,
    items array<struct<product: int, quantity: int, price: long, discount: long>>
"""
_ITEM = pa.struct(
    [
        ("product", pa.int32()), ("quantity", pa.int32()), ("price", pa.int64()), ("discount", pa.int64()),
    ]
)  # fmt: skip
Batches = Iterator[pa.RecordBatch]


def people(spark: SparkSession, company: Company, partitions: int | None = None) -> DataFrame:
    """Return one row per person: traits, planted truths, days of joining and leaving."""
    return _played(spark, company, partitions, _people_batch, PEOPLE)


def orders(spark: SparkSession, company: Company, partitions: int | None = None) -> DataFrame:
    """Return one row per order or return, items inside; money in cents of the order's currency.

    day and minute are on the head office's clock; points are what the loyalty card earns and
    points_before what it has earned until then.
    """
    return _played(spark, company, partitions, _orders_batch, ORDERS)


def _played(
    spark: SparkSession,
    company: Company,
    partitions: int | None,
    play: Callable[[Company, Ints], dict[str, Any]],
    schema: str,
) -> DataFrame:
    several = partitions or max(1, -(-company.customers // PEOPLE_PER_PARTITION))

    def played(batches: Batches) -> Batches:
        for batch in batches:
            yield pa.RecordBatch.from_pydict(play(company, batch.column(0).to_numpy()))

    return spark.range(0, company.customers, 1, several).mapInArrow(played, schema)


def _people_batch(company: Company, ids: Ints) -> dict[str, Any]:
    one = traits_of(company, ids)
    joined = np.floor(to_calendar(company, one.segment, one.joined))
    left = purchases(company, one).alive_until
    second = np.floor(joined + one.second_at * (company.days - joined))
    return {
        "person": ids,
        "household": one.household,
        **{name: _small(getattr(one, name)) for name in ("country", "city", "segment", "taste", "brand")},
        "rate": one.rate,
        "dropout": one.dropout,
        "order_value": one.order_value,
        "joined_day": _small(joined),
        "alive_until_day": pa.array(_small(np.where(np.isfinite(left), left, 0)), mask=~np.isfinite(left)),
        "oddity": _small(one.oddity),
        **{name: getattr(one, name) for name in _FLAGS},
        "second_day": _small(second),
        "groups": pa.array(list(one.groups.T.astype(np.int32)), type=pa.list_(pa.int32())),
    }


_FLAGS = (
    "is_prospect", "has_card", "has_second_card", "has_account", "has_second_account", "has_crm", "has_app",
    "consents",
)  # fmt: skip


def _orders_batch(company: Company, ids: Ints) -> dict[str, Any]:
    one = traits_of(company, ids)
    placed, _ = orders_of(company, one)
    basket = baskets(company, one, placed)
    items = pa.StructArray.from_arrays(
        [_small(basket.product), _small(basket.quantity), basket.price, basket.discount], fields=list(_ITEM)
    )
    euros = (basket.quantity * basket.price - basket.discount) / 100.0
    of = np.repeat(np.arange(len(placed.who)), np.diff(basket.offsets))
    paid = np.bincount(of, euros / local_levels()[placed.country[of]], minlength=len(placed.who))
    day, category = placed.priced_on[of], category_of(basket.product)
    oddity = with_price_errors(company, placed.oddity, of, category, day)
    points, before = _points(one, placed, paid)
    return {
        "person": ids[placed.who],
        "number": placed.number,
        **{name: _small(getattr(placed, name)) for name in ("day", "minute", "channel", "country")},
        "city": _small(one.city[placed.who]),
        "campaign": _small(placed.campaign),
        "oddity": _small(oddity),
        "is_known": placed.is_known,
        "version": _small(placed.version),
        "is_return": placed.is_return,
        "value": basket.value,
        "points": points,
        "points_before": before,
        "items": pa.ListArray.from_arrays(basket.offsets.astype(np.int32), items),
    }


def _points(people: Traits, placed: Orders, euros: Any) -> tuple[Ints, Ints]:
    """Return the points that each order earns, a point a euro where the card was shown, and those before."""
    earns = people.has_card[placed.who] & placed.is_known & ~placed.is_return & (placed.channel == STORE)
    points = np.where(earns, np.floor(np.maximum(euros, 0)), 0).astype(np.int64)
    before = np.cumsum(points) - points
    is_first = np.ones(len(points), dtype=np.bool_)
    is_first[1:] = placed.who[1:] != placed.who[:-1]
    begin = np.repeat(before[is_first], np.diff(np.append(np.flatnonzero(is_first), len(points))))
    return points, before - begin


def _small(values: Any) -> Any:
    return np.asarray(values).astype(np.int32)
