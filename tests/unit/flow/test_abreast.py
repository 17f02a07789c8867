"""Tasks begin when what they need is done, as many at once as there are hands."""

from __future__ import annotations

import threading

import pytest

from customer_chunks.errors import ConfigError
from customer_chunks.flow.abreast import HANDS_VARIABLE, Task, done_abreast, hands

WAIT = 20.0


def nothing() -> None:
    """Prepare or stop nothing."""


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_task_is_done_after_its_needs_and_results_keep_the_order(count: int) -> None:
    done: list[str] = []

    def work(name: str) -> str:
        done.append(name)
        return name.upper()

    needs = {"a": (), "b": ("a", "elsewhere"), "c": (), "d": ("b", "c")}
    tasks = [Task(name, lambda n=name: work(n), needs[name]) for name in needs]  # type: ignore[misc]
    assert done_abreast(tasks, count, prepare=nothing, stop=nothing) == ["A", "B", "C", "D"]
    assert sorted(done) == ["a", "b", "c", "d"]
    assert done.index("a") < done.index("b") < done.index("d")
    assert done.index("c") < done.index("d")


def test_two_hands_work_at_once_in_threads_that_were_prepared() -> None:
    prepared: set[int] = set()
    meeting = threading.Barrier(2, timeout=WAIT)

    def meet() -> bool:
        meeting.wait()
        return threading.get_ident() in prepared

    tasks = [Task("a", meet), Task("b", meet)]
    found = done_abreast(tasks, 2, prepare=lambda: prepared.add(threading.get_ident()), stop=nothing)
    assert found == [True, True]
    assert threading.get_ident() not in prepared


def test_no_more_hands_than_asked_for_are_at_work() -> None:
    at_work, most, lock = [0], [0], threading.Lock()

    def work() -> None:
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        threading.Event().wait(0.01)
        with lock:
            at_work[0] -= 1

    done_abreast([Task(str(n), work) for n in range(9)], 3, prepare=nothing, stop=nothing)
    assert 1 <= most[0] <= 3


def test_after_a_failure_the_others_are_stopped_and_nothing_more_begins() -> None:
    stopped = threading.Event()
    begun: list[str] = []

    class OutOfOrderError(Exception):
        pass

    def fails() -> None:
        begun.append("fails")
        raise OutOfOrderError

    def goes_on() -> None:
        begun.append("goes on")
        assert stopped.wait(WAIT)

    tasks = [Task("a", goes_on), Task("b", fails), Task("c", fails, ("b",)), Task("d", fails, ("a",))]
    with pytest.raises(OutOfOrderError):
        done_abreast(tasks, 2, prepare=nothing, stop=stopped.set)
    assert sorted(begun) == ["fails", "goes on"]


def test_hands_are_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HANDS_VARIABLE, raising=False)
    assert 2 <= hands() <= 4
    monkeypatch.setenv(HANDS_VARIABLE, " 3 ")
    assert hands() == 3
    for wrong in ("0", "two", "-1"):
        monkeypatch.setenv(HANDS_VARIABLE, wrong)
        with pytest.raises(ConfigError, match=f"{HANDS_VARIABLE} is '{wrong}'"):
            hands()
