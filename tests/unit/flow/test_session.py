from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from pyspark.errors import PySparkImportError, PySparkRuntimeError

from customer_chunks.errors import MachineError
from customer_chunks.flow import machine
from customer_chunks.flow import session as session_module
from customer_chunks.flow.session import build_session, driver_memory, local_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

GIB = 1024**3


def settings(tmp_path: Path, **extra: str) -> dict[str, str]:
    return local_settings("local[*]", local_dir=tmp_path, extra=extra)


def test_instants_are_shown_in_utc(spark: SparkSession) -> None:
    shown = spark.sql("SELECT string(timestamp_seconds(0)) AS t").first()
    assert shown is not None
    assert shown.t == "1970-01-01 00:00:00"


def test_what_an_expression_cannot_compute_is_null(spark: SparkSession) -> None:
    row = spark.sql("SELECT int('12a') AS number, 1 / 0 AS ratio").first()
    assert row is not None
    assert (row.number, row.ratio) == (None, None)


def test_delta_tables_can_be_written_and_merged(spark: SparkSession, warehouse_dir: Path) -> None:
    spark.range(3).write.format("delta").save(str(warehouse_dir))
    spark.sql(
        f"MERGE INTO delta.`{warehouse_dir}` t USING (SELECT id FROM range(2, 5)) s ON t.id = s.id "
        "WHEN NOT MATCHED THEN INSERT *"
    )
    ids = [row.id for row in spark.read.format("delta").load(str(warehouse_dir)).collect()]
    assert sorted(ids) == [0, 1, 2, 3, 4]


def test_an_active_session_is_taken_and_put_right(spark: SparkSession) -> None:
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    session = build_session("another")
    assert session is spark
    assert session.conf.get("spark.sql.session.timeZone") == "UTC"
    assert session.conf.get("spark.sql.ansi.enabled") == "false"


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("spark.databricks.delta.snapshotPartitions", "1"),
        ("spark.sql.shuffle.partitions", str(2 * (os.cpu_count() or 1))),
    ],
)
@pytest.mark.parametrize("set_before", [None, "7"])
def test_what_makes_it_fast_is_set_unless_the_platform_did(
    spark: SparkSession, key: str, found: str, set_before: str | None
) -> None:
    kept = spark.conf.get(key, None)
    try:
        spark.conf.unset(key) if set_before is None else spark.conf.set(key, set_before)
        assert build_session("another").conf.get(key) == (set_before or found)
    finally:
        spark.conf.unset(key) if kept is None else spark.conf.set(key, kept)


def test_a_cluster_keeps_its_own_number_of_tasks(tmp_path: Path) -> None:
    assert "spark.sql.shuffle.partitions" not in local_settings("spark://host:7077", local_dir=tmp_path)
    assert settings(tmp_path)["spark.sql.shuffle.partitions"] == str(2 * (os.cpu_count() or 1))


def test_a_customer_with_most_rows_is_cut_into_pieces_wherever_it_runs(tmp_path: Path) -> None:
    for chosen in (settings(tmp_path), local_settings("spark://host:7077", local_dir=tmp_path)):
        assert chosen["spark.sql.adaptive.skewJoin.skewedPartitionFactor"] == "3.0"
        assert chosen["spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes"] == "32m"


def test_methods_that_java_would_not_compile_are_not_generated(tmp_path: Path) -> None:
    for chosen in (settings(tmp_path), local_settings("spark://host:7077", local_dir=tmp_path)):
        assert chosen["spark.sql.codegen.hugeMethodLimit"] == "8000"


def test_a_column_without_repeated_values_is_written_without_a_dictionary(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = spark.range(1000).selectExpr("cast(id as string) as order_id", "cast(id % 3 as string) as channel")
    rows.coalesce(1).write.parquet(str(tmp_path / "rows"))
    (file,) = (tmp_path / "rows").glob("*.parquet")
    order_id, channel = [pq.ParquetFile(file).metadata.row_group(0).column(i) for i in (0, 1)]
    assert not order_id.has_dictionary_page
    assert channel.has_dictionary_page


def test_workers_run_this_python(spark: SparkSession) -> None:
    def which_python(batches: object) -> object:
        import sys  # noqa: PLC0415 - runs in the worker

        import pyarrow as pa  # noqa: PLC0415 - runs in the worker

        for _ in batches:  # type: ignore[attr-defined]
            yield pa.RecordBatch.from_pydict({"path": [sys.executable]})

    rows = spark.range(0, 1, 1, 1).mapInArrow(which_python, "path string").collect()  # type: ignore[arg-type]
    assert {row.path for row in rows} == {sys.executable}


def test_a_new_session_is_silent_and_leaves_nothing_in_the_working_folder(tmp_path: Path) -> None:
    program = (
        "from customer_chunks.flow.session import build_session\n"
        "spark = build_session(master='local[1]')\n"
        "spark.range(3).write.saveAsTable('t')\n"
        "for query in (\"SELECT raise_error('Erika Mustermann')\", 'SELECT assert_true(id < 2) FROM t'):\n"
        "    try:\n"
        "        spark.sql(query).collect()\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__)\n"
        "spark.sql('DROP TABLE t')\n"
    )
    there = tmp_path / "working folder"
    there.mkdir()
    environment = {**os.environ, "CHUNKS_DRIVER_MEMORY": "1g", "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=there,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["SparkRuntimeException", "SparkRuntimeException"]
    assert list(there.iterdir()) == []


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        (GIB, "1024m"),
        (10 * GIB, "6144m"),
        (64 * GIB, "16384m"),
    ],
)
def test_the_driver_gets_three_fifths_of_memory_between_one_and_sixteen_gib(
    available: int, expected: str
) -> None:
    assert driver_memory(available) == expected


