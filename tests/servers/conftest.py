"""Where the shop is run (cluster, Spark Connect, Spark 4.0), and what its tables hold after local runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from customer_chunks.flow import machine
from customer_chunks.flow.session import DELTA
from tests.servers.cluster import Cluster
from tests.servers.processes import LOOPBACK, QUICK, SPARK, Server, answers, as_words, environment, free_port
from tests.servers.shop import HOME, Shop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Local(NamedTuple):
    """The tables after the first delivery, and after the second one."""

    first: dict[str, list[Any]]
    second: dict[str, list[Any]]


@pytest.fixture(scope="session")
def local(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Local:
    """Return what the tables hold where nothing special happens."""
    shop = Shop(spark, tmp_path_factory.mktemp("local"))
    shop.first_delivery()
    shop.run()
    first = shop.tables()
    shop.second_delivery()
    shop.run()
    return Local(first, shop.tables())


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path) -> Shop:
    """Return a shop that has brought nothing yet."""
    return Shop(spark, tmp_path / "shop")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel as `make wheel` builds it, made from a copy so that the checkout stays clean."""
    folder = tmp_path_factory.mktemp("wheel")
    copied = folder / "checkout"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(HOME / "lib", copied / "lib", ignore=unwanted)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(HOME / name, copied / name)
    offline = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "--wheel-dir", str(folder), str(copied)]
    subprocess.run(command, check=True, cwd=folder)
    (built,) = folder.glob("customer_chunks-*.whl")
    return built


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python with the packages of this one but without ours: all of ours comes with the run."""
    packages = os.pathsep.join(place for place in sys.path if place.endswith("site-packages"))
    script = tmp_path_factory.mktemp("python") / "python"
    script.write_text(f"""#!/bin/sh
PYTHONPATH="$PYTHONPATH:{packages}" exec '{sys.executable}' -S "$@"
""")
    script.chmod(0o755)
    asked = [str(script), "-c", "import pandas, customer_chunks"]
    answer = subprocess.run(asked, env=environment("PYTHONPATH"), capture_output=True, text=True, check=False)
    assert "No module named 'customer_chunks'" in answer.stderr
    return script


@pytest.fixture
def cluster(tmp_path: Path, bare_python: Path) -> Iterator[Cluster]:
    """Return a running cluster of one master and two workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    started = Cluster(folder, bare_python)
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def connect(tmp_path: Path, bare_python: Path) -> Iterator[str]:
    """Return the address of a Spark Connect server with Delta, as SPARK_REMOTE has it."""
    port = free_port()
    settings = {
        **DELTA,
        **QUICK,
        "spark.connect.grpc.binding.address": LOOPBACK,
        "spark.connect.grpc.binding.port": str(port),
        "spark.sql.warehouse.dir": (tmp_path / "spark-warehouse").as_uri(),
    }
    jars = ",".join(str(jar) for jar in machine.jars())
    main = "org.apache.spark.sql.connect.service.SparkConnectServer"
    submit = [str(SPARK / "bin" / "spark-submit"), "--master", "local[2]", "--jars", jars, "--class", main]
    env = environment("PYTHONPATH", SPARK_HOME=str(SPARK), PYSPARK_PYTHON=str(bare_python))
    server = Server("connect", [*submit, *as_words(settings), "spark-internal"], env, tmp_path)
    try:
        server.wait_until(lambda: answers(port))
        yield f"sc://{LOOPBACK}:{port}"
    finally:
        server.kill()


@pytest.fixture(scope="session")
def spark40() -> Path:
    """Return the Python of an environment with Spark 4.0, which is made where it is not there yet."""
    subprocess.run([str(HOME / "infra" / "spark40.sh")], check=True)
    return HOME / ".venv-spark40" / "bin" / "python"
