"""Processes of Spark's own scripts on loopback: started, waited for, and ended with all their children."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyspark

SPARK = Path(pyspark.__file__).parent
LOOPBACK = "127.0.0.1"
# Until then a server must answer and a run must end; they take a tenth of it on two free cores.
LONGEST_START, LONGEST_RUN = 120, 480

# Compiling each plan, and each class once more, takes longer than running it on a handful of rows.
QUICK = {
    "spark.driver.memory": "1g",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.databricks.delta.snapshotPartitions": "1",
}
QUICK_JAVA = "-XX:TieredStopAtLevel=1"


class Server:
    """A process that serves, with a process group of its own: what it starts ends with it."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, env=dict(env), cwd=folder, start_new_session=True
            )

    def kill(self) -> None:
        """End the process and its children with SIGKILL; one that has ended is left alone."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait_until(self, is_ready: Callable[[], bool]) -> None:
        """Wait until it is ready.

        Raises:
            AssertionError: it ended, or it takes too long; with the end of its log.
        """
        deadline = time.monotonic() + LONGEST_START
        while not is_ready():
            assert self.process.poll() is None, f"{self.name} ended: {self.tail()}"
            assert time.monotonic() < deadline, f"{self.name} is not ready: {self.tail()}"
            time.sleep(0.2)

    def tail(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


@dataclass(frozen=True)
class Ended:
    """A run that has ended: its exit code and what it wrote to standard error."""

    code: int
    said: str

    def states(self) -> dict[str, str]:
        """Return what became of each step, as the run's JSON lines tell."""
        lines = [_parsed(line) for line in self.said.splitlines()]
        return {line["step"]: line["state"] for line in lines if "state" in line}


def run_to_its_end(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    when: str = "",
    then: Callable[[], None] = lambda: None,
) -> Ended:
    """Run a job to its end.

    Args:
        command: The job with its arguments.
        env: All of its environment.
        when: A step of the job.
        then: Called once, when the job's log says that the step has started.
    """
    process = subprocess.Popen(
        # spark-submit passes the job's standard error on as its own standard output.
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=dict(env), text=True,
        start_new_session=True,
    )  # fmt: skip
    watch = threading.Timer(LONGEST_RUN, os.killpg, (process.pid, signal.SIGKILL))
    watch.start()
    lines = []
    try:
        with process:
            for line in process.stdout or ():
                lines.append(line)
                told = _parsed(line)
                if when and told.get("step") == when and told.get("state") == "started":
                    then()
        return Ended(process.returncode, "".join(lines))
    finally:
        watch.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """Return a port of loopback that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Return whether somebody listens on the port."""
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex((LOOPBACK, port)) == 0


def environment(*without: str, **more: str) -> dict[str, str]:
    """Return this process's environment on loopback, less and plus the given variables."""
    kept = {name: value for name, value in os.environ.items() if name not in without}
    return {**kept, "SPARK_LOCAL_IP": LOOPBACK, "JAVA_TOOL_OPTIONS": QUICK_JAVA, **more}


def as_words(settings: Mapping[str, str]) -> list[str]:
    """Return Spark settings as spark-submit takes them."""
    return [word for key, value in settings.items() for word in ("--conf", f"{key}={value}")]


def _parsed(line: str) -> dict[str, str]:
    """Return a line of a job's own log; nothing for a line of Spark's."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
