"""What a run does, told while it does it: moving on a terminal, elsewhere one plain line a step.

Where nobody watches, a line a minute says what is still at work, so that a log of long steps does not
look like that of a run that hangs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from customer_chunks.cli.console import console, is_terminal

if TYPE_CHECKING:
    from customer_chunks.flow.outcome import Outcome

_SIGNS = {
    "done": ("✓", "green"),
    "idle": ("·", "dim"),
    "failed": ("✗", "red"),
    "skipped": ("-", "yellow"),
    "held": ("-", "yellow"),
    "warned": ("!", "yellow"),
}

_SILENCE = 60.0
"""Seconds after which a log hears what is at work."""


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show that something goes on, on a terminal only."""
    if not is_terminal():
        yield
        return
    with console(is_error=True).status(f"{what} ..."):
        yield


class StepProgress:
    """Hears of every step from the runner; steps may run side by side."""

    def __init__(self, silence: float = _SILENCE) -> None:
        self._console = console(is_error=True)
        self._lock = threading.Lock()
        self._silence = silence
        self._ended = threading.Event()
        self._tasks: dict[str, TaskID] = {}
        self._idle = 0
        self._live = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not is_terminal(),
        )

    def __enter__(self) -> StepProgress:
        self._live.start()
        if not is_terminal():
            threading.Thread(target=self._tell_of_work, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._live.stop()
        if self._idle and kind is None:
            steps = "1 step" if self._idle == 1 else f"{self._idle} steps"
            self._console.print(f"· {steps} had nothing to do", style="dim")

    def __call__(self, step: str, outcome: Outcome | None) -> None:
        """Take the news: a step starts (None) or ended."""
        with self._lock:
            if outcome is None:
                self._tasks[step] = self._live.add_task(step, total=None)
                return
            if step in self._tasks:
                self._live.remove_task(self._tasks.pop(step))
            if outcome.state == "idle":
                self._idle += 1
                return
            sign, style = _SIGNS.get(outcome.state, ("?", ""))
            text = f"{sign} {step:<34} {outcome.seconds:6.1f} s  {outcome.detail}"
            self._console.print(text, style=style if outcome.state != "done" else "", soft_wrap=True)

    def _tell_of_work(self) -> None:
        while not self._ended.wait(self._silence):
            with self._lock:
                at_work = [f"{task.description} ({task.elapsed or 0:,.0f} s)" for task in self._live.tasks]
                if at_work:
                    self._console.print(f"… at work: {', '.join(at_work)}", style="dim", soft_wrap=True)
