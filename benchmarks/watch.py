"""Running one contender and watching it: its time, the memory and the writes of its processes, its bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).parent
_PAUSE = 0.1
_FLOW = re.compile(r"^the flow took (\S+) s$", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """One contender in one stage of one round.

    Attributes:
        contender: Who.
        stage: What it ran.
        round: Which time, from 1.
        seconds: Of the whole process.
        peak_bytes: Most resident memory of its process tree.
        left_bytes: What its tables take on disk now, less what they took before.
        written_bytes: What its processes wrote to disk, files that are gone again among it; None where the
            system does not count it. A process other than the first counts up to the last look at it, a
            tenth of a second before its end at most.
        flow_seconds: Without the session's start, where the contender tells it.
    """

    contender: str
    stage: str
    round: int
    seconds: float
    peak_bytes: int
    left_bytes: int
    written_bytes: int | None
    flow_seconds: float | None


def run_one(name: str, data: Path, folder: Path, stage: str, number: int = 1) -> Measured:
    """Run one contender and watch it.

    Raises:
        SystemExit: it failed; with what it said.
    """
    before, begun = bytes_in(folder), time.monotonic()
    script = [sys.executable, HERE / f"{name}.py", data, folder, stage]
    log = folder / f"{stage.replace('/', '_')}.log"
    with log.open("wb") as out:
        child = subprocess.Popen(script, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603
        peak = Peak(child.pid)
        if hasattr(os, "waitid"):  # macOS has none
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # so that what it wrote is still there
        peak.end()
        code = child.wait()
    seconds = time.monotonic() - begun
    said = log.read_text(encoding="utf-8", errors="replace")
    if code:
        sys.exit(f"{name} failed in stage {stage}:\n{said[-2000:]}")
    flow = _FLOW.search(said)
    left, flow_seconds = bytes_in(folder) - before, float(flow[1]) if flow else None
    return Measured(name, stage, number, seconds, peak.bytes, left, peak.written, flow_seconds)


def bytes_in(folder: Path) -> int:
    """Return what the tables take; what merely arrived or is exported for comparison does not count."""
    files = (f for f in folder.rglob("*") if f.is_file())
    return sum(f.stat().st_size for f in files if not {"arrived", "export"} & set(f.parts))


class Peak(threading.Thread):
    """Watches what a process and all that it starts hold and write, until it is told to end.

    Attributes:
        bytes: The most memory they held together; what several processes share counts for each.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._root, self._is_over = psutil.Process(pid), threading.Event()
        self._written: dict[tuple[int, float], int] = {}
        self.start()

    @property
    def written(self) -> int | None:
        """Return the bytes they wrote to disk so far; None where nobody counts them."""
        return sum(self._written.values()) if self._written else None

    def run(self) -> None:
        """Look at them again and again."""
        while not self._is_over.wait(_PAUSE):
            held = 0
            with suppress(psutil.Error):  # the first has ended meanwhile
                for process in (self._root, *self._root.children(recursive=True)):
                    held += self._seen(process)
            self.bytes = max(self.bytes, held)

    def end(self) -> None:
        """Watch no longer; what the first process wrote is read once more, if it can be."""
        self._is_over.set()
        self.join()
        self._seen(self._root)

    def _seen(self, process: psutil.Process) -> int:
        """Note what a process has written, and return the memory that it holds."""
        with suppress(psutil.Error, AttributeError):  # it has ended; or macOS, which counts no writes
            self._written[process.pid, process.create_time()] = process.io_counters().write_bytes
        with suppress(psutil.Error):
            return int(process.memory_info().rss)
        return 0
