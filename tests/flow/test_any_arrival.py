"""Whatever comes in whatever order: run after run ends in the rows of one full rebuild."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.flow.company import Company

MAPPING = """\
source: shop
currency: EUR
feeds:
  sales:
    path: "sales*.csv"
    changed_files: replace
    null_values: ["?"]
    exclude: {samples: "article = '?'"}
    entities:
      order_lines:
        order_id: order
        line_id: line
        ordered_at: at
        customer_id: customer
        product_id: article
        quantity: pieces
        unit_price: price
        is_return: back
"""
HEADER = "order,line,at,customer,article,pieces,price,back"
LINES = [
    f"{order},{line},2024-03-{10 + order:02},{customer},{article},{pieces},{price},{back}"
    for order, line, customer, article, pieces, price, back in [
        (1, 1, "a", "mug", 1, "5.00", ""),
        (1, 1, "a", "mug", 2, "5.00", ""),
        (1, 2, "a", "pen", 1, "-1.00", ""),
        (1, 2, "a", "pen", 1, "1.00", ""),
        (2, 1, "a", "mug", 1, "4.00", ""),
        (2, 2, "b", "mug", 1, "4.00", ""),
        (3, "", "b", "pen", 3, "2.00", "yes"),
        (3, "", "b", "pen", 3, "2.00", "yes"),
        (4, 1, "", "mug", 1, "9.00", ""),
        (5, 1, "b", "mug", "x", "1.00", ""),
        (4, 2, "?", "?", 1, "9.00", ""),
        (4, 3, "?", "mug", 1, "9.00", ""),
        (4, 3, "", "mug", 1, "9.00", ""),
    ]
]
SILVER = ("silver.order_lines", "silver.orders", "silver.customer_records", "silver.products")
GOLD = ("gold.customer_facts", "gold.kpi_daily", "gold.rfm_scores")
BESIDE = frozenset({"gold.customer_profiles", "silver.addressability", "silver.customers"})

some_lines = st.lists(st.sampled_from(LINES), min_size=1, max_size=4)
# Files that come once each, and files of which some are written again with other lines.
new_files = st.lists(some_lines, min_size=2, max_size=3).map(
    lambda parts: list(zip("xyz", parts, strict=False))
)
rewritten_files = st.lists(st.tuples(st.sampled_from("xy"), some_lines), min_size=3, max_size=4)
# An example takes a minute: none is made smaller after a failure.
QUICK = (Phase.explicit, Phase.generate)
numbers = itertools.count()


def same_as_rebuilt(company: Company, arrivals: list[tuple[str, list[str]]], tables: tuple[str, ...]) -> None:
    """Run after each arrival, then once in full, and compare."""
    for name, lines in arrivals:
        company.brings(f"sales_{name}.csv", *lines, header=HEADER)
        company.run(None if tables[-1].startswith("gold") else "silver.products")
    step_by_step = {table: company.rows(table) for table in tables}
    company.run(None if tables[-1].startswith("gold") else "silver.products", is_full=True)
    assert {table: company.rows(table) for table in tables} == step_by_step


@pytest.mark.slow
@settings(max_examples=3, derandomize=True, phases=QUICK)
@given(arrivals=new_files)
def test_any_split_of_lines_into_files_ends_in_the_orders_of_one_rebuild(
    companies: Callable[..., Company], arrivals: list[tuple[str, list[str]]]
) -> None:
    same_as_rebuilt(companies(f"company{next(numbers)}").maps(MAPPING), arrivals, SILVER)


@pytest.mark.slow
@settings(max_examples=8, derandomize=True, phases=QUICK)
@example(arrivals=[("x", LINES[:5]), ("x", LINES[2:4])])
@example(arrivals=[("x", LINES[10:13]), ("y", LINES[8:9]), ("y", LINES[:1])])
@given(arrivals=rewritten_files)
def test_any_rewriting_of_files_ends_in_the_gold_of_one_rebuild(
    companies: Callable[..., Company], arrivals: list[tuple[str, list[str]]]
) -> None:
    company = companies(f"company{next(numbers)}").maps(MAPPING)
    company.leaves_out = BESIDE
    same_as_rebuilt(company, arrivals, (*SILVER, *GOLD))
