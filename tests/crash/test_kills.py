"""Killed at any of its commits and started again, a run leaves the tables of one that was not killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.crash.conftest import FaultFree
from tests.crash.faults import KILLS, SEED, Killed, Point, Points, drawn, raise_killed
from tests.crash.shop import Shop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def resumed_is_fault_free(shop: Shop, fault_free: FaultFree, told: str) -> None:
    """Run again, and compare everything with the run that nothing happened to."""
    shop.company.run()
    assert shop.state() == fault_free.state, told
    assert shop.counted() == fault_free.counted, told
    assert shop.company.run().is_idle, told


def run_child(shop: Shop, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the child in a process group of its own, so that its Java ends with it."""
    return subprocess.run(
        [sys.executable, "-m", "tests.crash.child", str(shop.company.folder), *words],
        start_new_session=True, capture_output=True, check=False, timeout=900,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([p for p in sys.path if p])},
    )  # fmt: skip


@pytest.mark.slow
def test_every_kind_of_step_commits_in_the_run_that_is_killed(fault_free: FaultFree) -> None:
    assert {
        "bronze.shop_sales", "silver.order_lines", "silver.orders", "silver.quarantine",
        "silver.customer_links", "gold.customer_facts", "gold.rfm_scores", "ops.deliveries",
        "ops.run_accounts",
    } <= set(fault_free.commits)  # fmt: skip


@pytest.mark.slow
def test_bookmark_is_committed_after_all_that_it_stands_for(fault_free: FaultFree) -> None:
    """Rows before their ledger, quarantine and lines before the orders, which carry the bookmark."""
    at = fault_free.commits.index
    assert at("bronze.shop_sales") < at("ops.deliveries") < at("silver.quarantine")
    assert at("silver.quarantine") < at("silver.order_lines") < at("silver.orders")
    assert at("silver.orders") < at("gold.rfm_scores") < at("ops.run_accounts")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "moment"),
    [
        ("silver.orders", "before"),
        ("bronze.shop_sales", "after"),
        ("silver.quarantine", "after"),
        ("silver.order_lines", "after"),
        ("silver.orders", "after"),
        ("gold.customer_facts", "after"),
        ("ops.run_accounts", "before"),
    ],
)
def test_run_that_ends_at_a_commit_goes_on(
    spark: SparkSession, tmp_path: Path, fault_free: FaultFree, table: str, moment: str
) -> None:
    point = Point(0, table, moment)
    assert point in fault_free.points()
    shop = Shop(spark, tmp_path / "shop", fault_free.before)
    with pytest.MonkeyPatch.context() as patch:
        Points(point, raise_killed).stand_in(patch)
        with pytest.raises(Killed):
            shop.company.run()
    resumed_is_fault_free(shop, fault_free, str(point))


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(KILLS))
def test_process_killed_at_a_point_drawn_by_lot_goes_on(
    spark: SparkSession, tmp_path: Path, fault_free: FaultFree, turn: int
) -> None:
    points = drawn(fault_free.points(), KILLS)
    if turn >= len(points):
        pytest.skip(f"there are {len(points)} points")
    point = points[turn]
    told = f"CHUNKS_CRASH_SEED={SEED} kill {turn}: {point}"
    shop = Shop(spark, tmp_path / "shop", fault_free.before)
    ended = run_child(shop, str(point.number), point.table, point.moment)
    assert ended.returncode == -9, f"{told} was not killed: {ended.stderr.decode()[-500:]}"
    assert (tmp_path / "shop" / "warehouse" / "_chunks_lease.json").exists()
    resumed_is_fault_free(shop, fault_free, told)


@pytest.mark.slow
def test_maintenance_killed_at_its_first_commit_leaves_the_next_run_as_it_was(
    spark: SparkSession, tmp_path: Path, fault_free: FaultFree
) -> None:
    shop = Shop(spark, tmp_path / "shop", fault_free.before)
    ended = run_child(shop, "0", "", "maintain")
    assert ended.returncode == -9, ended.stderr.decode()[-500:]
    resumed_is_fault_free(shop, fault_free, "maintain")
