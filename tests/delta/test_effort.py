"""What Spark's tasks took for a piece of work, as its event log tells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from customer_chunks.storage import effort
from customer_chunks.storage.effort import Effort, efforts, event_log, work_at


@pytest.fixture(autouse=True)
def _nothing_is_worked_at(spark: SparkSession) -> Iterator[None]:
    yield
    work_at(spark, None)


def test_work_of_a_real_session_is_told_apart(spark: SparkSession) -> None:
    work_at(spark, "run-1 sorted")
    rows = spark.range(20_000).repartition(3, "id").sortWithinPartitions("id")
    assert rows.count() == 20_000
    work_at(spark, "run-1 counted")
    assert spark.range(10).count() == 10
    work_at(spark, None)
    found = efforts(spark)
    told, small = found["run-1 sorted"], found["run-1 counted"]
    assert told.cpu_seconds > 0
    assert told.shuffle_bytes > 20_000
    assert told.shuffle_bytes > 50 * small.shuffle_bytes > 0
    assert told.spilled_bytes == 0


def test_log_of_a_real_session_holds_no_query(spark: SparkSession) -> None:
    assert spark.range(5).where("id <> 424242").count() == 5
    efforts(spark)  # waits for the log
    file = event_log(spark)
    assert file is not None
    text = file.read_text(encoding="utf-8")
    assert "SparkListenerJobEnd" in text
    assert "424242" not in text
    assert '"Event":"org.apache.spark.sql.execution.' not in text


def a_session(folder: Path, **settings: str) -> Any:
    """Return what stands for a session whose application notes what it does in a folder."""
    held = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": folder.as_uri(), **settings}
    context = SimpleNamespace(applicationId="app-1", getConf=lambda: SimpleNamespace(get=held.get))
    return SimpleNamespace(sparkContext=context, _jsparkSession=None)


def job(number: int, stages: list[int], **properties: str) -> dict[str, Any]:
    return {
        "Event": "SparkListenerJobStart", "Job ID": number, "Stage IDs": stages, "Properties": properties,
    }  # fmt: skip


def stage(number: int, **metrics: int) -> dict[str, Any]:
    told = [{"Name": f"internal.metrics.{k}", "Value": v} for k, v in metrics.items()]
    return {
        "Event": "SparkListenerStageCompleted",
        "Stage Info": {"Stage ID": number, "Accumulables": [*told, {"Name": "number of rows", "Value": "x"}]},
    }


def end(number: int) -> dict[str, Any]:
    return {"Event": "SparkListenerJobEnd", "Job ID": number}


def noted(folder: Path, *events: dict[str, Any], more: str = "") -> None:
    lines = "".join(json.dumps(e) + "\n" for e in events) + more
    (folder / "app-1.inprogress").write_text(lines, encoding="utf-8")


def test_stages_count_for_the_job_that_computed_them_retries_included(tmp_path: Path) -> None:
    cpu, shuffle, spill = "executorCpuTime", "shuffle.write.bytesWritten", "diskBytesSpilled"
    noted(
        tmp_path,
        {"Event": "SparkListenerApplicationStart"},
        job(0, [0, 1], **{effort.WORK: "a"}),
        stage(0, **{cpu: 1_500_000_000, shuffle: 10}),
        stage(1, **{cpu: 500_000_000, spill: 7}),
        end(0),
        job(1, [1, 2], **{effort.WORK: "b"}),  # 1 is there already: it is skipped
        stage(1, **{cpu: 250_000_000, shuffle: 1}),  # lost with its executor and computed once more
        stage(2, **{shuffle: 5}),
        end(1),
        job(2, [3]),
        stage(3, **{shuffle: 9}),
        end(2),
        more='{"Event":"SparkListenerStageCompleted","Stage In',
    )
    assert efforts(a_session(tmp_path)) == {
        "a": Effort(2.25, 11, 7),
        "b": Effort(0.0, 5, 0),
        "": Effort(0.0, 9, 0),
    }


def test_log_that_lags_is_waited_for_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effort, "_PATIENCE", 0.2)
    begun = [job(0, [0], **{effort.WORK: "a"}), stage(0, executorCpuTime=1_000_000_000)]
    noted(tmp_path, *begun)
    assert efforts(a_session(tmp_path)) == {"a": Effort(1.0)}, "it never ended"

    def ends(_: float) -> None:
        noted(
            tmp_path,
            *begun,
            job(1, [1], **{effort.WORK: "a"}),
            stage(1, executorCpuTime=10**9),
            end(0),
            end(1),
        )

    monkeypatch.setattr(effort.time, "sleep", ends)
    assert efforts(a_session(tmp_path)) == {"a": Effort(2.0)}


def test_log_that_cannot_be_read_here_tells_nothing(tmp_path: Path) -> None:
    assert efforts(a_session(tmp_path)) == {}, "nothing is there"
    noted(tmp_path, job(0, [0]), stage(0), end(0))
    assert event_log(a_session(tmp_path)) == tmp_path / "app-1.inprogress"
    assert event_log(a_session(tmp_path, **{"spark.eventLog.enabled": "false"})) is None
    assert event_log(a_session(tmp_path, **{"spark.eventLog.dir": "hdfs://name/logs"})) is None
    assert event_log(a_session(tmp_path, **{"spark.eventLog.dir": str(tmp_path)})) is not None
    assert efforts(SimpleNamespace()) == {}, "Spark Connect has no such log"  # type: ignore[arg-type]
    work_at(SimpleNamespace(), "a")  # type: ignore[arg-type]


def test_log_that_is_spoilt_tells_nothing_and_stops_nothing(tmp_path: Path) -> None:
    noted(tmp_path, job(0, [0]), more='{"Event":"SparkListenerJobEnd","Jo{"Event":"SparkListenerJobEnd"}\n')
    assert efforts(a_session(tmp_path)) == {}
    noted(tmp_path, {"Event": "SparkListenerJobEnd"})
    assert efforts(a_session(tmp_path)) == {}
