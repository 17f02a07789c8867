"""Where Spark comes from: the session of the platform that runs us, else a local one with Delta.

A name and a few wishes in, one ``SparkSession`` out. Tables are found by path or by
name as the target says, so nothing here knows where the warehouse lies.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from customer_chunks.errors import MachineError
from customer_chunks.flow import machine
from customer_chunks.flow.quiet import hush_broken_updates, quiet_start, silence_bridge
from customer_chunks.flow.scratch import own_scratch
from customer_chunks.flow.shipped import ship_package

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What our results depend on, wherever Spark comes from.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    # A mapping's expression must not stop a run over one bad row: what it cannot compute is null, and
    # the contract's checks decide what a null means.
    "spark.sql.ansi.enabled": "false",
}
DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
JAVA_OPTIONS = "spark.driver.extraJavaOptions"
MEMORY_VARIABLE = "CHUNKS_DRIVER_MEMORY"
PARTITIONS_VARIABLE = "CHUNKS_SHUFFLE_PARTITIONS"
UI_VARIABLE = "CHUNKS_SPARK_UI"
REMOTE_VARIABLE = "SPARK_REMOTE"
# pyspark logs each failed query with its message, which may quote a cell.
LOUD_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
_GIB = 1024**3
_SKEWED = {
    "spark.sql.adaptive.skewJoin.skewedPartitionFactor": "3.0",
    "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": "32m",
}
_NEVER_TWICE = ("order_id", "source_order_id", "_position", "_row_hash")
"""Columns that hold hardly a value twice: looking for it in a file's dictionary takes a tenth of a write."""
_WRITTEN = {f"parquet.enable.dictionary#{column}": "false" for column in _NEVER_TWICE}
# Java compiles no method above 8,000 bytes. Spark then has another way, five times as fast.
_COMPILED = {"spark.sql.codegen.hugeMethodLimit": "8000"}
# How often a method runs, or goes round a loop, before Java compiles it with all its art: ten times Java's
# own numbers. Those are for servers that run for days; ours plans some hundred queries and is done.
_WORTH_ALL_ART = {
    "Tier4InvocationThreshold": 50_000,
    "Tier4MinInvocationThreshold": 6_000,
    "Tier4CompileThreshold": 150_000,
    "Tier4BackEdgeThreshold": 400_000,
}
_EVENT_LOG = "spark.eventLog."
_FIRST_TO_CHOOSE = (4, 1)
"""The first Spark whose event log can leave events out."""
# What the log leaves out. Events of SQL hold plans, so words of a query.
_SQL_EVENTS = (
    "SparkListenerSQLExecutionStart", "SparkListenerSQLExecutionEnd", "SparkListenerDriverAccumUpdates",
    "SparkListenerSQLAdaptiveExecutionUpdate", "SparkListenerSQLAdaptiveSQLMetricUpdates",
)  # fmt: skip
_NOT_NOTED = (
    *(f"org.apache.spark.sql.execution.ui.{name}" for name in _SQL_EVENTS),
    "SparkListenerTaskStart", "SparkListenerTaskGettingResult", "SparkListenerTaskEnd",
    "SparkListenerStageSubmitted", "SparkListenerUnpersistRDD", "SparkListenerEnvironmentUpdate",
)  # fmt: skip


