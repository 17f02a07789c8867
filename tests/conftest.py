"""One local Spark session for the whole run, made clean between tests; Hypothesis set for it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from customer_chunks.flow.session import build_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

# Seconds after which no further test is begun; set where a run may not take longer.
TIME_VARIABLE = "CHUNKS_TEST_SECONDS"
BEGUN = time.monotonic()
# Folders whose files take longest, the longest first, and the one whose files share a warehouse.
LONGEST = ("crash", "delta", "flow", "cli", "docs")
SHARES = "tests/cli/"

QUICK_SPARK = {
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    # Compiling each plan takes longer than running it on a handful of rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # So does planning a query anew after each of its stages.
    "spark.sql.adaptive.enabled": "false",
}

# A first Spark query is slow and the session is shared: neither says anything about an example.
settings.register_profile(
    "spark", deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("spark")


def pytest_configure() -> None:
    # Python's own clock shows in collected instants; every machine reads them alike.
    os.environ["TZ"] = "UTC"
    time.tzset()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "servers" in _place(item):
            item.add_marker("servers")
    # Processes that test side by side take files in this order: a long one that comes last keeps one of them
    # alone for minutes.
    items.sort(key=lambda item: min((n for n, long in enumerate(LONGEST) if long in _place(item)), default=9))


def _place(item: pytest.Item) -> tuple[str, ...]:
    return item.path.relative_to(item.config.rootpath).parts


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    from xdist.scheduler import LoadFileScheduling  # noqa: PLC0415 - where xdist is there it has asked

    class ByWarehouse(LoadFileScheduling):
        """Files go to a process whole; those that share a warehouse, which takes long to fill, together."""

        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return SHARES if file.startswith(SHARES) else file

    return ByWarehouse(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    limit = os.environ.get(TIME_VARIABLE)
    if limit and time.monotonic() - BEGUN > float(limit):
        pytest.skip(f"the {limit} seconds for this run are over")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Return a local session with Delta: two cores, UTC, two shuffle partitions, no UI."""
    session = build_session(
        "tests", master="local[2]", local_dir=tmp_path_factory.mktemp("spark"), extra=QUICK_SPARK
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def _settings_at_start(spark: SparkSession) -> dict[str, str]:
    return dict(spark.conf.getAll)


@pytest.fixture(autouse=True)
def _spark_left_clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what a test did to the shared session: settings, temporary views, cached tables."""
    if "spark" not in request.fixturenames:
        yield
        return
    session: SparkSession = request.getfixturevalue("spark")
    before: dict[str, str] = request.getfixturevalue("_settings_at_start")
    yield
    after = dict(session.conf.getAll)
    for key in after.keys() - before.keys():
        session.conf.unset(key)
    for key, value in before.items():
        if after.get(key) != value:
            session.conf.set(key, value)
    for view in session.sql("SHOW VIEWS").collect():
        session.catalog.dropTempView(view.viewName)
    session.catalog.clearCache()


@pytest.fixture
def warehouse_dir(tmp_path: Path) -> Path:
    """Return where a test may keep its tables; the folder does not exist yet."""
    return tmp_path / "warehouse"