def test_memory_and_partitions_can_be_set_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHUNKS_DRIVER_MEMORY", "3g")
    monkeypatch.setenv("CHUNKS_SHUFFLE_PARTITIONS", "64")
    monkeypatch.setenv("CHUNKS_SPARK_UI", "1")
    chosen = settings(tmp_path)
    assert chosen["spark.driver.memory"] == "3g"
    assert chosen["spark.sql.shuffle.partitions"] == "64"
    assert chosen["spark.ui.enabled"] == "true"


def test_wishes_win_and_java_options_are_added(tmp_path: Path) -> None:
    java_options = "spark.driver.extraJavaOptions"
    chosen = settings(tmp_path, **{"spark.driver.memory": "5g", java_options: "-Xss8m"})
    assert chosen["spark.driver.memory"] == "5g"
    assert chosen[java_options].endswith(" -Xss8m")
    assert "-Dlog4j2.configurationFile=file:///" in chosen[java_options]


def test_jars_are_taken_from_the_named_folder_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b.jar", "a.jar", "notes.txt"):
        (tmp_path / name).touch()
    monkeypatch.setenv("CHUNKS_JARS", str(tmp_path))
    chosen = settings(tmp_path)
    assert chosen["spark.driver.extraClassPath"] == f"{tmp_path}/a.jar:{tmp_path}/b.jar"
    assert "spark.jars" not in chosen
    on_a_cluster = local_settings("spark://host:7077", local_dir=tmp_path)
    assert on_a_cluster["spark.jars"] == f"{tmp_path}/a.jar,{tmp_path}/b.jar"
    assert "spark.driver.bindAddress" not in on_a_cluster


def test_without_jars_spark_fetches_delta_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHUNKS_JARS", str(tmp_path / "nowhere"))
    assert settings(tmp_path)["spark.jars.packages"] == machine.delta_package("4.2.0")


def test_missing_pyspark_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(
        MachineError, match=r"^pyspark is not installed\. Run `pip install 'customer-chunks\[local\]'`\.$"
    ):
        build_session()


class _Unusable:
    """Stands in for a builder whose session cannot be had."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    @property
    def builder(self) -> _Unusable:
        return self

    def appName(self, _: str) -> _Unusable:  # noqa: N802 - pyspark's name
        return self

    def getActiveSession(self) -> None:  # noqa: N802 - pyspark's name
        return None

    def getOrCreate(self) -> None:  # noqa: N802 - pyspark's name
        raise self.error


@pytest.mark.parametrize(
    ("error", "what", "remedy"),
    [
        (PySparkImportError("grpcio is not installed"), "packages that are not installed", "[connect]"),
        (
            PySparkRuntimeError("UNAVAILABLE"),
            "No Spark Connect server can be used at sc://host:15002/.",
            "unset",
        ),
    ],
)
def test_spark_connect_that_cannot_be_used_is_told_without_its_token(
    monkeypatch: pytest.MonkeyPatch, error: Exception, what: str, remedy: str
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://host:15002/;token=secret")
    monkeypatch.setattr(session_module, "_session_class", lambda: _Unusable(error))
    with pytest.raises(MachineError) as raised:
        build_session()
    assert what in str(raised.value)
    assert remedy in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("package", ["executor", "scheduler", "sql.execution", "sql.delta", "util.Utils"])
def test_spark_and_delta_do_not_echo_what_reaches_python_as_an_exception(package: str) -> None:
    settings = Path(session_module.__file__).with_name("log4j2.properties").read_text(encoding="utf-8")
    name = next(
        line.split(".")[1]
        for line in settings.splitlines()
        if line.endswith(f" = org.apache.spark.{package}")
    )
    assert f"logger.{name}.level = ${{env:CHUNKS_SPARK_LOG_LEVEL:-off}}" in settings


@pytest.mark.parametrize(("memory", "is_set"), [("1g", False), ("2048m", True), ("2gb", True), ("2", False)])
def test_joins_look_up_where_there_is_memory_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: str, is_set: bool
) -> None:
    monkeypatch.setenv("CHUNKS_DRIVER_MEMORY", memory)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert ("spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold" in settings(tmp_path)) is is_set


def test_events_are_noted_in_the_scratch_folder_unless_somebody_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPARK_CONF_DIR", raising=False)
    chosen = settings(tmp_path)
    assert chosen["spark.eventLog.dir"] == (tmp_path / "events").as_uri()
    assert (chosen["spark.eventLog.enabled"], chosen["spark.eventLog.compress"]) == ("true", "false")
    asked = local_settings("local[2]", local_dir=tmp_path, extra={"spark.eventLog.dir": "hdfs://n/logs"})
    assert {k for k in asked if k.startswith("spark.eventLog")} == {"spark.eventLog.dir"}
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    (tmp_path / "spark-defaults.conf").write_text("spark.eventLog.enabled true\n", encoding="utf-8")
    assert not [k for k in settings(tmp_path) if k.startswith("spark.eventLog")]
    (tmp_path / "spark-defaults.conf").write_text("spark.ui.port 4444\n", encoding="utf-8")
    assert "spark.eventLog.dir" in settings(tmp_path)
    monkeypatch.setattr("pyspark.__version__", "4.0.1")
    assert "spark.eventLog.dir" not in settings(tmp_path), "its log could not leave plans out"
