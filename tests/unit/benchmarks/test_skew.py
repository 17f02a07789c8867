"""The longest task of each stage against its median, read from Spark's event log."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.skew import Spread, spreads


def started(*stages: int, step: str | None = None) -> dict[str, Any]:
    properties = {"chunks.work": step} if step else {}
    return {"Event": "SparkListenerJobStart", "Stage IDs": list(stages), "Properties": properties}


def ended(
    stage: int, milliseconds: int, reason: str = "Success", shuffled: int = 0, read: int = 0
) -> dict[str, Any]:
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Task End Reason": {"Reason": reason},
        "Task Metrics": {
            "Executor Run Time": milliseconds,
            "Shuffle Read Metrics": {"Total Records Read": shuffled},
            "Input Metrics": {"Records Read": read},
        },
    }


def test_longest_task_is_held_against_the_median_of_its_stage() -> None:
    log = [
        started(0, 1, step="20260302T080000Z-ab12 silver.orders[shop]"),
        *(ended(0, ms) for ms in (100, 300, 200)),
        ended(1, 1000),
        ended(1, 99000, reason="ExceptionFailure"),
        {"Event": "SparkListenerUnpersistRDD"},
        started(1, 2, step="gold.customer_facts"),
        *(ended(2, ms, shuffled=7) for ms in (1000, 2000, 3000, 9000)),
        ended(2, 200, read=5),
    ]
    found = spreads("day", [json.dumps(event) for event in log])
    assert found == [
        Spread("day", "silver.orders[shop]", 0, "files", 3, 0.2, 0.3),
        Spread("day", "silver.orders[shop]", 1, "files", 1, 1.0, 1.0),
        Spread("day", "gold.customer_facts", 2, "files", 1, 0.2, 0.2),
        Spread("day", "gold.customer_facts", 2, "shuffle", 4, 2.5, 9.0),
    ]
    assert [round(s.ratio, 2) for s in found] == [1.5, 1.0, 1.0, 3.6]


def test_tasks_that_one_key_leaves_empty_count_behind_its_shuffle() -> None:
    log = [
        started(3),
        ended(3, 60_000, shuffled=10**6),
        *(ended(3, 20) for _ in range(6)),
        ended(3, 900, read=1),
    ]
    files, shuffled = spreads("full", [json.dumps(event) for event in log])
    assert (files.reads, files.tasks) == ("files", 1)
    assert (shuffled.reads, shuffled.tasks, shuffled.ratio) == ("shuffle", 7, 3000)


def test_work_without_a_name_and_tasks_of_no_time_are_told_too() -> None:
    log = [started(4), ended(4, 0), {"Event": "SparkListenerJobStart", "Stage IDs": [5], "Properties": None}]
    (found,) = spreads("full", [json.dumps(event) for event in log])
    assert (found.step, found.tasks, found.ratio) == ("", 1, float("inf"))
