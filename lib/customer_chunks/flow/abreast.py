"""Work that waits for other work: as much of it at once as there are hands for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from customer_chunks.errors import ConfigError

HANDS_VARIABLE = "CHUNKS_PARALLEL_STEPS"
_FEWEST, _MOST = 2, 4
T = TypeVar("T")


def hands() -> int:
    """Return how many steps are computed at once: as the environment says, else one a core, from 2 to 4.

    Raises:
        ConfigError: the variable is no number from 1 on.
    """
    asked = os.environ.get(HANDS_VARIABLE, "").strip()
    if not asked:
        return min(max(os.cpu_count() or 1, _FEWEST), _MOST)
    if not asked.isdecimal() or int(asked) < 1:
        raise ConfigError(f"{HANDS_VARIABLE} is '{asked}', which is no number from 1 on.", "Set it to 2.")
    return int(asked)


@dataclass(frozen=True)
class Task(Generic[T]):
    """Something to do under a name, and the names of the tasks that have to be done before."""

    name: str
    work: Callable[[], T]
    needs: Collection[str] = ()


def done_abreast(
    tasks: Sequence[Task[T]], hands: int, *, prepare: Callable[[], None], stop: Callable[[], object]
) -> list[T]:
    """Do every task after those it needs, and return what they return, in the order of the tasks.

    Needs that are no task here count as done. Of several tasks that are ready the first in the
    order is begun first; with one hand they are done in the order, in the calling thread.

    Args:
        tasks: In an order in which each comes after its needs.
        hands: How many are done at once at most.
        prepare: Called once in every thread before its first task.
        stop: Called where a task raises (or the user interrupts): to end what the others do.

    Raises:
        BaseException: what the first task raised that did; no further task is begun.
    """
    if hands < 2 or len(tasks) < 2:  # noqa: PLR2004 - one at a time
        return [task.work() for task in tasks]
    names = {task.name for task in tasks}
    waiting = {task.name: set(task.needs) & names - {task.name} for task in tasks}
    results: dict[str, T] = {}
    with ThreadPoolExecutor(min(hands, len(tasks)), "step", prepare) as pool:
        running: dict[Future[T], str] = {}
        try:
            while len(results) < len(tasks):
                free = hands - len(running)
                begun = {*results, *running.values()}
                ready = [t for t in tasks if t.name not in begun and waiting[t.name] <= results.keys()]
                running |= {pool.submit(task.work): task.name for task in ready[:free]}
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    results[running.pop(future)] = future.result()
        except BaseException:
            stop()
            raise
    return [results[task.name] for task in tasks]