def build_session(
    app_name: str = "customer-chunks",
    *,
    master: str | None = None,
    local_dir: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> SparkSession:
    """Return the session to work with.

    Where one is active (Databricks, a notebook) or Spark was started by spark-submit
    or Spark Connect, that one is taken. What results depend on is set: UTC, and null for
    what cannot be computed. What only makes it fast is set where nobody has. Otherwise a
    local Spark with Delta is started.

    Args:
        app_name: What the Spark UI and the cluster call this run.
        master: Spark's master for a session that is started here; ``local[*]`` by default.
        local_dir: Scratch space for shuffles and spills; the system's temporary folder by default.
        extra: Spark settings that win over ours.

    Raises:
        MachineError: pyspark or Java is missing or too old, or Spark Connect does not answer.
    """
    session_class = _session_class()
    _silence_query_logs()
    silence_bridge()
    session = session_class.getActiveSession()
    if session is None and not _is_started_elsewhere():
        machine.require_java()
        settings = local_settings(master or "local[*]", local_dir=local_dir, extra=extra)
        _point_at_our_python_and_spark()
        return _start(session_class, app_name, settings)
    if session is None:
        if REMOTE_VARIABLE in os.environ:
            session = _connected(session_class, app_name)
        else:
            session = _start(session_class, app_name, {**DELTA, **(extra or {})})
        ship_package(session)
    for key, value in MEANING.items():
        session.conf.set(key, value)
    quick = {**_quick(str(session.conf.get("spark.master", None))), **_WRITTEN}
    for key, value in quick.items():
        if session.conf.get(key, None) is None:
            session.conf.set(key, value)
    return session


def local_settings(
    master: str, *, local_dir: Path | None = None, extra: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the settings of a session that is started here.

    The reader sets ``spark.sql.files.*`` itself, so they stay as Spark has them.
    """
    wishes = dict(extra or {})
    scratch = local_dir or own_scratch(Path(tempfile.gettempdir()) / f"customer-chunks-{os.getuid()}")
    scratch.mkdir(parents=True, exist_ok=True)
    memory = os.environ.get(MEMORY_VARIABLE) or driver_memory(machine.memory_bytes())
    java_options = f"{_java_options()} {wishes.pop(JAVA_OPTIONS, '')}".strip()
    return {
        "spark.master": master,
        **MEANING,
        **DELTA,
        **_jars(is_local=master.startswith("local")),
        **(_loopback() if master.startswith("local") else {}),
        JAVA_OPTIONS: java_options,
        "spark.driver.memory": memory,
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": (scratch / "spark-warehouse").as_uri(),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.ui.enabled": str(bool(os.environ.get(UI_VARIABLE))).lower(),
        "spark.ui.showConsoleProgress": "false",
        "spark.scheduler.mode": "FAIR",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # Else every word of an expression tells Java where in Python it stands: ten calls instead of one.
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        # Every query, and every stage of it, is described for the pages of Spark's own UI: in a fourth of the
        # words, where nobody asked for those pages.
        **({} if os.environ.get(UI_VARIABLE) else {"spark.sql.ui.explainMode": "simple"}),
        # Every sort, and every table that rows are looked up in, begins with a page. Spark's own are of 64 MB
        # where the heap is large, and most of ours hold a few rows. Collecting a day's garbage takes a third
        # of the time with these.
        "spark.buffer.pageSize": "4m",
        # Rows that are kept for a moment are not worth the time that packing them takes.
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        **_quick(master),
        **_looked_up(memory),
        **{f"spark.hadoop.{key}": value for key, value in _WRITTEN.items()},
        **({} if _has_own_event_log(wishes) else _noted(scratch / "events")),
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
        **wishes,
    }


def _looked_up(memory: str) -> dict[str, str]:
    """Return the setting that saves sorting both sides of a join where one has small parts to look up in.

    Such parts have to fit into memory, so it takes a gigabyte for each core.
    """
    found = re.fullmatch(r"(\d+)([mg])b?", memory.strip().lower())
    mebibytes = int(found[1]) * (1024 if found[2] == "g" else 1) if found else 0
    if mebibytes < 1024 * (os.cpu_count() or 1):
        return {}
    return {"spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "64m"}


def _has_own_event_log(wishes: Mapping[str, str]) -> bool:
    """Return whether somebody has said what Spark is to log: the caller, or Spark's file of defaults."""
    defaults = Path(os.environ.get("SPARK_CONF_DIR", "")) / "spark-defaults.conf"
    said = (
        defaults.read_text(encoding="utf-8") if "SPARK_CONF_DIR" in os.environ and defaults.is_file() else ""
    )
    return any(name.startswith(_EVENT_LOG) for name in wishes) or _EVENT_LOG in said


def _noted(folder: Path) -> dict[str, str]:
    """Return the settings by which Spark notes in the folder what its tasks take, and little else."""
    import pyspark  # noqa: PLC0415 - see _session_class

    if tuple(int(part) for part in pyspark.__version__.split(".")[:2]) < _FIRST_TO_CHOOSE:
        return {}
    folder.mkdir(exist_ok=True)
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.excludedPatterns": ",".join(_NOT_NOTED),
    }


def driver_memory(available: int) -> str:
    """Return 60% of the available bytes as Spark writes it, not below 1 GiB nor above 16 GiB."""
    return f"{min(max(available * 6 // 10, _GIB), 16 * _GIB) // 1024**2}m"


def _quick(master: str) -> dict[str, str]:
    """Return what only makes it fast, for a Spark with the master.

    The Delta logs here are small: one task reads one faster than the fifty that are Delta's default,
    which took nine tenths of a small run's time. A local Spark has no use for two hundred tasks a shuffle;
    ``pieces`` asks for more where rows are many. A customer with far more orders than others (the account of
    a marketplace) is cut into pieces where tables are joined, sooner than Spark would by itself.
    """
    chosen = {"spark.databricks.delta.snapshotPartitions": "1", **_SKEWED, **_COMPILED}
    partitions = os.environ.get(PARTITIONS_VARIABLE)
    if master.startswith("local"):
        partitions = partitions or str(2 * (os.cpu_count() or 1))
    if partitions:
        chosen["spark.sql.shuffle.partitions"] = partitions
    return chosen


def _session_class() -> type[SparkSession]:
    try:
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra: clusters bring their own
    except ImportError:
        remedy = "Run `pip install 'customer-chunks[local]'`."
        raise MachineError("pyspark is not installed.", remedy) from None
    return SparkSession


def _silence_query_logs() -> None:
    from pyspark.logger import PySparkLogger  # noqa: PLC0415 - see _session_class

    for name in LOUD_LOGGERS:
        PySparkLogger.getLogger(name).disabled = True


def _is_started_elsewhere() -> bool:
    """Return whether spark-submit started this process or Spark Connect is to be used."""
    return "PYSPARK_GATEWAY_PORT" in os.environ or REMOTE_VARIABLE in os.environ


def _connected(session_class: type[SparkSession], app_name: str) -> SparkSession:
    """Return a session of the server that SPARK_REMOTE names, which fixes the static settings itself."""
    from customer_chunks.columns.failures import SPARK_FAILURES  # noqa: PLC0415 - see _session_class

    # What follows the first semicolon may be a token.
    address = os.environ[REMOTE_VARIABLE].split(";")[0]
    try:
        return _start(session_class, app_name, {})
    except ImportError:  # also what pyspark raises for a package that is too old
        remedy = "Run `pip install 'customer-chunks[connect]'`."
        raise MachineError("Spark Connect needs packages that are not installed.", remedy) from None
    except SPARK_FAILURES:
        remedy = f"Start it, correct {REMOTE_VARIABLE}, or unset that for a Spark of our own."
        raise MachineError(f"No Spark Connect server can be used at {address}.", remedy) from None


def _start(session_class: type[SparkSession], app_name: str, settings: Mapping[str, str]) -> SparkSession:
    hush_broken_updates()
    builder = session_class.builder.appName(app_name)
    for key, value in settings.items():
        builder = builder.config(key, value)
    with quiet_start():
        return builder.getOrCreate()


def _point_at_our_python_and_spark() -> None:
    """Let workers run this very Python and let pyspark start the Spark that it was installed with."""
    import pyspark  # noqa: PLC0415 - see _session_class

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    home = Path(pyspark.__file__).parent
    if (home / "jars").is_dir():
        os.environ["SPARK_HOME"] = str(home)


def _jars(*, is_local: bool) -> dict[str, str]:
    found = [str(jar) for jar in machine.jars()]
    if not found:
        import pyspark  # noqa: PLC0415 - see _session_class

        return {"spark.jars.packages": machine.delta_package(pyspark.__version__)}
    settings = {"spark.driver.extraClassPath": os.pathsep.join(found)}
    return settings if is_local else {**settings, "spark.jars": ",".join(found)}


def _loopback() -> dict[str, str]:
    """Return the settings that keep a local Spark off the network, and off the name service."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    return {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


def _java_options() -> str:
    """Return how Java is to run.

    Measured on 2 cores with a 14 GiB heap, 8M rows through a write, a wide aggregate
    and a window: 47 s with the parallel collector, 58 s with the default one. The
    archive of classes takes 3 to 4 s off a session's start and first queries; Java
    ignores one made by another Java. Compiled code stays: a day of few rows takes 82 s
    instead of 92 where Java does not throw away, and compile again, what it has not
    called for a moment. Java's second compiler waits for ten times as many calls: of the
    440 core seconds of a day of 48,000 lines after 4.8 million it took 155. With six and
    with twenty times as many it took 350 in all, and tasks no longer; without that compiler
    a day took longer than ever.
    """
    options = [
        "-XX:+UseParallelGC",
        "-XX:-UseCodeCacheFlushing",
        "-XX:ReservedCodeCacheSize=512m",
        *(f"-XX:{name}={count}" for name, count in _WORTH_ALL_ART.items()),
        f"-Dlog4j2.configurationFile={_log_settings().as_uri()}",
    ]
    archive = machine.class_archive()
    if archive.is_file():
        options += [f'"-XX:SharedArchiveFile={archive}"', "-Xshare:auto", "-Xlog:disable"]
        options += ["-Xlog:all=error:stderr"]
    return " ".join(options)


def _log_settings() -> Path:
    return Path(__file__).with_name("log4j2.properties")
