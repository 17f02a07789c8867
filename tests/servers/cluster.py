"""A standalone cluster of one master and two workers, started by pyspark's own scripts."""

from __future__ import annotations

import json
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from tests.servers.processes import LOOPBACK, SPARK, Server, environment, free_port

CORES, WORKER_MEMORY, EXECUTOR_MEMORY = "1", "1g", "700m"


class Cluster:
    """The processes of a cluster; each worker holds one executor of a run."""

    def __init__(self, folder: Path, python: Path) -> None:
        self.port, self._web_port = free_port(), free_port()
        self._folder = folder
        self.python = python
        self._env = environment(
            "PYTHONPATH",
            SPARK_HOME=str(SPARK),
            SPARK_DAEMON_MEMORY="512m",
            SPARK_MASTER_OPTS="-Dspark.master.rest.enabled=false",  # its port is not ours to choose
        )
        self._web = ["--host", LOOPBACK, "--webui-port"]
        self.servers: list[Server] = []

    @property
    def address(self) -> str:
        """Return what ``--master`` is given."""
        return f"spark://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start the master and both workers, and wait until they know each other."""
        master = self._serve("master", "Master", "--port", str(self.port), *self._web, str(self._web_port))
        master.wait_until(lambda: self.live_workers() == 0)
        for name in ("worker_1", "worker_2"):
            place = ("-d", str(self._folder / name))
            self._serve(
                name, "Worker", "-c", CORES, "-m", WORKER_MEMORY, *place, *self._web, "0", self.address
            )
        master.wait_until(lambda: self.live_workers() == 2)

    def live_workers(self) -> int:
        """Return how many workers the master counts as alive; -1 while it does not answer."""
        try:
            with urlopen(f"http://{LOOPBACK}:{self._web_port}/json/", timeout=5) as answer:
                return int(json.load(answer)["aliveworkers"])
        except (OSError, HTTPException, ValueError):  # it is being started, or busy
            return -1

    def kill_a_worker(self) -> None:
        """Kill the second worker with its executor, as when its machine fails."""
        self.servers[2].kill()

    def stop(self) -> None:
        """End every process, workers first."""
        for server in reversed(self.servers):
            server.kill()

    def _serve(self, name: str, role: str, *arguments: str) -> Server:
        main = f"org.apache.spark.deploy.{role.lower()}.{role}"
        command = [str(SPARK / "bin" / "spark-class"), main, *arguments]
        self.servers.append(Server(name, command, self._env, self._folder))
        return self.servers[-1]


def history(events: Path) -> list[tuple[str, str]]:
    """Return what happened on which executor ("done" a task, "lost" it), as the driver's event log tells."""
    told = []
    for file in sorted(events.rglob("events_*")):
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
                told.append(("done", event["Task Info"]["Executor ID"]))
            elif event["Event"] == "SparkListenerExecutorRemoved":
                told.append(("lost", event["Executor ID"]))
    return told
