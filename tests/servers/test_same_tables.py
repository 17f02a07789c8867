"""One small shop gives the same tables wherever it is run: local, cluster, Spark Connect, Spark 4.0.

One file, so that the runs take their turns: each has servers of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from customer_chunks.flow import machine
from tests.servers.cluster import EXECUTOR_MEMORY, Cluster, history
from tests.servers.conftest import Local
from tests.servers.processes import LOOPBACK, QUICK, SPARK, Ended, as_words, environment, run_to_its_end
from tests.servers.shop import HOME, UNTIL, Shop

SETTINGS = {
    **QUICK,
    "spark.driver.host": LOOPBACK,
    "spark.executor.memory": EXECUTOR_MEMORY,
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    # Two executors or none: the rows are to come from both.
    "spark.cores.max": "2",
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
}
WORKER_DIES_AT = "silver.orders[shop]"


def submitted(
    shop: Shop, cluster: Cluster, wheel: Path, events: Path, then: Callable[[], None] | None = None
) -> Ended:
    """Submit the job as the README says, with the jars that `make setup` fetched."""
    events.mkdir()
    settings = {**SETTINGS, "spark.eventLog.dir": events.as_uri()}
    brought = ["--jars", ",".join(str(jar) for jar in machine.jars()), "--py-files", str(wheel)]
    submit = [str(SPARK / "bin" / "spark-submit"), "--master", cluster.address, *as_words(settings), *brought]
    python = {"PYSPARK_PYTHON": str(cluster.python), "PYSPARK_DRIVER_PYTHON": str(cluster.python)}
    env = environment("PYTHONPATH", SPARK_HOME=str(SPARK), **python)
    when = WORKER_DIES_AT if then else ""
    return run_to_its_end([*submit, *shop.job()], env, when=when, then=then or (lambda: None))


def both_deliveries_give(local: Local, shop: Shop, python: Path, env: Mapping[str, str]) -> None:
    """Bring and run both deliveries, each in a process that starts its own session."""
    for bring, expected in ((shop.first_delivery, local.first), (shop.second_delivery, local.second)):
        bring()
        succeeded(run_to_its_end([str(python), *shop.job()], env))
        assert shop.tables() == expected


def succeeded(run: Ended) -> None:
    """Expect that the run went through to its last table and had something to do."""
    assert run.code == 0, run.said[-3000:]
    assert run.states().get(UNTIL) == "done", f"{run.states()}\n{run.said[-6000:]}"


def test_two_workers_one_of_them_killed_give_the_tables_of_a_local_run(
    shop: Shop, cluster: Cluster, wheel: Path, local: Local, tmp_path: Path
) -> None:
    shop.first_delivery()
    succeeded(submitted(shop, cluster, wheel, tmp_path / "first"))
    assert {executor for _, executor in history(tmp_path / "first")} == {"0", "1"}
    assert shop.tables() == local.first

    shop.second_delivery()
    succeeded(submitted(shop, cluster, wheel, tmp_path / "second", cluster.kill_a_worker))
    assert cluster.live_workers() == 1
    told = history(tmp_path / "second")
    died = next(n for n, (what, _) in enumerate(told) if what == "lost")
    left = {"0", "1"} - {told[died][1]}
    assert {executor for _, executor in told[:died]} == {"0", "1"}
    assert {executor for what, executor in told[died:] if what == "done"} == left
    assert shop.tables() == local.second


def test_spark_connect_gives_the_tables_of_a_local_run(connect: str, shop: Shop, local: Local) -> None:
    both_deliveries_give(local, shop, Path(sys.executable), environment(SPARK_REMOTE=connect))


def test_spark_40_gives_the_tables_of_a_local_run(spark40: Path, shop: Shop, local: Local) -> None:
    env = environment(
        machine.JARS_VARIABLE,
        PYTHONPATH=str(HOME / "lib"),
        PYSPARK_SUBMIT_ARGS=" ".join([*as_words(QUICK), "pyspark-shell"]),
    )
    both_deliveries_give(local, shop, spark40, env)
