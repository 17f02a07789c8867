"""What makes the dear step of orders cheap: one shuffle, one sort a question, no aggregate over the lines."""

from __future__ import annotations

import re
from dataclasses import replace

from pyspark.sql import SparkSession

from customer_chunks.silver.order_lines import order_lines
from tests.plans import plan
from tests.unit.silver.judging import RULES, a_raw_line, assembled, judged


def count(operator: str, told: str) -> int:
    return len(re.findall(rf"[+:] *-? ?{operator}\b", told))


def test_lines_are_shuffled_once_and_sorted_once_for_copies_and_once_for_orders(spark: SparkSession) -> None:
    told = plan(order_lines(judged(spark, a_raw_line("1"), a_raw_line("2")), RULES))
    assert (count("Exchange", told), count("Sort", told), count("Window", told)) == (1, 2, 2)


def test_lines_that_have_ids_are_sorted_once_for_both(spark: SparkSession) -> None:
    rules = replace(RULES, has_line_ids=True)
    rows = [a_raw_line("1", line_id="1"), a_raw_line("1", line_id="2")]
    told = plan(order_lines(judged(spark, *rows, rules=rules), rules))
    assert (count("Exchange", told), count("Sort", told), count("Window", told)) == (1, 1, 2)


def test_lines_whose_copies_are_kept_are_sorted_once(spark: SparkSession) -> None:
    told = plan(order_lines(judged(spark, a_raw_line("1"), has_copies=False), RULES))
    assert (count("Exchange", told), count("Sort", told), count("Window", told)) == (1, 1, 1)


def test_orders_take_no_aggregate_over_their_lines(spark: SparkSession) -> None:
    told = plan(assembled(spark, judged(spark, a_raw_line("1"), a_raw_line("2"))))
    assert "Window" in told
    assert "Aggregate" not in told
